"""A day is cut the same by everybody, into about equal parts; a position is read back, with and without its note."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_engine.errors import InDoubt
from replay_engine.model import Blob, Counts
from replay_engine.ports import Committed
from replay_engine.publish import shards
from replay_engine.publish.shards import Position, cut, how_many, position

MB = 1 << 20
BLOBS = st.lists(st.integers(0, 100 * MB), min_size=1, max_size=60).map(
    lambda sizes: [Blob(f"raw/2019-12-01-{number}.json.gz", size, "etag") for number, size in enumerate(sizes)]
)
COUNTS = st.builds(Counts, *[st.integers(0, 2**53)] * 6)


@given(BLOBS, st.integers(1, 20))
def test_every_file_is_in_one_shard(blobs: list[Blob], wanted: int) -> None:
    """In name order, and the same however the files were listed."""
    parts = cut(blobs, wanted)
    assert len(parts) == wanted
    assert sorted((blob for part in parts for blob in part), key=lambda blob: blob.name) == sorted(
        blobs, key=lambda blob: blob.name
    )
    assert cut(blobs[::-1], wanted) == parts
    assert all(list(part) == sorted(part, key=lambda blob: blob.name) for part in parts)


@given(BLOBS, st.integers(1, 20))
def test_shards_weigh_about_the_same(blobs: list[Blob], wanted: int) -> None:
    """No shard is heavier than another by more than one file."""
    weights = [sum(blob.size_bytes for blob in part) for part in cut(blobs, wanted)]
    assert max(weights) - min(weights) <= max(blob.size_bytes for blob in blobs)


@pytest.mark.parametrize(
    ("sizes", "publishers", "expected"),
    [
        ([MB] * 3, 4, 1),
        ([10 * MB] * 8, 4, 4),
        ([100 * MB] * 8, 1, 4),
        ([100 * MB] * 8, 2, 4),
        ([1000 * MB], 8, 1),
        ([0], 8, 1),
    ],
    ids=["small", "a shard a publisher", "large", "as large", "one file", "an empty file"],
)
def test_how_many_shards(sizes: list[int], publishers: int, expected: int) -> None:
    """Enough for every publisher, none too small to be worth one, none larger than wanted."""
    blobs = [Blob(str(number), size, "etag") for number, size in enumerate(sizes)]
    assert how_many(blobs, publishers, 256 * MB) == expected


def test_a_day_is_not_cut_into_ever_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each shard is a consumer group and a transactional id of the cluster."""
    monkeypatch.setattr(shards, "_MOST_SHARDS", 3)
    assert how_many([Blob(str(n), 1000 * MB, "etag") for n in range(50)], 1, 256 * MB) == 3


@given(st.builds(Position, st.integers(0, 2**53), st.integers(0, 9), st.integers(0, 2**53), COUNTS))
def test_a_position_is_read_back(value: Position) -> None:
    """With its counts."""
    assert position(value.committed()) == value


def test_a_cluster_may_lose_the_note() -> None:
    """Then only the number of lines is known, unless it is none."""
    assert position(Committed(7)) == Position(7, bare=True)
    assert position(Committed(0)) == Position()


@pytest.mark.parametrize("note", ["{", "[]", "[2,0,0]", '["x"]', '[1,0,0,"many"]', "7", "[1]"])
def test_a_note_that_is_not_ours_is_a_doubt(note: str) -> None:
    """Another program uses our group, or a newer one of ours began."""
    with pytest.raises(InDoubt):
        position(Committed(7, note))
