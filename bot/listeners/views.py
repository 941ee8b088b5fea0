"""Submitted questions: the last one before a start, and the one before a day is accepted or turned back."""

import json
from typing import Any

from slack_bolt import Ack, App

from bot.listeners.actions import TOO_OLD, decided_text, not_confirmable
from bot.messages.records import Room
from bot.render.confirmation import notice
from bot.services import Services

_QUEUED = "It is done as soon as a worker is free; the replay's messages say how it goes."


def register(app: App, services: Services) -> None:
    """Listen to both."""

    @app.view("confirm")
    def confirm(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        user, replay_id = body["user"]["id"], view["private_metadata"]
        problem = not_confirmable(services, replay_id, user)
        if problem is None and (wrong := _mistyped(services, replay_id, view)):
            ack(response_action="errors", errors={"typed": wrong})
        elif problem := problem or _start(services, replay_id, user):
            ack(response_action="update", view=notice(problem))
        else:
            ack()
            services.decided()

    @app.view("order")
    def order(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        user, kept = body["user"]["id"], json.loads(view["private_metadata"])
        room = Room(kept["channel"], user)
        if _typed(view)[:1000] != kept["source"]:
            ack(response_action="errors", errors={"typed": _exactly(kept["source"])})
        else:
            services.jobs.turn_back(kept["order"], kept["id"], kept["day"], room, view["id"])
            ack(response_action="update", view=notice(_QUEUED))


def _mistyped(services: Services, replay_id: str, view: dict[str, Any]) -> str | None:
    plan = services.records.plan(replay_id)
    if plan is not None and plan.spec.destructive and _typed(view) != plan.spec.source:
        return _exactly(plan.spec.source)
    return None


def _typed(view: dict[str, Any]) -> str:
    typed = view["state"]["values"].get("typed", {}).get("typed", {}).get("value") or ""
    return str(typed).strip()


def _exactly(source: str) -> str:
    return f"Type {source}, the source's name, exactly."


def _start(services: Services, replay_id: str, user: str) -> str | None:
    """Settle the plan and queue it; whoever decided first decides, and confirming twice starts it once."""
    if services.records.plan(replay_id) is None:
        return TOO_OLD
    decision, by = services.records.decide(replay_id, "confirmed", user)
    if decision != "confirmed":
        return decided_text(decision, by)
    if not services.jobs.run(replay_id) and by != user:
        return f"<@{by}> has started this replay meanwhile."
    return None
