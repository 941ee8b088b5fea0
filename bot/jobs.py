"""The jobs on the queue: plan a replay, run a replay. JSON in, nothing out; only these functions can be run.

Plans and runs have queues of their own, so that nobody waits for a plan while a long replay runs. A run has
the replay's id as its job id, no timeout and no retry: a second one beside a living first must not be.
"""

import dataclasses
from typing import Any

import structlog
from redis import Redis
from rq import Queue
from rq.exceptions import DuplicateJobError
from rq.job import Job
from rq.serializers import JSONSerializer
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler
from slack_sdk.models.views import View

from bot import blocks, request_form, settings
from bot.records import Records, Room
from bot.reporting import SlackWatch
from bot.settings import BotSettings
from replay_engine import Engine, Refused, Request, load_settings

PLANS, RUNS = "replay-plans", "replay-runs"
_FOREVER = -1
_PLAN_SECONDS = 3600

log = structlog.get_logger()


class AllowedJob(Job):
    """A job that can only be one of ours: the queue names functions, and anybody may write to a queue."""

    @property
    def func(self) -> Any:
        """The function to run."""
        allowed = {f"{act.__module__}.{act.__qualname__}": act for act in (plan_replay, run_replay)}
        if self.func_name not in allowed:
            raise PermissionError(f"{self.func_name} is no job of this bot.")
        return allowed[self.func_name]


class Jobs:
    """What the listeners put on the queues."""

    def __init__(self, redis_url: str) -> None:
        """Binds to Redis; no request yet."""
        self._redis = Redis.from_url(redis_url)

    def plan(self, replay_id: str, asked: Request, room: Room, view_id: str | None = None) -> None:
        """Have a plan made and posted; ``view_id`` is the form to answer in."""
        self._queue(PLANS).enqueue_call(
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
            self._queue(RUNS).enqueue_call(
                run_replay,
                kwargs={"replay_id": replay_id},
                timeout=_FOREVER,
                job_id=replay_id,
                unique=True,
                result_ttl=24 * 3600,
            )
        except DuplicateJobError:
            return False
        return True

    def _queue(self, name: str) -> Queue:
        return Queue(name, connection=self._redis, serializer=JSONSerializer, job_class=AllowedJob)


def web_client(bot: BotSettings) -> WebClient:
    """A client that waits as long as Slack says when it is asked too often."""
    client = WebClient(token=bot.slack_bot_token.get_secret_value(), base_url=bot.slack_api_url, timeout=10)
    client.retry_handlers = [
        ConnectionErrorRetryHandler(max_retry_count=2),
        RateLimitErrorRetryHandler(max_retry_count=5),
    ]
    return client


def plan_replay(replay_id: str, asked: dict[str, Any], room: dict[str, Any], view_id: str | None) -> None:
    """Look at the world and post the plan, or say in one sentence why there is none."""
    bot = settings.load()
    client, where, request = web_client(bot), Room(**room), Request(**asked)
    sources: list[str] = []
    try:
        engine = Engine(load_settings())
        sources = list(engine.catalog.sources)
        plan = engine.plan(request, replay_id)
    except Refused as error:
        _refuse(client, where, request, sources, error, view_id)
        return
    records = Records(bot.redis_url.get_secret_value())
    records.remember_plan(plan, where)
    answer = client.chat_postMessage(
        channel=where.channel, text=blocks.plan_text(plan), blocks=blocks.plan_blocks(plan, where.user)
    )
    records.remember_message(replay_id, "plan", str(answer["ts"]))
    if view_id:
        _answer_form(client, view_id, blocks.notice("The plan is in the channel. Nothing has been touched."))


def _refuse(
    client: WebClient, room: Room, asked: Request, sources: list[str], error: Refused, view_id: str | None
) -> None:
    """In the form below its field, if the form is still open; else to the person alone."""
    if view_id and _answer_form(client, view_id, request_form.form(room.channel, sources, asked, error)):
        return
    client.chat_postEphemeral(channel=room.channel, user=room.user, text=blocks.escaped(f"No plan: {error}"))


def _answer_form(client: WebClient, view_id: str, view: View) -> bool:
    try:
        client.views_update(view_id=view_id, view=view)
    except SlackApiError as error:
        if error.response["error"] != "not_found":
            raise
        return False
    return True


def run_replay(replay_id: str) -> None:
    """Run a confirmed plan to its end and report it. A `Refused` here has touched nothing and is told."""
    bot = settings.load()
    records = Records(bot.redis_url.get_secret_value())
    plan, room, decision = records.plan(replay_id), records.room(replay_id), records.decision(replay_id)
    if plan is None or room is None or decision is None or decision[0] != "confirmed":
        raise PermissionError(f"Nobody confirmed replay {replay_id}.")
    client, engine = web_client(bot), Engine(load_settings())
    engine.keep(plan)
    _settle_plan_message(client, records, room, replay_id, f":arrow_forward: Started by <@{decision[1]}>")
    with SlackWatch(client, records, room, replay_id) as watch:
        try:
            report = engine.run(plan, watch)
        except BaseException:
            # A bug, or the end of this process: the message must not go on saying "running".
            watch.saw(engine.status(replay_id))
            raise
        watch.saw(report)


def _settle_plan_message(client: WebClient, records: Records, room: Room, replay_id: str, decision: str) -> None:
    """Turn the plan into a record of what was decided; Slack being away must not stop the replay."""
    plan, ts = records.plan(replay_id), records.messages(replay_id).get("plan")
    if plan is None or ts is None:
        return
    try:
        client.chat_update(
            channel=room.channel,
            ts=ts,
            text=blocks.plan_text(plan),
            blocks=blocks.plan_blocks(plan, room.user, decision),
        )
    except (SlackApiError, OSError) as error:
        log.warning("the plan message could not be settled", replay=replay_id, error=str(error))
