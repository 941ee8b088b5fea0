"""Buttons: review or discard a plan, cancel a replay. What is remembered is asked first: then Slack is answered."""

from typing import Any

from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

from bot import blocks
from bot.services import Services

_TOO_OLD = "That plan is too old to be confirmed; plan again."


def register(app: App, services: Services) -> None:
    """Listen to every button."""

    @app.action("review")
    def review(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient, respond: Respond) -> None:
        problem = services.access.refusal(body["user"]["id"]) or _settled(services, action["value"])
        plan = services.records.plan(action["value"])
        ack()
        if problem is not None or plan is None:
            _tell(respond, problem or _TOO_OLD)
        else:
            client.views_open(trigger_id=body["trigger_id"], view=blocks.confirmation(plan))

    @app.action("discard")
    def discard(ack: Ack, body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        user, replay_id = body["user"]["id"], action["value"]
        if refusal := services.access.refusal(user):
            ack()
            _tell(respond, refusal)
            return
        plan, room = services.records.plan(replay_id), services.records.room(replay_id)
        if plan is None or room is None:
            ack()
            _tell(respond, _TOO_OLD)
            return
        decision, by = services.records.decide(replay_id, "discarded", user)
        ack()
        if decision == "discarded":
            text = f":wastebasket: Discarded by <@{by}>; nothing was touched."
            shown = [block.to_dict() for block in blocks.plan_blocks(plan, room.user, text)]
            respond(replace_original=True, text=blocks.plan_text(plan), blocks=shown)
        else:
            _tell(respond, f"This plan was {decision} by <@{by}>.")

    @app.action("cancel")
    def cancel(ack: Ack, body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        user = body["user"]["id"]
        problem = services.access.refusal(user)
        if problem is None and not services.records.cancel(action["value"], user):
            problem = "This replay has ended already; nothing is left to cancel."
        ack()
        _tell(respond, problem or "Stopping at the next safe point; the running day is restored.")


def _settled(services: Services, replay_id: str) -> str | None:
    """Why the plan cannot be confirmed any more. Confirming again is harmless, and mends a start that was lost."""
    decision = services.records.decision(replay_id)
    if decision is None or decision[0] == "confirmed":
        return None
    return f"This plan was {decision[0]} by <@{decision[1]}>."


def _tell(respond: Respond, text: str) -> None:
    """To the one who clicked, and nobody else."""
    respond(text=text, response_type="ephemeral", replace_original=False)
