"""The queues, on a real Valkey with RQ's own worker: only our jobs run, and a run is queued once."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from redis import Redis
from rq import Queue
from rq.callbacks import Callback
from rq.job import JobStatus
from rq.serializers import JSONSerializer
from rq.webhook import Webhook

from bot.jobs import plan as plan_jobs
from bot.jobs.enqueue import Jobs
from bot.jobs.run import run_replay
from bot.language.request import PlanRequest
from bot.messages.records import Records, Room
from bot.queues import PLANS, RUNS, AllowedJob
from replay_engine import BadConfig, Plan, Refused, Request
from sandbox.slack import SlackStandIn
from tests.helpers.values import REPLAY_ID, plan
from tests.helpers.workers import strike, struck, work_off

OTHER_ID = "r20191211-101500-0a1b2c"


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


@pytest.fixture
def queue(redis: Redis) -> Queue:
    """The queue as somebody else writes to it, with jobs of any kind."""
    return Queue(PLANS, connection=redis, serializer=JSONSerializer)


def test_a_run_is_queued_once(redis_url: str, redis: Redis) -> None:
    """However often and from wherever it is confirmed."""
    with ThreadPoolExecutor(8) as pool:
        queued = list(pool.map(lambda _: Jobs(redis_url).run(REPLAY_ID), range(8)))
    assert sorted(queued) == [False] * 7 + [True]
    assert Queue(RUNS, connection=redis).job_ids == [REPLAY_ID]


def test_a_run_that_has_ended_is_not_queued_again(redis_url: str) -> None:
    """Not even one that broke: it is carried on by its journals, not begun anew."""
    jobs = Jobs(redis_url)
    assert jobs.run(REPLAY_ID)
    work_off(redis_url, RUNS)
    assert not jobs.run(REPLAY_ID)


def test_a_run_has_no_timeout_and_is_never_retried(redis_url: str, redis: Redis) -> None:
    """A second one beside a living first must not be."""
    Jobs(redis_url).run(REPLAY_ID)
    job = AllowedJob.fetch(REPLAY_ID, connection=redis, serializer=JSONSerializer)
    assert (job.timeout, job.retries_left) == (-1, None)


def test_no_other_function_runs(redis_url: str, queue: Queue, tmp_path: Path) -> None:
    """Whoever can write to Redis cannot make the worker run what they name."""
    mark = tmp_path / "struck"
    hostile = [queue.enqueue(strike, str(mark)), queue.enqueue("os.mkdir", str(mark)), queue.enqueue("bot.jobs.Engine")]
    work_off(redis_url, PLANS)
    assert [job.get_status() for job in hostile] == [JobStatus.FAILED] * 3
    assert not mark.exists()


def test_no_callback_runs_either(
    redis_url: str, queue: Queue, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, slack: SlackStandIn
) -> None:
    """One of our jobs may come with callbacks and webhooks that are not ours: they are not read."""
    monkeypatch.chdir(tmp_path)
    callback = Callback(struck)
    hook = Webhook(f"{slack.url}/api/api.test", "failed")
    names = {"on_success": callback, "on_failure": callback, "on_stopped": callback, "webhooks": [hook]}
    job = queue.enqueue("bot.run_jobs.run_replay", "r1", **names)
    ours = AllowedJob.fetch(job.id, connection=queue.connection, serializer=JSONSerializer)
    assert (ours.success_callback, ours.failure_callback, ours.stopped_callback, ours.webhooks) == (
        None,
        None,
        None,
        [],
    )
    work_off(redis_url, PLANS)
    assert job.get_status() is JobStatus.FAILED
    assert list(tmp_path.iterdir()) == []


def test_a_request_travels_as_it_was_asked(redis_url: str, redis: Redis) -> None:
    """JSON in: the same request, room and form come out at the worker."""
    asked = PlanRequest(
        Request("raw", "2019-12-01", prefix='a "folder"', delete_backups=False), dry_run=True, rate="20MB/s"
    )
    Jobs(redis_url).plan(REPLAY_ID, asked, Room("C1", "U1"), "V1")
    (job,) = Queue(PLANS, connection=redis, serializer=JSONSerializer, job_class=AllowedJob).jobs
    sent = job.kwargs
    assert PlanRequest(**{**sent["wish"], "request": Request(**sent["wish"]["request"])}) == asked
    assert (Room(**sent["room"]), sent["view_id"]) == (Room("C1", "U1"), "V1")


@pytest.mark.parametrize("again", [False, True])
def test_a_retry_is_planned_as_it_was_asked(
    redis_url: str, redis: Redis, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch, *, again: bool
) -> None:
    """Of days that an earlier replay published a short while ago only where a person said so."""
    Jobs(redis_url).retry(OTHER_ID, REPLAY_ID, Room("C0DATAREPLAY", "U00OPERATOR"), again=again)
    (job,) = Queue(PLANS, connection=redis, serializer=JSONSerializer, job_class=AllowedJob).jobs
    asked = list[tuple[str, str | None, bool]]()

    class Asked:
        def __init__(self, _: object) -> None:
            """Knows the one replay."""

        def plan_retry(self, of: str, new_id: str | None = None, *, again: bool = False) -> Plan:
            asked.append((of, new_id, again))
            raise Refused("Nothing is left.")

    for name, value in (slack.environment() | {"REPLAY_REDIS_URL": redis_url}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(plan_jobs, "Engine", Asked)
    monkeypatch.setattr(plan_jobs, "meant", lambda _, of: of)
    plan_jobs.plan_retry(**job.kwargs)
    assert asked == [(REPLAY_ID, OTHER_ID, again)]


def test_a_form_that_is_submitted_twice_is_planned_once(redis_url: str, redis: Redis) -> None:
    """Also when the first was taken already; the same form with something mended is another."""
    jobs, plan_request, room = Jobs(redis_url), PlanRequest(Request("raw", "2019-12-01")), Room("C1", "U1")
    for number, once in enumerate(("V1 h1", "V1 h1", "V1 h2")):
        jobs.plan(f"r{number}", plan_request, room, "V1", once)
    queue = Queue(PLANS, connection=redis, serializer=JSONSerializer, job_class=AllowedJob)
    assert [job.kwargs["replay_id"] for job in queue.jobs] == ["r0", "r2"]


@pytest.mark.parametrize("decision", [None, "discarded"])
def test_what_nobody_confirmed_does_not_run(
    redis_url: str, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch, decision: str | None
) -> None:
    """A run job alone starts nothing: the confirmation must be on record."""
    for name, value in (slack.environment() | {"REPLAY_REDIS_URL": redis_url}).items():
        monkeypatch.setenv(name, value)
    records = Records(redis_url)
    records.remember_plan(plan(), Room("C0DATAREPLAY", "U00OPERATOR"))
    if decision:
        records.decide(REPLAY_ID, decision, "U00OPERATOR")
    with pytest.raises(PermissionError, match=f"Nobody confirmed replay {REPLAY_ID}"):
        run_replay(REPLAY_ID)
    assert slack.messages() == []


def test_a_worker_without_settings_says_which(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SLACK_BOT_TOKEN", raising=False)
    with pytest.raises(BadConfig, match="SLACK_BOT_TOKEN is missing"):
        run_replay(REPLAY_ID)
