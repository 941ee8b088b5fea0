"""One day as Slack shows it: a finished day's message in the thread, and its line in a list. Pure."""

from collections.abc import Iterator
from datetime import date

from bot.render import parts
from bot.render.landing import landed_how
from bot.render.mrkdwn import bar, escaped, size_text
from replay_engine import DayReport, Stage, footnotes, progress_text

_ERROR_CHARACTERS = 1200


def day_text(day: DayReport, next_day: date | None = None, turned_back: str = "failed") -> str:
    """A finished day's message: where it stands, with its metrics, and which day goes on.

    ``turned_back`` says why a restored day was: failed, cancelled or undone.
    """
    return "\n".join(_day_lines(day, next_day, turned_back))


def _day_lines(day: DayReport, next_day: date | None, turned_back: str) -> Iterator[str]:
    yield _head(day, turned_back)
    if day.error:
        yield escaped(f"{day.error} {day.advice}".strip(), _ERROR_CHARACTERS)
    if day.stage is not Stage.PLANNED:
        yield from _metrics(day)
    if next_day and day.stage is not Stage.CLOSED:
        yield f"The next day goes on: {next_day}"


def _metrics(day: DayReport) -> Iterator[str]:
    closed = day.stage is Stage.CLOSED
    amount = f"{day.lines_published:,} ({size_text(day.bytes_published)})"
    yield f"Events published: {amount}" if closed else f"Events that had been published, and stay in Kafka: {amount}"
    yield from footnotes(day)
    if closed or day.blobs_deleted:
        yield f"Files deleted: {parts.numbers(day.blobs_deleted)}"
    if closed or day.segments_deleted:
        yield f"Segments deleted: {parts.numbers(day.segments_deleted)}"
    if day.stage is Stage.RESTORED or day.blobs_restored or day.blobs_quarantined or day.segments_quarantined:
        yield (
            f"Restored: {day.blobs_restored:,} files. Set aside in quarantine, as they had landed: "
            f"{day.blobs_quarantined:,} files, {day.segments_quarantined:,} segments"
        )
    if closed and (how := landed_how(day)):
        yield f"Landed: {how}"
    if day.backup_kept_until:
        yield f"Its backup is kept until {parts.moment(day.backup_kept_until)}"
    yield f"Time taken: {parts.duration_text(day.seconds)} · Replay date: {day.day}"


def _head(day: DayReport, turned_back: str) -> str:
    sign = parts.mark(day.stage, ":warning:")
    match day.stage:
        case Stage.CLOSED | Stage.PLANNED:
            return f"{sign} *{day.day} {day.text}*"
        case Stage.RESTORED:
            return f"{sign} *{day.day} {day.text}* · {turned_back}"
        case Stage.HELD:
            return f"{sign} *{day.day} {day.text}* · waits for a person"
        case _:
            return f"{sign} *{day.day} interrupted* · {day.text}"


def outline(day: DayReport, *, at_it: bool) -> str:
    """What is worth a line: how far it is, what went wrong, or what came out. Foreign text is in it as it is."""
    if at_it:
        return _progress(day)
    if day.error:
        return f"{day.error} {day.advice}".strip()
    return _outcome(day) if day.lines_published else ""


def _progress(day: DayReport) -> str:
    publishing = "publish" in (day.step, day.next_step if not day.step else "")
    texts = []
    if day.source_bytes and (day.source_bytes_done or publishing):
        texts.append(bar(day.source_bytes_done / day.source_bytes))
    if day.lines_published:
        texts.append(f"{day.lines_published:,} events · {size_text(day.bytes_published)}")
    if (publishing or day.bytes_to_compare or day.waiting) and (speed := progress_text(day)):
        texts.append(speed)
    if day.error:
        texts.append(day.error)
    return " · ".join(texts)


def _outcome(day: DayReport) -> str:
    taken = f" · {parts.duration_text(day.seconds)}" if day.seconds else ""
    return f"{day.lines_published:,} events · {size_text(day.bytes_published)}{taken}"
