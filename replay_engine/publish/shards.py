"""A day's stored files -> shards, and how far a shard is.

A cut is the same for everybody who makes it: it follows from the manifest and the number of shards alone. A
position travels as a committed offset (lines passed) with a note; a cluster that loses the note still has the
lines, and the counts are made again while they are skipped. The position of a shard that is closed for good, because
its day is put back, is larger than any shard: whoever begins to publish it then, however late, sees that.
"""

import heapq
import json
from collections.abc import Sequence
from dataclasses import astuple, dataclass

from replay_engine.errors import InDoubt
from replay_engine.model import Blob, Counts
from replay_engine.ports import Committed

_NOTE_VERSION = 1
#: What a closed position is larger by.
_CLOSED = 1 << 60
#: A smaller shard is not worth a publisher of its own.
_SMALLEST_SHARD_BYTES = 8 << 20
_MOST_SHARDS = 500


def how_many(blobs: Sequence[Blob], publishers: int, shard_bytes: int) -> int:
    """Into how many shards to cut a day, for so many publishers at once, of at most about ``shard_bytes`` each."""
    stored_bytes = sum(blob.size_bytes for blob in blobs)
    wanted = min(shard_bytes, max(_SMALLEST_SHARD_BYTES, stored_bytes // publishers))
    return max(1, min(len(blobs), _MOST_SHARDS, -(-stored_bytes // wanted)))


def cut(blobs: Sequence[Blob], shards: int) -> tuple[tuple[Blob, ...], ...]:
    """Groups of about equal stored bytes: the largest blob first, always to the lightest group."""
    groups: list[list[Blob]] = [[] for _ in range(shards)]
    lightest = [(0, number) for number in range(shards)]
    for blob in sorted(blobs, key=lambda blob: (-blob.size_bytes, blob.name)):
        weight, number = heapq.heappop(lightest)
        groups[number].append(blob)
        heapq.heappush(lightest, (weight + blob.size_bytes, number))
    return tuple(tuple(sorted(group, key=lambda blob: blob.name)) for group in groups)


@dataclass(frozen=True, slots=True)
class Position:
    """How far a shard is: ``line`` lines passed, which are ``blob`` whole files and ``blob_line`` lines of the next.

    ``bare`` is a position whose note the cluster did not keep: only ``line`` is known. Nobody publishes a shard that is
    ``closed`` any more.
    """

    line: int = 0
    blob: int = 0
    blob_line: int = 0
    counts: Counts = Counts()
    bare: bool = False
    closed: bool = False

    def committed(self) -> Committed:
        """As the cluster keeps it."""
        line = self.line + (_CLOSED if self.closed else 0)
        if self.bare:
            return Committed(line, "")
        return Committed(line, json.dumps([_NOTE_VERSION, self.blob, self.blob_line, *astuple(self.counts)]))


def position(committed: Committed) -> Position:
    """Read it back; `InDoubt` for a note that is not ours."""
    closed = committed.line >= _CLOSED
    line = committed.line - (_CLOSED if closed else 0)
    if not committed.note:
        return Position(line, bare=bool(line), closed=closed)
    try:
        version, blob, blob_line, *counts = map(int, json.loads(committed.note))
        found = Position(line, blob, blob_line, Counts(*counts), closed=closed)
    except (ValueError, TypeError) as error:
        raise _not_ours() from error
    if version != _NOTE_VERSION:
        raise _not_ours()
    return found


def _not_ours() -> InDoubt:
    return InDoubt(
        "The position that Kafka keeps of a shard is not one of this program's.",
        advice="Carry this replay on with the program that began it, or restore the day.",
    )
