"""A world that is as the journals say is found right at every stage; looking changes nothing."""

from dataclasses import replace

import pytest

from replay_engine.model import Stage
from replay_engine.verify.verify import verify
from tests.helpers.scene import DATA, DAY, EVENTS, NEXT, Onlooker, Scene, refilled
from tests.verify.verifying import (
    PROMISED,
    STEPS,
    VICTIM,
    failed,
    held,
    looked_at,
    lose_backup,
    standing_before,
    take_lock,
    told,
    with_backup,
    wrong,
)


@pytest.mark.parametrize("step", STEPS)
def test_a_day_is_right_before_every_step(scene: Scene, step: str) -> None:
    """Whoever looks while nobody carries it on finds what the journal says."""
    plan = standing_before(scene, step)
    assert wrong(scene, plan) == ""
    assert ("6 are in the backup, 0 in neither" in told(scene, plan)) is (step in PROMISED)


def test_a_day_that_was_not_begun_is_right(scene: Scene) -> None:
    """Nothing of it is there."""
    assert looked_at(scene, refilled(scene)).stage is Stage.PLANNED
    assert "not begun" in told(scene, refilled(scene))


def test_a_closed_day_is_right(scene: Scene) -> None:
    """And what its sinks hold now is told in numbers."""
    scene.refill()
    plan = scene.plan()
    scene.walk(plan).run()
    assert (looked_at(scene, plan).stage, wrong(scene, plan)) == (Stage.CLOSED, "")
    assert "The sinks hold now: unique 2 (" in told(scene, plan)
    assert f"{EVENTS} 2 segments." in told(scene, plan)
    assert "2 of 2 source files are as they were replayed" in told(scene, plan)


def test_a_restored_day_is_right(scene: Scene) -> None:
    """Sinks, segments, no backup, no positions, no locks."""
    plan = failed(scene)
    assert (looked_at(scene, plan).stage, wrong(scene, plan)) == (Stage.RESTORED, "")
    assert "The sinks hold 6 of 6 files as before; 0 are missing or differ, 0 are new." in told(scene, plan)


def test_a_day_that_was_cancelled_before_anything_was_deleted_is_right(scene: Scene) -> None:
    """Its sinks are nobody's matter: the pipeline may write to them."""
    plan, watch = refilled(scene), Onlooker()
    watch.when("back_up", watch.stop)
    scene.walk(plan, watch).run()
    scene.account.put(DATA, VICTIM, b"newer")
    assert (looked_at(scene, plan).stage, wrong(scene, plan)) == (Stage.RESTORED, "")


def test_a_replay_that_deletes_nothing_is_right(scene: Scene) -> None:
    """In the middle and at its end."""
    plan = standing_before(scene, "publish", scene.plan(spec=replace(scene.pushing_plan().spec, landing_waits=())))
    assert wrong(scene, plan) == ""
    scene.walk(plan).run()
    assert (looked_at(scene, plan).stage, wrong(scene, plan)) == (Stage.CLOSED, "")


def test_a_kept_backup_is_right(scene: Scene) -> None:
    """All of it while it is kept; however much is left once its time is over; none after the sweep."""
    plan = with_backup(scene)
    assert wrong(scene, plan) == ""
    assert "The backup has 6 of 6 copies as promised" in told(scene, plan)
    scene.clock.tick(8 * 86400)
    lose_backup(scene)
    assert "may be swept: 5 copies" in told(scene, plan)
    assert wrong(scene, plan) == ""
    scene.walk(plan).sweep()
    assert wrong(scene, plan) == ""


def test_an_undone_day_is_right(scene: Scene) -> None:
    """As before it was replayed."""
    plan = with_backup(scene)
    scene.walk(plan).undo(DAY, "asha")
    assert (looked_at(scene, plan).stage, wrong(scene, plan)) == (Stage.RESTORED, "")


def test_a_released_day_is_not_judged(scene: Scene) -> None:
    """A person has taken care of it; a lock of it is none, whoever wrote it."""
    plan = held(scene)
    scene.walk(plan).let_go(DAY, "asha")
    assert wrong(scene, plan) == ""
    take_lock(scene)
    assert wrong(scene, plan) == ""


def test_every_day_is_looked_at() -> None:
    """One that is wrong makes the whole wrong."""
    scene = Scene(days=(DAY, NEXT))
    plan = refilled(scene)
    scene.walk(plan).run()
    found = verify(plan, scene.world(), ())
    assert ([day.day for day in found.days], found.right) == ([DAY, NEXT], True)
    scene.account.remove(DATA, f"raw/{NEXT}-1-1575224000000.json.gz")
    assert not verify(plan, scene.world(), ()).right
