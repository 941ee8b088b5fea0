"""Inflate a gzip file of one or several members, a bounded piece at a time.

isal does it twice as fast as zlib; where there is no wheel of it zlib does the same. It must not let damaged or
cut-off data pass: the last member has to end, and its checksum to be right.
"""

import zlib
from collections.abc import Iterable, Iterator
from typing import Protocol

from replay_engine.errors import CorruptSource

try:
    from isal import igzip_lib
except ImportError:
    igzip_lib = None  # type: ignore[assignment]

#: Inflated bytes handled at once: small enough for a processor's cache.
PIECE_BYTES = 256 << 10
_GZIP_WINDOW = 31


class _Member(Protocol):
    """One gzip member being inflated."""

    eof: bool
    needs_input: bool
    unused_data: bytes

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most ``max_length`` bytes more."""


class ZlibMember:
    """zlib, as isal's decompressor is used."""

    def __init__(self) -> None:
        """At the beginning of a member."""
        self._inflater = zlib.decompressobj(_GZIP_WINDOW)
        self.eof, self.needs_input, self.unused_data = False, True, b""

    def decompress(self, data: bytes, max_length: int) -> bytes:
        """At most ``max_length`` bytes more; what of ``data`` was not needed yet is kept."""
        piece = self._inflater.decompress(self._inflater.unconsumed_tail + data, max_length)
        self.eof, self.unused_data = self._inflater.eof, self._inflater.unused_data
        self.needs_input = not self._inflater.unconsumed_tail and len(piece) < max_length
        return piece


def isal_member() -> _Member:
    """isal's decompressor at the beginning of a member."""
    return igzip_lib.IgzipDecompressor(flag=igzip_lib.DECOMP_GZIP)


def _damage() -> tuple[type[Exception], ...]:
    """What the inflaters raise; isal's stubs declare its exception as a value."""
    return (zlib.error,) if igzip_lib is None else (zlib.error, igzip_lib.IsalError)  # type: ignore[return-value]


_new_member = ZlibMember if igzip_lib is None else isal_member


def inflate(name: str, chunks: Iterable[bytes]) -> Iterator[tuple[bytes, int]]:
    """Yield pieces, each with how many stored bytes had been read by then (Hadoop and Secor append members).

    An empty chunk comes out as an empty piece: nothing came, and whoever waits is let go.

    Raises `CorruptSource` where the data is damaged or ends too early; what came before has been yielded.
    """
    member, stored_bytes = _new_member(), 0
    begun = False
    for chunk in chunks:
        if not chunk:
            yield b"", stored_bytes
        stored_bytes += len(chunk)
        data = chunk
        while data or not member.needs_input:
            if member.eof:
                # Zero padding after the last member is legal and carries nothing.
                data = data.lstrip(b"\0")
                if not data:
                    break
                member = _new_member()
            begun = begun or bool(data)
            try:
                piece = member.decompress(data, PIECE_BYTES)
            except _damage() as error:
                raise corrupt(name, f"its gzip data is damaged near stored byte {stored_bytes}") from error
            data = member.unused_data if member.eof else b""
            if piece:
                yield piece, stored_bytes
    if not begun or not member.eof:
        raise corrupt(name, f"its gzip data ends too early, after {stored_bytes} stored bytes")


def corrupt(name: str, reason: str) -> CorruptSource:
    """The file cannot be read to its end."""
    return CorruptSource(
        f"{name} cannot be read: {reason}.", advice="Mend or remove that file and replay the day again."
    )
