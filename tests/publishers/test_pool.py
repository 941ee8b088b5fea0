"""The run job's side of shards on RQ, on a real Valkey: what it writes, whom it tells, and what it orders.

The publishers are the test itself; those of RQ's workers are in test_rq_publishers.py.
"""

from collections.abc import Sequence

from redis import Redis
from rq.serializers import JSONSerializer
from structlog.typing import EventDict

from bot.publishers.board import PoolReply
from bot.publishers.pool import RqPublishers
from bot.queues import SHARDS, AllowedJob, queue
from replay_engine import Pace
from tests.adapters.publishers_contract import DAY, REPLAY_ID
from tests.helpers.board import Ahead, news_until_silent, take, waiting
from tests.helpers.workers import ThreadWorker

NOBODY = "nobody publishes: start replay-worker --role publisher"


def test_a_shard_is_a_job_that_runs_once(publishers: RqPublishers, redis: Redis) -> None:
    """It has no timeout, no retry, and a token that no other has."""
    with publishers.pool(REPLAY_ID, DAY, 3) as pool:
        pool.put(1)
        pool.put(2)
        first, second = queue(SHARDS, redis).jobs
        asked = {"replay_id": REPLAY_ID, "day": "2019-12-01", "shard": 1, "of": 3}
        assert first.kwargs.items() >= asked.items()
        assert first.kwargs["attempt"] != second.kwargs["attempt"]
        assert (first.timeout, first.retries_left, first.func_name) == (-1, None, "bot.shard_job.publish_shard_job")


def test_leaving_takes_back_what_nobody_has_taken(publishers: RqPublishers, redis: Redis) -> None:
    """No job is left, in the queue or anywhere."""
    with publishers.pool(REPLAY_ID, DAY, 2) as pool:
        pool.put(0)
        pool.put(1)
    assert (waiting(redis), list(redis.scan_iter("rq:job:*"))) == ([], [])


def test_a_shard_that_is_put_again_waits_once(publishers: RqPublishers, redis: Redis) -> None:
    with publishers.pool(REPLAY_ID, DAY, 1) as pool:
        pool.put(0)
        (first,) = waiting(redis)
        pool.put(0)
        (second,) = waiting(redis)
        assert first["attempt"] != second["attempt"]


def test_a_job_that_nobody_takes_is_not_lost(publishers: RqPublishers, clock: Ahead) -> None:
    """All publishers may be busy with other replays for hours."""
    with publishers.pool(REPLAY_ID, DAY, 1) as pool:
        pool.put(0)
        assert news_until_silent(pool, clock, looks=50) == []


def test_nobody_to_take_it_is_logged(
    publishers: RqPublishers, clock: Ahead, logged: Sequence[EventDict], redis: Redis
) -> None:
    """Not at once, as workers may just be starting, and once a minute."""
    with publishers.pool(REPLAY_ID, DAY, 1) as pool:
        pool.put(0)
        counts = []
        for seconds in (1, 11, 30, 31, 1):
            clock.put_forward(seconds)
            pool.news()
            counts.append([entry["event"] for entry in logged].count(NOBODY))
        assert counts == [0, 1, 1, 2, 2]


def test_a_worker_that_listens_is_somebody(
    publishers: RqPublishers, clock: Ahead, logged: Sequence[EventDict], redis: Redis
) -> None:
    """Unless it was killed, and its key has gone."""
    worker = ThreadWorker([queue(SHARDS, redis)], connection=redis, serializer=JSONSerializer, job_class=AllowedJob)
    worker.register_birth()  # type: ignore[no-untyped-call]
    with publishers.pool(REPLAY_ID, DAY, 1) as pool:
        pool.put(0)
        clock.put_forward(11)
        pool.news()
        assert NOBODY not in [entry["event"] for entry in logged]
        redis.delete(worker.key)
        clock.put_forward(61)
        pool.news()
        assert NOBODY in [entry["event"] for entry in logged]


def test_a_publisher_at_work_is_somebody(
    publishers: RqPublishers, redis_url: str, clock: Ahead, logged: Sequence[EventDict]
) -> None:
    """Even where Redis has forgotten who listens."""
    with publishers.pool(REPLAY_ID, DAY, 2) as pool:
        pool.put(0)
        pool.put(1)
        publisher = take(redis_url)
        publisher.say()
        clock.put_forward(11)
        pool.news()
        assert NOBODY not in [entry["event"] for entry in logged]
        publisher.say(lines=1, ended=True)


def test_a_share_is_given_to_whoever_is_counted(publishers: RqPublishers, redis_url: str) -> None:
    """A publisher that has just begun waits until the others have been told to leave it its share."""
    with publishers.pool(REPLAY_ID, DAY, 2) as pool:
        pool.govern(Pace(bytes_per_second=100.0))
        pool.put(0)
        pool.put(1)
        first, second = take(redis_url), take(redis_url)
        assert [_pace(first.say()), _pace(second.say())] == [None, None]
        pool.news()
        half = Pace(bytes_per_second=50.0)
        assert [_pace(first.say()), _pace(second.say())] == [half, half]
        first.say(lines=1, ended=True)
        second.say(lines=1, ended=True)


def _pace(heard: PoolReply | None) -> Pace | None:
    assert heard is not None
    assert heard.order is not None
    return heard.order.pace


def test_whoever_comes_late_hears_that_it_is_over(publishers: RqPublishers, redis_url: str, redis: Redis) -> None:
    """For a minute; then nothing of the day is left in Redis."""
    with publishers.pool(REPLAY_ID, DAY, 1) as pool:
        pool.put(0)
        publisher = take(redis_url)
        publisher.say(lines=1, ended=True)
        pool.news()
    heard = publisher.say()
    assert heard is not None
    assert heard.stop
    (key,) = redis.scan_iter("replay:shards:*")
    assert 0 < int(redis.ttl(key)) <= 60
