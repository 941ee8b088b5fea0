"""Buttons: review or discard a plan, steer a replay, accept or restore a day, retry, look.

What is remembered is asked first, then Slack.
"""

from typing import Any

from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

from bot.messages.records import Room
from bot.render.confirmation import confirmation, notice
from bot.render.plan import plan_blocks, plan_text
from bot.services import Services

TOO_OLD = "That plan is too old to be confirmed; plan again."
_ENDED = "This replay has ended already; nothing is left to steer."
_TURNING = ("accept", "restore")
_STEERING = ("cancel", "pause", "resume", "slower", "faster")


def register(app: App, services: Services) -> None:
    """Listen to every button of a message."""

    @app.action("review")
    def review(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient, respond: Respond) -> None:
        replay_id = action["value"]
        plan = services.records.plan(replay_id)
        problem = not_confirmable(services, replay_id, body["user"]["id"]) or settled(services, replay_id)
        ack()
        if problem or plan is None:
            _tell(respond, problem or TOO_OLD)
        else:
            client.views_open(trigger_id=body["trigger_id"], view=confirmation(plan))

    @app.action("discard")
    def discard(ack: Ack, body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        user, replay_id = body["user"]["id"], action["value"]
        plan, room = services.records.plan(replay_id), services.records.room(replay_id)
        if plan is None or room is None:
            ack()
            _tell(respond, TOO_OLD)
            return
        decision, by = services.records.decide(replay_id, "discarded", user)
        ack()
        if decision == "discarded":
            text = f":wastebasket: Discarded by <@{by}>; nothing was touched."
            shown = [block.to_dict() for block in plan_blocks(plan, room.user, decision=text)]
            respond(replace_original=True, text=plan_text(plan), blocks=shown)
        else:
            _tell(respond, decided_text(decision, by))

    for order in _STEERING:
        app.action(order)(_steer(services, order))
    for order in _TURNING:
        app.action(order)(_ask_once_more(services, order))

    @app.action("retry")
    def retry(ack: Ack, body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        user, channel = body["user"]["id"], _channel(body)
        services.jobs.retry(services.engine.new_id(), action["value"], Room(channel or user, user))
        ack()
        _tell(respond, "Looking at what is there; a plan for the days that failed appears in the channel.")

    @app.action("status")
    def status(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        user, channel = body["user"]["id"], _channel(body)
        ack()
        opened = client.views_open(trigger_id=body["trigger_id"], view=notice("Looking …"))
        services.jobs.answer("status", Room(channel or user, user), opened["view"]["id"], replay_id=action["value"])


def _steer(services: Services, order: str) -> Any:
    """The listener of one of the live message's buttons; the value is the replay's id, and maybe its speed."""

    def steer(ack: Ack, body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        user, channel = body["user"]["id"], _channel(body)
        replay_id, _, detail = action["value"].partition(" ")
        ended = services.records.ended(replay_id) and order != "resume"
        if not ended:
            if order == "cancel":
                services.records.cancel(replay_id, user)
            services.jobs.steer(order, replay_id, detail, Room(channel or user, user))
        ack()
        if ended:
            _tell(respond, _ENDED)

    return steer


def _ask_once_more(services: Services, order: str) -> Any:
    """The listener of a button of a day that waits for its landing; the value is the replay's id and the day."""

    def ask(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient) -> None:
        user, channel = body["user"]["id"], _channel(body)
        replay_id, _, day = action["value"].partition(" ")
        ack()
        opened = client.views_open(trigger_id=body["trigger_id"], view=notice("Looking …"))
        services.jobs.question(order, replay_id, day, Room(channel or user, user), opened["view"]["id"])

    return ask


def not_confirmable(services: Services, replay_id: str, user: str) -> str | None:
    """Why this person may not confirm this plan: it is forgotten, or they asked for it and two are needed."""
    room = services.records.room(replay_id)
    return TOO_OLD if room is None else services.access.confirm_refusal(user, room.channel, room.user)


def settled(services: Services, replay_id: str) -> str | None:
    """Why the plan cannot be confirmed any more. Confirming again is harmless, and mends a start that was lost."""
    decision = services.records.decision(replay_id)
    return None if decision is None or decision[0] == "confirmed" else decided_text(*decision)


def decided_text(decision: str, by: str) -> str:
    """How a plan was decided, to somebody who comes later."""
    return f"This plan was {decision} by <@{by}>." if by else "This plan has gone stale; plan again."


def _channel(body: dict[str, Any]) -> str | None:
    """Where the button is; none for the bot's Home."""
    channel = body.get("channel") or {}
    return channel.get("id")


def _tell(respond: Respond, text: str) -> None:
    """To the one who clicked, and nobody else."""
    respond(text=text, response_type="ephemeral", replace_original=False)
