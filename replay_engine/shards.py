"""gzip JSON lines -> batches of raw lines: bounded memory, counted, position known.

Bytes travel untouched: a line is what stands between two newlines, a carriage return included; the last one
needs no newline. Empty lines are no events: skipped and counted.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from isal import igzip_lib

from replay_engine import names
from replay_engine.errors import CorruptSource

#: Inflated bytes handled at once; with one line of carry this bounds the memory.
PIECE_BYTES = 1 << 20

# isal's stubs declare its exception as a value.
_Damaged: type[Exception] = igzip_lib.IsalError  # type: ignore[assignment]


@dataclass(frozen=True, slots=True)
class Batch:
    """Consecutive lines of one blob.

    ``end_line`` is the number of lines of the blob, empty ones included, up to and with this batch;
    ``stored_bytes`` is how many of the blob's stored bytes had been read by then.
    """

    lines: list[bytes]
    empty_lines: int
    end_line: int
    stored_bytes: int


def batches(name: str, chunks: Iterable[bytes], skip_lines: int = 0) -> Iterator[Batch]:
    """Cut one blob into batches, leaving out its first ``skip_lines`` lines.

    Raises `CorruptSource` where the gzip data is damaged or ends too early; the lines before the damaged
    piece have been yielded.
    """
    inflated = _inflate(name, chunks) if names.is_gzip(name) else _counted(chunks)
    carry, line_number = b"", 0
    for piece, stored_bytes in inflated:
        *lines, carry = (carry + piece).split(b"\n")
        yield from _batch(lines, line_number, stored_bytes, skip_lines)
        line_number += len(lines)
    if carry:
        yield from _batch([carry], line_number, stored_bytes, skip_lines)


def _batch(lines: list[bytes], first_line: int, stored_bytes: int, skip_lines: int) -> Iterator[Batch]:
    wanted = lines[max(0, skip_lines - first_line) :]
    if wanted:
        full = [line for line in wanted if line and line != b"\r"]
        yield Batch(full, len(wanted) - len(full), first_line + len(lines), stored_bytes)


def _counted(chunks: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    stored_bytes = 0
    for chunk in chunks:
        stored_bytes += len(chunk)
        yield chunk, stored_bytes


def _inflate(name: str, chunks: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """Inflate a gzip file of one or several members (Hadoop and Secor append members)."""
    inflater, stored_bytes = _member(), 0
    begun = False
    for chunk in chunks:
        stored_bytes += len(chunk)
        data = chunk
        while data or not inflater.needs_input:
            if inflater.eof:
                # Zero padding after the last member is legal and carries nothing.
                data = data.lstrip(b"\0")
                if not data:
                    break
                inflater = _member()
            begun = begun or bool(data)
            try:
                piece = inflater.decompress(data, PIECE_BYTES)
            except _Damaged as error:
                raise _corrupt(name, f"its gzip data is damaged near stored byte {stored_bytes}") from error
            data = inflater.unused_data if inflater.eof else b""
            if piece:
                yield piece, stored_bytes
    if not begun or not inflater.eof:
        raise _corrupt(name, f"its gzip data ends too early, after {stored_bytes} stored bytes")


def _member() -> "igzip_lib.IgzipDecompressor":
    return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)


def _corrupt(name: str, how: str) -> CorruptSource:
    return CorruptSource(f"{name} cannot be read: {how}.", advice="Mend or remove that file and replay the day again.")
