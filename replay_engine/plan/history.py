"""What earlier replays did to the days of a plan, told in it, and which of them keep a day from being replayed. Pure.

A day that an earlier replay still has at work, or whose events the pipeline has seen a short while ago, is refused
unless a person asked for it again. How such days stand is asked when a plan is made and once more when it is kept.
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, datetime, timedelta

from replay_engine.model import DayPlan, EarlierDay, Plan, ReplaySpec, Stage
from replay_engine.reports import DayReport, ReplayReport, ReplayState

_BY_HAND = "or say again=yes (--again)"


def common_days(plan: Plan, other: Plan) -> tuple[DayPlan, ...]:
    """Days of the other replay of which it sends lines of the same files to the same topic."""
    one, two = plan.spec, other.spec
    if other.replay_id == plan.replay_id or (one.container, one.topic) != (two.container, two.topic):
        return ()
    if not _share_files(one, two):
        return ()
    days = {day.day for day in plan.days}
    return tuple(day for day in other.days if day.day in days)


def _share_files(one: ReplaySpec, two: ReplaySpec) -> bool:
    if one.file_path and two.file_path:
        return one.file_path == two.file_path
    places = sorted(f"{spec.folder}/" for spec in (one, two))
    return places[1].startswith(places[0])


def earlier_days(day: date, reports: Iterable[ReplayReport]) -> Iterator[EarlierDay]:
    """How the day stands in each of these replays, as far as they began it or still may."""
    for report in reports:
        for one in report.days:
            if one.day == day and not _never_began(report, one):
                yield _earlier(report, one)


def _never_began(report: ReplayReport, day: DayReport) -> bool:
    return day.stage is Stage.PLANNED and report.state is ReplayState.CANCELLED


def _earlier(report: ReplayReport, day: DayReport) -> EarlierDay:
    # A day that is held by a journal that nobody can read has no next step.
    unfinished = bool(day.next_step) or (day.stage is Stage.HELD and day.last_at is None)
    landing = bool(day.landing)
    return EarlierDay(report.replay_id, day.text, day.lines_published, day.last_at, unfinished, landing)


def with_history(plan: Plan, reports: Sequence[ReplayReport], now: datetime) -> Plan:
    """The plan with what earlier replays did, newest first; days that they keep from being replayed are refused."""
    return replace(plan, days=tuple(_told(plan.spec, day, reports, now) for day in plan.days))


def _told(spec: ReplaySpec, day: DayPlan, reports: Sequence[ReplayReport], now: datetime) -> DayPlan:
    earlier = tuple(earlier_days(day.day, reports))
    troubles = [(what, advice) for one in earlier for what, advice in _troubles(spec, day.day, one, now)]
    if spec.again:
        return replace(day, earlier=earlier, warnings=(*day.warnings, *(what for what, _ in troubles)))
    refusal = f"{troubles[0][0]} {troubles[0][1]}, {_BY_HAND}." if troubles else ""
    return replace(day, earlier=earlier, refusal=day.refusal or refusal)


def _troubles(spec: ReplaySpec, day: date, one: EarlierDay, now: datetime) -> Iterator[tuple[str, str]]:
    """Why the day must not be replayed now, and what to do instead."""
    seen_until = one.last_at + timedelta(hours=spec.dedup_hours) if one.last_at else now
    if one.landing:
        yield (
            f"{one.replay_id} has published {one.lines_published:,} events of {day}, which have not all come back yet.",
            f"Wait until they have (replay status {one.replay_id}), accept the day or restore it",
        )
    elif one.unfinished:
        yield (
            f"{one.replay_id} has not finished {day}: it is {one.text} there.",
            f"Wait for it, carry it on (replay resume {one.replay_id}) or end it (replay cancel {one.replay_id})",
        )
    elif one.lines_published and now < seen_until:
        yield (
            f"{one.replay_id} published {one.lines_published:,} events of {day}, and the pipeline drops what it has "
            f"seen in the last {spec.dedup_hours:g} hours.",
            f"Come back after {seen_until:%Y-%m-%d %H:%M} UTC",
        )


def earlier_text(day: DayPlan) -> str:
    """What people read of it, in one line; empty where no replay had the day before."""
    return "; ".join(
        f"{one.replay_id} {one.text}" + (f", {one.lines_published:,} events published" if one.lines_published else "")
        for one in day.earlier
    )
