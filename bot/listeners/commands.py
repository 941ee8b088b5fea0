"""``/replay``: alone it opens the form, with text it asks for a plan."""

from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot import request_form
from bot.mrkdwn import code, escaped
from bot.records import Room
from bot.services import Services
from replay_engine import Refused

_SENTENCE_CHARACTERS = 2000


def register(app: App, services: Services) -> None:
    """Listen to the command."""

    @app.command("/replay")
    def replay(ack: Ack, command: dict[str, Any], client: WebClient) -> None:
        text = command.get("text", "").strip()
        if refusal := services.access.refusal(command["user_id"]):
            ack(refusal)
        elif text:
            ack(_plan(services, text, Room(command["channel_id"], command["user_id"])))
        else:
            ack()
            view = request_form.form(command["channel_id"], services.engine.catalog.sources)
            client.views_open(trigger_id=command["trigger_id"], view=view)


def _plan(services: Services, text: str, room: Room) -> str:
    """Queue a plan; returns what the person is told."""
    if text.lower() == "help":
        return f"`/replay` opens a form. Or: `{request_form.USAGE}`"
    try:
        asked = request_form.parse_text(text)
        services.engine.resolve(asked)
    except Refused as error:
        return f"Not understood: {code(f'/replay {text}')}\n{escaped(str(error), _SENTENCE_CHARACTERS)}"
    services.jobs.plan(services.engine.new_id(), asked, room)
    return "Looking at what is there; the plan appears in the channel. Nothing is touched."
