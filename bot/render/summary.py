"""What a replay came to, said once when it has ended: totals, what failed, a chart, and *Retry failed days*. Pure."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping

from slack_sdk.models.blocks import Block

from bot.render import parts, standing
from bot.render.charts import charts, text_charts
from bot.render.live import live_text
from bot.render.mrkdwn import escaped, size_text
from bot.render.style import Style
from replay_engine import DayReport, ReplayReport, Stage

_ERROR_CHARACTERS = 200
_FAILED_CHARACTERS = 4000


def summary_text(report: ReplayReport, requester: str, *, cancelled_by: str | None = None) -> str:
    """How it ended, in one line that the person who asked is notified of."""
    return f"<@{requester}> {live_text(report, cancelled_by)}"


def summary_blocks(
    report: ReplayReport, requester: str, *, style: Style = "native", cancelled_by: str | None = None
) -> list[Block]:
    """How it ended, with a button to retry where days failed and none is left unfinished."""
    blocks = parts.sections(_lines(report, requester, cancelled_by))
    if any(day.lines_published for day in report.days):
        blocks += parts.sections(text_charts(report.days)) if style == "plain" else charts(report.days)
    if standing.failed_days(report):
        blocks.append(parts.buttons("summary", parts.button("retry", "Retry failed days", report.replay_id)))
    return blocks


def _lines(report: ReplayReport, requester: str, cancelled_by: str | None) -> Iterator[str]:
    closed = sum(day.stage is Stage.CLOSED and not day.next_step for day in report.days)
    yield f"<@{requester}> *Replay of {escaped(report.source)}* · {standing.state_text(report, cancelled_by)}"
    yield f"Days closed: {closed} of {len(report.days)}"
    size = size_text(sum(day.bytes_published for day in report.days))
    yield f"Events published: {sum(day.lines_published for day in report.days):,} ({size})"
    yield f"Files deleted: {parts.numbers(_added(day.blobs_deleted for day in report.days))}"
    yield f"Segments deleted: {parts.numbers(_added(day.segments_deleted for day in report.days))}"
    yield f"Time taken: {parts.duration_text(sum(day.seconds for day in report.days))}"
    failed = [_failed(day) for day in report.days if day.stage is not Stage.CLOSED or day.next_step]
    yield from parts.fitting(failed, _FAILED_CHARACTERS)
    if text := standing.next_text(report, cancelled_by):
        yield text


def _failed(day: DayReport) -> str:
    why = f": {escaped(day.error, _ERROR_CHARACTERS)}" if day.error else ""
    return f"{parts.mark(day.stage, ':warning:')} *{day.day}* {standing.word(day, at_it=False, running=False)}{why}"


def _added(counts: Iterable[Mapping[str, int]]) -> Mapping[str, int]:
    total: Counter[str] = Counter()
    for one in counts:
        total.update(one)
    return total
