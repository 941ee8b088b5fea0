"""A lease is ours only while that is sure."""

from collections.abc import Iterator
from contextlib import ExitStack

import pytest

from replay_engine.adapters.clock import SystemClock
from replay_engine.errors import Superseded, TryAgain
from replay_engine.state.lease import Lease, hold
from tests.fakes.background import MemoryBackground
from tests.fakes.blobs import MemoryBlobs
from tests.helpers.scene import STATE, Scene

NAME = "state/j"
SECONDS = 30


@pytest.fixture
def lease(scene: Scene) -> Iterator[Lease]:
    """Of thirty seconds, renewed every ten."""
    state = scene.world().state
    state.create_log(NAME)
    with ExitStack() as until:
        yield until.enter_context(
            hold(state, NAME, SECONDS, scene.clock, MemoryBackground(scene.clock), take_over=False)
        )


def test_a_refused_renewal_ends_it_at_once(scene: Scene, lease: Lease) -> None:
    """The store has said that it is another's: not an act more."""
    scene.account.leases.pop((STATE, NAME))
    MemoryBlobs(scene.account, STATE).lease(NAME, SECONDS)
    lease.check()
    scene.clock.sleep(10)
    with pytest.raises(Superseded):
        lease.check()


def test_a_renewal_without_an_answer_does_not(scene: Scene, lease: Lease, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is ours for as long as the store surely keeps it."""

    def away(*_: object) -> None:
        raise TryAgain("away")

    monkeypatch.setattr(MemoryBlobs, "renew", away)
    scene.clock.sleep(25)
    lease.check()
    scene.clock.sleep(5)
    with pytest.raises(Superseded):
        lease.check()


def test_what_is_over_does_not_begin_again(scene: Scene, lease: Lease) -> None:
    """A runner that was frozen, and whose renewal comes through afterwards, was overtaken all the same."""
    scene.clock.tick(29)
    with pytest.raises(Superseded):
        lease.check()
    lease.renew()
    with pytest.raises(Superseded):
        lease.check()


def test_a_clock_that_is_set_back_prolongs_nothing(scene: Scene, lease: Lease) -> None:
    """Nor does one that is set forward end it."""
    scene.clock.tick(20)
    scene.clock.set_back(300)
    lease.check()
    scene.clock.tick(9)
    with pytest.raises(Superseded):
        lease.check()


def test_the_machines_clock_goes_forward() -> None:
    """Whatever its date is set to."""
    clock = SystemClock()
    first = clock.elapsed()
    assert 0 < first <= clock.elapsed()


def test_a_later_part_is_leased_only_by_who_holds_the_first(scene: Scene, lease: Lease) -> None:
    """Somebody has broken the lease, and this runner has not heard of it: it writes nothing to a new part."""
    state, part = scene.world().state, "state/j-1"
    state.create_log(part)
    state.break_lease(NAME)
    state.lease(NAME, SECONDS)
    with pytest.raises(Superseded):
        lease.lease_of(part)
    with pytest.raises(Superseded):
        lease.check()


def test_a_later_part_is_leased_once(scene: Scene, lease: Lease) -> None:
    """And kept with the first."""
    scene.world().state.create_log("state/j-1")
    assert lease.lease_of("state/j-1") == lease.lease_of("state/j-1") != lease.lease_of(NAME)
    scene.clock.sleep(40)
    lease.check()
