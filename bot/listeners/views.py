"""Submitted modals: the request form, and the last confirmation."""

from typing import Any

from slack_bolt import Ack, App

from bot import blocks, request_form
from bot.records import Room
from bot.services import Services
from replay_engine import Refused


def register(app: App, services: Services) -> None:
    """Listen to both modals."""

    @app.view("request")
    def request(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        user = body["user"]["id"]
        if refusal := services.access.refusal(user):
            ack(response_action="update", view=blocks.notice(refusal))
            return
        asked = request_form.parse_form(view["state"]["values"])
        try:
            services.engine.resolve(asked)
        except Refused as error:
            field = error.field if error.field in request_form.ATTRIBUTES else "source"
            ack(response_action="errors", errors={field: str(error)})
            return
        services.jobs.plan(services.engine.new_id(), asked, Room(view["private_metadata"], user), view["id"])
        ack(response_action="update", view=blocks.notice("Looking at what is there. Nothing is touched."))

    @app.view("confirm")
    def confirm(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        user, replay_id = body["user"]["id"], view["private_metadata"]
        refusal = services.access.refusal(user)
        if refusal is None and (wrong := _mistyped(services, replay_id, view)):
            ack(response_action="errors", errors={"typed": wrong})
        elif problem := refusal or _start(services, replay_id, user):
            ack(response_action="update", view=blocks.notice(problem))
        else:
            ack()


def _mistyped(services: Services, replay_id: str, view: dict[str, Any]) -> str | None:
    plan = services.records.plan(replay_id)
    typed = view["state"]["values"].get("typed", {}).get("typed", {}).get("value") or ""
    if plan is not None and plan.spec.destructive and typed.strip() != plan.spec.source:
        return f"Type {plan.spec.source}, the source's name, exactly."
    return None


def _start(services: Services, replay_id: str, user: str) -> str | None:
    """Settle the plan and queue it; whoever decided first decides, and confirming twice starts it once."""
    if services.records.plan(replay_id) is None:
        return "That plan is too old to be confirmed; plan again."
    decision, by = services.records.decide(replay_id, "confirmed", user)
    if decision != "confirmed":
        return f"This plan was {decision} meanwhile by <@{by}>."
    if not services.jobs.run(replay_id) and by != user:
        return f"<@{by}> has started this replay meanwhile."
    return None
