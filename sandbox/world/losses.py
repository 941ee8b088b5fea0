"""What a real pipeline does beside passing events on: it drops some, and writes late. All of it is off by default.

Put here what decides about one event; writing does not belong here.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date
from itertools import count

from sandbox.world.telemetry import Event

DROP_DAY, DROP_ONE_IN = "SANDBOX_DROP_DAY", "SANDBOX_DROP_ONE_IN"
DEDUP, MAX_AGE, FLUSH = "SANDBOX_DEDUP_SECONDS", "SANDBOX_MAX_AGE_DAYS", "SANDBOX_FLUSH_SECONDS"


class BadSwitchError(Exception):
    """A switch of the pipeline has a value that cannot be read."""


@dataclass(frozen=True, slots=True)
class Losses:
    """Which events the pipeline drops, and how long after its commit it writes; zero and ``None`` mean off."""

    drop_day: date | None = None
    drop_one_in: int = 50
    dedup_seconds: float = 0.0
    max_age_days: float = 0.0
    flush_seconds: float = 0.0


def from_environment(environment: Mapping[str, str]) -> Losses:
    """The switches as they are set; `BadSwitchError` names one that cannot be read."""
    number = {name: _number(environment, name, "0") for name in (DEDUP, MAX_AGE, FLUSH)}
    one_in = int(_number(environment, DROP_ONE_IN, "50"))
    if one_in < 1:
        raise BadSwitchError(f"{DROP_ONE_IN} is {one_in}: one event of how many is dropped, so 1 or more.")
    day = environment.get(DROP_DAY, "")
    try:
        drop_day = date.fromisoformat(day) if day else None
    except ValueError:
        raise BadSwitchError(f"{DROP_DAY} is {day!r}: write a day, like 2019-12-02.") from None
    return Losses(drop_day, one_in, number[DEDUP], number[MAX_AGE], number[FLUSH])


def _number(environment: Mapping[str, str], name: str, default: str) -> float:
    try:
        value = float(environment.get(name) or default)
    except ValueError:
        value = -1.0
    if not 0 <= value < float("inf"):
        raise BadSwitchError(f"{name} is {environment[name]!r}: write a number, 0 or more.")
    return value


@dataclass(slots=True)
class Sieve:
    """Applies the losses to one event after the other."""

    losses: Losses
    _seen: dict[str, float] = field(default_factory=dict)
    _of_day: "count[int]" = field(default_factory=count)

    def passes(self, event: Event, seconds: float, today: date) -> bool:
        """Whether the event goes on to the sinks; ``seconds`` is a clock that only grows."""
        losses = self.losses
        if losses.max_age_days and (today - event.day).days > losses.max_age_days:
            return False
        if losses.dedup_seconds and self._is_double(event, seconds):
            return False
        return event.day != losses.drop_day or next(self._of_day) % losses.drop_one_in != 0

    def _is_double(self, event: Event, seconds: float) -> bool:
        """Seen within the window; a double does not make the window longer."""
        first = self._seen.get(event.mid)
        if first is not None and seconds - first < self.losses.dedup_seconds:
            return True
        self._seen[event.mid] = seconds
        return False
