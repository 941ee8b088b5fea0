"""The one message of a replay, edited in place: where its days stand, and the buttons that steer it. Pure.

Level-triggered: the same report always makes the same message, whoever posts it.
"""

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    ConfirmObject,
    PlainTextObject,
    PlanBlock,
    RichTextBlock,
    RichTextElementParts,
    RichTextSectionElement,
    TaskCardBlock,
)

from bot.render import parts, standing
from bot.render.day import outline
from bot.render.landing import landing_blocks
from bot.render.mrkdwn import code, escaped, printable, size_text
from bot.render.stretches import Status, Stretch, stretches
from bot.render.style import Style
from replay_engine import DayReport, ReplayReport, ReplayState, Stage

#: All texts of a message together may not be too long: many entries are told in fewer words.
_ALL_CHARACTERS = 4500
_TITLE_CHARACTERS = 110
_MARKS = {
    Status.IN_PROGRESS: ":hourglass_flowing_sand:",
    Status.ERROR: ":warning:",
    Status.PENDING: ":white_circle:",
    Status.COMPLETE: ":white_check_mark:",
}


def live_text(report: ReplayReport, cancelled_by: str | None = None) -> str:
    """The replay in one line, for notifications."""
    return f"Replay of {escaped(report.source)}: {standing.state_text(report, cancelled_by)}, {_closed(report)}"


def live_blocks(
    report: ReplayReport, requester: str, *, cancelled_by: str | None = None, style: Style = "native"
) -> list[Block]:
    """The message of a replay that was started, whether it runs, waits or has ended."""
    head = [f"*Replay of {escaped(report.source)}* · {standing.state_text(report, cancelled_by)}"]
    if style == "plain":
        head.append(totals(report))
    if text := standing.next_text(report, cancelled_by):
        head.append(text)
    small = f"`{report.replay_id}` -> {code(report.topic)} · <@{requester}>"
    blocks = [*parts.sections(head), *days_blocks(report, style), *landing_blocks(report), parts.context(small)]
    pressed = _buttons(report, cancelled_by)
    return [*blocks, ActionsBlock(block_id="live", elements=pressed)] if pressed else blocks


def totals(report: ReplayReport) -> str:
    """All days in one line."""
    lines, size = (sum(getattr(day, name) for day in report.days) for name in ("lines_published", "bytes_published"))
    return f"{_closed(report)} · {lines:,} events · {size_text(size)}"


def _closed(report: ReplayReport) -> str:
    closed = sum(day.stage is Stage.CLOSED and not day.next_step for day in report.days)
    return f"{closed} of {parts.counted(len(report.days), 'day')} closed"


def days_blocks(report: ReplayReport, style: Style, characters: int = _ALL_CHARACTERS) -> list[Block]:
    """Every day of it: as the tasks of Slack's own plan block, or as lines, with so much room beside their titles."""
    shown = stretches(report)
    longest = max(60, min(300, characters // max(1, len(shown))))
    if style == "plain":
        return parts.sections(_line(one, longest) for one in shown)
    return [PlanBlock(title=totals(report), tasks=[_task(one, longest) for one in shown])]


def _line(one: Stretch, longest: int) -> str:
    restored = all(day.stage is Stage.RESTORED for day in one.days)
    sign = parts.mark(Stage.RESTORED) if restored else _MARKS[one.status]
    held = any(day.stage is Stage.HELD for day in one.days)
    detail = escaped(_detail_text(one), longest)
    line = f"{parts.mark(Stage.HELD) if held else sign} {escaped(one.title, _TITLE_CHARACTERS)}"
    return f"{line} · {detail}" if detail else line


def _task(one: Stretch, longest: int) -> TaskCardBlock:
    detail = printable(_detail_text(one), longest)
    details = _rich(detail) if detail else None
    under_way = one.status is Status.IN_PROGRESS
    return TaskCardBlock(
        task_id=str(one.days[0].day),
        title=printable(one.title, _TITLE_CHARACTERS),
        status=one.status.value,
        details=details if under_way else None,
        output=None if under_way else details,
    )


def _detail_text(one: Stretch) -> str:
    """More of a single day than its title says; of many, of the one that somebody is at."""
    if one.status is Status.IN_PROGRESS:
        return outline(one.days[one.statuses.index(Status.IN_PROGRESS)], at_it=True)
    return outline(one.days[0], at_it=False) if len(one.days) == 1 else ""


def _rich(text: str) -> RichTextBlock:
    """Literal text: nothing in it is markup to Slack."""
    return RichTextBlock(elements=[RichTextSectionElement(elements=[RichTextElementParts.Text(text=text)])])


def _buttons(report: ReplayReport, cancelled_by: str | None) -> list[ButtonElement]:
    """What can be done about it now; nothing about what has ended or is being cancelled."""
    replay_id = report.replay_id
    if report.state is ReplayState.HELD or (report.state is ReplayState.INTERRUPTED and not cancelled_by):
        return [parts.button("resume", "Resume", replay_id, "primary")]
    if report.state is not ReplayState.RUNNING or cancelled_by:
        return []
    day = standing.current(report)
    if standing.queued(report):
        return [_cancel(report, None)]
    paused = day is not None and day.pace.paused
    speed = f"{replay_id} {_speed(day)}"
    return [
        _cancel(report, day),
        parts.button("resume", "Resume", replay_id) if paused else parts.button("pause", "Pause", replay_id),
        parts.button("slower", "Slower", speed),
        parts.button("faster", "Faster", speed),
    ]


def _speed(day: DayReport | None) -> int:
    """Bytes a second as shown, or as ordered where nothing is measured yet; 0 when unknown."""
    return int(day.bytes_per_second or day.pace.bytes_per_second or 0) if day else 0


def _cancel(report: ReplayReport, day: DayReport | None) -> ButtonElement:
    if day is None:
        consequence = "No day is under way: nothing has to be restored. Days that are closed stay closed."
    else:
        consequence = (
            f"Publishing stops at the next safe point. Then {day.day} is restored to what it was, or finished if all "
            "of it is published. Closed days stay closed. "
            f"Published so far: {day.lines_published:,} events of it; they stay in Kafka."
        )
    question = ConfirmObject(
        title="Cancel this replay?",
        text=PlainTextObject(text=consequence),
        confirm="Cancel the replay",
        deny="Let it run",
        style="danger",
    )
    element = parts.button("cancel", "Cancel", report.replay_id, "danger")
    element.confirm = question
    return element
