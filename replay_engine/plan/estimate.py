"""What earlier replays tell of a plan: how many lines a day holds, and how long such a source takes. Pure.

A guess for people; nothing is decided by it. A paused, slowed or interrupted replay makes it a long one.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date

from replay_engine.model import DayPlan, Plan, Stage
from replay_engine.reports import DayReport, ReplayReport


@dataclass(frozen=True, slots=True)
class Estimate:
    """Lines to publish of the days that were published before; seconds for all days, and the replay that told them."""

    lines: Mapping[date, int] = field(default_factory=dict)
    seconds: float | None = None
    based_on: str = ""


def estimate(plan: Plan, earlier: Sequence[tuple[Plan, ReplayReport]]) -> Estimate:
    """``earlier`` are replays with how they stand, newest first."""
    alike = [(other, report) for other, report in earlier if same_source(plan, other)]
    days = [day for day in plan.days if not day.refusal]
    lines: dict[date, int] = {}
    filtered = plan.spec.publishing.filters
    for other, report in reversed([pair for pair in alike if pair[0].spec.publishing.filters == filtered]):
        lines |= _known_lines(days, other, report)
    for other, report in alike:
        speed = _bytes_per_second(report)
        if speed and other.spec.destructive == plan.spec.destructive:
            return Estimate(lines, sum(day.source.size_bytes for day in days) / speed, other.replay_id)
    return Estimate(lines)


def same_source(plan: Plan, other: Plan) -> bool:
    """Whether the other one read the same place, and another replay it is."""
    one, two = plan.spec, other.spec
    place = (one.container, one.folder, one.file_path) == (two.container, two.folder, two.file_path)
    return place and plan.replay_id != other.replay_id


def _known_lines(days: Iterable[DayPlan], other: Plan, report: ReplayReport) -> dict[date, int]:
    """Of the days whose files look the same as they were then."""
    sources = {day.day: day.source for day in other.days}
    lines = {day.day: day.lines_published for day in _closed(report)}
    return {day.day: lines[day.day] for day in days if day.day in lines and sources[day.day] == day.source}


def _bytes_per_second(report: ReplayReport) -> float | None:
    """Stored bytes, over all that was done for the closed days."""
    closed = _closed(report)
    size_bytes, seconds = sum(day.source_bytes for day in closed), sum(day.seconds for day in closed)
    return size_bytes / seconds if size_bytes and seconds else None


def _closed(report: ReplayReport) -> list[DayReport]:
    return [day for day in report.days if day.stage is Stage.CLOSED and not day.next_step]
