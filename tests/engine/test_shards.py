"""Stored files are cut into their lines, byte for byte, from any place on, and damage is never passed over."""

import gzip
import zlib
from collections.abc import Iterator
from itertools import pairwise

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from replay_engine import shards
from replay_engine.errors import CorruptSource
from replay_engine.shards import batches

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


def events(content: bytes) -> list[bytes]:
    """What a reader takes for events: what stands between newlines, unless nothing does."""
    return [line for line in content.split(b"\n") if line not in (b"", b"\r")]


def line_count(content: bytes) -> int:
    return len(content.split(b"\n")) - content.endswith(b"\n") - (not content)


def members(content: bytes, cuts: list[int]) -> bytes:
    """The content as a gzip file of several members, as uploaders that append leave it."""
    edges = [0, *sorted(cut % (len(content) + 1) for cut in cuts), len(content)]
    return b"".join(gzip.compress(content[a:b], mtime=0) for a, b in pairwise(edges))


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a line spans several."""
    monkeypatch.setattr(shards, "PIECE_BYTES", 64)


@given(CONTENTS, st.lists(st.integers(0, 500), max_size=3), SIZES)
@example(b"", [], [1])
@example(b"\n", [], [1])
@example(b"\r\n\r\n", [], [1])
@example(b"no newline", [], [3])
@example(b"\xff\x00\n\x00\n", [2], [1])
def test_every_line_of_a_gzip_file(content: bytes, cuts: list[int], sizes: list[int]) -> None:
    """Any bytes, any number of members cut anywhere, in chunks of any size."""
    stored = members(content, cuts)
    found = list(batches(NAME, chunks(stored, sizes)))
    assert [line for batch in found for line in batch.lines] == events(content)
    assert sum(len(batch.lines) + batch.empty_lines for batch in found) == line_count(content)
    assert [batch.end_line for batch in found] == sorted(batch.end_line for batch in found)
    if found:
        assert found[-1].end_line == line_count(content)
        assert found[-1].stored_bytes <= len(stored)


@given(CONTENTS, SIZES)
def test_every_line_of_a_plain_file(content: bytes, sizes: list[int]) -> None:
    """The same, where nothing is packed."""
    found = list(batches(PLAIN, chunks(content, sizes)))
    assert [line for batch in found for line in batch.lines] == events(content)


@given(CONTENTS, SIZES, SIZES)
def test_a_reader_that_died_goes_on_at_the_same_line(content: bytes, sizes: list[int], other_sizes: list[int]) -> None:
    """From every position it can have noted: what was read before it and what is read after it are all, once each."""
    stored = gzip.compress(content, mtime=0)
    before: list[bytes] = []
    for batch in batches(NAME, chunks(stored, sizes)):
        before += batch.lines
        after = [line for rest in batches(NAME, chunks(stored, other_sizes), batch.end_line) for line in rest.lines]
        assert before + after == events(content)


@given(CONTENTS, st.integers(0, 40))
def test_lines_are_left_out_by_number(content: bytes, skip_lines: int) -> None:
    """Empty ones are counted too: a position is a line of the file."""
    lines = content.split(b"\n")[skip_lines:]
    found = [line for batch in batches(NAME, [gzip.compress(content)], skip_lines) for line in batch.lines]
    assert found == events(b"\n".join(lines))


@given(CONTENTS, st.data())
def test_a_file_cut_short_is_never_taken_for_a_whole_one(content: bytes, data: st.DataObject) -> None:
    """Wherever it was cut; and what was read before is the beginning of what it held."""
    stored = gzip.compress(content, mtime=0)
    end = data.draw(st.integers(0, len(stored) - 1))
    read: list[bytes] = []
    with pytest.raises(CorruptSource, match=NAME):
        for batch in batches(NAME, chunks(stored[:end], [7])):
            read += batch.lines
    assert read == events(content)[: len(read)]


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
            list(batches(NAME, [bytes(stored)]))
    else:
        assert [line for batch in batches(NAME, [bytes(stored)]) for line in batch.lines] == events(expected)


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
        list(batches(NAME, chunks(stored, [3])))
    assert corrupt.value.advice


def test_zeros_after_the_last_member_carry_nothing() -> None:
    """Tapes and block devices pad; that is legal."""
    stored = gzip.compress(b"one\n") + b"\0" * 100 + gzip.compress(b"two\n") + b"\0" * 50
    for size in (1, 64, 1000):
        assert [line for batch in batches(NAME, chunks(stored, [size])) for line in batch.lines] == [b"one", b"two"]


def test_memory_is_bounded_by_a_piece_and_a_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """A file that unpacks to a thousand times its size is still handed over in pieces."""
    monkeypatch.setattr(shards, "PIECE_BYTES", 10_000)
    content = b"x" * 99 + b"\n"
    stored = gzip.compress(content * 50_000)
    sizes = [sum(map(len, batch.lines)) for batch in batches(NAME, [stored])]
    assert sum(sizes) == 99 * 50_000
    assert max(sizes) <= 10_100
