"""What a pipeline keeps back between a topic and its sinks, as real ones do; nothing of it unless it is asked for.

Each of these is a reason why an event that was published does not land: somebody who replays has to be told.
"""

import zlib
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from sandbox.world.telemetry import NO_DAY, Event

#: Of a day that loses events, one of so many.
LOST_ONE_OF = 10


@dataclass(frozen=True, slots=True)
class Rules:
    """``dedup_window``: of so many of the latest events the ids are remembered, and such an event is dropped if it
    comes again. ``max_age_days``: events of an older day are dropped. ``slow_seconds``: files and segments appear so
    much later than their offsets are committed. ``lose_days``: of these days one event of ten is dropped.
    """

    dedup_window: int = 0
    max_age_days: int | None = None
    slow_seconds: float = 0.0
    lose_days: frozenset[date] = frozenset()


class Filter:
    """Says of one event after another whether it passes, and counts by reason those that do not."""

    def __init__(self, rules: Rules, today: Callable[[], date] = lambda: datetime.now(UTC).date()) -> None:
        self._rules = rules
        self._today = today
        self._known: OrderedDict[str, None] = OrderedDict()
        self.dropped = {"too old": 0, "known": 0, "lost": 0}

    def passes(self, event: Event) -> bool:
        reason = self._reason(event)
        if reason:
            self.dropped[reason] += 1
        return not reason

    def _reason(self, event: Event) -> str:
        if self._too_old(event):
            return "too old"
        if self._rules.dedup_window and self._is_known(event.mid):
            return "known"
        # By the id, so that the same events are lost again when they come again.
        if event.day in self._rules.lose_days and zlib.crc32(event.mid.encode()) % LOST_ONE_OF == 0:
            return "lost"
        return ""

    def _too_old(self, event: Event) -> bool:
        days = self._rules.max_age_days
        return days is not None and event.day != NO_DAY and event.day < self._today() - timedelta(days=days)

    def _is_known(self, mid: str) -> bool:
        """Whether the id is in the window; an event without one cannot be known."""
        if not mid:
            return False
        known = mid in self._known
        self._known[mid] = None
        if len(self._known) > self._rules.dedup_window:
            self._known.popitem(last=False)
        return known
