"""Time that passes only when somebody sleeps or the test says so."""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

#: A long sleep passes in steps, so that what is due meanwhile happens meanwhile.
_STEP_SECONDS = 5.0


class MemoryClock:
    """A `Clock`. ``at_sleep`` are called after each sleep, in a long one every 5 s: what the world does meanwhile."""

    def __init__(self, now: datetime = datetime(2020, 1, 10, 8, 30, tzinfo=UTC)) -> None:
        self._now = now
        self._elapsed = 0.0
        self.slept: list[float] = []
        self.at_sleep: list[Callable[[], None]] = []
        self._lock = threading.RLock()

    def now(self) -> datetime:
        return self._now

    def elapsed(self) -> float:
        return self._elapsed

    def set_back(self, seconds: float) -> None:
        """What a time server does to the clock of a machine: no time passes."""
        self._now -= timedelta(seconds=seconds)

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        while seconds > 0:
            # Time does not run on for one thread while another does what is due.
            with self._lock:
                self.tick(min(seconds, _STEP_SECONDS))
                for happens in list(self.at_sleep):
                    happens()
            seconds -= _STEP_SECONDS

    def tick(self, seconds: float) -> None:
        """Let time pass without anybody sleeping."""
        self._now += timedelta(seconds=seconds)
        self._elapsed += seconds
