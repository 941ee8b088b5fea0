"""The days of a replay as so many entries as Slack can show: neighbours that stand alike become one. Pure."""

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import groupby

from bot.render import standing
from replay_engine import DayReport, ReplayReport, ReplayState, Stage

#: As many tasks as Slack's plan block takes.
MOST_STRETCHES = 50


class Status(StrEnum):
    """How Slack marks a task."""

    PENDING = "pending"
    IN_PROGRESS = "in_progress"
    COMPLETE = "complete"
    ERROR = "error"


@dataclass(frozen=True, slots=True)
class Stretch:
    """Days that follow each other, and where each of them stands."""

    days: tuple[DayReport, ...]
    words: tuple[str, ...]
    statuses: tuple[Status, ...]

    def __add__(self, other: "Stretch") -> "Stretch":
        """Both as one."""
        return Stretch(self.days + other.days, self.words + other.words, self.statuses + other.statuses)

    @property
    def status(self) -> Status:
        """Of the day that says most of all."""
        order = (Status.IN_PROGRESS, Status.ERROR, Status.PENDING, Status.COMPLETE)
        return min(self.statuses, key=order.index)

    @property
    def title(self) -> str:
        """``2019-12-01 · publishing`` or ``2019-12-01 to 2019-12-20 · 20 days closed · 1,234,567 events``."""
        first, last = self.days[0].day, self.days[-1].day
        if len(self.days) == 1:
            return f"{first} · {self.words[0]}"
        counts = Counter(self.words)
        alike = (
            f" {self.words[0]}" if len(counts) == 1 else ": " + ", ".join(f"{n} {word}" for word, n in counts.items())
        )
        events = sum(day.lines_published for day in self.days)
        return f"{first} to {last} · {len(self.days)} days{alike}" + (f" · {events:,} events" if events else "")


def stretches(report: ReplayReport, most: int = MOST_STRETCHES) -> list[Stretch]:
    """Every day once, in order. Of a long replay the days that run or failed stay single as far as there is room."""
    singles = list(_singles(report))
    if len(singles) <= most:
        return singles
    joined = [_joined(group) for _, group in groupby(enumerate(singles), _alike)]
    while len(joined) > most:
        cheapest = min(range(len(joined) - 1), key=lambda at: _loss(joined[at], joined[at + 1]))
        joined[cheapest : cheapest + 2] = [joined[cheapest] + joined[cheapest + 1]]
    return joined


def _singles(report: ReplayReport) -> Iterable[Stretch]:
    now, running = standing.current(report), report.state is ReplayState.RUNNING
    for day in report.days:
        at_it = day is now
        status = Status.IN_PROGRESS if at_it else _status(day, report.state)
        yield Stretch((day,), (standing.word(day, at_it=at_it, running=running),), (status,))


def _status(day: DayReport, state: ReplayState) -> Status:
    if day.stage is Stage.CLOSED and not day.next_step:
        return Status.COMPLETE
    if day.stage is Stage.PLANNED and state in (ReplayState.RUNNING, ReplayState.CANCELLED):
        return Status.PENDING  # also where it says that it was cancelled before it began: nothing went wrong with it
    if day.error or day.stage in (Stage.RESTORED, Stage.HELD):
        return Status.ERROR
    if day.landing:
        return Status.PENDING  # nothing went wrong with it, and it closes by itself
    return Status.PENDING if state is ReplayState.RUNNING or day.stage is Stage.PLANNED else Status.ERROR


def _alike(numbered: tuple[int, Stretch]) -> tuple[int, Status, str]:
    """Days with the same are joined at once; those that run or failed with no other."""
    number, one = numbered
    joins = one.status in (Status.COMPLETE, Status.PENDING)
    return (-1 if joins else number), one.status, one.words[0]


def _joined(group: Iterable[tuple[int, Stretch]]) -> Stretch:
    first, *others = (one for _, one in group)
    for other in others:
        first += other
    return first


def _loss(one: Stretch, other: Stretch) -> tuple[bool, bool, int]:
    """What is no longer seen when both become one: the day that runs, what stands differently, how many days."""
    both: Sequence[Status] = (one.status, other.status)
    return Status.IN_PROGRESS in both, set(one.words) != set(other.words), len(one.days) + len(other.days)
