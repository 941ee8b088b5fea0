"""The jobs on the queue: plan a replay, run a replay. JSON in, nothing out.

A run has the replay's id as its job id, no timeout and no retry: a second one beside a living first must not be.
"""

import dataclasses
import logging
from typing import Any
from uuid import uuid4

import structlog
from rq.exceptions import DuplicateJobError
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler

from bot import blocks, settings
from bot.asker import Asker
from bot.queues import FOREVER, PLANS, RUNS, queue
from bot.records import Records, Room
from bot.reporting import SlackWatch
from bot.rq_publishers import RqPublishers
from bot.settings import BotSettings, ShardExecutor
from bot.store import connect
from replay_engine import Engine, Nobody, Plan, Refused, ReplayError, Request, load_settings

_PLAN_SECONDS = 3600

#: What matters of the SDK's own log is in the errors that it raises, and those are logged or told.
_QUIET = logging.getLogger("bot.slack")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False

log = structlog.get_logger()


class Jobs:
    """What the listeners put on the queues."""

    def __init__(self, redis_url: str) -> None:
        """Binds to Redis; no request yet."""
        self._redis = connect(redis_url)

    def plan(self, replay_id: str, asked: Request, room: Room, view_id: str | None = None) -> None:
        """Have a plan made and posted; ``view_id`` is the form to answer in."""
        queue(PLANS, self._redis).enqueue_call(
            plan_replay,
            kwargs={
                "replay_id": replay_id,
                "asked": dataclasses.asdict(asked),
                "room": dataclasses.asdict(room),
                "view_id": view_id,
            },
            timeout=_PLAN_SECONDS,
            job_id=f"plan-{replay_id}",
            result_ttl=0,
        )

    def run(self, replay_id: str) -> bool:
        """Queue a confirmed replay; false if it is queued, running or done already."""
        try:
            queue(RUNS, self._redis).enqueue_call(
                run_replay,
                kwargs={"replay_id": replay_id},
                timeout=FOREVER,
                job_id=replay_id,
                unique=True,
                result_ttl=24 * 3600,
            )
        except DuplicateJobError:
            return False
        return True

    def carry_on(self, replay_id: str) -> bool:
        """Queue the rest of a replay whose runner is gone; false if that is queued already."""
        runs, mark = queue(RUNS, self._redis), f"carry-on-{replay_id}"
        if any(job_id.startswith(mark) for job_id in runs.job_ids):
            return False
        runs.enqueue_call(
            carry_on_replay,
            kwargs={"replay_id": replay_id},
            timeout=FOREVER,
            job_id=f"{mark}-{uuid4().hex[:8]}",
            result_ttl=0,
        )
        return True


def web_client(bot: BotSettings) -> WebClient:
    """A client that waits as long as Slack says when it is asked too often."""
    client = WebClient(
        token=bot.slack_bot_token.get_secret_value(), base_url=bot.slack_api_url, timeout=10, logger=_QUIET
    )
    client.retry_handlers = [
        ConnectionErrorRetryHandler(max_retry_count=2),
        RateLimitErrorRetryHandler(max_retry_count=5),
    ]
    return client


def plan_replay(replay_id: str, asked: dict[str, Any], room: dict[str, Any], view_id: str | None) -> None:
    """Look at the world and post the plan, or say in one sentence why there is none."""
    bot = settings.load()
    where, request = Room(**room), Request(**asked)
    asker = Asker(web_client(bot), where, view_id)
    sources: list[str] = []
    try:
        engine = Engine(load_settings())
        sources = list(engine.catalog.sources)
        _show(asker, Records(bot.redis_url.get_secret_value()), engine.plan(request, replay_id))
    except Refused as error:
        asker.refuse(request, sources, error)
    except Exception:
        asker.tell("No plan: something broke while it was made, and the log says what. Nothing was touched.")
        raise


def _show(asker: Asker, records: Records, plan: Plan) -> None:
    """Post the plan in the channel; it is remembered before anybody can press its buttons."""
    room = asker.room
    records.remember_plan(plan, room)
    try:
        answer = asker.client.chat_postMessage(
            channel=room.channel, text=blocks.plan_text(plan), blocks=blocks.plan_blocks(plan, room.user)
        )
    except SlackApiError as error:
        asker.tell(
            f"The plan could not be posted in <#{room.channel}>: {error.response['error']}. "
            "Nothing was touched. Invite the bot there and ask again."
        )
        log.warning("a plan could not be posted", replay=plan.replay_id, error=error.response["error"])
        return
    records.remember_message(plan.replay_id, "plan", str(answer["ts"]))
    asker.confirm("The plan is in the channel. Nothing has been touched.")


def run_replay(replay_id: str) -> None:
    """Run a confirmed plan to its end and report it; whatever ends the run is told, a `Refused` has touched nothing."""
    bot = settings.load()
    records = Records(bot.redis_url.get_secret_value())
    plan, room, decision = records.plan(replay_id), records.room(replay_id), records.decision(replay_id)
    if plan is None or room is None or decision is None or decision[0] != "confirmed":
        raise PermissionError(f"Nobody confirmed replay {replay_id}.")
    _run_and_report(bot, records, room, plan)


def carry_on_replay(replay_id: str) -> None:
    """Carry on what an earlier runner left. Its messages go on where they are; a Redis that was lost has none."""
    bot = settings.load()
    engine = _running(bot)
    plan, records = engine.kept(replay_id), Records(bot.redis_url.get_secret_value())
    room = records.room(replay_id)
    if room is None:
        report = engine.run(plan, Nobody())
        log.info("carried on without a channel to tell", replay=replay_id, state=report.state)
        return
    _run_and_report(bot, records, room, plan)


def _run_and_report(bot: BotSettings, records: Records, room: Room, plan: Plan) -> None:
    with SlackWatch(web_client(bot), records, room, plan) as watch:
        try:
            _run(bot, plan, watch)
        except BaseException:
            # A bug, or the end of this process: the message must not go on saying "running".
            watch.broke("The worker broke off, and its log says why.", _resume(plan))
            raise


def _run(bot: BotSettings, plan: Plan, watch: SlackWatch) -> None:
    try:
        engine = _running(bot)
        engine.keep(plan)
    except Refused as error:
        watch.broke(f"Nothing was touched: {error.message}", f"{error.advice} Then plan again.".strip())
        return
    try:
        watch.saw(engine.run(plan, watch))
    except ReplayError as error:
        watch.broke(error.message, error.advice or _resume(plan))


def _running(bot: BotSettings) -> Engine:
    """An engine whose days are published where the settings say."""
    on_workers = bot.shard_executor is ShardExecutor.RQ
    publishers = RqPublishers(bot.redis_url.get_secret_value()) if on_workers else None
    return Engine(load_settings(), publishers=publishers)


def _resume(plan: Plan) -> str:
    return f"When it is mended: replay resume {plan.replay_id}"
