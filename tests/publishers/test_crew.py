"""The run job's side of shards on RQ, on a real Valkey: what it writes, whom it believes, and when it gives up.

The publishers are the test itself; those of RQ's workers are in test_rq_publishers.py.
"""

from collections.abc import Iterator, Sequence
from itertools import count
from pathlib import Path

import pytest
from redis import Redis
from rq.serializers import JSONSerializer
from structlog.typing import EventDict

from bot.publishers.board import CrewReply
from bot.publishers.crew import RqPublishers
from bot.queues import SHARDS, AllowedJob, queue
from replay_engine import Counts, Crew, Pace, ShardNews, TryAgain
from sandbox.processes import wait_until
from sandbox.valkey import valkey as run_valkey
from tests.adapters.publishers_contract import DAY, REPLAY_ID
from tests.helpers.board import Ahead, take, waiting
from tests.helpers.workers import ThreadWorker

NOBODY = "nobody publishes: start replay-worker --role publisher"


@pytest.fixture
def publishers(redis_url: str, clock: Ahead) -> RqPublishers:
    return RqPublishers(redis_url, clock)


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client


def news_until_silent(crew: Crew, clock: Ahead, looks: int = 5) -> list[ShardNews]:
    """All news of more than the time after which a silent publisher is dead."""
    heard = list(crew.news())
    for _ in range(looks):
        clock.put_forward()
        heard.extend(crew.news())
    return heard


def test_a_shard_is_a_job_that_runs_once(publishers: RqPublishers, redis: Redis) -> None:
    """It has no timeout, no retry, and a token that no other has."""
    with publishers.crew(REPLAY_ID, DAY, 3) as crew:
        crew.put(1)
        crew.put(2)
        first, second = queue(SHARDS, redis).jobs
        asked = {"replay_id": REPLAY_ID, "day": "2019-12-01", "shard": 1, "of": 3}
        assert first.kwargs.items() >= asked.items()
        assert first.kwargs["attempt"] != second.kwargs["attempt"]
        assert (first.timeout, first.retries_left, first.func_name) == (-1, None, "bot.shard_job.publish_shard_job")


def test_leaving_takes_back_what_nobody_has_taken(publishers: RqPublishers, redis: Redis) -> None:
    """No job is left, in the queue or anywhere."""
    with publishers.crew(REPLAY_ID, DAY, 2) as crew:
        crew.put(0)
        crew.put(1)
    assert (waiting(redis), list(redis.scan_iter("rq:job:*"))) == ([], [])


def test_a_shard_that_is_put_again_waits_once(publishers: RqPublishers, redis: Redis) -> None:
    with publishers.crew(REPLAY_ID, DAY, 1) as crew:
        crew.put(0)
        (first,) = waiting(redis)
        crew.put(0)
        (second,) = waiting(redis)
        assert first["attempt"] != second["attempt"]


def test_a_job_that_nobody_takes_is_not_lost(publishers: RqPublishers, clock: Ahead) -> None:
    """All publishers may be busy with other replays for hours."""
    with publishers.crew(REPLAY_ID, DAY, 1) as crew:
        crew.put(0)
        assert news_until_silent(crew, clock, looks=50) == []


def test_nobody_to_take_it_is_logged(
    publishers: RqPublishers, clock: Ahead, logged: Sequence[EventDict], redis: Redis
) -> None:
    """Not at once, as workers may just be starting, and once a minute."""
    with publishers.crew(REPLAY_ID, DAY, 1) as crew:
        crew.put(0)
        counts = []
        for seconds in (1, 11, 30, 31, 1):
            clock.put_forward(seconds)
            crew.news()
            counts.append([entry["event"] for entry in logged].count(NOBODY))
        assert counts == [0, 1, 1, 2, 2]


def test_a_worker_that_listens_is_somebody(
    publishers: RqPublishers, clock: Ahead, logged: Sequence[EventDict], redis: Redis
) -> None:
    """Unless it was killed, and its key has gone."""
    worker = ThreadWorker([queue(SHARDS, redis)], connection=redis, serializer=JSONSerializer, job_class=AllowedJob)
    worker.register_birth()  # type: ignore[no-untyped-call]
    with publishers.crew(REPLAY_ID, DAY, 1) as crew:
        crew.put(0)
        clock.put_forward(11)
        crew.news()
        assert NOBODY not in [entry["event"] for entry in logged]
        redis.delete(worker.key)
        clock.put_forward(61)
        crew.news()
        assert NOBODY in [entry["event"] for entry in logged]


def test_a_publisher_at_work_is_somebody(
    publishers: RqPublishers, redis_url: str, clock: Ahead, logged: Sequence[EventDict]
) -> None:
    """Even where Redis has forgotten who listens."""
    with publishers.crew(REPLAY_ID, DAY, 2) as crew:
        crew.put(0)
        crew.put(1)
        publisher = take(redis_url)
        publisher.say()
        clock.put_forward(11)
        crew.news()
        assert NOBODY not in [entry["event"] for entry in logged]
        publisher.say(lines=1, ended=True)


def test_silence_is_death(publishers: RqPublishers, redis_url: str, clock: Ahead) -> None:
    """Whatever it was that died: the process, its machine, its way to Redis."""
    with publishers.crew(REPLAY_ID, DAY, 1) as crew:
        crew.put(0)
        publisher = take(redis_url)
        publisher.say(lines=7)
        (first, end) = news_until_silent(crew, clock)
        assert (first, end.counts, end.ended, type(end.error)) == (
            ShardNews(0, Counts(lines=7)),
            Counts(lines=7),
            True,
            TryAgain,
        )
        assert news_until_silent(crew, clock) == []


def test_a_publisher_that_never_came_to_speak_is_lost(publishers: RqPublishers, redis_url: str, clock: Ahead) -> None:
    """Its worker was killed with the job in its hands."""
    with publishers.crew(REPLAY_ID, DAY, 1) as crew:
        crew.put(0)
        take(redis_url)
        (end,) = news_until_silent(crew, clock)
        assert (end.shard, end.counts, type(end.error)) == (0, Counts(), TryAgain)


def test_who_beats_lives(publishers: RqPublishers, redis_url: str, clock: Ahead) -> None:
    """However long it has nothing to say."""
    with publishers.crew(REPLAY_ID, DAY, 1) as crew:
        crew.put(0)
        publisher = take(redis_url)
        for _ in range(20):
            publisher.say()
            clock.put_forward()
            assert crew.news() == []
        publisher.say(lines=1, ended=True)
        assert crew.news() == [ShardNews(0, Counts(lines=1), ended=True)]


def test_who_was_not_looked_at_is_not_dead(publishers: RqPublishers, redis_url: str, clock: Ahead) -> None:
    """A run that was held up itself has no proof of anybody's silence."""
    with publishers.crew(REPLAY_ID, DAY, 1) as crew:
        crew.put(0)
        publisher = take(redis_url)
        publisher.say()
        crew.news()
        clock.put_forward(3600)
        assert crew.news() == []
        publisher.say(lines=1, ended=True)
        assert crew.news() == [ShardNews(0, Counts(lines=1), ended=True)]


def test_an_earlier_publisher_is_not_believed(publishers: RqPublishers, redis_url: str, clock: Ahead) -> None:
    """One that was given up wakes up, and says that it has done it all."""
    with publishers.crew(REPLAY_ID, DAY, 1) as crew:
        crew.put(0)
        zombie = take(redis_url)
        news_until_silent(crew, clock)
        crew.put(0)
        heard = zombie.say(lines=99, ended=True)
        assert heard is not None
        assert heard.order is not None
        assert heard.order.attempt != zombie.attempt
        assert crew.news() == []
        take(redis_url).say(lines=5, ended=True)
        assert crew.news() == [ShardNews(0, Counts(lines=5), ended=True)]


def test_a_share_is_given_to_whoever_is_counted(publishers: RqPublishers, redis_url: str) -> None:
    """A publisher that has just begun waits until the others have been told to leave it its share."""
    with publishers.crew(REPLAY_ID, DAY, 2) as crew:
        crew.govern(Pace(bytes_per_second=100.0))
        crew.put(0)
        crew.put(1)
        first, second = take(redis_url), take(redis_url)
        assert [_pace(first.say()), _pace(second.say())] == [None, None]
        crew.news()
        half = Pace(bytes_per_second=50.0)
        assert [_pace(first.say()), _pace(second.say())] == [half, half]
        first.say(lines=1, ended=True)
        second.say(lines=1, ended=True)


def _pace(heard: CrewReply | None) -> Pace | None:
    assert heard is not None
    assert heard.order is not None
    return heard.order.pace


def test_a_redis_that_was_emptied_is_filled_again(publishers: RqPublishers, redis_url: str, redis: Redis) -> None:
    """Publishers at work go on: their orders are there again with the next beat."""
    with publishers.crew(REPLAY_ID, DAY, 1) as crew:
        crew.put(0)
        publisher = take(redis_url)
        publisher.say()
        redis.flushdb()
        wait_until(lambda: (heard := publisher.say(lines=1)) is not None and heard.order is not None, "the orders")
        assert crew.news() == [ShardNews(0, Counts(lines=1))]
        publisher.say(lines=2, ended=True)
        assert crew.news() == [ShardNews(0, Counts(lines=2), ended=True)]


def test_jobs_that_a_redis_has_lost_are_put_again(
    publishers: RqPublishers, redis_url: str, redis: Redis, clock: Ahead
) -> None:
    """They are told as lost, whatever the queue was emptied by."""
    with publishers.crew(REPLAY_ID, DAY, 2) as crew:
        crew.put(0)
        crew.put(1)
        redis.flushdb()
        lost = news_until_silent(crew, clock)
        assert [(news.shard, news.ended, type(news.error)) for news in lost] == [
            (0, True, TryAgain),
            (1, True, TryAgain),
        ]
        crew.put(1)
        assert [asked["shard"] for asked in waiting(redis)] == [1]


def test_two_runs_of_a_day_do_not_mix_their_orders(publishers: RqPublishers, redis_url: str) -> None:
    """The run that came last is heard; an earlier one that wakes up can neither order nor stop anything."""
    with publishers.crew(REPLAY_ID, DAY, 1) as first:
        first.put(0)
        left_behind = take(redis_url)
        with publishers.crew(REPLAY_ID, DAY, 1) as second:
            second.put(0)
            publisher = take(redis_url)
            with pytest.raises(TryAgain, match="Another run job"):
                first.govern(Pace(paused=True))
            heard = publisher.say(lines=1)
            assert heard is not None
            assert heard.order is not None
            assert (heard.stop, heard.order.attempt, heard.order.pace) == (False, publisher.attempt, Pace())
            assert left_behind.say() == heard
            assert second.news() == [ShardNews(0, Counts(lines=1))]
            publisher.say(lines=1, ended=True)
            second.news()


def test_whoever_comes_late_hears_that_it_is_over(publishers: RqPublishers, redis_url: str, redis: Redis) -> None:
    """For a minute; then nothing of the day is left in Redis."""
    with publishers.crew(REPLAY_ID, DAY, 1) as crew:
        crew.put(0)
        publisher = take(redis_url)
        publisher.say(lines=1, ended=True)
        crew.news()
    heard = publisher.say()
    assert heard is not None
    assert heard.stop
    (key,) = redis.scan_iter("replay:shards:*")
    assert 0 < int(redis.ttl(key)) <= 60


def test_a_redis_that_is_away_is_waited_for(tmp_path: Path, logged: Sequence[EventDict]) -> None:
    """For a moment there is no news, then the run is told; and leaving comes to an end, too."""
    seconds = count(step=2)
    with run_valkey(tmp_path) as running:
        crews = RqPublishers(running.url, lambda: float(next(seconds))).crew(REPLAY_ID, DAY, 2)
        crew = crews.__enter__()
        crew.put(0)
        take(running.url).say(lines=1)
    assert crew.news() == []
    with pytest.raises(TryAgain, match="Redis is away"):
        crew.put(1)
    with pytest.raises(TryAgain, match="Redis is away"):
        for _ in range(20):
            assert crew.news() == []
            crew.govern(Pace())
    crews.__exit__(None, None, None)
    assert crew.news() == []
    assert logged[-1]["event"] == "publishers did not say that they have stopped"


def test_no_crew_without_redis(tmp_path: Path) -> None:
    with run_valkey(tmp_path) as running:
        publishers = RqPublishers(running.url)
    with pytest.raises(TryAgain, match="Redis is away"), publishers.crew(REPLAY_ID, DAY, 1):
        pass
