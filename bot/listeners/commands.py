"""``/replay``: alone it opens the form; with text it asks for a plan, for an answer, or steers a replay."""

from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient

from bot.language.commands import USAGE, Command, parse_command
from bot.language.corrections import Misunderstood, misunderstood_text
from bot.language.reading import refused
from bot.language.request import PlanRequest
from bot.listeners.form import check, open_form
from bot.messages.records import Room
from bot.render.confirmation import notice
from bot.services import Services
from replay_engine import Refused

_STEERING = {
    "cancel": "Cancelling …",
    "pause": "Pausing …",
    "resume": "Resuming …",
    "rate": "Setting the rate …",
}
_QUESTIONS = {"status": "status", "list": "listing", "history": "history", "verify": "verify"}


def register(app: App, services: Services) -> None:
    """Listen to the command."""

    @app.command("/replay")
    def replay(ack: Ack, command: dict[str, Any], client: WebClient) -> None:
        room = Room(command["channel_id"], command["user_id"])
        text = command.get("text", "").strip()
        asked = parse_command(text, services.offer, services.today()) if text else None
        if asked is None:
            ack()
            open_form(services, client, command["trigger_id"], room.channel)
        elif isinstance(asked, Misunderstood):
            ack(misunderstood_text(asked))
        elif isinstance(asked, Command):
            _run_command(ack, services, asked, room, client, command["trigger_id"])
        else:
            ack(_plan(services, text, asked, room, command.get("trigger_id")))


def _plan(services: Services, text: str, plan_request: PlanRequest, room: Room, once: str | None) -> str:
    """Queue a plan, once however often Slack's request comes; returns what the person is told."""
    try:
        check(services, plan_request)
    except Refused as error:
        return misunderstood_text(refused(text, plan_request, services.offer, error))
    services.jobs.plan(services.engine.new_id(), plan_request, room, once=once)
    return "Looking at what is there; the plan appears in the channel. Nothing is touched."


def _run_command(ack: Ack, services: Services, asked: Command, room: Room, client: WebClient, trigger_id: str) -> None:
    """Queue it, or ask once more before a day is accepted or turned back."""
    if asked.name == "help":
        ack(USAGE)
    elif asked.name in _QUESTIONS:
        more = {} if asked.name == "list" else {"replay_id": asked.replay_id}
        services.jobs.answer(_QUESTIONS[asked.name], room, **more)
        ack("Looking …")
    elif asked.name == "retry":
        services.jobs.retry(services.engine.new_id(), asked.replay_id, room, again=asked.again)
        ack("Looking at what is there; a plan for the days that failed appears in the channel. Nothing is touched.")
    elif asked.name in _STEERING:
        services.jobs.steer(asked.name, asked.replay_id, asked.rate or "", room)
        ack(_STEERING[asked.name])
    else:
        ack()
        opened = client.views_open(trigger_id=trigger_id, view=notice("Looking …"))
        services.jobs.question(asked.name, asked.replay_id or "", str(asked.day), room, opened["view"]["id"])
