"""The `BlobStore` contract for containers: making them, and saying that one is not there."""

from collections.abc import Callable

import pytest

from replay_engine.errors import NotThere
from replay_engine.ports import BlobStore
from tests.adapters.blob_store.stores import NO_LEASE, Stores, content


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
