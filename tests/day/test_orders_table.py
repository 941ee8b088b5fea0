"""The table of orders is complete, and every order does at every place what its row says, or changes nothing."""

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest

from replay_engine.day.lifecycle import ORDERS, Does, No, Order, row
from replay_engine.day.recall import Place
from replay_engine.day.replay import ReplayRunner
from replay_engine.errors import NotAllowed, NotThere, Refused, ReplayError, TryAgain
from replay_engine.model import Plan, Stage
from replay_engine.ports import Deletion
from replay_engine.state import names
from replay_engine.state.journal import Kind
from replay_engine.state.quarantine import listed
from tests.fakes.blobs import MemoryBlobs
from tests.helpers.scene import DATA, DAY, EVENTS, REPLAY, STATE, Onlooker, Scene

SECOND_SOURCE = f"raw/{DAY}-1-1575224000000.json.gz"


class Death(BaseException):
    """The process ends here."""


def die() -> None:
    raise Death


def begun(scene: Scene, until: str, *, kept: bool = False) -> Plan:
    """A replay whose process died when that step was about to be taken; its lease is over."""
    scene.keep_backups_for = timedelta(days=7) if kept else timedelta(0)
    scene.refill()
    plan = scene.plan()
    with pytest.raises(Death):
        scene.walk(plan, Onlooker(**{until: die})).run()
    scene.clock.sleep(31)
    return plan


def closed(scene: Scene, *, kept: bool = True) -> Plan:
    scene.keep_backups_for = timedelta(days=7) if kept else timedelta(0)
    scene.refill()
    plan = scene.plan()
    assert scene.walk(plan).run().days[0].stage is Stage.CLOSED
    return plan


def failing(scene: Scene) -> None:
    scene.account.change(DATA, SECOND_SOURCE, lambda data: data[:-6])
    scene.before = scene.stored()


def not_begun(scene: Scene) -> Plan:
    scene.refill()
    return scene.plan()


def giving_up(scene: Scene) -> Plan:
    plan = begun(scene, "clean_up")
    scene.day(plan).journal.append(Kind.NOTE, "clean_up", facts={"datasources": [], "giving_up": True})
    return plan


def turning_back(scene: Scene) -> Plan:
    failing(scene)
    return begun(scene, "restore")


def held(scene: Scene) -> Plan:
    plan = begun(scene, "settle")
    scene.day(plan).journal.append(Kind.HELD, "settle", facts={"error": "it does not land", "advice": ""})
    return plan


def held_giving_up(scene: Scene) -> Plan:
    plan = giving_up(scene)
    scene.day(plan).journal.append(Kind.HELD, "clean_up", facts={"error": "who knows", "advice": ""})
    return plan


def held_turning_back(scene: Scene) -> Plan:
    plan = turning_back(scene)
    scene.day(plan).journal.append(Kind.HELD, "restore", facts={"error": "a copy is gone", "advice": ""})
    return plan


def overdue(scene: Scene) -> Plan:
    plan = closed(scene)
    scene.clock.tick(8 * 86400)
    return plan


def sweeping(scene: Scene) -> Plan:
    plan = overdue(scene)
    scene.day(plan).journal.append(Kind.INTENT, "sweep")
    return plan


def undoing(scene: Scene) -> Plan:
    plan = closed(scene)
    scene.day(plan).journal.append(Kind.INTENT, "undo", facts={"by": "asha"})
    return plan


def restored(scene: Scene) -> Plan:
    failing(scene)
    scene.refill()
    plan = scene.plan()
    assert scene.walk(plan).run().days[0].stage is Stage.RESTORED
    return plan


def returning(scene: Scene) -> Plan:
    plan = restored(scene)
    scene.day(plan).journal.append(Kind.INTENT, "return", facts={"by": "asha"})
    return plan


def released(scene: Scene) -> Plan:
    plan = held(scene)
    scene.walk(plan).let_go(DAY, "asha")
    return plan


PLACES: dict[Place, Callable[[Scene], Plan]] = {
    Place.NOT_BEGUN: not_begun,
    Place.GOING_FORWARD: lambda scene: begun(scene, "publish"),
    Place.GIVING_UP: giving_up,
    Place.TURNING_BACK: turning_back,
    Place.HELD: held,
    Place.HELD_GIVING_UP: held_giving_up,
    Place.HELD_TURNING_BACK: held_turning_back,
    Place.CLOSED: lambda scene: closed(scene, kept=False),
    Place.KEPT: closed,
    Place.OVERDUE: overdue,
    Place.SWEEPING: sweeping,
    Place.UNDOING: undoing,
    Place.RESTORED: restored,
    Place.RETURNING: returning,
    Place.RELEASED: released,
}
GIVEN: dict[Order, Callable[[ReplayRunner], object]] = {
    Order.CARRY_ON: lambda walk: walk.run(),
    Order.RESUME: lambda walk: walk.run(release_held=True),
    Order.TAKE_OVER: lambda walk: walk.run(release_held=True),
    Order.RESTORE: lambda walk: walk.turn_back(DAY, "asha"),
    Order.UNDO: lambda walk: walk.undo(DAY, "asha"),
    Order.SWEEP: lambda walk: walk.sweep(),
    Order.RELEASE: lambda walk: walk.let_go(DAY, "asha"),
    Order.RETURN: lambda walk: walk.give_back(DAY, "asha"),
    Order.CANCEL: lambda walk: walk.cancel(),
}


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


def test_orders_are_judged_on_the_journal_under_the_lease(scene: Scene) -> None:
    """Somebody looked when the day was overdue; meanwhile it is being undone: what was seen then decides nothing."""
    plan = closed(scene)
    left = scene.standing(plan).kept_until
    assert left is not None
    scene.clock.tick((left - scene.clock.now()).total_seconds() - 0.01)
    sweeper = scene.walk(plan)
    undone = scene.day(plan)
    undone.journal.append(Kind.INTENT, "undo", facts={"by": "asha"})
    scene.clock.tick(60)
    assert sweeper.sweep() == 0
    assert len(scene.kept("backup/")) == 6
    assert scene.walk(plan).run().days[0].stage is Stage.RESTORED
    assert scene.stored() == scene.before


@pytest.mark.parametrize("landed", [True, False], ids=["landed", "never lands"])
def test_an_undo_that_is_interrupted_or_held_is_not_swept(scene: Scene, landed: bool) -> None:
    """However long it stands there: its backup is the only copy."""
    scene.keep_backups_for = timedelta(hours=1)
    scene.refill()
    plan = scene.plan()
    scene.walk(plan).run()
    lands = scene.clock.at_sleep.copy()
    if landed:
        with pytest.raises(Death):
            scene.walk(plan, Onlooker(restore=die)).undo(DAY, "asha")
    else:
        scene.clock.at_sleep.clear()
        scene.cluster.topics[scene.spec().topic][0].append(b"live traffic")
        assert scene.walk(plan).undo(DAY, "asha").days[0].stage is Stage.HELD
    scene.clock.tick(3700)
    assert scene.walk(plan).sweep() == 0
    originals = scene.before.keys() & scene.sinks().keys() | {
        name.removeprefix(names.backup(REPLAY, DAY, "")) for name in scene.kept("backup/")
    }
    assert len(originals) == 6
    scene.clock.at_sleep[:] = lands
    assert scene.walk(plan).run(release_held=True).days[0].stage is Stage.RESTORED
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before)


def test_a_segment_that_was_set_aside_is_brought_back(scene: Scene) -> None:
    """With the files, by the person's order; what has taken a file's place stays, and the file in quarantine."""
    plan = restored(scene)
    aside = sorted(scene.kept(names.QUARANTINE))
    assert aside
    first = aside[0].removeprefix(names.quarantine(REPLAY, DAY, ""))
    scene.account.put(DATA, first, b"somebody's")
    unused = [segment.id for segment in scene.segments.state.unused(EVENTS)]
    scene.walk(plan).give_back(DAY, "asha")
    assert scene.stored()[first] == b"somebody's"
    assert sorted(scene.kept(names.QUARANTINE)) == [aside[0]]
    assert all(name.removeprefix(names.quarantine(REPLAY, DAY, "")) in scene.stored() for name in aside[1:])
    assert set(unused) <= set(scene.used())
    assert scene.kept("state/locks/") == {}


def test_a_return_beside_another_replay_is_called_off(scene: Scene) -> None:
    """It holds the sinks: nothing is moved, and the day stays as it was."""
    plan = restored(scene)
    other = "r20200110-083000-000002"
    scene.account.change(DATA, SECOND_SOURCE, lambda data: data)
    again = scene.plan(other)
    with pytest.raises(Death):
        scene.walk(again, Onlooker(restore=die)).run()
    before = (scene.stored(), scene.kept(names.QUARANTINE))
    with pytest.raises(ReplayError, match=other):
        scene.walk(plan).give_back(DAY, "asha")
    assert (scene.stored(), scene.kept(names.QUARANTINE)) == before
    assert scene.standing(plan).place(scene.clock.now()) is Place.RESTORED


def test_a_lock_of_a_finished_day_is_none(scene: Scene) -> None:
    """A request that arrives late, or an undo that died: the next replay takes it away and comes in."""
    plan = closed(scene, kept=False)
    for lock in (f"state/locks/azure/{DATA}/unique/{DAY}", f"state/locks/druid/{EVENTS}/{DAY}"):
        scene.account.put(STATE, lock, f'{{"replay": "{REPLAY}", "entry": 1}}'.encode())
    assert scene.walk(plan).run(release_held=True).days[0].stage is Stage.CLOSED
    again = scene.plan("r20200110-083000-000002")
    assert scene.walk(again).run().days[0].stage is Stage.CLOSED
    assert scene.kept("state/locks/") == {}


def test_an_undo_is_refused_while_another_replay_has_the_sinks(scene: Scene) -> None:
    """And the day stays closed, with its backup, and without a lock."""
    plan = closed(scene)
    other = scene.plan("r20200110-083000-000002", replace(scene.spec(), landing_waits=()))
    with pytest.raises(Death):
        scene.walk(other, Onlooker(back_up=die)).run()
    scene.clock.sleep(31)
    with pytest.raises(Refused, match="000002"):
        scene.walk(plan).undo(DAY, "asha")
    assert scene.standing(plan).place(scene.clock.now()) is Place.KEPT
    assert all(b"000002" in document for document in scene.kept("state/locks/").values())
    assert len(scene.kept("backup/")) == 6


def test_two_files_of_one_name_that_were_set_aside(scene: Scene) -> None:
    """One gets its place back, the other stays in quarantine: nothing is put where it never was."""
    plan = restored(scene)
    name, outside = f"unique/{DAY}-1700000000000.json.gz", f"elsewhere/{DAY}-1.json.gz"
    for kept in (name, f"0x0AB/{name}", outside):
        scene.account.put(STATE, names.quarantine(REPLAY, DAY, kept), kept.encode())
    before = scene.stored()
    scene.walk(plan).give_back(DAY, "asha")
    back = scene.stored().keys() - before.keys()
    assert scene.stored()[name] in (name.encode(), f"0x0AB/{name}".encode())
    assert all(one.startswith(("unique/", "channel/")) for one in back)
    assert len(scene.kept(names.QUARANTINE)) == 2
    assert names.quarantine(REPLAY, DAY, outside) in scene.kept(names.QUARANTINE)


def test_segments_that_druid_does_not_use_again_stay_listed(scene: Scene) -> None:
    """Its word is proved by asking again; those that are back are listed no more."""
    plan = restored(scene)
    scene.segments.ignores_marks = True
    scene.walk(plan).give_back(DAY, "asha")
    assert [one.kind for one in listed(scene.world().state, REPLAY, DAY)] == ["segment"]
    scene.segments.ignores_marks = False
    scene.walk(plan).give_back(DAY, "asha")
    assert list(listed(scene.world().state, REPLAY, DAY)) == []


@pytest.mark.parametrize("trouble", [NotAllowed("no right to delete"), TryAgain("away")])
def test_a_sweep_that_cannot_be_done_now_keeps_nobody_waiting(scene: Scene, trouble: ReplayError) -> None:
    """The worker has other days to look after, and asks again in a moment; the copies go when it can be done."""
    plan = overdue(scene)

    class Refusing(MemoryBlobs):
        def delete(self, items: Sequence[tuple[str, str]]) -> Sequence[Deletion]:
            raise trouble

    scene.clock.slept.clear()
    scene.stores = lambda store: Refusing(scene.account, store.container)
    for _ in range(3):
        with pytest.raises(type(trouble)):
            scene.walk(plan).sweep()
    scene.stores = lambda store: store
    assert scene.clock.slept == []
    assert sum(entry.step == "sweep" for entry in scene.day(plan).journal.entries) == 1
    assert scene.walk(plan).sweep() == 6
    assert scene.standing(plan).place(scene.clock.now()) is Place.CLOSED


def test_an_undo_that_is_not_allowed_is_called_off_at_once(scene: Scene) -> None:
    """Nobody waits for hours for a right, as for a day that is cleared: it stays closed, and can be undone later."""
    plan = closed(scene)

    class Refusing(MemoryBlobs):
        def create(self, name: str, data: bytes) -> None:
            if name.startswith("state/locks/"):
                raise NotAllowed("no right to write")
            super().create(name, data)

    scene.clock.slept.clear()
    scene.stores = lambda store: Refusing(scene.account, store.container)
    with pytest.raises(NotAllowed):
        scene.walk(plan).undo(DAY, "asha")
    scene.stores = lambda store: store
    assert (scene.clock.slept, scene.standing(plan).place(scene.clock.now())) == ([], Place.KEPT)
    assert scene.walk(plan).undo(DAY, "asha").days[0].stage is Stage.RESTORED
