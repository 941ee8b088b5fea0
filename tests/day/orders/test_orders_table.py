"""The table of orders is complete, and every order does at every place what its row says, or changes nothing."""

from contextlib import suppress
from dataclasses import dataclass
from datetime import timedelta

import pytest

from replay_engine.day.lifecycle import ORDERS, Does, No, Order, row
from replay_engine.day.recall import Place
from replay_engine.errors import NotThere, Refused
from replay_engine.model import Stage
from replay_engine.state import names
from tests.day.orders.places import GIVEN, PLACES, not_begun
from tests.helpers.scene import DAY, REPLAY, Scene


@dataclass(frozen=True)
class Seen:
    """All that an order might change."""

    stored: dict[str, bytes]
    kept: dict[str, bytes]
    used: list[str]
    published: list[bytes]


def seen(scene: Scene) -> Seen:
    kept = {name: data for name, data in scene.kept("").items() if name != names.journal(REPLAY, DAY) or data}
    return Seen(scene.stored(), kept, scene.used(), scene.published())


def test_the_table_has_a_row_for_every_order_at_every_place() -> None:
    """And the way to each place is known to these tests."""
    assert set(ORDERS) == set(Order)
    assert all(set(rows) == set(Place) for rows in ORDERS.values())
    assert set(PLACES) == set(Place)
    assert set(GIVEN) | {Order.RETRY} == set(Order)


@pytest.mark.parametrize("place", Place)
def test_every_place_is_reached(scene: Scene, place: Place) -> None:
    """By a replay as it is run."""
    plan = PLACES[place](scene)
    assert scene.standing(plan).place(scene.clock.now()) is place


@pytest.mark.parametrize("order", GIVEN)
@pytest.mark.parametrize("place", Place)
def test_a_refused_order_changes_nothing(scene: Scene, place: Place, order: Order) -> None:
    """It is refused with its sentence; an order for which nothing is left to do changes nothing either."""
    found = row(order, place)
    if found is not Does.NOTHING and not isinstance(found, No):
        return
    plan = PLACES[place](scene)
    before = seen(scene)
    if isinstance(found, No):
        with pytest.raises(Refused) as refused:
            GIVEN[order](scene.walk(plan))
        assert str(refused.value) == str(found.refusal(DAY, REPLAY, scene.standing(plan).error))
    else:
        GIVEN[order](scene.walk(plan))
    assert seen(scene) == before


ENDS: dict[Does, frozenset[Place]] = {
    Does.GOES_ON: frozenset({Place.CLOSED, Place.KEPT, Place.RESTORED}),
    Does.FREES: frozenset({Place.CLOSED, Place.RESTORED}),
    Does.ACCEPTS: frozenset({Place.CLOSED}),
    Does.TURNS_BACK: frozenset({Place.RESTORED}),
    Does.UNDOES: frozenset({Place.RESTORED}),
    Does.SWEEPS: frozenset({Place.CLOSED}),
    Does.RETURNS: frozenset({Place.RESTORED}),
    Does.RELEASES: frozenset({Place.RELEASED}),
}


@pytest.mark.parametrize("order", [order for order in GIVEN if order is not Order.CANCEL])
@pytest.mark.parametrize("place", Place)
def test_an_order_ends_where_its_row_says(scene: Scene, place: Place, order: Order) -> None:
    """With every original in its sink or everything refilled, and no lock left; done twice it is no worse."""
    does = row(order, place)
    if does is Does.NOTHING or isinstance(does, No):
        return
    plan = PLACES[place](scene)
    GIVEN[order](scene.walk(plan))
    ended = scene.standing(plan)
    assert ended.place(scene.clock.now()) in ENDS[does], ended.error
    assert scene.kept("state/locks/") == {}
    if ended.stage is Stage.RESTORED and does is not Does.RETURNS and place is not Place.RETURNING:
        assert (scene.stored(), scene.used(), scene.kept("backup/")) == (scene.before, scene.segments_before, {})
    before = scene.stored()
    with suppress(Refused):
        GIVEN[order](scene.walk(plan))
    assert (scene.stored(), scene.standing(plan).place(scene.clock.now())) == (before, ended.place(scene.clock.now()))


@pytest.mark.parametrize("place", Place)
def test_a_cancel_is_judged_by_who_runs_the_day(scene: Scene, place: Place) -> None:
    """Wherever it is not refused the day ends, unbegun, restored, or closed where everything was published."""
    if isinstance(row(Order.CANCEL, place), No):
        return
    plan = PLACES[place](scene)
    scene.walk(plan).cancel()
    scene.walk(plan).run(release_held=True)
    ended = scene.standing(plan)
    assert ended.finished or ended.began_at is None
    assert scene.kept("state/locks/") == {}
    if ended.stage is not Stage.CLOSED:
        assert scene.stored() == scene.before


def test_an_order_for_a_day_that_is_not_of_the_replay(scene: Scene) -> None:
    """There is no such day."""
    plan = not_begun(scene)
    with pytest.raises(NotThere):
        scene.walk(plan).turn_back(DAY + timedelta(days=9), "asha")
