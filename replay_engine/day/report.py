"""Where the days stand -> what people are shown. Pure functions; the same for a terminal, JSON and Slack."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from replay_engine.day.context import Compared, Progress
from replay_engine.day.recall import Standing
from replay_engine.model import Counts, DayPlan, Delivery, Pace, Plan, Stage
from replay_engine.reports import DayReport, ReplayReport, ReplayState
from replay_engine.state.progress import Recorded, counts_of

_NOTHING = Recorded()


def day_report(plan: DayPlan, standing: Standing, next_step_name: str = "", progress: Recorded = _NOTHING) -> DayReport:
    """One day, from its journal, and from the ``progress`` of one that is not finished."""
    published = _published(standing, progress.total)
    restored: Any = standing.proofs.get("restore") or standing.notes.get("restore") or {}
    began, last = standing.began_at, standing.last_at
    return DayReport(
        day=plan.day,
        stage=standing.shown_stage,
        lines_published=published.lines,
        bytes_published=published.bytes,
        empty_lines=published.empty_lines,
        filtered_lines=published.filtered_lines,
        set_aside_lines=published.set_aside_lines,
        source_bytes=plan.source.size_bytes,
        source_bytes_done=published.stored_bytes,
        blobs_deleted=standing.proofs.get("clear", {}).get("blobs_deleted", {}),
        blobs_restored=restored.get("blobs_restored", 0),
        blobs_quarantined=restored.get("blobs_quarantined", 0),
        blobs_left=restored.get("blobs_left", 0),
        may_land=standing.stage is Stage.RESTORED and restored.get("may_land", False),
        segments_deleted=standing.proofs.get("clean_up", {}).get("segments_deleted", {}),
        segments_quarantined=restored.get("segments_quarantined", 0),
        seconds=(last - began).total_seconds() if began and last else 0.0,
        error=standing.error,
        advice=standing.advice,
        waiting=standing.waiting or progress.waiting,
        landing=str(_landing(standing).get("text", "")),
        landing_missing=_landing(standing).get("missing", {}),
        landing_missing_folders=_landing(standing).get("missing_folders", 0),
        landing_since=standing.waits_since if standing.waits else None,
        landed=str(standing.proofs.get("land", {}).get("kind", "")),
        accepted_by=standing.accepted_by,
        next_step="" if standing.finished else next_step_name,
        runner=standing.runner,
        last_at=last,
        backup_kept_until=standing.kept_until,
    )


def _landing(standing: Standing) -> Mapping[str, Any]:
    """What has not come back yet, by the step that looked last; empty for a day that does not wait."""
    if not standing.waits:
        return {}
    return standing.notes.get("land" if standing.stage is Stage.SETTLED else "settle", {})


def overdue_text(replay_id: str, day: DayReport) -> str:
    """What people can do about a day that waits for longer than it should; empty for any other."""
    if not day.landing_overdue or day.landing_since is None:
        return ""
    since = f"{day.landing_since:%Y-%m-%d %H:%M}"
    ways = f"replay accept {replay_id} --day {day.day}, replay restore {replay_id} --day {day.day}, or wait on"
    return f"It waits since {since}, longer than it should: {ways}."


def _published(standing: Standing, progress: Counts) -> Counts:
    """What is in the topic: as it was proved, as Kafka said when the day was turned back, or as it was written last."""
    if "publish" in standing.proofs:
        return counts_of(standing.proofs["publish"])
    published = standing.notes.get("restore", {}).get("published")
    # Version 1 noted its progress in the journal, and did not ask Kafka.
    noted = counts_of(standing.notes.get("progress", {}))
    return max([counts_of(published or {}), noted, progress], key=lambda counts: (counts.lines, counts.stored_bytes))


def with_progress(report: DayReport, progress: Progress | Compared) -> DayReport:
    """A running day with its live counters."""
    if isinstance(progress, Compared):
        return replace(report, bytes_compared=progress.done_bytes, bytes_to_compare=progress.of_bytes)
    return replace(
        report,
        lines_published=progress.counts.lines,
        bytes_published=progress.counts.bytes,
        empty_lines=progress.counts.empty_lines,
        filtered_lines=progress.counts.filtered_lines,
        set_aside_lines=progress.counts.set_aside_lines,
        source_bytes_done=progress.counts.stored_bytes,
        pace=progress.pace,
        bytes_per_second=progress.bytes_per_second,
        seconds_left=progress.seconds_left,
        slowed=progress.slowed,
    )


def progress_text(day: DayReport) -> str:
    """How fast a running day goes and how long it still takes, as people read it; empty where nobody can know."""
    if day.waiting:
        return f"waiting for it to be over: {day.waiting}"
    if day.step == "land" and day.bytes_to_compare:
        done, size = day.bytes_compared / 1e6, day.bytes_to_compare / 1e6
        return f"comparing with the backup: {done:,.1f} of {size:,.1f} MB"
    if day.pace.paused:
        return pace_text(day.pace)
    speed = f"{day.bytes_per_second / 1e6:.1f} MB/s" if day.bytes_per_second else ""
    remaining = "" if day.seconds_left is None else f"about {_duration(day.seconds_left)} left"
    return " · ".join(filter(None, [speed, pace_text(day.pace), day.slowed, remaining]))


def pace_text(pace: Pace) -> str:
    """What was ordered; empty for full speed."""
    limits = [(pace.bytes_per_second, 1e6, "MB/s"), (pace.events_per_second, 1, "events/s")]
    texts = [f"limit {limit / unit:g} {name}" for limit, unit, name in limits if limit]
    return " · ".join([*(["paused"] if pace.paused else []), *texts])


def _duration(seconds: float) -> str:
    """As coarse as a forecast is."""
    if seconds < 90:
        return f"{max(1, round(seconds))} s"
    if seconds < 90 * 60:
        return f"{round(seconds / 60)} min"
    return f"{seconds / 3600:.1f} h"


def footnotes(day: DayReport) -> list[str]:
    """What is worth saying of the lines that were not published as they are, and of a weaker promise."""
    notes = [
        (day.filtered_lines, f"Left out by filters: {day.filtered_lines:,} events"),
        (day.blobs_left, f"Left in place, as their owners have newer ones: {day.blobs_left:,} files; the old are kept"),
        (
            day.may_land,
            "What was published may still land: no consumer group is configured that could be waited for. "
            "Look later with replay verify",
        ),
        (day.set_aside_lines, f"Set aside, whole, beside the journal: {day.set_aside_lines:,} lines"),
        (day.at_least_once, "Published at least once: if it was interrupted, a few seconds of it may be there twice"),
    ]
    return [text for worth, text in notes if worth]


def replay_report(plan: Plan, days: Sequence[DayReport], *, running: bool, cancelled: bool = False) -> ReplayReport:
    """The whole replay. ``running`` is for the caller to know: it is no state of a day."""
    state = ReplayState.RUNNING if running else _state(days, cancelled=cancelled)
    repeats = plan.spec.publishing.delivery is Delivery.AT_LEAST_ONCE
    reports = tuple(replace(day, at_least_once=repeats, advice=_advice(plan, day)) for day in days)
    return ReplayReport(plan.replay_id, plan.spec.source, plan.spec.topic, state, reports)


def _advice(plan: Plan, day: DayReport) -> str:
    """What to do about a day; of one that failed, how it is asked for again."""
    if day.stage is not Stage.RESTORED or day.next_step or not day.error:
        return day.advice
    return f"{day.advice} To do it again: replay retry {plan.replay_id}".strip()


def _state(days: Sequence[DayReport], *, cancelled: bool) -> ReplayState:
    stages = {day.stage for day in days}
    # A closed day that has a next step is being undone.
    unfinished = {day.stage for day in days if day.next_step or day.stage not in (Stage.CLOSED, Stage.RESTORED)}
    if stages == {Stage.CLOSED} and not unfinished:
        return ReplayState.COMPLETED
    if Stage.HELD in stages:
        return ReplayState.HELD
    if unfinished and not (cancelled and unfinished == {Stage.PLANNED}):
        left = [day for day in days if day.next_step]
        landing = any(day.landing for day in left) and all(day.landing or day.stage is Stage.PLANNED for day in left)
        return ReplayState.LANDING if landing else ReplayState.INTERRUPTED
    return ReplayState.CANCELLED if cancelled else ReplayState.COMPLETED_WITH_FAILURES
