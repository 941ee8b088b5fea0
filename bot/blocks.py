"""What Slack shows: plans, the live message, a day's message, the confirmation. Pure; user text is escaped."""

from collections.abc import Iterable, Sequence

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    ContextBlock,
    HeaderBlock,
    InputBlock,
    MarkdownTextObject,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.views import View

from replay_engine import DayPlan, DayReport, Plan, ReplayReport, ReplayState, Stage

_SECTION_CHARACTERS = 2900
_DAYS_SHOWN = 31
_MARKS = {
    Stage.CLOSED: ":white_check_mark:",
    Stage.RESTORED: ":leftwards_arrow_with_hook:",
    Stage.HELD: ":octagonal_sign:",
    Stage.PLANNED: ":white_circle:",
}
_STATES = {
    ReplayState.RUNNING: "running",
    ReplayState.COMPLETED: "completed",
    ReplayState.FAILED: "ended, some days failed",
    ReplayState.CANCELLED: "cancelled",
    ReplayState.WAITING: "waiting for a person",
}


def escaped(text: str) -> str:
    """User text as Slack shows it literally; this also stops ``<!channel>``."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def plan_text(plan: Plan) -> str:
    """The plan in one line, for notifications."""
    first, last = plan.days[0].day, plan.days[-1].day
    return f"Plan {plan.replay_id}: {escaped(plan.spec.source)} {first} to {last} -> {escaped(plan.spec.topic)}"


def plan_blocks(plan: Plan, asker: str, decision: str | None = None) -> list[Block]:
    """A plan with its numbers; with buttons until it is decided."""
    blocks: list[Block] = [
        HeaderBlock(text=f"Plan: replay {plan.spec.source}"[:150]),
        SectionBlock(text=MarkdownTextObject(text=_plan_summary(plan))),
        *_sections(_plan_lines(plan.days)),
        ContextBlock(elements=[MarkdownTextObject(text=f"`{plan.replay_id}` · plan `{plan.hash[:12]}` · <@{asker}>")]),
    ]
    if decision is not None:
        return [*blocks, ContextBlock(elements=[MarkdownTextObject(text=decision)])]
    return blocks if plan.refused else [*blocks, _plan_buttons(plan)]


def _plan_summary(plan: Plan) -> str:
    spec = plan.spec
    files = sum(day.source.blobs for day in plan.days)
    size = sum(day.source.size_bytes for day in plan.days)
    read = escaped(f"{spec.container}/{spec.file_path or spec.folder}")
    lines = [f"*Publish* {files:,} files, {size_text(size)} stored, from `{read}` to `{escaped(spec.topic)}`"]
    if spec.destructive:
        lines.append(f"*Delete and refill* {_doomed(plan)}")
    else:
        lines.append("*Delete* nothing")
    lines += [f":warning: {escaped(caution)}" for caution in spec.cautions]
    return "\n".join(lines)[:_SECTION_CHARACTERS]


def _doomed(plan: Plan) -> str:
    """What would be deleted, in numbers."""
    parts = []
    for prefix in plan.days[0].sinks:
        amounts = [day.sinks[prefix] for day in plan.days]
        size = sum(amount.size_bytes for amount in amounts)
        parts.append(f"`{escaped(prefix)}` {sum(a.blobs for a in amounts):,} files ({size_text(size)})")
    for datasource in plan.days[0].segments:
        number = sum(day.segments[datasource] for day in plan.days)
        parts.append(f"`{escaped(datasource)}` {number:,} segments")
    return ", ".join(parts)


def _plan_lines(days: Sequence[DayPlan]) -> Iterable[str]:
    for day in days[:_DAYS_SHOWN]:
        doomed = sum(amount.blobs for amount in day.sinks.values())
        line = (
            f"`{day.day}` {day.source.blobs:,} files, {size_text(day.source.size_bytes)}; "
            f"deletes {doomed:,} files, {sum(day.segments.values()):,} segments"
        )
        notes = [f":no_entry: {escaped(day.refusal)}"] if day.refusal else []
        yield "\n".join([line, *notes, *(f":warning: {escaped(warning)}" for warning in day.warnings)])
    if len(days) > _DAYS_SHOWN:
        yield f"… and {len(days) - _DAYS_SHOWN} more days"


def _plan_buttons(plan: Plan) -> ActionsBlock:
    return ActionsBlock(
        block_id="plan",
        elements=[
            ButtonElement(action_id="review", text="Review and start", value=plan.replay_id, style="primary"),
            ButtonElement(action_id="discard", text="Discard", value=plan.replay_id),
        ],
    )


def confirmation(plan: Plan) -> View:
    """The last question: what will be destroyed, in numbers; the source's name typed for a destructive plan."""
    text = [_plan_summary(plan), f"{len(plan.days)} days, {plan.days[0].day} to {plan.days[-1].day}."]
    refused = [str(day.day) for day in plan.days if day.refusal]
    if refused:
        text.append(f":no_entry: {len(refused)} of them will fail unchanged: {', '.join(refused[:10])}.")
    blocks: list[Block] = [SectionBlock(text=MarkdownTextObject(text="\n".join(text)[:_SECTION_CHARACTERS]))]
    if plan.spec.destructive:
        element = PlainTextInputElement(action_id="typed", max_length=200)
        blocks.append(InputBlock(block_id="typed", label=f"Type {plan.spec.source} to confirm"[:2000], element=element))
    return View(
        type="modal",
        callback_id="confirm",
        private_metadata=plan.replay_id,
        title=PlainTextObject(text="Start this replay?"),
        submit=PlainTextObject(text="Start"),
        close=PlainTextObject(text="Not now"),
        blocks=blocks,
    )


def notice(text: str) -> View:
    """A modal that only says something."""
    return View(
        type="modal",
        title=PlainTextObject(text="Replay"),
        close=PlainTextObject(text="Close"),
        blocks=[SectionBlock(text=PlainTextObject(text=text[:_SECTION_CHARACTERS]))],
    )


def live_text(report: ReplayReport) -> str:
    """The replay in one line, for notifications."""
    closed = sum(day.stage is Stage.CLOSED for day in report.days)
    return f"Replay of {escaped(report.source)}: {_STATES[report.state]}, {closed} of {len(report.days)} days closed"


def live_blocks(report: ReplayReport, asker: str, cancelled_by: str | None) -> list[Block]:
    """The one message of a replay, edited in place."""
    running = report.state is ReplayState.RUNNING
    state = _STATES[report.state]
    if running and cancelled_by:
        state = f"stopping: cancelled by <@{cancelled_by}>, the running day is restored"
    blocks: list[Block] = [
        SectionBlock(text=MarkdownTextObject(text=f"*Replay of {escaped(report.source)}* · {state}")),
        *_sections(_day_line(day) for day in _shown(report.days)),
        ContextBlock(
            elements=[MarkdownTextObject(text=f"`{report.replay_id}` -> `{escaped(report.topic)}` · <@{asker}>")]
        ),
    ]
    return [*blocks, _cancel_button(report)] if running and not cancelled_by else blocks


def _shown(days: Sequence[DayReport]) -> Sequence[DayReport]:
    """All days of a short replay; of a long one those around the running day."""
    if len(days) <= _DAYS_SHOWN:
        return days
    current = next((n for n, day in enumerate(days) if day.step), len(days) - 1)
    start = min(max(0, current - _DAYS_SHOWN // 2), len(days) - _DAYS_SHOWN)
    return days[start : start + _DAYS_SHOWN]


def _day_line(day: DayReport) -> str:
    mark = ":hourglass_flowing_sand:" if day.step else _MARKS.get(day.stage, ":hourglass_flowing_sand:")
    line = f"{mark} `{day.day}` {day.step or day.stage}"
    if day.step == "publish" and day.source_bytes:
        line += f" `{bar(day.source_bytes_done / day.source_bytes)}`"
    if day.lines_published:
        line += f" · {day.lines_published:,} events"
    return line


def bar(share: float, width: int = 12) -> str:
    """``███░░░ 50 %``"""
    full = round(max(0.0, min(1.0, share)) * width)
    return "█" * full + "░" * (width - full) + f" {share:.0%}"


def _cancel_button(report: ReplayReport) -> ActionsBlock:
    question = ConfirmObject(
        title="Cancel this replay?",
        text="The running day is restored to what it was; days that are closed stay closed.",
        confirm="Cancel the replay",
        deny="Let it run",
    )
    button = ButtonElement(action_id="cancel", text="Cancel", value=report.replay_id, style="danger", confirm=question)
    return ActionsBlock(block_id="live", elements=[button])


def day_text(day: DayReport) -> str:
    """A finished day's message in the thread: completed or failed, with its metrics."""
    if day.stage is Stage.CLOSED:
        lines = [f":white_check_mark: *{day.day} completed*"]
    else:
        lines = [f"{_MARKS[day.stage]} *{day.day} failed ({day.stage})*", escaped(f"{day.error} {day.advice}".strip())]
    lines.append(f"Events published: {day.lines_published:,} ({size_text(day.bytes_published)})")
    if day.blobs_deleted:
        deleted = ", ".join(f"`{escaped(prefix)}` {number:,}" for prefix, number in day.blobs_deleted.items())
        lines.append(f"Files deleted: {deleted}")
    if day.segments_deleted:
        deleted = ", ".join(f"`{escaped(name)}` {number:,}" for name, number in day.segments_deleted.items())
        lines.append(f"Segments deleted: {deleted}")
    if day.blobs_restored or day.blobs_quarantined or day.segments_quarantined:
        lines.append(
            f"Restored: {day.blobs_restored:,} files. Set aside in quarantine, as they had landed: "
            f"{day.blobs_quarantined:,} files, {day.segments_quarantined:,} segments"
        )
    lines.append(f"Time taken: {day.seconds:.1f} s · Replay date: {day.day}")
    return "\n".join(lines)


def size_text(size_bytes: float) -> str:
    """``12.8 MB``"""
    for unit in ("B", "kB", "MB", "GB"):
        if size_bytes < 1000:
            return f"{size_bytes:,.0f} {unit}" if unit == "B" else f"{size_bytes:,.1f} {unit}"
        size_bytes /= 1000
    return f"{size_bytes:,.1f} TB"


def _sections(lines: Iterable[str]) -> list[Block]:
    """Lines in as few sections as their length allows."""
    texts = [""]
    for line in lines:
        if len(texts[-1]) + len(line) + 1 > _SECTION_CHARACTERS:
            texts.append("")
        texts[-1] = f"{texts[-1]}\n{line}".strip()[:_SECTION_CHARACTERS]
    return [SectionBlock(text=MarkdownTextObject(text=text)) for text in texts if text]
