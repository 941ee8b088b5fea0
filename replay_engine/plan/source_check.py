"""Can the source be read? Asked before anything is cleared: by the first bytes of each file, or by reading it all.

Reads only. A file that changes while it is looked at makes the plan stale.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from replay_engine.concurrently import each
from replay_engine.errors import CannotProceed, StalePlan
from replay_engine.event_ids import EventId, Sample, Sampler, joined
from replay_engine.model import Blob
from replay_engine.ports import BlobChanged, BlobMissing, BlobStore
from replay_engine.publish.inflate import corrupt
from replay_engine.publish.lines import pieces
from replay_engine.publish.transform import Transform, Transformed, without_blank
from replay_engine.state import names

#: A gzip file begins so: its magic number, and "deflate", the only method there is.
#: Where an event's id stands is told by so many lines.
_HEAD_LINES = 200
_GZIP_HEAD = b"\x1f\x8b\x08"


@dataclass(frozen=True, slots=True)
class SourceFacts:
    """What a day's files hold. ``lines`` and ``bytes`` are of what would be published, without newlines.

    ``bad_lines`` could not be; ``first_bad`` says which is the first of them, in name order, and why.
    """

    lines: int = 0
    bytes: int = 0
    empty_lines: int = 0
    filtered_lines: int = 0
    largest_line_bytes: int = 0
    bad_lines: int = 0
    first_bad: str = ""

    def __add__(self, other: "SourceFacts") -> "SourceFacts":
        """Of both together."""
        return SourceFacts(
            self.lines + other.lines,
            self.bytes + other.bytes,
            self.empty_lines + other.empty_lines,
            self.filtered_lines + other.filtered_lines,
            max(self.largest_line_bytes, other.largest_line_bytes),
            self.bad_lines + other.bad_lines,
            self.first_bad or other.first_bad,
        )


def check_heads(blobs: Sequence[Blob], store: BlobStore, width: int, before_each: Callable[[], None]) -> None:
    """Look at each file's name and first bytes; a few bytes a file are read.

    Raises `CorruptSource` for what could not be published, `StalePlan` for a file that is another by now, and
    what ``before_each`` raises, which is called before each file.
    """
    for _ in each(lambda blob: _check_head(blob, store), _in_turn(blobs, before_each), width):
        pass


def read_through(
    blobs: Sequence[Blob],
    store: BlobStore,
    width: int,
    transform: Transform,
    on_progress: Callable[[int], None],
    before_each: Callable[[], None],
    new_sampler: Callable[[], Sampler | None] = lambda: None,
) -> tuple[SourceFacts, Sample]:
    """Read and inflate every file to its end, ``width`` of them at once, and say what of them could be published.

    ``on_progress`` is given the stored bytes of the files read so far. ``new_sampler`` makes one for each file, where
    the ids of what would be published are wanted. Raises as `check_heads` does.
    """
    facts: dict[str, SourceFacts] = {}
    samples: list[Sample] = []
    stored_bytes = 0

    def read(blob: Blob) -> tuple[Blob, SourceFacts, Sample | None]:
        sampler = new_sampler()
        return blob, _read(blob, store, transform, sampler), sampler.result() if sampler else None

    for blob, found, sample in each(read, _in_turn(blobs, before_each), width):
        facts[blob.name] = found
        samples += [sample] if sample is not None else []
        stored_bytes += blob.size_bytes
        on_progress(stored_bytes)
    return sum((facts[name] for name in sorted(facts)), SourceFacts()), joined(samples)


def find_event_id(blobs: Sequence[Blob], store: BlobStore, wanted: str) -> EventId | None:
    """Where the id stands, as the first lines of the first file have it; ``mid`` where nothing is ``wanted``.

    ``None`` where not every one of those lines has it; `CannotProceed` if it was wanted by name.
    """
    event_id = EventId(wanted or "mid")
    for blob in blobs:
        head = next(iter(pieces(blob.name, store.read(blob.name, blob.etag))), None)
        lines = without_blank(head.lines[:_HEAD_LINES]) if head else []
        if all(event_id.of(line) for line in lines) and lines:
            return event_id
        if lines:
            if wanted:
                raise CannotProceed(
                    f"Not every line of {blob.name} has the event id {wanted}.",
                    advice="Mend eventId in the config, or leave it out: then sinks are judged by their listings.",
                )
            return None
    return None


def _in_turn(blobs: Sequence[Blob], before_each: Callable[[], None]) -> Iterator[Blob]:
    for blob in blobs:
        before_each()
        yield blob


def _check_head(blob: Blob, store: BlobStore) -> None:
    if not names.is_readable(blob.name):
        raise corrupt(blob.name, "it is no gzip or plain JSON lines file")
    with unchanged(blob):
        head = b"".join(store.read(blob.name, blob.etag, most_bytes=len(_GZIP_HEAD)))
    if not names.is_gzip(blob.name):
        if head.startswith(_GZIP_HEAD):
            raise corrupt(blob.name, "it is packed with gzip, and its name does not say so")
    elif not head:
        raise corrupt(blob.name, "it is empty, and a gzip file never is")
    elif head != _GZIP_HEAD:
        raise corrupt(blob.name, "it does not begin as a gzip file does")


def _read(blob: Blob, store: BlobStore, transform: Transform, sampler: Sampler | None) -> SourceFacts:
    _check_head(blob, store)
    facts, line = SourceFacts(), 0
    with unchanged(blob):
        for piece in pieces(blob.name, store.read(blob.name, blob.etag)):
            transformed = transform.apply(piece.lines)
            facts += _facts(blob, line, piece.lines, transformed)
            if sampler is not None:
                sampler.add(transformed.lines)
            line += len(piece.lines)
    return facts


def _facts(blob: Blob, first_line: int, lines: list[bytes], transformed: Transformed) -> SourceFacts:
    sizes = list(map(len, transformed.lines))
    first_bad = ""
    if transformed.bad:
        first_bad = f"Line {first_line + transformed.bad[0].index + 1} of {blob.name} {transformed.bad[0].reason}."
    return SourceFacts(
        lines=len(sizes),
        bytes=sum(sizes),
        empty_lines=transformed.empty_lines,
        filtered_lines=transformed.filtered_lines,
        largest_line_bytes=max([*sizes, *(len(lines[bad.index]) for bad in transformed.bad)], default=0),
        bad_lines=len(transformed.bad),
        first_bad=first_bad,
    )


@contextmanager
def unchanged(blob: Blob) -> Iterator[None]:
    """Raise `StalePlan` where the file is not the one that was listed."""
    try:
        yield
    except (BlobChanged, BlobMissing) as error:
        raise StalePlan(f"{blob.name} has changed or gone since the plan was made.", advice="Plan again.") from error
