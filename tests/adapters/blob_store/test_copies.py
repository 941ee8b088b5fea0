"""The `BlobStore` contract for copies made on the server's side."""

import pytest

from replay_engine.ports import BlobChanged, BlobExists, BlobMissing, CopyState
from tests.adapters.blob_store.stores import AWKWARD, Stores, content, head


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
