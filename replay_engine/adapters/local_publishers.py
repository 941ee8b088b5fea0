"""Publishers as processes of this machine, a bounded number at a time: the `Publishers` port without a queue.

If the run dies its publishers' stdin ends, and they stop; if it stands still they miss its heartbeat, and stop, too.
They are in a session of their own, so that a Ctrl-C in a terminal reaches the run alone, which then stops them in good
order.
"""

import json
import queue
import subprocess
import sys
import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import date

from replay_engine.errors import Stopped, TryAgain
from replay_engine.model import Counts, Pace
from replay_engine.ports import PublisherPool, ShardNews
from replay_engine.publish.protocol import HEARTBEAT_SECONDS, LAST_SECONDS, ORPHANED_SECONDS, dump_pace, load_news
from replay_engine.publish.rate_limit import share

#: All of them together are given so long to stop by themselves.
_STOP_SECONDS = 1.5


class _Process:
    """One publisher process, and the shard it is at."""

    def __init__(
        self, command: Sequence[str], news_queue: "queue.SimpleQueue[tuple[_Process, ShardNews | None]]"
    ) -> None:
        self._child = subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True
        )
        self._news_queue = news_queue
        self.shard: int | None = None
        self.counts = Counts()
        self._pace = Pace()
        self._told_to_stop = False
        self._listener = threading.Thread(target=self._listen, name="publisher", daemon=True)
        self._listener.start()

    def _listen(self) -> None:
        if self._child.stdout is not None:
            with self._child.stdout as stdout:
                # One that was killed while it spoke leaves half a word.
                for line in (line for line in stdout if line.endswith("\n")):
                    self._news_queue.put((self, load_news(line)))
        self._child.wait()
        self._news_queue.put((self, None))

    def give(self, shard: int) -> None:
        """Have it publish that next."""
        self.shard, self.counts = shard, Counts()
        self._order({"shard": shard})

    def keep_to(self, pace: Pace) -> None:
        """From now on; said once."""
        if pace != self._pace:
            self._pace = pace
            self._order({"pace": dump_pace(pace)})

    def beat(self) -> None:
        """The run lives."""
        self._order({})

    def _order(self, order: dict[str, object]) -> None:
        """One that has died hears nothing; that it died is heard from `_listen`."""
        if self._child.stdin is not None:
            with suppress(BrokenPipeError):
                self._child.stdin.write(json.dumps(order) + "\n")
                self._child.stdin.flush()

    def end(self) -> None:
        """Ask it to stop."""
        self._told_to_stop = True
        self.hang_up()

    def hang_up(self) -> None:
        """No orders any more."""
        if self._child.stdin is not None:
            with suppress(BrokenPipeError):
                self._child.stdin.close()

    def wait(self, seconds: float) -> None:
        """Until it has stopped, or so much later, by force."""
        try:
            self._child.wait(max(0.0, seconds))
        except subprocess.TimeoutExpired:
            self.kill()
        self._listener.join()

    def kill(self) -> None:
        """At once."""
        self._child.kill()
        self.hang_up()
        self._child.wait()

    def death(self) -> TryAgain | Stopped:
        """Why it is gone. A bug of the publisher's is one of the run's: it ends the run, and the journal stands."""
        if self._told_to_stop:
            return Stopped("The publisher was told to stop.")
        code = self._child.returncode
        if code == 0:
            return TryAgain(
                "A publisher heard nothing of its run, and has ended.", advice="Its shard is published anew."
            )
        if code is None or code > 0:
            raise RuntimeError(f"A publisher ended with exit code {code}; its error is above.")
        return TryAgain(f"A publisher was killed by signal {-code}.", advice="Its shard is published by another.")


class LocalPublisherPool:
    """Processes that publish one shard after the other; as many as there is work for, up to ``at_once``."""

    def __init__(self, command: Sequence[str], at_once: int) -> None:
        """No process yet."""
        self._command, self._at_once = command, at_once
        self._waiting: deque[int] = deque()
        self._processes: list[_Process] = []
        self._news_queue: queue.SimpleQueue[tuple[_Process, ShardNews | None]] = queue.SimpleQueue()
        self._pace = Pace()
        self._beat_at = 0.0

    def put(self, shard: int) -> None:
        """Give it to a process that has nothing to do, or to a new one, or let it wait."""
        for process in [process for process in self._processes if process.shard == shard]:
            process.kill()
            self._processes.remove(process)
        self._waiting.append(shard)
        self._give_out()

    def _give_out(self) -> None:
        idle = [process for process in self._processes if process.shard is None]
        while self._waiting and (idle or len(self._processes) < self._at_once):
            process = idle.pop() if idle else self._new()
            process.give(self._waiting.popleft())
        self._share_pace()

    def _new(self) -> _Process:
        process = _Process(self._command, self._news_queue)
        self._processes.append(process)
        return process

    def news(self) -> Sequence[ShardNews]:
        """What the processes said; one that was given up is not listened to any more."""
        all_news = []
        while not self._news_queue.empty():
            process, news = self._news_queue.get()
            if process not in self._processes:
                continue
            if news is None:
                self._processes.remove(process)
                process.hang_up()
                if process.shard is None:
                    continue
                news = ShardNews(process.shard, process.counts, ended=True, error=process.death())
            process.counts = news.counts
            if news.ended:
                process.shard = None
            all_news.append(news)
        self._give_out()
        self._beat()
        return all_news

    def _beat(self) -> None:
        now = time.monotonic()
        if now - self._beat_at >= HEARTBEAT_SECONDS:
            self._beat_at = now
            for process in self._processes:
                process.beat()

    def govern(self, pace: Pace) -> None:
        """Divide it among those at work."""
        self._pace = pace
        self._share_pace()

    def _share_pace(self) -> None:
        at_work = [process for process in self._processes if process.shard is not None]
        for process in at_work:
            process.keep_to(share(self._pace, len(at_work)))

    def stop(self) -> None:
        """All of them, at once; what they had committed is still heard."""
        self._waiting.clear()
        for process in self._processes:
            process.end()
        until = time.monotonic() + _STOP_SECONDS
        for process in self._processes:
            process.wait(until - time.monotonic())


class LocalPublishers:
    """Processes of this machine."""

    def __init__(self, at_once: int) -> None:
        """So many of them at a time."""
        self._at_once = at_once

    @property
    def orphaned_seconds(self) -> float:
        """How long they go on at most after their run has died or stands still."""
        return ORPHANED_SECONDS + LAST_SECONDS

    @contextmanager
    def pool(self, replay_id: str, day: date, shards: int) -> Iterator[PublisherPool]:
        """They take their settings from this process's environment."""
        command = [sys.executable, "-m", "replay_engine.publisher", replay_id, str(day), str(shards)]
        pool = LocalPublisherPool(command, self._at_once)
        try:
            yield pool
        finally:
            pool.stop()
