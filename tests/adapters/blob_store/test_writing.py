"""The `BlobStore` contract for writing: creating once, writing over, touching, deleting by ETag."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from replay_engine.ports import BlobChanged, BlobExists, BlobMissing, Deletion
from tests.adapters.blob_store.stores import AWKWARD, Stores, content


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
