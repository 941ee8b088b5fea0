"""Publishers that are processes of their own: one that publishes for a dead run goes on for a while."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import date
from typing import Any

from replay_engine.errors import TryAgain
from replay_engine.model import Counts, Pace
from replay_engine.ports import PublisherPool, ShardNews
from tests.simulation.machine.process import Process

#: So long a publisher may not have heard that its run is dead.
_UNHEARD_SECONDS = 10.0


class PoolApart:
    """The publishers of one day. Each has ports and turns of its own, and may die, freeze or be late by itself."""

    def __init__(self, process: Process, replay: str, day: date, shards: int) -> None:
        self._process, self._called = process, (replay, day, shards)
        self._children: dict[int, Process] = {}
        self._news: list[ShardNews] = []
        self._pace = Pace()
        self._ends_at = float("inf")

    def put(self, shard: int) -> None:
        machine = self._process.machine
        self._children[shard] = machine.start(
            f"{self._process.name}/{shard}", self._process.plan, [lambda child: self._publish(child, shard)]
        )

    def _publish(self, child: Process, shard: int) -> None:
        with child.world().publishers.pool(*self._called) as pool:
            alone: Any = pool
            alone.stopped = lambda: child.machine.time >= self._ends_at
            alone.pace = lambda: self._pace
            pool.put(shard)
            self._news += pool.news()

    def news(self) -> Sequence[ShardNews]:
        heard, self._news = self._news, []
        for shard, child in list(self._children.items()):
            if child.dead:
                del self._children[shard]
                heard.append(ShardNews(shard, Counts(), ended=True, error=TryAgain("A publisher died.")))
        return heard

    def govern(self, pace: Pace) -> None:
        self._pace = pace

    def leave(self) -> None:
        """The run is over, or dead."""
        self._ends_at = self._process.machine.time + (_UNHEARD_SECONDS if self._process.dead else 0.0)


class PublishersApart:
    """Pools of publisher processes."""

    orphaned_seconds = _UNHEARD_SECONDS

    def __init__(self, process: Process) -> None:
        self._process = process

    @contextmanager
    def pool(self, replay_id: str, day: date, shards: int) -> Iterator[PublisherPool]:
        pool = PoolApart(self._process, replay_id, day, shards)
        try:
            yield pool
        finally:
            pool.leave()


def apart(order: Callable[[Process], object]) -> Callable[[Process], object]:
    """Carry out an order with such publishers."""

    def carry_out(process: Process) -> object:
        process.publishers = PublishersApart(process)
        return order(process)

    return carry_out
