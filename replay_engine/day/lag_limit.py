"""How fast the consumers let a day be published: none of them gets further behind than its `maxLag`. Reads only.

A group that is far from its limit slows nobody down. Near it, what is published in a while is less than the room that
is left, and at the limit publishing rests. So it does while Kafka does not say how far behind a group is.
"""

from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from replay_engine.day.consumer_lag import Began, offsets_behind, where_begun
from replay_engine.day.context import Day
from replay_engine.errors import ReplayError
from replay_engine.model import LandingWait, Pace

_LOOK_SECONDS = 1.0
#: The room that is left must do for so long; after that without a look publishing rests.
_HORIZON = timedelta(seconds=5)
#: With less room than this part of the limit publishing rests: so few events are not worth beginning with.
_LEAST_ROOM = 0.05
#: What is kept back by less is not worth telling.
_WORTH_TELLING = 0.5


@dataclass(frozen=True, slots=True)
class _Seen:
    at: datetime
    wait: LandingWait
    most: int
    behind: int

    @property
    def room(self) -> float:
        """What part of the limit is left."""
        return max(0, self.most - self.behind) / self.most

    @property
    def full(self) -> bool:
        """Whether nothing is to be published."""
        return self.room < _LEAST_ROOM

    @property
    def text(self) -> str:
        """Whom publishing is kept back for."""
        return f"{self.wait.consumer_group} is {self.behind:,} of at most {self.most:,} offsets behind"


class LagLimit:
    """The limits of one day's groups, looked at in the background while it is published."""

    def __init__(self, day: Day) -> None:
        """Nothing was looked at yet: where a group has a limit, publishing rests until it was."""
        self._day = day
        self._limits = [(wait, wait.max_lag) for wait in day.spec.landing_waits if wait.max_lag]
        self._began: dict[str, Began] = {}
        self._seen: _Seen | None = None
        self._trouble = ""

    def watched(self) -> AbstractContextManager[None]:
        """Look every second until the block is left; the first time now."""
        if not self._limits:
            return nullcontext()
        self._look()
        return self._day.world.background.every(_LOOK_SECONDS, self._look)

    def _look(self) -> None:
        try:
            self._seen = min(map(self._of, *zip(*self._limits, strict=True)), key=lambda seen: seen.room)
        except ReplayError as error:
            self._trouble = error.message

    def _of(self, wait: LandingWait, most: int) -> _Seen:
        now, topic = self._day.now(), self._day.world.topic
        if wait.topic not in self._began:
            self._began[wait.topic] = where_begun(self._day, wait)
        return _Seen(now, wait, most, offsets_behind(topic, wait, self._began[wait.topic]))

    def applied(self, ordered: Pace) -> Pace:
        """The pace that people have ordered, or less where a group needs it."""
        if not self._limits or ordered.paused:
            return ordered
        seen = self._fresh()
        if seen is None or seen.full:
            return replace(ordered, paused=True)
        most = float(f"{(seen.most - seen.behind) / _HORIZON.total_seconds():.2g}")
        return replace(ordered, events_per_second=min(most, ordered.events_per_second or most))

    @property
    def rests(self) -> str:
        """Why nothing is to be published now; empty when something may be."""
        seen = self._fresh()
        if not self._limits or (seen is not None and not seen.full):
            return ""
        if seen is None:
            return f"Nobody knows how far behind the consumers are. {self._trouble}".strip()
        return f"{seen.text}: publishing rests."

    @property
    def slowed(self) -> str:
        """Whom publishing is slowed down for; empty while there is room enough, and while it rests."""
        seen = self._fresh()
        worth = seen is not None and not seen.full and seen.room < _WORTH_TELLING
        return f"slowed: {seen.text}" if seen is not None and worth else ""

    def _fresh(self) -> _Seen | None:
        """What was seen, while it is new enough to go by."""
        seen = self._seen
        return seen if seen is not None and self._day.now() - seen.at <= _HORIZON else None
