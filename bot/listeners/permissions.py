"""Who may make a request: a Bolt middleware that looks every request up in one table, before any listener.

What is not in the table has no listener, whoever registers one: denied by default. What a person may not do is
answered here, too, by the listeners that are registered first.
"""

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slack_bolt import Ack, App, BoltContext, BoltResponse, Respond
from slack_sdk import WebClient

from bot.access import Act
from bot.form import modal as request_form
from bot.language.commands import command_word
from bot.listeners.form import update_unless_overtaken
from bot.render.confirmation import notice
from bot.services import Services

_REFUSAL = "refusal"


def _in_message(body: Mapping[str, Any]) -> str | None:
    return (body.get("channel") or {}).get("id")


def _in_form(body: Mapping[str, Any]) -> str | None:
    return request_form.opened_in(body["view"])


def _in_question(body: Mapping[str, Any]) -> str | None:
    return str(json.loads(body["view"]["private_metadata"])["channel"])


def _in_no_channel(_: Mapping[str, Any]) -> str | None:
    return None


@dataclass(frozen=True, slots=True)
class Need:
    """What somebody must be allowed, and in which channel; ``None`` is the bot's own Home, or not known yet."""

    act: Act
    channel: Callable[[Mapping[str, Any]], str | None] = _in_message


#: What follows ``/replay``, by its first word; anything else asks for a replay, or changes one.
COMMANDS = {"help": Act.LOOK, "status": Act.LOOK, "list": Act.LOOK, "history": Act.LOOK, "verify": Act.LOOK}
COMMANDS |= {"cancel": Act.STOP, "pause": Act.STOP}

#: By action id. Whether a plan may still be confirmed, and by whom, is asked once its record is read.
ACTIONS = {
    "review": Need(Act.CONFIRM),
    "discard": Need(Act.STOP),
    "cancel": Need(Act.STOP),
    "pause": Need(Act.STOP),
    "resume": Need(Act.ASK),
    "slower": Need(Act.STOP),
    "faster": Need(Act.ASK),
    "retry": Need(Act.ASK),
    "accept": Need(Act.ASK),
    "restore": Need(Act.ASK),
    "status": Need(Act.LOOK),
    "source": Need(Act.ASK, _in_form),
    "more": Need(Act.ASK, _in_form),
    "fewer": Need(Act.ASK, _in_form),
    "new_replay": Need(Act.ASK, _in_no_channel),
    "refresh_home": Need(Act.LOOK, _in_no_channel),
}

#: By callback id.
VIEWS = {
    request_form.CALLBACK: Need(Act.ASK, _in_form),
    "confirm": Need(Act.CONFIRM, _in_no_channel),
    "order": Need(Act.ASK, _in_question),
}

EVENTS = {"app_home_opened": Need(Act.LOOK, _in_no_channel)}


def register(app: App, services: Services) -> None:
    """Check every request from here on; to be called before anything else is registered."""

    @app.middleware
    def check(body: dict[str, Any], context: BoltContext, next_: Callable[[], BoltResponse]) -> BoltResponse:
        need = _need(body)
        if need is None:
            return BoltResponse(status=404, body="unknown")
        refusal = services.access.refusal(_user(body), need.channel(body), need.act)
        if refusal:
            context[_REFUSAL] = refusal
        return next_()

    _answer_refused(app, services)


def _need(body: Mapping[str, Any]) -> Need | None:
    """What a request needs; ``None`` of one that nobody knows."""
    if "command" in body:
        return Need(COMMANDS.get(command_word(body.get("text", "")), Act.ASK), lambda body: body["channel_id"])
    match body.get("type"):
        case "block_actions":
            return ACTIONS.get(body["actions"][0]["action_id"])
        case "view_submission":
            return VIEWS.get(body["view"]["callback_id"])
        case "event_callback":
            return EVENTS.get(body["event"]["type"])
    return None


def _user(body: Mapping[str, Any]) -> str:
    if "command" in body:
        return str(body["user_id"])
    return str(body["event"]["user"] if "event" in body else body["user"]["id"])


def _answer_refused(app: App, services: Services) -> None:
    any_name = re.compile("")
    refused = [lambda context: _REFUSAL in context]

    @app.command(any_name, matchers=refused)
    def command(ack: Ack, context: BoltContext) -> None:
        ack(context[_REFUSAL])

    @app.view(any_name, matchers=refused)
    def view(ack: Ack, context: BoltContext) -> None:
        ack(response_action="update", view=notice(context[_REFUSAL]))

    @app.action(any_name, matchers=refused)
    def action(ack: Ack, body: dict[str, Any], context: BoltContext, respond: Respond, client: WebClient) -> None:
        ack()
        if context.response_url:
            respond(text=context[_REFUSAL], response_type="ephemeral", replace_original=False)
        elif body["view"]["type"] == "home":
            services.show_home(body["user"]["id"])
        else:
            update_unless_overtaken(client, body["view"], notice(context[_REFUSAL]))

    @app.event("app_home_opened", matchers=refused)
    def home(event: dict[str, Any]) -> None:
        services.show_home(event["user"])
