"""The `BlobStore` contract for logs that are appended to, and for leases."""

from concurrent.futures import ThreadPoolExecutor

import pytest

from replay_engine.ports import BlobChanged, BlobExists, LeaseHeld, LeaseLost
from tests.adapters.blob_store.stores import NO_LEASE, Stores, content, head


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
