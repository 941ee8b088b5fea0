"""The `BlobStore` contract for reading: content, heads, listings and conditions on the ETag."""

import pytest

from replay_engine.model import Blob
from replay_engine.ports import BlobChanged, BlobMissing, Group
from tests.adapters.blob_store.stores import NO_LEASE, Stores, content, head
from tests.fakes.account import md5_of


def test_what_is_written_is_read(stores: Stores) -> None:
    """Content, size and MD5 are those of the bytes written, in one piece or in many."""
    for data in (b"", b"x", bytes(range(256)) * 20_000):
        stores.put("raw/a", data)
        assert content(stores.data, "raw/a") == data
        found = head(stores.data, "raw/a")
        assert (found.name, found.size_bytes, found.md5) == ("raw/a", len(data), md5_of(data))


def test_every_write_changes_the_etag(stores: Stores) -> None:
    """Also one that writes the same bytes."""
    etags = set()
    for _ in range(3):
        stores.put("raw/a", b"same")
        etags.add(stores.etag("raw/a"))
    assert len(etags) == 3


def test_listing_and_head_tell_the_same(stores: Stores) -> None:
    """Name, size, ETag and MD5 of a listing are those of the blob."""
    stores.put("raw/a", b"abc")
    assert list(stores.data.list("raw/")) == [head(stores.data, "raw/a")]


def test_listing_is_by_prefix_in_name_order(stores: Stores) -> None:
    """Every depth, byte for byte by name; a prefix is no folder."""
    names = ["raw/b", "raw/B", "raw/a/z", "raw/a-1", "raw/a", "rawer/c", "ra", "raw/é"]
    for name in names:
        stores.put(name, b"1")
    expected = ["raw/B", "raw/a", "raw/a-1", "raw/a/z", "raw/b", "raw/é"]
    assert expected == [blob.name for blob in stores.data.list("raw/")]
    assert sorted(names) == [blob.name for blob in stores.data.list("")]
    assert list(stores.data.list("nothing")) == []


@pytest.mark.parametrize(
    ("prefix", "delimiter", "groups", "blobs"),
    [
        ("", "/", ["channel/", "raw/"], ["top"]),
        ("raw/", "/", [], ["raw/2019-12-01-1", "raw/2019-12-02-1", "raw/2020-01-01-1", "raw/plain"]),
        ("raw/", "-", ["raw/2019-", "raw/2020-"], ["raw/plain"]),
        ("raw/2019-", "-", ["raw/2019-12-"], []),
        ("channel/", "-", ["channel/8f-", "channel/x/raw/2019-"], []),
        ("channel/8f-", "/", ["channel/8f-4a/"], []),
        ("ra", "/", ["raw/"], []),
    ],
)
def test_a_walk_collapses_names(
    stores: Stores, prefix: str, delimiter: str, groups: list[str], blobs: list[str]
) -> None:
    """Names that go on after the delimiter are one group each, which keeps it; the others are blobs."""
    for name in (
        *("raw/2019-12-01-1", "raw/2019-12-02-1", "raw/2020-01-01-1", "raw/plain", "top"),
        *("channel/8f-4a/raw/2019-12-01-1", "channel/x/raw/2019-12-01-1"),
    ):
        stores.put(name, b"1")
    found = list(stores.data.walk(prefix, delimiter))
    assert groups == [entry.prefix for entry in found if isinstance(entry, Group)]
    assert blobs == [entry.name for entry in found if isinstance(entry, Blob)]


def test_reading_under_a_stale_etag_is_refused(stores: Stores) -> None:
    """A blob that was rewritten is not the one that was asked for."""
    stores.put("raw/a", b"old")
    etag = stores.etag("raw/a")
    assert b"".join(stores.data.read("raw/a", etag)) == b"old"
    stores.put("raw/a", b"new")
    with pytest.raises(BlobChanged):
        b"".join(stores.data.read("raw/a", etag))


def test_only_the_beginning_is_read(stores: Stores) -> None:
    """So many bytes at most, under the same condition; of what is shorter everything, of what is empty nothing."""
    data = bytes(range(256)) * 20_000
    stores.put("raw/a", data)
    for most_bytes in (1, 3, 2500, len(data), len(data) + 1):
        assert b"".join(stores.data.read("raw/a", stores.etag("raw/a"), most_bytes)) == data[:most_bytes]
    with pytest.raises(BlobChanged):
        b"".join(stores.data.read("raw/a", "0x1", most_bytes=3))
    with pytest.raises(BlobMissing):
        b"".join(stores.data.read("raw/b", most_bytes=3))


def test_an_empty_file_has_an_empty_beginning(stores: Stores) -> None:
    """A range of nothing is nothing, if it is the file that was asked for."""
    stores.put("raw/a", b"")
    assert b"".join(stores.data.read("raw/a", stores.etag("raw/a"), most_bytes=3)) == b""
    with pytest.raises(BlobChanged):
        b"".join(stores.data.read("raw/a", "0x1", most_bytes=3))


def test_what_is_missing(stores: Stores) -> None:
    """No head, nothing to read, nothing to append to."""
    assert stores.data.head("raw/a") is None
    with pytest.raises(BlobMissing):
        content(stores.data, "raw/a")
    with pytest.raises((BlobMissing, BlobChanged)):
        b"".join(stores.data.read("raw/a", "0x1"))
    with pytest.raises(BlobMissing):
        stores.data.append("raw/a", b"x", 0, NO_LEASE)
    with pytest.raises(BlobMissing):
        stores.data.lease("raw/a", 15)
    assert not stores.data.leased("raw/a")
    stores.data.break_lease("raw/a")
