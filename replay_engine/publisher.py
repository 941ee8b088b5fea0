"""The publisher process of this machine: publishes one shard after the other, as a run tells it.

    python -m replay_engine.publisher REPLAY_ID DAY SHARDS

It hears orders on stdin and speaks on stdout, one JSON document a line. When stdin ends, the run is gone; when no
heartbeat comes, it stands still, and another may have its day by now. Either way it stops: nobody publishes for a run
that is dead or frozen.
"""

import json
import os
import queue
import sys
import threading
from collections.abc import Iterator
from datetime import date
from typing import Any

from replay_engine import settings
from replay_engine.adapters.clock import SystemClock
from replay_engine.engine import Engine
from replay_engine.errors import ReplayError
from replay_engine.model import Counts, Pace
from replay_engine.ports import Clock, ShardNews
from replay_engine.publish.protocol import LAST_SECONDS, ORPHANED_SECONDS, dump_news, load_pace

_LOOK_SECONDS = 0.25


class StdinOrders:
    """Orders as they come, read on a thread."""

    def __init__(self, clock: Clock) -> None:
        """Full speed, and nothing to do yet."""
        self._clock, self._last_order_at = clock, clock.elapsed()
        self._pace = Pace()
        self._stopped = threading.Event()
        self._shards: queue.SimpleQueue[int | None] = queue.SimpleQueue()
        threading.Thread(target=self._listen, name="orders", daemon=True).start()
        threading.Thread(target=self._watch_heartbeat, name="heartbeat", daemon=True).start()

    def _listen(self) -> None:
        try:
            for line in sys.stdin:
                self._apply(json.loads(line))
        finally:
            self._stop()

    def _watch_heartbeat(self) -> None:
        """Wait for the run to fall silent. What was stopped for that stays stopped, also if the run wakes up."""
        while self._clock.elapsed() - self._last_order_at <= ORPHANED_SECONDS:
            self._clock.sleep(_LOOK_SECONDS)
        self._stop()

    def _apply(self, order: dict[str, Any]) -> None:
        """Any order is a heartbeat, and an empty one is nothing else."""
        self._last_order_at = self._clock.elapsed()
        if "pace" in order:
            self._pace = load_pace(order["pace"])
        if "shard" in order:
            self._shards.put(order["shard"])

    def _stop(self) -> None:
        self._stopped.set()
        self._shards.put(None)
        end = threading.Timer(LAST_SECONDS, os._exit, (0,))
        end.daemon = True
        end.start()

    def shards(self) -> Iterator[int]:
        """Those to publish, as they are given, until there is nobody to give any."""
        while (shard := self._shards.get()) is not None and not self.stopped():
            yield shard

    def pace(self) -> Pace:
        """This publisher's share."""
        return self._pace

    def stopped(self) -> bool:
        """Whether the run is over, gone, or was not heard of for too long."""
        return self._stopped.is_set()


def main() -> None:
    """Publish what is given until stdin ends. A bug ends the process, and the run hears of that."""
    replay_id, day, of = sys.argv[1], date.fromisoformat(sys.argv[2]), int(sys.argv[3])
    engine, orders = Engine(settings.load()), StdinOrders(SystemClock())
    for shard in orders.shards():
        counts = Counts()

        def on_progress(committed: Counts, shard: int = shard) -> None:
            nonlocal counts
            counts = committed
            _write_news(ShardNews(shard, committed))

        # Before Kafka is asked: one that hangs there is seen to be at work, and to come no further.
        on_progress(counts)
        try:
            _write_news(
                ShardNews(shard, engine.publish_shard(replay_id, day, shard, of, orders, on_progress), ended=True)
            )
        except ReplayError as error:
            _write_news(ShardNews(shard, counts, ended=True, error=error))


def _write_news(news: ShardNews) -> None:
    try:
        sys.stdout.write(dump_news(news) + "\n")
        sys.stdout.flush()
    except BrokenPipeError:
        # The run is dead. News comes only after a commit or the end: nothing is open here.
        os._exit(1)


if __name__ == "__main__":
    main()
