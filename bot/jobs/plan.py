"""The jobs of the plans' queue: look at the world and post a plan, anew or for what failed.

JSON in, nothing out. Nothing is touched; if the process dies here there is no plan, and whoever asked asks again.
"""

from collections.abc import Callable
from typing import Any

import structlog
from slack_sdk.errors import SlackApiError

from bot import settings
from bot.form.fields import Filled
from bot.form.modal import form
from bot.language.offer import Offer, offer
from bot.language.request import PlanRequest
from bot.language.which_replay import meant
from bot.messages.records import Records, Room
from bot.messages.replies import Reply
from bot.render.plan import plan_blocks, plan_text
from bot.settings import BotSettings
from bot.slack_client import web_client
from replay_engine import Engine, Plan, Refused, Request, load_settings

log = structlog.get_logger()


def plan_replay(replay_id: str, wish: dict[str, Any], room: dict[str, Any], view_id: str | None) -> None:
    """Post the plan, or say in one sentence why there is none. In Redis a `PlanRequest` is called ``wish``."""
    bot = settings.load()
    plan_request = PlanRequest(**{**wish, "request": Request(**wish["request"])})
    reply = Reply(web_client(bot), Room(**room), view_id)
    try:
        _plan(bot, reply, lambda engine: engine.plan(plan_request.request, replay_id), plan_request)
    except Refused as error:
        # The id makes the form a new one, which shows what it is given.
        filled = Filled(plan_request, reply.room.channel, mark=replay_id)
        if not reply.show_view(form(_offered(bot), filled, error)):
            reply.tell_error("No plan", error)


def _offered(bot: BotSettings) -> Offer:
    """What can be chosen; without the engine's part of it where that is what is wrong."""
    try:
        return offer(Engine(load_settings()), bot)
    except Refused:
        return Offer(clusters=bot.named_clusters(), free_text=bot.may_be_free_text())


def plan_retry(replay_id: str, of: str | None, room: dict[str, Any], *, again: bool = False) -> None:
    """The same for the days of an earlier replay that did not close."""
    bot = settings.load()
    reply = Reply(web_client(bot), Room(**room), None)
    try:
        _plan(bot, reply, lambda engine: engine.plan_retry(meant(engine, of), replay_id, again=again))
    except Refused as error:
        reply.tell_error("No plan", error)


def _plan(
    bot: BotSettings, reply: Reply, make: Callable[[Engine], Plan], plan_request: PlanRequest | None = None
) -> None:
    try:
        engine = Engine(load_settings())
        _show(bot, reply, engine, make(engine), plan_request)
    except Refused:
        raise
    except Exception:
        reply.tell("No plan: something broke while it was made, and the log says what. Nothing was touched.")
        raise


def _show(bot: BotSettings, reply: Reply, engine: Engine, plan: Plan, plan_request: PlanRequest | None) -> None:
    """Post the plan in the channel; it is remembered before anybody can press its buttons."""
    room, records = reply.room, Records(bot.redis_url.get_secret_value())
    dry_run = plan_request is not None and plan_request.dry_run
    if not dry_run:
        records.remember_plan(plan, room, plan_request.rate if plan_request else None)
    shown = plan_blocks(
        plan,
        room.user,
        estimate=engine.estimate(plan),
        dry_run=dry_run,
        approvers_must_confirm=bot.two_person,
    )
    try:
        answer = reply.client.chat_postMessage(channel=room.channel, text=plan_text(plan), blocks=shown)
    except SlackApiError as error:
        reply.tell(
            f"The plan could not be posted in <#{room.channel}>: {error.response['error']}. "
            "Nothing was touched. Invite the bot there and ask again."
        )
        log.warning("a plan could not be posted", replay=plan.replay_id, error=error.response["error"])
        return
    if not dry_run:
        records.remember_message(plan.replay_id, "plan", str(answer["ts"]))
    reply.confirm("The plan is in the channel. Nothing has been touched.")
