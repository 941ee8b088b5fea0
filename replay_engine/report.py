"""Where the days stand -> what people are shown. Pure functions; the same for a terminal, JSON and Slack."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any

from replay_engine.day import Progress
from replay_engine.model import DayPlan, DayReport, Plan, ReplayReport, ReplayState, Stage
from replay_engine.recall import Standing


def day_report(plan: DayPlan, standing: Standing, next_step_name: str = "") -> DayReport:
    """One day, from its journal alone."""
    published: Any = standing.proofs.get("publish") or standing.notes.get("publish") or {}
    restored: Any = standing.proofs.get("restore", {})
    began, last = standing.began_at, standing.last_at
    return DayReport(
        day=plan.day,
        stage=standing.shown_stage,
        lines_published=published.get("lines", 0),
        bytes_published=published.get("bytes", 0),
        source_bytes=plan.source.size_bytes,
        source_bytes_done=published.get("source_bytes_done", 0),
        blobs_deleted=standing.proofs.get("clear", {}).get("blobs_deleted", {}),
        blobs_restored=restored.get("blobs_restored", 0),
        blobs_quarantined=restored.get("blobs_quarantined", 0),
        segments_deleted=standing.proofs.get("clean_up", {}).get("segments_deleted", {}),
        segments_quarantined=restored.get("segments_quarantined", 0),
        seconds=(last - began).total_seconds() if began and last else 0.0,
        error=standing.error,
        advice=standing.advice,
        next_step="" if standing.finished else next_step_name,
        runner=standing.runner,
        last_at=last,
        backup_kept_until=kept_until(standing),
    )


def kept_until(standing: Standing) -> datetime | None:
    """Until when the backup of a closed day is kept, if it is."""
    until = standing.proofs.get("clean_up", {}).get("backup_kept_until")
    gone = standing.stage is not Stage.CLOSED or "sweep" in standing.notes
    return datetime.fromisoformat(until) if until and not gone else None


def with_progress(report: DayReport, progress: Progress) -> DayReport:
    """A running day with its live counters."""
    return replace(
        report,
        lines_published=progress.lines,
        bytes_published=progress.bytes,
        source_bytes_done=progress.source_bytes_done,
    )


def replay_report(plan: Plan, days: Sequence[DayReport], *, running: bool, cancelled: bool = False) -> ReplayReport:
    """The whole replay. ``running`` is for the caller to know: it is no state of a day."""
    state = ReplayState.RUNNING if running else _state(days, cancelled=cancelled)
    return ReplayReport(plan.replay_id, plan.spec.source, plan.spec.topic, state, tuple(days))


def _state(days: Sequence[DayReport], *, cancelled: bool) -> ReplayState:
    stages = {day.stage for day in days}
    # A closed day that has a next step is being undone.
    unfinished = {day.stage for day in days if day.next_step or day.stage not in (Stage.CLOSED, Stage.RESTORED)}
    if stages == {Stage.CLOSED} and not unfinished:
        return ReplayState.COMPLETED
    if Stage.HELD in stages:
        return ReplayState.WAITING
    if unfinished and not (cancelled and unfinished == {Stage.PLANNED}):
        return ReplayState.INTERRUPTED
    return ReplayState.CANCELLED if cancelled else ReplayState.FAILED
