"""The `BlobStore` contract: Azure's semantics, of Azurite through the adapter and of the one in memory."""

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from uuid import uuid4

import pytest
from azure.storage.blob import BlobServiceClient

from replay_engine.adapters.azure.blobs import AzureBlobs
from replay_engine.errors import NotThere
from replay_engine.model import Blob
from replay_engine.ports import (
    BlobChanged,
    BlobExists,
    BlobMissing,
    BlobStore,
    CopyState,
    Deletion,
    Group,
    LeaseHeld,
    LeaseLost,
)
from sandbox.azurite import Azurite
from tests.fakes.account import Account, md5_of
from tests.fakes.blobs import MemoryBlobs

NO_LEASE = "00000000-0000-0000-0000-000000000000"
AWKWARD = ["a/b c.json.gz", "a/ä€/%41.json.gz", "a/x#y?z=1&w.json.gz", "a/plus+quote'.json.gz"]


@dataclass(frozen=True, slots=True)
class Stores:
    """Two containers of one account, one that is not there, and how the rest of the world writes to the first."""

    data: BlobStore
    state: BlobStore
    missing: BlobStore
    put: Callable[[str, bytes], object]

    def etag(self, name: str) -> str:
        return head(self.data, name).etag


@pytest.fixture(params=["azurite", "memory"])
def stores(request: pytest.FixtureRequest) -> Iterator[Stores]:
    if request.param == "azurite":
        yield from _on_azurite(request.getfixturevalue("azurite"))
    else:
        account = Account({"data": {}, "state": {}})
        data, state, missing = (MemoryBlobs(account, name) for name in ("data", "state", "missing"))
        yield Stores(data, state, missing, lambda name, content: account.put("data", name, content))


def _on_azurite(azurite: Azurite) -> Iterator[Stores]:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as account:
        clients = [account.create_container(f"contract-{uuid4().hex}") for _ in range(2)]
        data, state = (AzureBlobs(account, client.container_name) for client in clients)
        missing = AzureBlobs(account, f"contract-{uuid4().hex}")
        yield Stores(data, state, missing, lambda name, content: clients[0].upload_blob(name, content, overwrite=True))


def head(store: BlobStore, name: str) -> Blob:
    found = store.head(name)
    assert found is not None
    return found[0]


def content(store: BlobStore, name: str) -> bytes:
    return b"".join(store.read(name))


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


def test_a_name_is_created_once(stores: Stores) -> None:
    """The second is refused and changes nothing."""
    stores.state.create("lock", b"first")
    with pytest.raises(BlobExists):
        stores.state.create("lock", b"second")
    assert content(stores.state, "lock") == b"first"


def test_one_of_many_creates_it(stores: Stores) -> None:
    """However many try at once, exactly one succeeds, and its bytes stand there."""

    def create(number: int) -> int | None:
        try:
            stores.state.create("lock", str(number).encode())
        except BlobExists:
            return None
        return number

    with ThreadPoolExecutor(8) as pool:
        (winner,) = [number for number in pool.map(create, range(16)) if number is not None]
    assert content(stores.state, "lock") == str(winner).encode()


@pytest.mark.parametrize("name", AWKWARD)
def test_a_copy_is_equal(stores: Stores, name: str) -> None:
    """Between containers, whatever the name: content, size, MD5, and the state of the copy; the original stays."""
    stores.put(name, b"content")
    original = head(stores.data, name)
    state = stores.state.start_copy(stores.data, name, original.etag, f"backup/{name}")
    assert state is CopyState.SUCCESS
    found = stores.state.head(f"backup/{name}")
    assert found is not None
    assert found[1] is CopyState.SUCCESS
    assert found[0].same_content(original)
    assert content(stores.state, f"backup/{name}") == b"content"
    assert head(stores.data, name) == original
    assert stores.data.head(name) == (original, None)


def test_a_stale_original_is_not_copied(stores: Stores) -> None:
    """The original was rewritten, or is gone: nothing is at the target."""
    stores.put("raw/a", b"old")
    stale = stores.etag("raw/a")
    stores.put("raw/a", b"new")
    with pytest.raises(BlobChanged):
        stores.state.start_copy(stores.data, "raw/a", stale, "copy")
    stores.data.delete([("raw/a", stores.etag("raw/a"))])
    with pytest.raises((BlobMissing, BlobChanged)):
        stores.state.start_copy(stores.data, "raw/a", stale, "copy")
    assert stores.state.head("copy") is None


def test_a_copy_never_overwrites(stores: Stores) -> None:
    """A taken name is refused, and keeps its content, also where it is the same."""
    stores.put("raw/a", b"original")
    stores.state.create("copy", b"original")
    before = stores.state.head("copy")
    with pytest.raises(BlobExists):
        stores.state.start_copy(stores.data, "raw/a", stores.etag("raw/a"), "copy")
    assert stores.state.head("copy") == before


def test_a_copy_that_is_written_to_is_no_copy_any_more(stores: Stores) -> None:
    """Its state says so, whatever its size and MD5."""
    stores.put("raw/a", b"original")
    stores.state.start_copy(stores.data, "raw/a", stores.etag("raw/a"), "copy")
    found = stores.state.head("copy")
    assert found is not None
    assert found[1] is CopyState.SUCCESS
    stores.state.put("copy", b"original")
    found = stores.state.head("copy")
    assert found is not None
    assert found[1] is None


def test_what_is_touched_has_another_etag_and_is_the_same(stores: Stores) -> None:
    """Content, MD5 and state stay; a condition on the old ETag holds no more."""
    stores.put("a", b"original")
    (before,) = stores.data.list("a")
    stores.data.touch("a", before.etag)
    (after,) = stores.data.list("a")
    assert after.etag != before.etag
    assert after.same_content(before)
    assert content(stores.data, "a") == b"original"
    assert list(stores.data.delete([("a", before.etag)])) == [Deletion.CHANGED]
    with pytest.raises(BlobChanged):
        stores.data.touch("a", before.etag)
    with pytest.raises(BlobMissing):
        stores.data.touch("nobody", before.etag)


def test_what_is_put_is_written_over_what_was_there(stores: Stores) -> None:
    """And it is known when, by the store's clock: also of what is listed."""
    stores.state.put("a", b"1")
    stores.state.put("a", b"22")
    assert content(stores.state, "a") == b"22"
    found = stores.state.head("a")
    assert found is not None
    assert found[0].modified_at is not None
    assert [blob.modified_at for blob in stores.state.list("a")] == [found[0].modified_at]


def test_deleting_is_by_etag_one_outcome_an_item(stores: Stores) -> None:
    """In the order asked; what has changed stays, and so does what was not named."""
    for name in ("a", "b", "c", "d"):
        stores.put(name, b"1")
    items = [(name, stores.etag(name)) for name in ("c", "a", "b")]
    stores.put("a", b"2")
    items.insert(1, ("nobody", items[0][1]))
    expected = [Deletion.DELETED, Deletion.MISSING, Deletion.CHANGED, Deletion.DELETED]
    assert expected == list(stores.data.delete(items))
    assert [blob.name for blob in stores.data.list("")] == ["a", "d"]
    assert list(stores.data.delete([])) == []


def test_awkward_names_are_deleted(stores: Stores) -> None:
    """Whatever a name holds, it means that blob and no other."""
    for name in (*AWKWARD, "a/A.json.gz"):
        stores.put(name, b"1")
    items = [(blob.name, blob.etag) for blob in stores.data.list("") if blob.name in AWKWARD]
    assert [Deletion.DELETED] * len(AWKWARD) == list(stores.data.delete(items))
    assert [blob.name for blob in stores.data.list("")] == ["a/A.json.gz"]


def test_more_than_one_batch_is_deleted(stores: Stores) -> None:
    """Azure takes 256 in one request; the caller need not know."""
    with ThreadPoolExecutor(16) as pool:
        list(pool.map(lambda number: stores.put(f"n/{number:03}", b"1"), range(300)))
    items = [(blob.name, blob.etag) for blob in stores.data.list("n/")]
    assert list(stores.data.delete(items)) == [Deletion.DELETED] * 300
    assert list(stores.data.list("")) == []


def test_a_log_grows_at_its_end_only(stores: Stores) -> None:
    """An append names the position it expects: behind or beyond the end is refused and changes nothing."""
    stores.state.create_log("journal")
    lease = stores.state.lease("journal", 60)
    stores.state.append("journal", b"one\n", 0, lease)
    stores.state.append("journal", b"two\n", 4, lease)
    for position in (0, 4, 9):
        with pytest.raises(BlobChanged):
            stores.state.append("journal", b"late\n", position, lease)
    assert content(stores.state, "journal") == b"one\ntwo\n"
    assert head(stores.state, "journal").size_bytes == 8


def test_a_log_is_made_once(stores: Stores) -> None:
    """Making it again is refused and empties nothing; an ordinary blob cannot take its name either."""
    stores.state.create_log("journal")
    stores.state.append("journal", b"one\n", 0, stores.state.lease("journal", 60))
    with pytest.raises(BlobExists):
        stores.state.create_log("journal")
    with pytest.raises(BlobExists):
        stores.state.create("journal", b"")
    assert content(stores.state, "journal") == b"one\n"


def test_one_of_many_appends_at_a_position(stores: Stores) -> None:
    """Of two runners that both expect the end at the same place, one is refused."""
    stores.state.create_log("journal")
    lease = stores.state.lease("journal", 60)

    def append(number: int) -> bytes | None:
        try:
            stores.state.append("journal", f"{number}\n".encode(), 0, lease)
        except BlobChanged:
            return None
        return f"{number}\n".encode()

    with ThreadPoolExecutor(8) as pool:
        (winner,) = [line for line in pool.map(append, range(8)) if line is not None]
    assert content(stores.state, "journal") == winner


def test_one_lease_at_a_time(stores: Stores) -> None:
    """A second one is refused while the first runs, and nobody else can append."""
    stores.state.create_log("journal")
    assert not stores.state.leased("journal")
    lease = stores.state.lease("journal", 15)
    assert stores.state.leased("journal")
    with pytest.raises(LeaseHeld):
        stores.state.lease("journal", 15)
    with pytest.raises(LeaseLost):
        stores.state.append("journal", b"late\n", 0, NO_LEASE)
    stores.state.renew("journal", lease)
    stores.state.append("journal", b"one\n", 0, lease)
    assert content(stores.state, "journal") == b"one\n"


@pytest.mark.parametrize("end", ["release", "break"])
def test_a_lease_that_ended_is_worth_nothing(stores: Stores, end: str) -> None:
    """Given up or broken: its holder can neither append nor renew, and the next may take one."""
    stores.state.create_log("journal")
    old = stores.state.lease("journal", 15)
    for _ in range(2):
        stores.state.release("journal", old) if end == "release" else stores.state.break_lease("journal")
    assert not stores.state.leased("journal")
    with pytest.raises(LeaseLost):
        stores.state.append("journal", b"late\n", 0, old)
    with pytest.raises(LeaseLost):
        stores.state.renew("journal", old)
    stores.state.append("journal", b"one\n", 0, stores.state.lease("journal", 15))
    stores.state.release("journal", old)
    assert stores.state.leased("journal")


def test_a_container_is_made_once_and_kept(stores: Stores) -> None:
    """Ensuring it makes it; ensuring it again keeps what it holds."""
    assert (stores.data.exists(), stores.missing.exists()) == (True, False)
    stores.missing.ensure()
    stores.missing.create("a", b"1")
    stores.missing.ensure()
    assert stores.missing.exists()
    assert content(stores.missing, "a") == b"1"


@pytest.mark.parametrize(
    "act",
    [
        lambda store: list(store.list("")),
        lambda store: list(store.walk("", "/")),
        lambda store: store.head("a"),
        lambda store: content(store, "a"),
        lambda store: store.create("a", b"1"),
        lambda store: store.create_log("a"),
        lambda store: store.append("a", b"1", 0, NO_LEASE),
    ],
    ids=["list", "walk", "head", "read", "create", "create_log", "append"],
)
def test_a_missing_container_is_said_so(stores: Stores, act: Callable[[BlobStore], object]) -> None:
    """Never an empty listing: what is not there is not the same as what is empty."""
    with pytest.raises(NotThere, match=f"There is no container {stores.missing.container}"):
        act(stores.missing)
