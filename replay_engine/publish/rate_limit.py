"""How fast to publish: what people write, what is kept of it, and the governor that holds a publisher to it."""

import json
import re
from collections.abc import Sequence
from dataclasses import asdict, replace

from replay_engine.errors import BadRequest, InDoubt
from replay_engine.model import Pace
from replay_engine.ports import Clock

_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*([kMG]?)(B|events)/s")
_FACTORS = {"": 1, "k": 10**3, "M": 10**6, "G": 10**9}
_WAYS = "Write it like 20MB/s, 500kB/s, 5000events/s, or off."
#: How much may go at once after a rest, in seconds of the budget.
_BURST_SECONDS = 0.25


def with_rate(pace: Pace, text: str) -> Pace:
    """A pace with ``20MB/s`` or ``5000events/s`` put over it; ``off`` takes both limits away."""
    if text.strip() == "off":
        return replace(pace, bytes_per_second=None, events_per_second=None)
    match = _RATE.fullmatch(text.strip())
    if match is None or not float(match[1]):
        raise BadRequest("rate", f"{text!r} is no rate.", advice=_WAYS)
    per_second = float(match[1]) * _FACTORS[match[2]]
    if match[3] == "B":
        return replace(pace, bytes_per_second=per_second)
    return replace(pace, events_per_second=per_second)


def dump(pace: Pace, by: str) -> bytes:
    """An order as it is kept, with who gave it."""
    return json.dumps({**asdict(pace), "by": by}).encode()


def load(document: bytes) -> Pace:
    """Read it back; `InDoubt` for anything else."""
    try:
        raw = json.loads(document)
        return Pace(bool(raw["paused"]), _limit(raw["bytes_per_second"]), _limit(raw["events_per_second"]))
    except (ValueError, KeyError, TypeError) as error:
        raise InDoubt("The kept pace cannot be read.", advice="Set it again: replay rate") from error


def _limit(value: float | None) -> float | None:
    return None if value is None else float(value)


def share(pace: Pace, publishers: int) -> Pace:
    """What each of so many publishers may do, so that all of them together keep to the pace."""
    among = max(1, publishers)
    return replace(
        pace,
        bytes_per_second=pace.bytes_per_second and pace.bytes_per_second / among,
        events_per_second=pace.events_per_second and pace.events_per_second / among,
    )


class RateLimiter:
    """Two budgets that fill with time: bytes and events. A line that is larger than what is left makes a debt."""

    def __init__(self, clock: Clock) -> None:
        """Full."""
        self._clock, self._at = clock, clock.now()
        self._bytes = self._events = 0.0

    def grant(self, pace: Pace, lines: Sequence[bytes]) -> int:
        """How many of these lines may go now; all of them where there is no limit."""
        passed = (self._clock.now() - self._at).total_seconds()
        self._at = self._clock.now()
        self._bytes = _filled(self._bytes, pace.bytes_per_second, passed)
        self._events = _filled(self._events, pace.events_per_second, passed)
        if pace.bytes_per_second is None and pace.events_per_second is None:
            return len(lines)
        for number, line in enumerate(lines):
            if self._bytes <= 0 or self._events <= 0:
                return number
            self._bytes -= len(line)
            self._events -= 1
        return len(lines)


def _filled(budget: float, per_second: float | None, passed_seconds: float) -> float:
    """Without a limit there is always enough, and no debt to begin with once there is one."""
    if per_second is None:
        return float("inf")
    budget = 0.0 if budget == float("inf") else budget
    return min(budget + per_second * passed_seconds, max(1.0, per_second * _BURST_SECONDS))
