"""How fast it goes, and how long it still takes: from the last minutes, as what was long ago says little."""

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

_WINDOW = timedelta(minutes=10)
_SAMPLE = timedelta(seconds=2)


@dataclass(frozen=True, slots=True)
class _Sample:
    at: datetime
    stored_bytes: int
    line_bytes: int


class Eta:
    """Of one day. ``total_bytes`` and what is seen are stored bytes; the rate is of line bytes."""

    def __init__(self, total_bytes: int) -> None:
        """Nothing was seen yet."""
        self._total_bytes = total_bytes
        self._seen: deque[_Sample] = deque()

    def saw(self, at: datetime, stored_bytes: int, line_bytes: int) -> None:
        """So much is committed by now. What lies before a rest (a pause, a death) is forgotten: see `rested`."""
        if len(self._seen) > 1 and self._seen[-1].at - self._seen[-2].at < _SAMPLE:
            self._seen.pop()
        self._seen.append(_Sample(at, stored_bytes, line_bytes))
        while at - self._seen[0].at > _WINDOW:
            self._seen.popleft()

    def rested(self) -> None:
        """The time that passed says nothing about the speed: begin anew."""
        self._seen.clear()

    @property
    def bytes_per_second(self) -> float:
        """Line bytes; 0 while nobody can know."""
        return self._speed(lambda sample: sample.line_bytes)

    @property
    def seconds_left(self) -> float | None:
        """``None`` while nobody can know."""
        speed = self._speed(lambda sample: sample.stored_bytes)
        return (self._total_bytes - self._seen[-1].stored_bytes) / speed if speed else None

    def _speed(self, of: Callable[["_Sample"], int]) -> float:
        """A second's part of what came in the window."""
        if len(self._seen) < 2:
            return 0.0
        first, last = self._seen[0], self._seen[-1]
        seconds = (last.at - first.at).total_seconds()
        return (of(last) - of(first)) / seconds if seconds else 0.0
