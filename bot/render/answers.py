"""What ``/replay`` answers with beside a plan: one replay, the last ones, who did what, and a check. Pure."""

from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import Block, SectionBlock

from bot.render import parts, standing
from bot.render.audit_log import deed_lines, recent_deeds
from bot.render.landing import waiting_lines
from bot.render.live import days_blocks, totals
from bot.render.mrkdwn import code, escaped
from replay_engine import AuditEntry, DayVerification, Finding, ReplayReport, ReplayState, Verification

_ROWS = 30
_MARKS = {
    ReplayState.RUNNING: ":hourglass_flowing_sand:",
    ReplayState.COMPLETED: ":white_check_mark:",
    ReplayState.COMPLETED_WITH_FAILURES: ":warning:",
    ReplayState.CANCELLED: ":leftwards_arrow_with_hook:",
    ReplayState.HELD: ":octagonal_sign:",
    ReplayState.INTERRUPTED: ":warning:",
    ReplayState.LANDING: ":stopwatch:",
}


def answer_text(blocks: Sequence[Block]) -> str:
    """The first line of an answer, for notifications."""
    first = blocks[0]
    return first.text.text.splitlines()[0] if isinstance(first, SectionBlock) and first.text else ""


def status_blocks(
    report: ReplayReport, audit_log: Sequence[AuditEntry], *, cancelled_by: str | None = None
) -> list[Block]:
    """One replay: where its days stand, and who did what about it."""
    head = [
        f"*Replay of {escaped(report.source)}* · {standing.state_text(report, cancelled_by)}",
        totals(report),
        *filter(None, [standing.next_text(report, cancelled_by)]),
    ]
    small = parts.context(f"`{report.replay_id}` -> {code(report.topic)}")
    days = [*days_blocks(report, "plain", 3000), *parts.sections(waiting_lines(report))]
    return [*parts.sections(head), *days, *parts.sections(deed_lines(audit_log)), small]


def list_blocks(reports: Sequence[ReplayReport]) -> list[Block]:
    """The last replays, a line each."""
    lines = [replay_line(report) for report in reports]
    shown = parts.fitting(lines, most=_ROWS, noun="replays")
    return parts.sections(["*The last replays*", *(shown if lines else ["There is none yet."])])


def replay_line(report: ReplayReport) -> str:
    """One replay in a line: its id, what it is about and how it stands."""
    first, last = report.days[0].day, report.days[-1].day
    span = str(first) if first == last else f"{first} to {last}"
    sign = ":white_circle:" if standing.queued(report) else _MARKS[report.state]
    source = escaped(report.source, 100)
    return f"{sign} `{report.replay_id}` {source} · {span} · {standing.state_text(report)} · {totals(report)}"


def history_blocks(replay_id: str, audit_log: Sequence[AuditEntry]) -> list[Block]:
    """Who did what about one replay, oldest first."""
    return parts.sections([f"*History of* {code(replay_id)}", *(deed_lines(audit_log) or ["Nothing is written down."])])


def histories_blocks(replays: Sequence[tuple[ReplayReport, Sequence[AuditEntry]]]) -> list[Block]:
    """The last replays, each with who did what."""
    lines = [f"{replay_line(report)}{recent_deeds(audit_log)}" for report, audit_log in replays]
    shown = parts.fitting(lines, most=_ROWS, noun="replays")
    return parts.sections(["*Who did what*", *(shown if lines else ["There is no replay yet."])])


def verify_blocks(verification: Verification) -> list[Block]:
    """The verdict, then what was found: the days with something wrong first."""
    days = sorted(verification.days, key=_right)
    lines = [line for day in days for line in _finding_lines(day)]
    small = parts.context(f"`{verification.replay_id}`")
    return [*parts.sections([_verdict(verification), *parts.fitting(lines, most=100, noun="lines")]), small]


def _right(day: DayVerification) -> bool:
    return all(finding.right for finding in day.findings)


def _verdict(verification: Verification) -> str:
    days = parts.counted(len(verification.days), "day")
    if verification.right:
        return f":white_check_mark: *All is as it should be*, in {days}"
    wrong = sum(not finding.right for day in verification.days for finding in day.findings)
    of_days = sum(not _right(day) for day in verification.days)
    return f":octagonal_sign: *{parts.counted(wrong, 'finding')} wrong*, in {of_days} of {days}"


def _finding_lines(day: DayVerification) -> Iterator[str]:
    yield f"*{day.day}* {day.stage.replace('_', ' ')}"
    for finding in sorted(day.findings, key=_is_right):
        yield f"{':white_check_mark:' if finding.right else ':x:'} {escaped(finding.text, 600)}"


def _is_right(finding: Finding) -> bool:
    return finding.right
