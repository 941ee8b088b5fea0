"""The RQ workers of one ``replay-worker``, as its children: they live and end together.

Publishers are told to end after the others have ended: a run that is let finish needs them. If the parent is
killed the children work on, each for itself, until somebody ends them.
"""

import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from types import FrameType

from bot.queues import SHARDS

_Child = subprocess.Popen[str]


class Children:
    """Started, looked after, ended. A second signal means: all of them, now."""

    def __init__(self) -> None:
        """From now on signals are for the children."""
        self._other_workers: list[_Child] = []
        self._publishers: list[_Child] = []
        self._ended = threading.Event()
        self._signals = 0
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, self._on_signal)

    def start(self, queues: Sequence[str]) -> bool:
        """One for each; true when all listen, false when one of them ended instead, or all were told to end."""
        for queue in queues:
            command = [sys.executable, "-m", "bot.worker", "--queue", queue]
            child = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
            (self._publishers if queue == SHARDS else self._other_workers).append(child)
            threading.Thread(target=self._await, args=(child,), daemon=True).start()
        if self._signals:
            # Whoever was started after the signal has not heard it.
            self._pass_on(signal.SIGTERM)
        return all(child.stdout is not None and child.stdout.readline() == "ready\n" for child in self._all())

    def ended(self, wait_seconds: float) -> bool:
        """Whether one of them has ended, at the latest after so long."""
        return self._ended.wait(wait_seconds)

    def end(self) -> int:
        """See that all end, in their order; the worst exit code."""
        if not self._signals:
            self._on_signal(signal.SIGTERM)
        codes = [child.wait() for child in self._other_workers]
        if self._other_workers and self._signals == 1:
            _signal(self._publishers, signal.SIGTERM)
        return max(abs(code) for code in [*codes, *(child.wait() for child in self._publishers)])

    def _on_signal(self, number: int, _frame: FrameType | None = None) -> None:
        self._signals += 1
        self._pass_on(number)

    def _pass_on(self, number: int) -> None:
        _signal(self._other_workers, number)
        if self._signals > 1 or not self._other_workers:
            _signal(self._publishers, signal.SIGTERM)

    def _all(self) -> list[_Child]:
        return [*self._other_workers, *self._publishers]

    def _await(self, child: _Child) -> None:
        child.wait()
        self._ended.set()


def _signal(children: Sequence[_Child], number: int) -> None:
    for child in children:
        child.send_signal(number)
