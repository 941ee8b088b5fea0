"""What the engine needs of the world, as small protocols. Steps know these and nothing else of it.

An adapter translates every vendor error into `replay_engine.errors`: `TryAgain` when the system is away or
busy, `Refused` kinds for what a person must mend, `CannotProceed` for an act that will never succeed.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from typing import Protocol

from replay_engine.errors import ReplayError
from replay_engine.event_ids import EventId, Sample
from replay_engine.model import Blob, Counts, Pace, Segment


class BlobExists(Exception):
    """`BlobStore.create` found the name taken."""


class BlobChanged(Exception):
    """A condition on an ETag or an append position did not hold."""


class BlobMissing(Exception):
    """The blob is not there."""


class LeaseHeld(Exception):
    """Somebody else holds the lease."""


class LeaseLost(Exception):
    """The lease is not ours any more: it ran out, or was broken."""


class CopyState(StrEnum):
    """Azure's ``x-ms-copy-status``; only ``success`` counts."""

    PENDING = "pending"
    SUCCESS = "success"
    FAILED = "failed"
    ABORTED = "aborted"


class Deletion(StrEnum):
    """What became of one conditional delete."""

    DELETED = "deleted"
    MISSING = "missing"
    CHANGED = "changed"


@dataclass(frozen=True, slots=True)
class Group:
    """All names that begin with ``prefix`` (which ends with the delimiter), collapsed into one entry."""

    prefix: str


class BlobStore(Protocol):
    """One container. Safe to call from several threads.

    Looking at or writing to a container that is not there raises `NotThere`: it is not the same as an empty one.
    """

    @property
    def container(self) -> str:
        """Its name."""

    def exists(self) -> bool:
        """Whether the container is there; `NotAllowed` or `Unreachable` when that cannot be told."""

    def ensure(self) -> None:
        """Create the container if it is missing."""

    def list(self, prefix: str) -> Iterator[Blob]:
        """Every blob whose name begins with ``prefix``, in name order, a page at a time."""

    def walk(self, prefix: str, delimiter: str) -> Iterator[Blob | Group]:
        """One level: blobs without ``delimiter`` after ``prefix``, and groups for the others."""

    def head(self, name: str) -> tuple[Blob, CopyState | None] | None:
        """The blob and the state of the copy that made it; ``None`` if it is missing.

        The state is ``None`` where no copy made it, or where it was written to since.
        """

    def read(self, name: str, etag: str | None = None, most_bytes: int | None = None) -> Iterator[bytes]:
        """Its content in chunks, or only its first ``most_bytes``.

        Raises `BlobMissing`, or `BlobChanged` when it is not ``etag`` any more.
        """

    def create(self, name: str, data: bytes) -> None:
        """Write it if the name is free, else `BlobExists`."""

    def put(self, name: str, data: bytes) -> None:
        """Write it over whatever was there: only for what may be lost or overwritten at any moment."""

    def touch(self, name: str, etag: str) -> None:
        """Give it a new ETag and leave its content, metadata, headers, tier and tags as they are.

        Raises `BlobChanged` when it is not ``etag`` any more, `BlobMissing` when it is gone.
        """

    def start_copy(self, source: "BlobStore", source_name: str, source_etag: str, name: str) -> CopyState:
        """Begin a server-side copy of exactly ``source_etag``, from a container of the same account.

        Content, metadata, headers, a chosen access tier and tags are kept. It never writes over anything.

        Raises `BlobChanged` when the source is another by now, `BlobMissing` when it is gone, `BlobExists`
        when the name is taken.
        """

    def delete(self, items: Sequence[tuple[str, str]]) -> Sequence[Deletion]:
        """Delete each (name, etag) only if it still is that etag; one outcome an item, in order."""

    def create_log(self, name: str) -> None:
        """Make an empty append blob if the name is free, else `BlobExists`."""

    def append(self, name: str, data: bytes, position: int, lease: str) -> None:
        """Append in one piece if the log is ``position`` bytes long now, else `BlobChanged`.

        Raises `LeaseLost` when ``lease`` does not hold.
        """

    def lease(self, name: str, seconds: int) -> str:
        """Take the blob's lease for so long; `LeaseHeld` while somebody else's runs, `BlobMissing`."""

    def renew(self, name: str, lease: str) -> None:
        """Make it run its full time again, or raise `LeaseLost`."""

    def release(self, name: str, lease: str) -> None:
        """Give it up; harmless when it is lost already."""

    def break_lease(self, name: str) -> None:
        """End whoever's lease it is; their next append raises `LeaseLost`. Harmless when there is none."""

    def leased(self, name: str) -> bool:
        """Whether anybody's lease runs; false when the blob is missing."""


class SegmentStore(Protocol):
    """Druid's used segments, by id only. Never an interval, never a permanent kill."""

    def used(self, datasource: str, day: date) -> tuple[Segment, ...]:
        """Used segments that overlap the day (UTC), those that reach beyond it included."""

    def holds_any(self, datasource: str) -> bool:
        """Whether it has a used segment, of any day."""

    def written_by(self, datasource: str) -> tuple[str, ...]:
        """Ids of tasks, also of those that wait for their turn, that write its segments anew: compactions, batch tasks.

        None of those that append from a stream; none where Druid has no Overlord at that address.
        """

    def mark_unused(self, datasource: str, ids: Iterable[str]) -> None:
        """Ask for it; the caller proves it by listing again."""

    def mark_used(self, datasource: str, ids: Iterable[str]) -> None:
        """Ask for it; overshadowed segments stay unused without a word: the caller lists again."""


@dataclass(frozen=True, slots=True)
class TopicFacts:
    """What planning wants to know of a topic. ``max_message_bytes`` is ``None`` where we may not ask."""

    partitions: int
    max_message_bytes: int | None

    @property
    def max_line_bytes(self) -> int:
        """The largest line to send: a message has a head, and perhaps headers; librdkafka's default is 1 MB."""
        return (self.max_message_bytes or 1_000_000) - 512


@dataclass(frozen=True, slots=True)
class Committed:
    """A shard's position as the cluster keeps it: lines passed, and our note, empty where it keeps none."""

    line: int
    note: str = ""


class Topic(Protocol):
    """A Kafka cluster as one replay uses it."""

    def check(self, topic: str) -> TopicFacts:
        """`Unreachable`, `NotAllowed` or `NotThere` when nothing could be published to ``topic``."""

    def has_transactions(self, group: str, topic: str) -> bool:
        """Try one under that name, and abort it; false where the cluster knows none. `NotAllowed`, `TryAgain`."""

    def check_positions(self, group: str, topic: str) -> None:
        """Commit a position of the topic for that group, and delete the group. `NotAllowed`, `TryAgain`."""

    def producer(
        self, topic: str, group: str, facts: TopicFacts, *, transactions: bool, headers: Mapping[str, bytes]
    ) -> "ShardProducer":
        """The one producer of a shard, whose position is kept as the group's offset of partition 0.

        ``headers`` are put on every message.
        """

    def forget(self, groups: Iterable[str]) -> None:
        """Delete the positions; harmless where there are none."""

    def begin_offsets(self, topic: str) -> Mapping[int, int]:
        """The first offset that each partition still holds; what was before it has expired."""

    def end_offsets(self, topic: str) -> Mapping[int, int]:
        """The high watermark of each partition: the next offset, whatever transactions are open."""

    def committed(self, consumer_group: str, topic: str) -> Mapping[int, int]:
        """The group's committed offset of each partition; partitions without one are left out."""

    def holds_message(self, topic: str, partition: int, first: int, end: int) -> bool:
        """Whether a reader of committed messages finds one at ``first`` or after it, before ``end``.

        Also where it cannot be told yet, because an open transaction hides what is behind it.
        """


class ShardProducer(Protocol):
    """Sends a shard's lines, and keeps its position with them.

    With transactions lines and position are committed together; without them the position is committed after
    every line before it was acknowledged. Any error ends it: go on with a new one.
    """

    def begin(self) -> Committed | None:
        """Fence whoever published the shard before, and ask how far it is; ``None`` if nothing was ever committed."""

    def send(self, lines: Sequence[bytes], keys: Sequence[bytes | None] | None = None) -> None:
        """Hand lines over; waits while the queue is full. Raises `LineRefused`, `TryAgain`, `Superseded`."""

    def commit(self, position: Committed) -> None:
        """Make everything sent count, up to ``position``; raises as `send` does, and then it may or may not count."""

    def close(self) -> None:
        """Let go; what was not committed never happened, or may have without transactions."""


@dataclass(frozen=True, slots=True)
class ShardNews:
    """What a publisher says: how much is committed, and whether it has ended, well or with an error."""

    shard: int
    counts: Counts
    ended: bool = False
    error: ReplayError | None = None


class PublisherPool(Protocol):
    """The publishers of one day's shards. All of them stop when the block of `Publishers.pool` is left."""

    def put(self, shard: int) -> None:
        """Have it published; one that was put before and is still at it is given up."""

    def news(self) -> Sequence[ShardNews]:
        """What was said since this was asked last. A publisher that died says `TryAgain`."""

    def govern(self, pace: Pace) -> None:
        """The pace of all of them together, from now on.

        Asked for again and again: publishers that hear nothing of their run for long stop by themselves.
        """


class Publishers(Protocol):
    """Where shards are published: processes of this machine, or of others."""

    @property
    def orphaned_seconds(self) -> float:
        """How long publishers may go on after their run has died or stands still; they have stopped by then."""

    def pool(self, replay_id: str, day: date, shards: int) -> AbstractContextManager[PublisherPool]:
        """Publishers for a day that is cut into so many shards; none is begun before it is put."""


#: Container, file, where an event's id stands, modulus -> the sampled ids of the file.
ReadIds = Callable[[str, Blob, EventId, int], Sample]


class IdReaders(Protocol):
    """Processes that read stored files to their end for the ids of their events."""

    def open(self) -> AbstractContextManager[ReadIds]:
        """What is given may be called from several threads; the processes end when the block is left.

        It gives an empty sample for a file that cannot be read. It raises `TryAgain` for one that was written again
        since it was listed, and where its process died.
        """


class Background(Protocol):
    """Something done every so often while something else goes on."""

    def every(self, seconds: float, act: Callable[[], None]) -> AbstractContextManager[None]:
        """Call ``act`` every ``seconds`` until the block is left; it must not raise."""


class Clock(Protocol):
    """Time, so that tests need none."""

    def now(self) -> datetime:
        """Now, in UTC."""

    def elapsed(self) -> float:
        """Seconds since some fixed moment, never set back: for durations, and for whatever a lease depends on."""

    def sleep(self, seconds: float) -> None:
        """Let that much time pass."""
