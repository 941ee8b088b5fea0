"""The `Publishers` contract, for every adapter whose publishers are processes; what they do is in the test's hands."""

import os
import signal
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from replay_engine import Pace, PublisherPool, Publishers, ShardNews
from replay_engine.errors import (
    BadRequest,
    CorruptSource,
    InDoubt,
    LineRefused,
    NotAllowed,
    ReplayError,
    StalePlan,
    Superseded,
    TryAgain,
)
from replay_engine.model import Counts
from sandbox.processes import wait_until
from tests.fakes.scripted_engine import Stage

REPLAY_ID, DAY = "r20191201-000000-abcdef", date(2019, 12, 1)


@dataclass(frozen=True, slots=True)
class Ground:
    """The adapter, where its publishers are told what to do, and how to let the time pass that it waits for."""

    publishers: Publishers
    stage: Stage
    let_time_pass: Callable[[], None] = lambda: None

    def news(
        self, pool: PublisherPool, wanted: Callable[[ShardNews], bool], *, waiting: bool = False
    ) -> list[ShardNews]:
        """All news until one is the wanted one; ``waiting`` for what only time tells."""
        heard: list[ShardNews] = []

        def came() -> bool:
            if waiting:
                self.let_time_pass()
            heard.extend(pool.news())
            return any(map(wanted, heard))

        wait_until(came, "the news")
        return heard

    def end(self, pool: PublisherPool, *shards: int, waiting: bool = False) -> list[ShardNews]:
        """All news until these shards have ended."""
        left = set(shards)

        def last(news: ShardNews) -> bool:
            if news.ended:
                left.discard(news.shard)
            return not left

        return self.news(pool, last, waiting=waiting)

    def until_at_work(self, pool: PublisherPool, *shards: int) -> None:
        """Until a publisher is at each of them; a pool only works while it is asked."""

        def at_work() -> bool:
            assert [news for news in pool.news() if news.ended] == []
            return all(self.stage.seen(shard) for shard in shards)

        wait_until(at_work, f"publishers at {shards}")

    def until_pace(self, pool: PublisherPool, shard: int, pace: Pace) -> None:
        """Until the publisher of a shard hears that."""

        def heard() -> bool:
            pool.news()
            return self.stage.pace(shard) == pace

        wait_until(heard, f"shard {shard} to be at {pace}")


def ended(news: Sequence[ShardNews], shard: int) -> ShardNews:
    """How a shard ended."""
    (end,) = [one for one in news if one.shard == shard and one.ended]
    return end


def runs(pid: int) -> bool:
    """Whether a process is there and no zombie."""
    status = Path(f"/proc/{pid}/stat")
    return status.exists() and status.read_text().rpartition(") ")[2][:1] != "Z"


class PublishersContract:
    """Subclasses have a fixture ``ground`` whose publishers are two at a time."""

    def test_what_is_committed_is_told_as_it_grows(self, ground: Ground) -> None:
        """In the order in which it was said, and the end last."""
        with ground.publishers.pool(REPLAY_ID, DAY, 2) as pool:
            pool.put(1)
            ground.stage.tell(1, say=3)
            ground.news(pool, lambda news: news == ShardNews(1, Counts(lines=3)))
            ground.stage.tell(1, end=5)
            assert ground.end(pool, 1)[-1] == ShardNews(1, Counts(lines=5), ended=True)
            assert pool.news() == []

    def test_a_publisher_is_asked_for_its_shard(self, ground: Ground) -> None:
        """Of that replay and day, which is cut into so many."""
        with ground.publishers.pool(REPLAY_ID, DAY, 7) as pool:
            pool.put(3)
            ground.until_at_work(pool, 3)
            seen = ground.stage.seen(3)
        assert (seen["replay"], seen["day"], seen["of"]) == (REPLAY_ID, str(DAY), 7)

    def test_nothing_begins_before_it_is_put(self, ground: Ground) -> None:
        """Shards are begun one by one, as the run wants."""
        with ground.publishers.pool(REPLAY_ID, DAY, 2) as pool:
            pool.put(0)
            ground.stage.tell(0, end=1)
            ground.end(pool, 0)
            assert ground.stage.seen(1) == {}

    def test_more_shards_than_publishers_take_turns(self, ground: Ground) -> None:
        """Every one of them is published."""
        for shard in range(5):
            ground.stage.tell(shard, end=shard)
        with ground.publishers.pool(REPLAY_ID, DAY, 5) as pool:
            for shard in range(5):
                pool.put(shard)
            news = ground.end(pool, *range(5))
        assert {shard: ended(news, shard).counts.lines for shard in range(5)} == {shard: shard for shard in range(5)}

    @pytest.mark.parametrize("kind", [TryAgain, CorruptSource, LineRefused, StalePlan, NotAllowed, InDoubt, Superseded])
    def test_an_error_keeps_its_kind(self, ground: Ground, kind: type[ReplayError]) -> None:
        """The run does next what its kind says, and people read its sentence and advice."""
        assert not issubclass(kind, BadRequest)
        with ground.publishers.pool(REPLAY_ID, DAY, 1) as pool:
            pool.put(0)
            ground.stage.tell(0, say=2)
            ground.stage.tell(0, fail=kind.__name__)
            end = ended(ground.end(pool, 0), 0)
        assert (type(end.error), str(end.error), end.counts.lines) == (kind, f"It is {kind.__name__}. Mend it.", 2)

    def test_a_bug_of_a_publisher_is_one_of_the_run(self, ground: Ground) -> None:
        """It never looks like an error that a run may act upon."""
        with ground.publishers.pool(REPLAY_ID, DAY, 1) as pool:
            pool.put(0)
            ground.stage.tell(0, **{"break": "a bug"})
            with pytest.raises(RuntimeError):
                ground.end(pool, 0)

    def test_the_pace_is_divided_among_those_at_work(self, ground: Ground) -> None:
        """All of them together keep to it; who has ended leaves its share to the others."""
        with ground.publishers.pool(REPLAY_ID, DAY, 2) as pool:
            pool.govern(Pace(bytes_per_second=100.0, events_per_second=10.0))
            pool.put(0)
            pool.put(1)
            for shard in (0, 1):
                ground.until_pace(pool, shard, Pace(bytes_per_second=50.0, events_per_second=5.0))
            ground.stage.tell(0, end=1)
            ground.until_pace(pool, 1, Pace(bytes_per_second=100.0, events_per_second=10.0))
            pool.govern(Pace())
            ground.until_pace(pool, 1, Pace())

    def test_a_pause_reaches_every_publisher(self, ground: Ground) -> None:
        """Those that are at work, and those that begin in it."""
        with ground.publishers.pool(REPLAY_ID, DAY, 2) as pool:
            pool.put(0)
            ground.until_at_work(pool, 0)
            pool.govern(Pace(paused=True))
            ground.until_pace(pool, 0, Pace(paused=True))
            pool.put(1)
            ground.until_pace(pool, 1, Pace(paused=True))
            pool.govern(Pace())
            ground.until_pace(pool, 1, Pace())

    def test_who_has_begun_says_so_before_it_knows_how_far(self, ground: Ground) -> None:
        """So that one which hangs at once is seen to be stuck."""
        with ground.publishers.pool(REPLAY_ID, DAY, 1) as pool:
            pool.put(0)
            assert ground.news(pool, lambda news: news.shard == 0)[-1] == ShardNews(0, Counts())

    def test_leaving_the_block_stops_everybody(self, ground: Ground) -> None:
        """When it is left nobody publishes any more, nobody begins, and the last words can still be heard."""
        with ground.publishers.pool(REPLAY_ID, DAY, 3) as pool:
            for shard in range(3):
                pool.put(shard)
            ground.until_at_work(pool, 0, 1)
            for shard in (0, 1):
                ground.stage.tell(shard, last=4)
                ground.stage.tell(shard, say=shard + 1)
                ground.news(pool, lambda news: news.counts.lines > 0)
        assert [ground.stage.seen(shard).get("stopped") for shard in range(3)] == [True, True, None]
        assert {news.shard: news.counts.lines for news in pool.news()} == {0: 4, 1: 4}

    def test_a_publisher_that_is_killed_says_try_again(self, ground: Ground) -> None:
        """With what it had committed; and another publishes its shard when that is put again."""
        with ground.publishers.pool(REPLAY_ID, DAY, 2) as pool:
            pool.put(0)
            pool.put(1)
            ground.until_at_work(pool, 0, 1)
            ground.stage.tell(0, say=3)
            ground.news(pool, lambda news: news.counts.lines == 3)
            killed = ground.stage.pid(0)
            os.kill(killed, signal.SIGKILL)
            end = ended(ground.end(pool, 0, waiting=True), 0)
            assert (type(end.error), end.counts.lines) == (TryAgain, 3)
            pool.put(0)
            ground.stage.tell(0, end=5)
            assert ended(ground.end(pool, 0), 0) == ShardNews(0, Counts(lines=5), ended=True)

    def test_a_shard_that_is_put_again_has_one_publisher(self, ground: Ground) -> None:
        """Who had it is given up, and nothing that it says counts."""
        with ground.publishers.pool(REPLAY_ID, DAY, 1) as pool:
            pool.put(0)
            ground.until_at_work(pool, 0)
            first = ground.stage.pid(0)
            pool.put(0)
            wait_until(lambda: list(pool.news()) == [] and ground.stage.pid(0) != first, "another publisher")
            wait_until(lambda: list(pool.news()) == [] and not runs(first), "the end of the first")
            ground.stage.tell(0, end=1)
            assert ended(ground.end(pool, 0), 0).error is None
