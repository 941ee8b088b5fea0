"""Push every line of every source blob, and wait for all acknowledgements.

If the process dies here some lines are in the topic and the journal holds a position that is at most one
commit interval behind: those lines are published twice. It must not touch a sink.
"""

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from replay_engine.day import Day, Progress
from replay_engine.errors import CannotProceed, LineRefused, Refused, StalePlan
from replay_engine.journal import Kind
from replay_engine.model import Blob
from replay_engine.ports import BlobChanged, BlobMissing, Publisher
from replay_engine.recall import recall
from replay_engine.shards import Batch, batches

#: How often the position is made durable; also the most that a crash can publish twice.
COMMIT_INTERVAL = timedelta(seconds=10)


@dataclass(slots=True)
class _Position:
    """How far the day has come: ``blob`` blobs done, and ``line`` lines of the one after them."""

    blob: int = 0
    line: int = 0
    lines: int = 0
    bytes: int = 0
    empty_lines: int = 0
    source_bytes_done: int = 0

    def facts(self) -> dict[str, Any]:
        return {
            "blob": self.blob,
            "line": self.line,
            "lines": self.lines,
            "bytes": self.bytes,
            "empty_lines": self.empty_lines,
            "source_bytes_done": self.source_bytes_done,
        }


def publish(day: Day) -> dict[str, object]:
    """Publish from the journaled position to the end; raises `CorruptSource`, `StalePlan`, `Cancelled` …"""
    blobs = day.promise().inventory.source
    position = _Position(**recall(day.journal.entries).notes.get("publish", {}))
    publisher = day.world.topic.publisher(day.spec.topic)
    try:
        _publish(day, blobs, position, publisher)
    except (CannotProceed, Refused):
        # What was handed over before the fault is in the topic or on its way there: count it truly.
        with suppress(LineRefused):
            _commit(day, position, publisher)
        raise
    finally:
        publisher.close()
    return {**position.facts(), "end_offsets": _text_keys(day.world.topic.end_offsets(day.spec.topic))}


def _publish(day: Day, blobs: tuple[Blob, ...], position: _Position, publisher: Publisher) -> None:
    due = day.now() + COMMIT_INTERVAL
    for blob in blobs[position.blob :]:
        done_before = sum(b.size_bytes for b in blobs[: position.blob])
        for batch in _read(day, blob, position.line):
            day.check_cancelled()
            publisher.send(batch.lines)
            _advance(position, batch, done_before)
            day.progressed(Progress(position.lines, position.bytes, position.source_bytes_done))
            due = _commit_if_due(day, position, publisher, due)
        position.blob, position.line = position.blob + 1, 0
    _commit(day, position, publisher)


def _read(day: Day, blob: Blob, skip_lines: int) -> Iterator[Batch]:
    try:
        yield from batches(blob.name, day.world.data.read(blob.name, blob.etag), skip_lines)
    except (BlobChanged, BlobMissing) as error:
        raise StalePlan(f"{blob.name} has changed or gone while it was read.", advice="Plan again.") from error


def _advance(position: _Position, batch: Batch, done_before: int) -> None:
    position.line = batch.end_line
    position.lines += len(batch.lines)
    position.bytes += sum(map(len, batch.lines))
    position.empty_lines += batch.empty_lines
    position.source_bytes_done = done_before + batch.stored_bytes


def _commit_if_due(day: Day, position: _Position, publisher: Publisher, due: datetime) -> datetime:
    now = day.now()
    if now < due:
        return due
    _commit(day, position, publisher)
    return now + COMMIT_INTERVAL


def _commit(day: Day, position: _Position, publisher: Publisher) -> None:
    """Everything up to the position is acknowledged, then the journal says so."""
    publisher.flush()
    day.journal.append(Kind.NOTE, "publish", facts=position.facts())


def _text_keys(offsets: Any) -> dict[str, int]:
    return {str(partition): offset for partition, offset in offsets.items()}
