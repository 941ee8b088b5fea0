"""A Redis that was emptied or is away, as the run job meets it while publishers are at work."""

from collections.abc import Sequence
from itertools import count
from pathlib import Path

import pytest
from redis import Redis
from structlog.typing import EventDict

from bot.publishers.pool import RqPublishers
from replay_engine import Counts, Pace, ShardNews, TryAgain
from sandbox.processes import wait_until
from sandbox.valkey import valkey as run_valkey
from tests.adapters.publishers_contract import DAY, REPLAY_ID
from tests.helpers.board import Ahead, news_until_silent, take, waiting


def test_a_redis_that_was_emptied_is_filled_again(publishers: RqPublishers, redis_url: str, redis: Redis) -> None:
    """Publishers at work go on: their orders are there again with the next beat."""
    with publishers.pool(REPLAY_ID, DAY, 1) as pool:
        pool.put(0)
        publisher = take(redis_url)
        publisher.say()
        redis.flushdb()
        wait_until(lambda: (heard := publisher.say(lines=1)) is not None and heard.order is not None, "the orders")
        assert pool.news() == [ShardNews(0, Counts(lines=1))]
        publisher.say(lines=2, ended=True)
        assert pool.news() == [ShardNews(0, Counts(lines=2), ended=True)]


def test_jobs_that_a_redis_has_lost_are_put_again(
    publishers: RqPublishers, redis_url: str, redis: Redis, clock: Ahead
) -> None:
    """They are told as lost, whatever the queue was emptied by."""
    with publishers.pool(REPLAY_ID, DAY, 2) as pool:
        pool.put(0)
        pool.put(1)
        redis.flushdb()
        lost = news_until_silent(pool, clock)
        assert [(news.shard, news.ended, type(news.error)) for news in lost] == [
            (0, True, TryAgain),
            (1, True, TryAgain),
        ]
        pool.put(1)
        assert [asked["shard"] for asked in waiting(redis)] == [1]


def test_a_redis_that_is_away_is_waited_for(tmp_path: Path, logged: Sequence[EventDict]) -> None:
    """For a moment there is no news, then the run is told; and leaving comes to an end, too."""
    seconds = count(step=2)
    with run_valkey(tmp_path) as running:
        pools = RqPublishers(running.url, lambda: float(next(seconds))).pool(REPLAY_ID, DAY, 2)
        pool = pools.__enter__()
        pool.put(0)
        take(running.url).say(lines=1)
    assert pool.news() == []
    with pytest.raises(TryAgain, match="Redis is away"):
        pool.put(1)
    with pytest.raises(TryAgain, match="Redis is away"):
        for _ in range(20):
            assert pool.news() == []
            pool.govern(Pace())
    pools.__exit__(None, None, None)
    assert pool.news() == []
    assert logged[-1]["event"] == "publishers did not say that they have stopped"


def test_no_pool_without_redis(tmp_path: Path) -> None:
    with run_valkey(tmp_path) as running:
        publishers = RqPublishers(running.url)
    with pytest.raises(TryAgain, match="Redis is away"), publishers.pool(REPLAY_ID, DAY, 1):
        pass
