"""Whoever obeys an order may die, or be failed, at every call of it; given again, or carried on, it ends right."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from replay_engine.day.recall import Place
from replay_engine.day.replay import ReplayRunner
from replay_engine.errors import ReplayError
from replay_engine.model import Stage
from replay_engine.reports import ReplayState
from replay_engine.state import names
from replay_engine.state.journal import Kind
from tests.helpers.scene import DATA, DAY, LANDING_FOLDERS, REPLAY, Onlooker, Scene
from tests.simulation.one_process.faults import Fault
from tests.simulation.one_process.life import Life, Schedule, at, no_faults

SECOND_SOURCE = f"raw/{DAY}-1-1575224000000.json.gz"
FAULTS = [fault for fault in Fault if fault is not Fault.NONE]
_ROUNDS = 4


def ended(scene: Scene, stage: Stage) -> Life:
    """A day that was carried to its end."""
    scene.refill()
    life = Life(scene, scene.plan())
    assert scene.walk(life.plan).run().days[0].stage is stage
    life.finishing = True
    return life


def closed() -> Life:
    return ended(Scene(width=1, keep_backups_for=timedelta(days=7)), Stage.CLOSED)


def overdue() -> Life:
    life = closed()
    life.scene.clock.tick(8 * 86400)
    return life


def restored() -> Life:
    scene = Scene(width=1)
    scene.account.change(DATA, SECOND_SOURCE, lambda data: data[:-9])
    scene.before = scene.stored()
    return ended(scene, Stage.RESTORED)


def held() -> Life:
    life = turned_back()
    day = life.scene.day(life.plan)
    day.journal.append(Kind.HELD, "restore", facts={"error": "who knows", "advice": ""})
    # Whoever walks next is another runner.
    life.scene.walk(life.plan)
    return life


def turned_back() -> Life:
    """A day that failed, and whose runner died before it was restored."""

    class Death(BaseException):
        pass

    def die() -> None:
        raise Death

    scene = Scene(width=1)
    scene.account.change(DATA, SECOND_SOURCE, lambda data: data[:-9])
    scene.before = scene.stored()
    scene.refill()
    life = Life(scene, scene.plan())
    with pytest.raises(Death):
        scene.walk(life.plan, Onlooker(restore=die)).run()
    scene.clock.sleep(31)
    return life


def undone(life: Life) -> None:
    """Byte for byte as before, with nothing left over."""
    scene = life.scene
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before)
    assert (scene.kept("backup/"), scene.cluster.positions) == ({}, {})
    life._check_quarantine()


def swept(life: Life) -> None:
    """No copy is left, and the refilled sinks are as they were."""
    assert life.scene.kept("backup/") == {}
    life._check_refilled(exactly_once=True)


def released(life: Life) -> None:
    """Its backup is left to the person."""
    assert len(life.scene.kept("backup/")) == 6


def waiting() -> Life:
    """A day of which nothing landed in one folder."""
    scene = Scene(width=1)
    scene.refill().folders = LANDING_FOLDERS[1:]
    life = Life(scene, scene.plan())
    assert scene.walk(life.plan).run().state is ReplayState.LANDING
    return life


def accepted(life: Life) -> None:
    """It is on record by whom, and what landed stays."""
    scene = life.scene
    assert scene.standing(life.plan).accepted_by == "asha"
    assert (scene.kept("backup/"), scene.stored(f"unique/{DAY}")) == ({}, {})
    assert not set(scene.segments_before) & set(scene.used_of(DAY))


def turned(life: Life) -> None:
    """Byte for byte as before; what landed is set aside."""
    scene = life.scene
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before)
    assert (scene.kept("backup/"), scene.cluster.positions) == ({}, {})
    aside = names.quarantine(REPLAY, DAY, "")
    folders = {name.removeprefix(aside).rpartition("/")[0] for name in scene.kept(aside) if name.endswith(".gz")}
    assert folders == set(LANDING_FOLDERS[1:])


def returned(life: Life) -> None:
    """What was set aside is where it had landed, and the originals are where they were."""
    scene = life.scene
    assert scene.kept(names.QUARANTINE) == {}
    assert scene.before.items() <= scene.stored().items()
    assert len(scene.stored()) == len(scene.before) + len(LANDING_FOLDERS)
    assert len(scene.used()) == len(scene.segments_before) + 1
    assert scene.kept(names.segments_set_aside(REPLAY, DAY)) == {}


ORDERS: dict[str, tuple[Callable[[], Life], Callable[[ReplayRunner], object], Place, Callable[[Life], None]]] = {
    "undo": (closed, lambda walk: walk.undo(DAY, "asha"), Place.RESTORED, undone),
    "sweep": (overdue, lambda walk: walk.sweep(), Place.CLOSED, swept),
    "release": (held, lambda walk: walk.let_go(DAY, "asha"), Place.RELEASED, released),
    "accept": (waiting, lambda walk: walk.accept(DAY, "asha"), Place.CLOSED, accepted),
    "restore of a day that waits": (waiting, lambda walk: walk.turn_back(DAY, "asha"), Place.RESTORED, turned),
    "return": (restored, lambda walk: walk.give_back(DAY, "asha"), Place.RESTORED, returned),
}


def obeyed(life: Life, schedule: Schedule, act: Callable[[ReplayRunner], object]) -> list[str]:
    """One process obeys; the calls it made."""
    try:
        injector, _ = life.process(schedule, act)  # type: ignore[arg-type]
    except ReplayError:
        life.scene.clock.sleep(31)
        return []
    return injector.log


def place(life: Life) -> Place:
    return life.scene.standing(life.plan).place(life.scene.clock.now())


@pytest.mark.parametrize("fault", FAULTS)
@pytest.mark.parametrize("order", ORDERS)
def test_an_order_survives_anything_at_any_call(order: str, fault: Fault, figures: Callable[[str, int], None]) -> None:
    """Nothing is lost on the way, nothing is done twice, and no lock is left that counts."""
    make, act, end, check = ORDERS[order]
    whole = make()
    calls = len(obeyed(whole, no_faults, act))
    assert (place(whole), calls > 0) == (end, True)
    check(whole)
    for call in range(calls):
        life = make()
        originals = {name: data for name, data in life.scene.before.items() if name in life.scene.stored()}
        obeyed(life, at(call, fault), act)
        for _ in range(_ROUNDS):
            obeyed(life, no_faults, act)
            obeyed(life, no_faults, lambda walk: walk.run(release_held=True))
            if place(life) is end:
                break
        assert (call, place(life)) == (call, end)
        check(life)
        assert life.scene.kept("state/locks/") == {}, call
        assert originals.keys() - life.scene.stored().keys() <= life.scene.before.keys()
    figures(f"orders, {order}: schedules", calls)
