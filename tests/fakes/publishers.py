"""A `Publishers` in this very process: a pool that publishes the next waiting shard whenever it is asked for news."""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date

from replay_engine.errors import ReplayError
from replay_engine.model import Counts, Pace, Plan
from replay_engine.ports import PublisherPool, ShardNews
from replay_engine.publish.shard_inputs import ShardInputs, work


class MemoryPublisherPool:
    """Publishes one shard at a time. ``before`` is called before each, and may raise what a dead publisher says."""

    def __init__(
        self, inputs: ShardInputs, plan: Plan, day: date, shards: int, before: Callable[[int], object]
    ) -> None:
        self._desk, self._plan, self._day, self._shards = inputs, plan, day, shards
        self._waiting: deque[int] = deque()
        self._before = before
        self._pace, self._stopped = Pace(), False

    def put(self, shard: int) -> None:
        self._waiting.append(shard)

    def news(self) -> Sequence[ShardNews]:
        if not self._waiting or self._stopped or self._pace.paused:
            return []
        shard = self._waiting.popleft()
        heard: list[ShardNews] = []

        def said(counts: Counts) -> None:
            heard.append(ShardNews(shard, counts))

        try:
            self._before(shard)
            counts = work(self._desk, self._plan, self._day, shard, self._shards, self, said)
            heard.append(ShardNews(shard, counts, ended=True))
        except ReplayError as error:
            counts = heard[-1].counts if heard else Counts()
            heard.append(ShardNews(shard, counts, ended=True, error=error))
        return heard

    def govern(self, pace: Pace) -> None:
        self._pace = pace

    def pace(self) -> Pace:
        return self._pace

    def stopped(self) -> bool:
        return self._stopped

    def stop(self) -> None:
        self._stopped = True


class MemoryPublishers:
    """Pools with the same inputs, for the plans that a test has made. ``before`` hears of every shard that is begun."""

    def __init__(self, inputs: ShardInputs, plans: Callable[[str], Plan], before: Callable[[int], object]) -> None:
        self._desk, self._plans, self._before = inputs, plans, before
        self.orphaned_seconds = 10.0

    @contextmanager
    def pool(self, replay_id: str, day: date, shards: int) -> Iterator[PublisherPool]:
        pool = MemoryPublisherPool(self._desk, self._plans(replay_id), day, shards, self._before)
        try:
            yield pool
        finally:
            pool.stop()
