"""Whom the run job believes: a publisher that is silent is dead, and an earlier one or an earlier run is not heard."""

import pytest

from bot.publishers.pool import RqPublishers
from replay_engine import Counts, Pace, ShardNews, TryAgain
from tests.adapters.publishers_contract import DAY, REPLAY_ID
from tests.helpers.board import Ahead, news_until_silent, take


def test_silence_is_death(publishers: RqPublishers, redis_url: str, clock: Ahead) -> None:
    """Whatever it was that died: the process, its machine, its way to Redis."""
    with publishers.pool(REPLAY_ID, DAY, 1) as pool:
        pool.put(0)
        publisher = take(redis_url)
        publisher.say(lines=7)
        (first, end) = news_until_silent(pool, clock)
        assert (first, end.counts, end.ended, type(end.error)) == (
            ShardNews(0, Counts(lines=7)),
            Counts(lines=7),
            True,
            TryAgain,
        )
        assert news_until_silent(pool, clock) == []


def test_a_publisher_that_never_came_to_speak_is_lost(publishers: RqPublishers, redis_url: str, clock: Ahead) -> None:
    """Its worker was killed with the job in its hands."""
    with publishers.pool(REPLAY_ID, DAY, 1) as pool:
        pool.put(0)
        take(redis_url)
        (end,) = news_until_silent(pool, clock)
        assert (end.shard, end.counts, type(end.error)) == (0, Counts(), TryAgain)


def test_who_beats_lives(publishers: RqPublishers, redis_url: str, clock: Ahead) -> None:
    """However long it has nothing to say."""
    with publishers.pool(REPLAY_ID, DAY, 1) as pool:
        pool.put(0)
        publisher = take(redis_url)
        for _ in range(20):
            publisher.say()
            clock.put_forward()
            assert pool.news() == []
        publisher.say(lines=1, ended=True)
        assert pool.news() == [ShardNews(0, Counts(lines=1), ended=True)]


def test_who_was_not_looked_at_is_not_dead(publishers: RqPublishers, redis_url: str, clock: Ahead) -> None:
    """A run that was held up itself has no proof of anybody's silence."""
    with publishers.pool(REPLAY_ID, DAY, 1) as pool:
        pool.put(0)
        publisher = take(redis_url)
        publisher.say()
        pool.news()
        clock.put_forward(3600)
        assert pool.news() == []
        publisher.say(lines=1, ended=True)
        assert pool.news() == [ShardNews(0, Counts(lines=1), ended=True)]


def test_an_earlier_publisher_is_not_believed(publishers: RqPublishers, redis_url: str, clock: Ahead) -> None:
    """One that was given up wakes up, and says that it has done it all."""
    with publishers.pool(REPLAY_ID, DAY, 1) as pool:
        pool.put(0)
        zombie = take(redis_url)
        news_until_silent(pool, clock)
        pool.put(0)
        heard = zombie.say(lines=99, ended=True)
        assert heard is not None
        assert heard.order is not None
        assert heard.order.attempt != zombie.attempt
        assert pool.news() == []
        take(redis_url).say(lines=5, ended=True)
        assert pool.news() == [ShardNews(0, Counts(lines=5), ended=True)]


def test_two_runs_of_a_day_do_not_mix_their_orders(publishers: RqPublishers, redis_url: str) -> None:
    """The run that came last is heard; an earlier one that wakes up can neither order nor stop anything."""
    with publishers.pool(REPLAY_ID, DAY, 1) as first:
        first.put(0)
        left_behind = take(redis_url)
        with publishers.pool(REPLAY_ID, DAY, 1) as second:
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
