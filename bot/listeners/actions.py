"""Buttons: review or discard a plan, cancel a replay."""

from typing import Any

from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

from bot import blocks
from bot.services import Services


def register(app: App, services: Services) -> None:
    """Listen to every button."""

    @app.action("review")
    def review(ack: Ack, body: dict[str, Any], action: dict[str, Any], client: WebClient, respond: Respond) -> None:
        ack()
        replay_id = action["value"]
        if refusal := services.access.refusal(body["user"]["id"]):
            _tell(respond, refusal)
            return
        plan, decision = services.records.plan(replay_id), services.records.decision(replay_id)
        if plan is None:
            _tell(respond, "That plan is too old to be confirmed; plan again.")
        elif decision is not None and decision[0] != "confirmed":
            _tell(respond, f"This plan was {decision[0]} by <@{decision[1]}>.")
        else:
            client.views_open(trigger_id=body["trigger_id"], view=blocks.confirmation(plan))

    @app.action("discard")
    def discard(ack: Ack, body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        ack()
        user, replay_id = body["user"]["id"], action["value"]
        if refusal := services.access.refusal(user):
            _tell(respond, refusal)
            return
        plan, room = services.records.plan(replay_id), services.records.room(replay_id)
        decision, by = services.records.decide(replay_id, "discarded", user)
        if plan is not None and room is not None and decision == "discarded":
            text = f":wastebasket: Discarded by <@{by}>; nothing was touched."
            shown = [block.to_dict() for block in blocks.plan_blocks(plan, room.user, text)]
            respond(replace_original=True, text=blocks.plan_text(plan), blocks=shown)
        else:
            _tell(respond, f"This plan was {decision} by <@{by}>.")

    @app.action("cancel")
    def cancel(ack: Ack, body: dict[str, Any], action: dict[str, Any], respond: Respond) -> None:
        ack()
        user = body["user"]["id"]
        if refusal := services.access.refusal(user):
            _tell(respond, refusal)
            return
        services.records.cancel(action["value"], user)
        _tell(respond, "Stopping at the next safe point; the running day is restored.")


def _tell(respond: Respond, text: str) -> None:
    """To the one who clicked, and nobody else."""
    respond(text=text, response_type="ephemeral", replace_original=False)
