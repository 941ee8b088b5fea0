"""One publisher, one shard: read ahead, cut, treat, keep to the pace, send, commit every few seconds.

If the process dies here the cluster aborts what was not committed, and whoever takes the shard next begins
where the last commit stands. It must not touch a sink, a journal or another shard.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from itertools import accumulate, groupby
from typing import Protocol

from replay_engine.errors import InDoubt, LineRefused, StalePlan, Stopped, Superseded
from replay_engine.model import Blob, Counts, OnBadLine, Pace
from replay_engine.ports import BlobChanged, BlobMissing, BlobStore, Clock, Committed, ShardProducer
from replay_engine.publish.lines import Piece, pieces
from replay_engine.publish.rate_limit import RateLimiter
from replay_engine.publish.shards import Position, position
from replay_engine.publish.transform import BadLine, Transform

#: So much is committed before its time.
COMMIT_BYTES = 64 << 20
#: How long a publisher that may not send waits before it asks again.
_NAP_SECONDS = 0.1
#: So many bad lines are no accident, and each of them is a file.
_MOST_SET_ASIDE = 10_000


class Orders(Protocol):
    """What a publisher is told while it works; asked all the time, so it must answer at once."""

    def pace(self) -> Pace:
        """How fast this one publisher may go now."""

    def stopped(self) -> bool:
        """Whether to stop."""


@dataclass(frozen=True, slots=True)
class Stored:
    """Some stored bytes of the shard's ``blob``-th file."""

    blob: int
    chunk: bytes


@dataclass(frozen=True, slots=True)
class Shard:
    """What one publisher is given. ``read_ahead`` may read in advance, and yields ``None`` when nothing came for long.

    What is sent within a ``commit_interval`` is what a death makes us send again. ``at_least_lines`` are known to be
    committed: a position before them was set back.
    """

    blobs: Sequence[Blob]
    store: BlobStore
    producer: ShardProducer
    transform: Transform
    on_bad_line: OnBadLine
    set_aside: Callable[[Blob, int, bytes], None]
    clock: Clock
    orders: Orders
    on_progress: Callable[[Counts], None]
    read_ahead: Callable[[Iterator[Stored]], Iterable[Stored | None]]
    commit_interval: timedelta
    at_least_lines: int = 0


def publish_shard(shard: Shard) -> Counts:
    """Publish what is left of a shard; returns the counts of the whole of it.

    Raises `CorruptSource`, `LineRefused`, `StalePlan`, `InDoubt`, `TryAgain`, `Superseded` when another has the
    shard now, `Stopped`.
    """
    try:
        return _Publishing(shard, _begun(shard)).run()
    finally:
        shard.producer.close()


def open_shard(producer: ShardProducer) -> Committed | None:
    """Put a position where there is none yet, so that one which is gone later is seen to be gone."""
    try:
        kept = producer.begin()
        if kept is None:
            producer.commit(Position().committed())
        return kept
    finally:
        producer.close()


def close_shard(producer: ShardProducer) -> Position | None:
    """Whoever publishes the shard, or begins to later, can commit nothing any more; how far it is.

    Beginning fences those that have begun, and aborts what they had open. A runner that does not know yet that it was
    overtaken may begin another publisher after this: the closed position stops that one.
    """
    try:
        kept = producer.begin()
        if kept is None:
            return None
        found = position(kept)
        if not found.closed:
            producer.commit(replace(found, closed=True).committed())
        return found
    finally:
        producer.close()


def _begun(shard: Shard) -> Position:
    kept = shard.producer.begin()
    if kept is None:
        raise InDoubt(
            "Kafka does not have the position of a shard any more that was begun (offsets.retention.minutes?).",
            advice="Nobody knows how much of it is in the topic: restore the day, and replay it anew.",
        )
    found = position(kept)
    if found.closed:
        raise Superseded("Another runner puts the day back: nothing more of it is published.")
    if found.line < shard.at_least_lines:
        raise InDoubt(
            f"Kafka's position of a shard is {found.line:,}, and {shard.at_least_lines:,} lines were committed.",
            advice="Was a group of that name reset? Restore the day, and replay it anew.",
        )
    return found


def _beyond() -> InDoubt:
    return InDoubt(
        "Kafka's position of a shard is beyond its end.",
        advice="Was a group of that name used before? Restore the day, and replay it anew.",
    )


class _Publishing:
    """A shard under way: where it stands, and what of it is not committed yet."""

    def __init__(self, shard: Shard, begun_at: Position) -> None:
        self._shard, self._at = shard, replace(begun_at, bare=False)
        self._before = list(accumulate((blob.size_bytes for blob in shard.blobs), initial=0))
        self._governor = RateLimiter(shard.clock)
        self._committed_at = shard.clock.now()
        self._uncommitted = False
        self._uncommitted_bytes = 0
        self._skip = begun_at.blob_line
        self._count_again = begun_at.bare
        if begun_at.bare:
            self._skip, self._at = begun_at.line, Position()

    def run(self) -> Counts:
        shard = self._shard
        shard.on_progress(self._at.counts)
        stored = _patient(shard.read_ahead(_stored(shard.blobs, shard.store, self._at.blob)))
        for blob, file in groupby(stored, key=lambda stored: stored.blob):
            for piece in pieces(shard.blobs[blob].name, (stored.chunk for stored in file)):
                self._take(blob, piece)
            self._pass_blob(blob)
        if self._skip:
            raise _beyond()
        self._commit()
        return self._at.counts

    def _take(self, blob: int, piece: Piece) -> None:
        lines = piece.lines
        self._heed()
        if self._skip:
            lines = self._skipped(blob, lines)
        while lines:
            self._heed()
            granted = self._governor.grant(self._shard.orders.pace(), lines)
            if granted:
                self._send(blob, lines if granted == len(lines) else lines[:granted])
                lines = lines[granted:]
            else:
                self._shard.clock.sleep(_NAP_SECONDS)
            self._commit_if_due()
        self._commit_if_due()
        self._read_to(blob, piece.stored_bytes)

    def _skipped(self, blob: int, lines: list[bytes]) -> list[bytes]:
        """Pass over what is in the topic already; the rest. Counts of a bare position are made again."""
        passed, rest = lines[: self._skip], lines[self._skip :]
        self._skip -= len(passed)
        if self._count_again:
            self._pass(blob, passed, sending=False)
        return rest

    def _send(self, blob: int, lines: list[bytes]) -> None:
        self._pass(blob, lines, sending=True)
        self._uncommitted = True

    def _pass(self, blob: int, lines: list[bytes], *, sending: bool) -> None:
        transformed = self._shard.transform.apply(lines)
        for bad in transformed.bad:
            self._set_aside(self._shard.blobs[blob], bad, lines[bad.index])
        if sending and transformed.lines:
            self._shard.producer.send(transformed.lines, transformed.keys)
        size_bytes = sum(map(len, transformed.lines))
        self._uncommitted_bytes += size_bytes if sending else 0
        done = Counts(
            len(transformed.lines),
            size_bytes,
            transformed.empty_lines,
            transformed.filtered_lines,
            len(transformed.bad),
        )
        at = self._at
        self._at = replace(at, line=at.line + len(lines), blob_line=at.blob_line + len(lines), counts=at.counts + done)

    def _set_aside(self, blob: Blob, bad: BadLine, line: bytes) -> None:
        number = self._at.blob_line + bad.index + 1
        if self._shard.on_bad_line is OnBadLine.FAIL:
            raise LineRefused(
                f"Line {number} of {blob.name} {bad.reason}.",
                advice="Mend it (for size: the topic's max.message.bytes), or set it aside: on_bad_line set-aside.",
            )
        if self._at.counts.set_aside_lines >= _MOST_SET_ASIDE:
            raise LineRefused(
                f"Line {number} of {blob.name} {bad.reason}, and {_MOST_SET_ASIDE} lines were set aside before it.",
                advice="So many are no accident: look at them beside the journal, and at the config.",
            )
        self._shard.set_aside(blob, number, line)

    def _pass_blob(self, blob: int) -> None:
        # Only of a bare position may some of what is to be skipped lie in the next files.
        if self._skip and not self._count_again:
            raise _beyond()
        self._read_to(blob, self._shard.blobs[blob].size_bytes)
        self._at = replace(self._at, blob=blob + 1, blob_line=0)
        self._uncommitted = True

    def _read_to(self, blob: int, stored_bytes: int) -> None:
        self._at = replace(self._at, counts=replace(self._at.counts, stored_bytes=self._before[blob] + stored_bytes))

    def _heed(self) -> None:
        """Stop if told to. A pause keeps the position, and no transaction open."""
        orders = self._shard.orders
        while not orders.stopped() and orders.pace().paused:
            self._commit()
            self._shard.clock.sleep(_NAP_SECONDS)
        if orders.stopped():
            raise Stopped("The publisher was told to stop.")

    def _commit_if_due(self) -> None:
        due = self._shard.clock.now() - self._committed_at >= self._shard.commit_interval
        if due or self._uncommitted_bytes >= COMMIT_BYTES:
            self._commit()

    def _commit(self) -> None:
        """Everything up to here counts."""
        if self._uncommitted and not self._skip:
            self._shard.producer.commit(self._at.committed())
            self._shard.on_progress(self._at.counts)
        self._uncommitted, self._uncommitted_bytes = False, 0
        self._committed_at = self._shard.clock.now()


def _stored(blobs: Sequence[Blob], store: BlobStore, first: int) -> Iterator[Stored]:
    for number, blob in enumerate(blobs[first:], first):
        # An empty file has a beginning, too.
        yield Stored(number, b"")
        try:
            for chunk in store.read(blob.name, blob.etag):
                yield Stored(number, chunk)
        except (BlobChanged, BlobMissing) as error:
            raise StalePlan(f"{blob.name} has changed or gone while it was read.", advice="Plan again.") from error


def _patient(read: Iterable[Stored | None]) -> Iterator[Stored]:
    """While nothing comes there is nothing to add to the file that is being read: what else is due is done."""
    blob = None
    for stored in read:
        if stored is not None:
            blob = stored.blob
            yield stored
        elif blob is not None:
            yield Stored(blob, b"")
