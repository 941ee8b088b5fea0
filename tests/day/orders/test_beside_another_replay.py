"""Orders for a day whose sinks another replay holds, or wants."""

from dataclasses import replace

import pytest

from replay_engine.day.recall import Place
from replay_engine.errors import Refused, ReplayError
from replay_engine.model import Stage
from replay_engine.state import names
from tests.day.orders.places import Death, closed, die, restored
from tests.helpers.scene import DATA, DAY, EVENTS, REPLAY, SECOND_SOURCE, STATE, Onlooker, Scene


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
