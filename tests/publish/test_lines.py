"""Stored files are cut into their lines, byte for byte, and damage is never passed over; by isal and by zlib."""

import gzip
import zlib
from collections.abc import Iterable, Iterator
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from replay_engine.errors import CorruptSource
from replay_engine.publish import inflate, lines
from replay_engine.publish.inflate import ZlibMember, isal_member
from replay_engine.publish.lines import pieces

NAME = "raw/2019-12-01-1.json.gz"
PLAIN = "raw/2019-12-01-1.json"

LINES = st.lists(st.binary(max_size=40).map(lambda line: line.replace(b"\n", b"")), max_size=30)
CONTENTS = st.one_of(
    st.binary(max_size=400), LINES.map(b"\n".join), LINES.map(lambda lines: b"\r\n".join(lines) + b"\r\n")
)
SIZES = st.lists(st.integers(1, 50), min_size=1, max_size=5)


def chunks(data: bytes, sizes: list[int]) -> Iterator[bytes]:
    """The bytes as a store hands them over: in pieces of any size."""
    start, turn = 0, 0
    while start < len(data):
        size = sizes[turn % len(sizes)]
        yield data[start : start + size]
        start, turn = start + size, turn + 1


def lines_of(content: bytes) -> list[bytes]:
    """What stands between newlines; after the last one there is a line only if there is anything."""
    *ended, last = content.split(b"\n")
    return [*ended, last] if last else ended


def read(name: str, stored: Iterable[bytes]) -> list[bytes]:
    return [line for piece in pieces(name, stored) for line in piece.lines]


def members(content: bytes, cuts: list[int]) -> bytes:
    """The content as a gzip file of several members, as uploaders that append leave it."""
    edges = [0, *sorted(cut % (len(content) + 1) for cut in cuts), len(content)]
    return b"".join(gzip.compress(content[a:b], mtime=0) for a, b in pairwise(edges))


@pytest.fixture(autouse=True, params=[isal_member, ZlibMember], ids=["isal", "zlib"])
def small_pieces(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a line spans several; whichever inflates them."""
    monkeypatch.setattr(inflate, "_new_member", request.param)
    monkeypatch.setattr(inflate, "PIECE_BYTES", 64)
    monkeypatch.setattr(lines, "PIECE_BYTES", 64)


@given(CONTENTS, st.lists(st.integers(0, 500), max_size=3), SIZES)
@example(b"", [], [1])
@example(b"\n", [], [1])
@example(b"\r\n\r\n", [], [1])
@example(b"no newline", [], [3])
@example(b"\xff\x00\n\x00\n", [2], [1])
@example(b"x" * 500 + b"\n" + b"y" * 500, [], [1000])
def test_every_line_of_a_gzip_file(content: bytes, cuts: list[int], sizes: list[int]) -> None:
    """Any bytes, any number of members cut anywhere, in chunks of any size."""
    stored = members(content, cuts)
    found = list(pieces(NAME, chunks(stored, sizes)))
    assert [line for piece in found for line in piece.lines] == lines_of(content)
    told = [piece.stored_bytes for piece in found]
    assert told == sorted(told)
    assert not told or told[-1] <= len(stored)


@given(CONTENTS, SIZES)
def test_every_line_of_a_plain_file(content: bytes, sizes: list[int]) -> None:
    """The same, where nothing is packed."""
    assert read(PLAIN, chunks(content, sizes)) == lines_of(content)


@given(CONTENTS, st.data())
def test_a_file_cut_short_is_never_taken_for_a_whole_one(content: bytes, data: st.DataObject) -> None:
    """Wherever it was cut; and what was read before is the beginning of what it held."""
    stored = gzip.compress(content, mtime=0)
    end = data.draw(st.integers(0, len(stored) - 1))
    found: list[bytes] = []
    with pytest.raises(CorruptSource, match=NAME):
        for piece in pieces(NAME, chunks(stored[:end], [7])):
            found += piece.lines
    assert found == lines_of(content)[: len(found)]


@given(st.binary(min_size=1, max_size=400), st.data())
def test_a_damaged_file_is_noticed(content: bytes, data: st.DataObject) -> None:
    """Any byte of the packed data or its checksum that is wrong; never a line that was not in it goes unnoticed."""
    stored = bytearray(gzip.compress(content, mtime=0))
    # The header's time, hint and system say nothing about the content.
    where = data.draw(st.integers(0, len(stored) - 1).filter(lambda place: not 4 <= place < 10))
    stored[where] ^= data.draw(st.integers(1, 255))
    try:
        expected = gzip.decompress(bytes(stored))
    except (OSError, EOFError, zlib.error):
        with pytest.raises(CorruptSource):
            read(NAME, [bytes(stored)])
    else:
        assert read(NAME, [bytes(stored)]) == lines_of(expected)


@pytest.mark.parametrize(
    "stored",
    [
        b"",
        b"plain text",
        b"\x1f\x8b",
        gzip.compress(b"line\n") + b"garbage",
        gzip.compress(b"line\n") + b"\0\0garbage",
        b"\0\0\0\0",
    ],
    ids=["nothing", "not gzip", "half a header", "garbage after it", "garbage after padding", "zeros"],
)
def test_what_is_no_gzip_file(stored: bytes) -> None:
    """It is said so, with a way out."""
    with pytest.raises(CorruptSource) as corrupt:
        read(NAME, chunks(stored, [3]))
    assert corrupt.value.advice


def test_zeros_after_the_last_member_carry_nothing() -> None:
    """Tapes and block devices pad; that is legal."""
    stored = gzip.compress(b"one\n") + b"\0" * 100 + gzip.compress(b"two\n") + b"\0" * 50
    for size in (1, 64, 1000):
        assert read(NAME, chunks(stored, [size])) == [b"one", b"two"]


def test_memory_is_bounded_by_a_piece_and_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that unpacks to a thousand times its size is still handed over in pieces."""
    monkeypatch.setattr(inflate, "PIECE_BYTES", 10_000)
    content = b"x" * 99 + b"\n"
    stored = gzip.compress(content * 50_000)
    sizes = [sum(map(len, piece.lines)) for piece in pieces(NAME, [stored])]
    assert sum(sizes) == 99 * 50_000
    assert max(sizes) <= 10_100


def test_a_file_without_newlines_does_not_fill_the_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    """No topic takes such a line; it is no line."""
    monkeypatch.setattr(lines, "MOST_LINE_BYTES", 1_000)
    assert read(NAME, [gzip.compress(b"x" * 1_000)]) == [b"x" * 1_000]
    with pytest.raises(CorruptSource, match="has a line of more than"):
        read(NAME, [gzip.compress(b"x" * 2_000)])
