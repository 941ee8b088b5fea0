"""Plans and reports as tables and JSON documents, and a progress bar: the CLI's looks, and nothing else."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from types import TracebackType
from typing import Any, Self

from rich.console import Console
from rich.markup import escape as plain
from rich.progress import BarColumn, DownloadColumn, Progress, TaskID, TextColumn
from rich.table import Table

from replay_engine.day.report import overdue_text, progress_text
from replay_engine.model import DayPlan, Plan, Stage
from replay_engine.plan.history import earlier_text
from replay_engine.reports import DayReport, ReplayReport
from replay_engine.request.publishing_options import described
from replay_engine.state.audit_log import AuditEntry
from replay_engine.state.quarantine import SetAside
from replay_engine.verify.findings import Verification

#: Of each sink so many of its folders are shown to people; JSON has them all.
_FOLDERS_SHOWN = 3

__all__ = [
    "TerminalWatch",
    "history_document",
    "history_table",
    "plain",
    "plan_document",
    "plan_table",
    "quarantine_document",
    "quarantine_table",
    "report_document",
    "report_table",
    "status_table",
    "verification_document",
    "verification_table",
]


def plan_document(plan: Plan) -> dict[str, Any]:
    """The plan as ``--json`` prints it."""
    return {
        "replay_id": plan.replay_id,
        "source": plan.spec.source,
        "bucket": plan.spec.container,
        "prefix": plan.spec.folder,
        "file_path": plan.spec.file_path,
        "topic": plan.spec.topic,
        "delete_backups": plan.spec.delete_backups,
        "publishing": asdict(plan.spec.publishing),
        "hash": plan.hash,
        "warnings": list(plan.spec.cautions),
        "days": [_planned_day(day) for day in plan.days],
    }


def _planned_day(day: DayPlan) -> dict[str, Any]:
    """The fixed keys of a day's result, with what would be deleted, and what was found besides."""
    doomed = {} if day.refusal else {prefix: amount.blobs for prefix, amount in day.sinks.items()}
    return {
        "date": str(day.day),
        "stage": Stage.PLANNED,
        "lines_published": 0,
        "bytes_published": 0,
        "blobs_deleted": doomed,
        "segments_deleted": {} if day.refusal else dict(day.segments),
        "seconds": 0.0,
        "error": day.refusal or None,
        "source_blobs": day.source.blobs,
        "source_bytes": day.source.size_bytes,
        "bytes_deleted": {prefix: day.sinks[prefix].size_bytes for prefix in doomed},
        "folders": {folder: {"blobs": one.blobs, "bytes": one.size_bytes} for folder, one in day.folders.items()},
        "warnings": list(day.warnings),
        "earlier": [
            {**asdict(one), "last_at": one.last_at.isoformat() if one.last_at else None} for one in day.earlier
        ],
    }


def report_document(report: ReplayReport) -> dict[str, Any]:
    """The result as ``--json`` prints it; the first keys are a fixed interface."""
    return {
        "replay_id": report.replay_id,
        "source": report.source,
        "topic": report.topic,
        "state": report.state,
        "days": [_day_document(day) for day in report.days],
    }


def _day_document(day: DayReport) -> dict[str, Any]:
    return {
        "date": str(day.day),
        "stage": day.stage,
        "lines_published": day.lines_published,
        "bytes_published": day.bytes_published,
        "blobs_deleted": dict(day.blobs_deleted),
        "segments_deleted": dict(day.segments_deleted),
        "seconds": round(day.seconds, 3),
        "error": f"{day.error} {day.advice}".strip() or None,
        "empty_lines": day.empty_lines,
        "filtered_lines": day.filtered_lines,
        "set_aside_lines": day.set_aside_lines,
        "at_least_once": day.at_least_once,
        "blobs_restored": day.blobs_restored,
        "blobs_quarantined": day.blobs_quarantined,
        "blobs_left": day.blobs_left,
        "may_land": day.may_land,
        "segments_quarantined": day.segments_quarantined,
        "waiting": day.waiting or None,
        "slowed": day.slowed or None,
        "landing": day.landing or None,
        "landing_since": day.landing_since.isoformat() if day.landing_since else None,
        "landing_overdue": day.landing_overdue,
        "landed": day.landed or None,
        "accepted_by": day.accepted_by or None,
        "next_step": day.next_step or None,
        "runner": day.runner or None,
        "last_at": day.last_at.isoformat() if day.last_at else None,
        "backup_kept_until": day.backup_kept_until.isoformat() if day.backup_kept_until else None,
    }


def quarantine_document(replay_id: str, set_aside: Sequence[SetAside]) -> dict[str, Any]:
    """What was set aside, as ``--json`` prints it."""
    return {"replay_id": replay_id, "quarantine": [{**asdict(entry), "day": str(entry.day)} for entry in set_aside]}


def quarantine_table(replay_id: str, set_aside: Sequence[SetAside]) -> Table:
    """What was set aside, and where it is now."""
    table = Table(title=f"{replay_id}: {len(set_aside)} things set aside", title_justify="left")
    for column in ("day", "what", "was", "is now", "bytes"):
        table.add_column(column)
    for entry in set_aside:
        table.add_row(str(entry.day), entry.kind, plain(entry.name), plain(entry.kept_as), f"{entry.size_bytes:,}")
    return table


def plan_table(plan: Plan) -> Table:
    """What would be deleted and published, a row a day."""
    spec = plan.spec
    what = "deletes and refills" if spec.destructive else "publishes, deletes nothing"
    read = spec.file_path or spec.folder
    table = Table(title=plain(f"{plan.replay_id}: {spec.container}/{read} -> {spec.topic} ({what})"))
    table.caption = plain("\n".join(filter(None, [f"plan {plan.hash[:12]}", _lines(plan), *plan.spec.cautions])))
    for heading in ("day", "files", "bytes", "files deleted", "segments deleted", "note"):
        table.add_column(heading, overflow="fold")
    for day in plan.days:
        table.add_row(
            str(day.day),
            str(day.source.blobs),
            f"{day.source.size_bytes:,}",
            plain("\n".join(_doomed(day))) or "-",
            "\n".join(plain(f"{datasource}: {number}") for datasource, number in day.segments.items()) or "-",
            plain(" ".join((day.refusal, *day.warnings, _earlier(day))).strip()),
        )
    return table


def _doomed(day: DayPlan) -> Iterator[str]:
    """What each sink holds, and of the largest of their folders how much that is."""
    for prefix, amount in day.sinks.items():
        yield f"{prefix}: {amount.blobs}"
        inside = [(f, one) for f, one in day.folders.items() if f.startswith(f"{prefix}/")]
        largest = sorted(inside, key=lambda one: -one[1].size_bytes)
        for folder, one in largest[:_FOLDERS_SHOWN]:
            yield f"  {folder}: {one.blobs}, {one.size_bytes:,} bytes"
        if rest := largest[_FOLDERS_SHOWN:]:
            yield f"  {len(rest)} more folders, {sum(one.size_bytes for _, one in rest):,} bytes"


def _earlier(day: DayPlan) -> str:
    words = earlier_text(day)
    return f"Before: {words}." if words else ""


def _lines(plan: Plan) -> str:
    words, canary = described(plan.spec.publishing), plan.spec.canary
    told = [f"lines: {words}" if words else "", f"canary: {canary.text}" if canary else ""]
    return "\n".join(filter(None, told))


def report_table(report: ReplayReport) -> Table:
    """What was done, a row a day."""
    title = f"{report.replay_id}: {report.source} -> {report.topic}, {report.state.text}"
    table = Table(title=plain(title))
    for heading in ("day", "stage", "lines", "bytes", "files deleted", "segments deleted", "seconds"):
        table.add_column(heading, overflow="fold")
    for day in report.days:
        table.add_row(
            str(day.day),
            day.text,
            f"{day.lines_published:,}",
            f"{day.bytes_published:,}",
            str(sum(day.blobs_deleted.values())),
            str(sum(day.segments_deleted.values())),
            f"{day.seconds:.1f}",
        )
    return table


def status_table(report: ReplayReport) -> Table:
    """How it stands, a row a day: stage, age, owner, and what would be done next."""
    table = Table(title=plain(f"{report.replay_id}: {report.source} -> {report.topic}, {report.state.text}"))
    for heading in ("day", "stage", "since", "runner", "next", "note"):
        table.add_column(heading, overflow="fold")
    for day in report.days:
        kept = f"backup kept until {day.backup_kept_until:%Y-%m-%d %H:%M}" if day.backup_kept_until else ""
        notes = [day.error, day.advice, day.landing, overdue_text(report.replay_id, day), kept, progress_text(day)]
        table.add_row(
            str(day.day),
            day.text,
            f"{day.last_at:%Y-%m-%d %H:%M:%S}" if day.last_at else "-",
            plain(day.runner) or "-",
            day.next_step or "-",
            plain(" ".join(filter(None, notes))),
        )
    return table


def history_document(replay_id: str, audit_log: Sequence[AuditEntry]) -> dict[str, Any]:
    """What people did, as ``--json`` prints it."""
    deeds = [
        {
            "at": audit_entry.at.isoformat(),
            "by": audit_entry.by,
            "what": audit_entry.what,
            "facts": dict(audit_entry.facts),
        }
        for audit_entry in audit_log
    ]
    return {"replay_id": replay_id, "deeds": deeds}


def history_table(replay_id: str, audit_log: Sequence[AuditEntry]) -> Table:
    """What people did, a row an entry."""
    table = Table(title=plain(replay_id))
    for heading in ("at", "by", "what", "facts"):
        table.add_column(heading, overflow="fold")
    for audit_entry in audit_log:
        facts = "\n".join(f"{name}: {value}" for name, value in audit_entry.facts.items())
        table.add_row(
            f"{audit_entry.at:%Y-%m-%d %H:%M:%S}", plain(audit_entry.by), plain(audit_entry.what), plain(facts) or "-"
        )
    return table


def verification_document(verification: Verification) -> dict[str, Any]:
    """What was found, as ``--json`` prints it."""
    days = [
        {"date": str(day.day), "stage": day.stage, "findings": [asdict(finding) for finding in day.findings]}
        for day in verification.days
    ]
    return {"replay_id": verification.replay_id, "right": verification.right, "days": days}


def verification_table(verification: Verification) -> Table:
    """What was found, a row a finding."""
    verdict = "as the journals say" if verification.right else "NOT as the journals say"
    table = Table(title=plain(f"{verification.replay_id}: {verdict}"))
    for heading in ("day", "stage", "", "finding"):
        table.add_column(heading, overflow="fold")
    for day in verification.days:
        for finding in day.findings:
            table.add_row(str(day.day), day.stage, "right" if finding.right else "WRONG", plain(finding.text))
    return table


class TerminalWatch:
    """A progress bar a day, on a terminal; without one it only listens for a cancel."""

    def __init__(self, plan: Plan, people: Console, *, quiet: bool) -> None:
        """``quiet`` shows no bar, for ``--json``."""
        self._people, self._cancelled = people, False
        self._progress = Progress(
            TextColumn("{task.description}"),
            BarColumn(),
            DownloadColumn(),
            console=people,
            disable=quiet or not people.is_terminal,
        )
        self._bars: dict[str, TaskID] = {
            str(day.day): self._progress.add_task(str(day.day), total=day.source.size_bytes) for day in plan.days
        }

    def __enter__(self) -> Self:
        """Begin to draw."""
        self._progress.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Leave the bars as they ended."""
        self._progress.stop()

    def cancel(self) -> None:
        """Ask to stop at the next safe point."""
        if not self._cancelled:
            self._cancelled = True
            self._people.print("Stopping at the next safe point; the running day is restored first.")

    def cancelled(self) -> bool:
        """Whether that was asked."""
        return self._cancelled

    def saw(self, report: ReplayReport) -> None:
        """Draw what changed."""
        for day in report.days:
            progress = progress_text(day) if day.step in ("publish", "land") or day.waiting else ""
            self._progress.update(
                self._bars[str(day.day)],
                completed=day.source_bytes_done,
                description=f"{day.day} {day.step or day.text} {day.lines_published:,} lines {progress}",
            )
