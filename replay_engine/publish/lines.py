"""A stored file -> its raw lines: bounded memory, counted.

Bytes travel untouched: a line is what stands between two newlines, a carriage return included; the last one
needs no newline. Empty lines are lines here; whoever sends them leaves them out.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from replay_engine.publish.inflate import PIECE_BYTES, corrupt, inflate
from replay_engine.state import names

#: No topic takes a line as long as this, and a file without newlines must not fill the memory.
MOST_LINE_BYTES = 64 << 20


@dataclass(frozen=True, slots=True)
class Piece:
    """Consecutive lines of one file; ``stored_bytes`` is how many of its stored bytes had been read by then."""

    lines: list[bytes]
    stored_bytes: int


def pieces(name: str, chunks: Iterable[bytes]) -> Iterator[Piece]:
    """Cut one file into its lines. An empty chunk comes out as a piece without any.

    Raises `CorruptSource` where gzip data is damaged or ends too early, or a line has no end; the lines before
    the damaged piece have been yielded.
    """
    inflated = inflate(name, chunks) if names.is_gzip(name) else _plain(chunks)
    begun: list[bytes] = []
    stored_bytes = 0
    for data, stored_bytes in inflated:
        if not data:
            yield Piece([], stored_bytes)
            continue
        lines = data.split(b"\n")
        begun.append(lines[0])
        rest = lines.pop()
        if lines:
            lines[0] = b"".join(begun)
            begun = [rest]
            yield Piece(lines, stored_bytes)
        elif sum(map(len, begun)) > MOST_LINE_BYTES:
            raise corrupt(name, f"it has a line of more than {MOST_LINE_BYTES >> 20} MB")
    last = b"".join(begun)
    if last:
        yield Piece([last], stored_bytes)


def _plain(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    stored_bytes = 0
    for chunk in chunks:
        for start in range(0, max(1, len(chunk)), PIECE_BYTES):
            piece = chunk[start : start + PIECE_BYTES]
            stored_bytes += len(piece)
            yield piece, stored_bytes
