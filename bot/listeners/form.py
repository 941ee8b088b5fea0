"""The request form: opened, changed by a choice in it, submitted. One call to Slack or one job each."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from slack_bolt import Ack, App
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.views import View

from bot.access import Act
from bot.form import modal as request_form
from bot.form.fields import Filled
from bot.language.offer import permitted
from bot.language.request import PlanRequest
from bot.messages.records import Room
from bot.render.confirmation import notice
from bot.services import Services
from replay_engine import BadRequest, Pace, Refused, Request, with_rate

#: A view that has changed or gone meanwhile: a later choice shows what holds, or nobody looks any more.
_OVERTAKEN = {"hash_conflict", "not_found"}
_ON_ITS_WAY = "Looking at what is there. Nothing is touched."


def register(app: App, services: Services) -> None:
    """Listen to the form."""

    @app.action("source")
    def source(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        ack()
        mark = body["view"]["hash"]
        _show_again(services, client, body, lambda filled: request_form.source_chosen(filled, mark))

    @app.action("more")
    def more(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        ack()
        _show_again(services, client, body, lambda filled: replace(filled, more=True))

    @app.action("fewer")
    def fewer(ack: Ack, body: dict[str, Any], client: WebClient) -> None:
        ack()
        _show_again(services, client, body, lambda filled: replace(filled, more=False))

    @app.view(request_form.CALLBACK)
    def request(ack: Ack, body: dict[str, Any], view: dict[str, Any]) -> None:
        filled = request_form.read_form(view, services.offer)
        try:
            room = _room(services, filled, body["user"]["id"])
            check(services, filled.plan_request)
        except Refused as error:
            _complain(ack, view, services, filled, error)
            return
        services.jobs.plan(
            services.engine.new_id(), filled.plan_request, room, view["id"], f"{view['id']} {view['hash']}"
        )
        ack(response_action="update", view=notice(_ON_ITS_WAY))


def open_form(services: Services, client: WebClient, trigger_id: str, channel: str | None) -> None:
    """Open an empty form; without a channel, as from the Home tab, it asks where to post."""
    empty = Filled(PlanRequest(Request("")), channel)
    client.views_open(trigger_id=trigger_id, view=request_form.form(services.offer, empty))


def check(services: Services, plan_request: PlanRequest) -> None:
    """Everything about a wish that can be told without a look at the world; `Refused` says what is wrong."""
    permitted(plan_request.request, services.offer)
    with_rate(Pace(), plan_request.rate or "off")
    services.engine.resolve(plan_request.request)


def _show_again(
    services: Services, client: WebClient, body: dict[str, Any], change: Callable[[Filled], Filled]
) -> None:
    """The form with what was typed in it, after one change."""
    view = body["view"]
    filled = request_form.read_form(view, services.offer)
    update_unless_overtaken(client, view, request_form.form(services.offer, change(filled)))


def update_unless_overtaken(client: WebClient, view: dict[str, Any], shown: View) -> None:
    """Show something else in a view, unless it has changed or gone meanwhile."""
    try:
        client.views_update(view_id=view["id"], hash=view["hash"], view=shown)
    except SlackApiError as error:
        if error.response["error"] not in _OVERTAKEN:
            raise


def _room(services: Services, filled: Filled, user: str) -> Room:
    channel = filled.channel or filled.chosen
    if channel is None:
        raise BadRequest("channel", "Somewhere the plan has to be shown.", advice="Choose a channel.")
    if services.access.refusal(user, channel, Act.ASK):
        raise BadRequest("channel", "The bot does not listen in that channel.", advice="Choose another.")
    return Room(channel, user)


def _complain(ack: Ack, view: dict[str, Any], services: Services, filled: Filled, error: Refused) -> None:
    """Below the field; where the form does not show it, in a form that does."""
    errors = request_form.field_errors(view, error)
    if errors:
        ack(response_action="errors", errors=errors)
    else:
        ack(response_action="update", view=request_form.form(services.offer, filled, error))
