"""What Slack shows: plans, the live message, a day's message, the confirmation. Pure; user text is escaped."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence

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

from bot.mrkdwn import bar, code, escaped, printable, size_text
from replay_engine import DayPlan, DayReport, Plan, ReplayReport, ReplayState, Stage, footnotes, progress_text

_SECTION_CHARACTERS = 2900
#: Slack takes 3,000 characters a section, but refuses a message when all its blocks together are too long.
_LIST_CHARACTERS = 9000
_DAYS_SHOWN = 31
_SINKS_A_LINE = 8
_ERROR_CHARACTERS = 2000
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
    ReplayState.INTERRUPTED: "interrupted, waits to be carried on",
}


def plan_text(plan: Plan) -> str:
    """The plan in one line, for notifications."""
    first, last = plan.days[0].day, plan.days[-1].day
    return f"Plan {plan.replay_id}: {escaped(plan.spec.source)} {first} to {last} -> {escaped(plan.spec.topic)}"


def plan_blocks(plan: Plan, asker: str, decision: str | None = None) -> list[Block]:
    """A plan with its numbers; with buttons until it is decided."""
    blocks: list[Block] = [
        HeaderBlock(text=printable(f"Plan: replay {plan.spec.source}", 150)),
        *_sections(_plan_summary(plan)),
        *_sections(_fitting([_plan_line(day) for day in plan.days])),
        ContextBlock(elements=[MarkdownTextObject(text=f"`{plan.replay_id}` · plan `{plan.hash[:12]}` · <@{asker}>")]),
    ]
    if decision is not None:
        return [*blocks, ContextBlock(elements=[MarkdownTextObject(text=decision)])]
    return blocks if plan.refused else [*blocks, _plan_buttons(plan)]


def _plan_summary(plan: Plan) -> Iterator[str]:
    """All that would be destroyed is in it, however many sinks there are."""
    spec = plan.spec
    files = sum(day.source.blobs for day in plan.days)
    size = sum(day.source.size_bytes for day in plan.days)
    read = code(f"{spec.container}/{spec.file_path or spec.folder}")
    yield f"*Publish* {files:,} files, {size_text(size)} stored, from {read} to {code(spec.topic)}"
    doomed = list(_doomed(plan)) if spec.destructive else ["nothing"]
    for start in range(0, len(doomed), _SINKS_A_LINE):
        verb = "*Delete and refill*" if spec.destructive else "*Delete*"
        yield f"{verb} {', '.join(doomed[start : start + _SINKS_A_LINE])}"
    yield from (f":warning: {escaped(caution, 1000)}" for caution in spec.cautions)


def _doomed(plan: Plan) -> Iterator[str]:
    """What would be deleted, in numbers."""
    for prefix in plan.days[0].sinks:
        amounts = [day.sinks[prefix] for day in plan.days]
        size = sum(amount.size_bytes for amount in amounts)
        yield f"{code(prefix)} {sum(a.blobs for a in amounts):,} files ({size_text(size)})"
    for datasource in plan.days[0].segments:
        yield f"{code(datasource)} {sum(day.segments[datasource] for day in plan.days):,} segments"


def _plan_line(day: DayPlan) -> str:
    doomed = sum(amount.blobs for amount in day.sinks.values())
    line = (
        f"`{day.day}` {day.source.blobs:,} files, {size_text(day.source.size_bytes)}; "
        f"deletes {doomed:,} files, {sum(day.segments.values()):,} segments"
    )
    notes = [f":no_entry: {escaped(day.refusal, 500)}"] if day.refusal else []
    return "\n".join([line, *notes, *(f":warning: {escaped(warning)}" for warning in day.warnings)])


def _fitting(lines: Sequence[str]) -> Iterator[str]:
    """The first lines, as many as a message can hold, and how many more there are."""
    left = _LIST_CHARACTERS
    for number, line in enumerate(lines):
        left -= len(line)
        if number == _DAYS_SHOWN or left < 0:
            yield f"… and {len(lines) - number} more days"
            return
        yield line


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
    lines = [*_plan_summary(plan), f"{len(plan.days)} days, {plan.days[0].day} to {plan.days[-1].day}."]
    refused = [str(day.day) for day in plan.days if day.refusal]
    if refused:
        lines.append(f":no_entry: {len(refused)} of them will fail unchanged: {', '.join(refused[:10])}.")
    blocks = _sections(lines)
    if plan.spec.destructive:
        element = PlainTextInputElement(action_id="typed", max_length=3000)
        label = printable(f"Type {plan.spec.source} to confirm", 2000)
        blocks.append(InputBlock(block_id="typed", label=label, element=element))
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
    """A modal that only says something; foreign text in it is escaped already."""
    return View(
        type="modal",
        title=PlainTextObject(text="Replay"),
        close=PlainTextObject(text="Close"),
        blocks=_sections([text]),
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
        SectionBlock(text=MarkdownTextObject(text=f"*Replay of {escaped(report.source)}* · {state}{_tally(report)}")),
        *_sections(_day_line(day) for day in _shown(report.days)),
        ContextBlock(elements=[MarkdownTextObject(text=f"`{report.replay_id}` -> {code(report.topic)} · <@{asker}>")]),
    ]
    return [*blocks, _cancel_button(report)] if running and not cancelled_by else blocks


def _tally(report: ReplayReport) -> str:
    """How many days stand where, for a replay too long to show them all."""
    if len(report.days) <= _DAYS_SHOWN:
        return ""
    counted = Counter(day.stage for day in report.days)
    return f"\n{len(report.days)} days: " + ", ".join(f"{number} {stage}" for stage, number in counted.items())


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
    if day.step and day.source_bytes and (day.source_bytes_done or day.step == "publish"):
        line += f" `{bar(day.source_bytes_done / day.source_bytes)}`"
    if day.lines_published:
        line += f" · {day.lines_published:,} events"
    progress = progress_text(day) if day.step == "publish" else ""
    return f"{line} · {progress}" if progress else line


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
    """A finished day's message in the thread: completed, failed or not begun, with its metrics."""
    lines = [_day_head(day)]
    if day.error:
        lines.append(escaped(f"{day.error} {day.advice}".strip(), _ERROR_CHARACTERS))
    if day.stage is Stage.PLANNED:
        return "\n".join(lines)
    lines.append(f"Events published: {day.lines_published:,} ({size_text(day.bytes_published)})")
    lines += footnotes(day)
    if day.blobs_deleted:
        lines.append(f"Files deleted: {_numbers(day.blobs_deleted)}")
    if day.segments_deleted:
        lines.append(f"Segments deleted: {_numbers(day.segments_deleted)}")
    if day.blobs_restored or day.blobs_quarantined or day.segments_quarantined:
        lines.append(
            f"Restored: {day.blobs_restored:,} files. Set aside in quarantine, as they had landed: "
            f"{day.blobs_quarantined:,} files, {day.segments_quarantined:,} segments"
        )
    lines.append(f"Time taken: {day.seconds:.1f} s · Replay date: {day.day}")
    return "\n".join(lines)


def _day_head(day: DayReport) -> str:
    mark = _MARKS.get(day.stage, ":warning:")
    match day.stage:
        case Stage.CLOSED:
            return f"{mark} *{day.day} completed*"
        case Stage.PLANNED:
            return f"{mark} *{day.day} not begun*"
        case Stage.RESTORED:
            return f"{mark} *{day.day} failed ({day.stage})*"
        case _:
            return f"{mark} *{day.day} waits for a person ({day.stage})*"


def _numbers(counted: Mapping[str, int]) -> str:
    return ", ".join(f"{code(name)} {number:,}" for name, number in counted.items())


def _sections(lines: Iterable[str]) -> list[Block]:
    """Lines in as few sections as their length allows; each line is short enough for one."""
    texts = [""]
    for line in lines:
        if len(texts[-1]) + len(line) + 1 > _SECTION_CHARACTERS:
            texts.append("")
        texts[-1] = f"{texts[-1]}\n{line}".strip()
    return [SectionBlock(text=MarkdownTextObject(text=text)) for text in texts if text]
