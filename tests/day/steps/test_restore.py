"""Restoring: the sinks are byte for byte as before, when everything that was published has landed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from replay_engine.day.report import footnotes
from replay_engine.day.steps.restore import restore
from replay_engine.errors import ReplayError
from replay_engine.model import Plan, Stage
from replay_engine.ports import CopyState
from replay_engine.reports import ReplayState
from replay_engine.state import names
from replay_engine.verify.verify import verify
from tests.day.steps.restoring import check_restored, cleared
from tests.fakes.downstream import GROUP
from tests.helpers.scene import DATA, DAY, LANDING_FOLDERS, REPLAY, SECOND_SOURCE, STATE, Onlooker, Scene


@pytest.fixture
def damaged(scene: Scene) -> Plan:
    """A day that fails when most of it is published, and lands."""
    scene.account.change(DATA, SECOND_SOURCE, lambda data: data[:-6])
    scene.before = scene.stored()
    scene.refill()
    return scene.plan()


def test_a_failed_day_is_exactly_as_before(scene: Scene, damaged: Plan) -> None:
    """What had landed is set aside under its whole name, and counted."""
    report = scene.walk(damaged).run()
    check_restored(scene, report)
    prefix = names.quarantine(REPLAY, DAY, "")
    aside = {name.removeprefix(prefix): data for name, data in scene.kept(names.QUARANTINE).items()}
    assert {name.rpartition("/")[0] for name in aside} == set(LANDING_FOLDERS)
    assert all(sorted(data.split(b"\n")) == scene.published() for data in aside.values())
    day = report.days[0]
    assert (day.blobs_restored, day.blobs_quarantined, day.segments_quarantined) == (6, len(aside), 1)


def test_it_waits_until_everything_published_has_landed(scene: Scene) -> None:
    """What lands after the restore would stay: the pipeline's offsets must pass the topic's end first."""
    scene.account.change(DATA, SECOND_SOURCE, lambda data: data[:-6])
    scene.before = scene.stored()
    plan, pipeline = scene.plan(), scene.refill()
    scene.clock.at_sleep.clear()
    slow = 40

    def later() -> None:
        if sum(scene.clock.slept) > slow:
            pipeline.land()

    scene.clock.at_sleep.append(later)
    check_restored(scene, scene.walk(plan).run())
    assert sum(scene.clock.slept) > slow
    pipeline.land()
    assert scene.stored() == scene.before


def test_a_pipeline_that_never_catches_up_holds_the_day(scene: Scene, damaged: Plan) -> None:
    """Backup and locks stay; when the pipeline runs again, resuming restores."""
    lands = scene.clock.at_sleep.copy()
    scene.clock.at_sleep.clear()
    report = scene.walk(damaged).run()
    assert (report.state, report.days[0].stage) == (ReplayState.HELD, Stage.HELD)
    assert GROUP in report.days[0].error
    assert f"replay resume {REPLAY}" in report.days[0].advice
    assert len(scene.kept(names.BACKUP)) == 6
    assert len(scene.kept("state/locks/")) == 4
    assert scene.walk(damaged).run().days[0].stage is Stage.HELD
    scene.clock.at_sleep.extend(lands)
    report = scene.walk(damaged).run(release_held=True)
    check_restored(scene, report)
    assert SECOND_SOURCE in report.days[0].error


def test_a_cleared_day_whose_manifest_is_gone_is_not_said_to_be_restored(scene: Scene) -> None:
    """Nobody knows then what there was: it waits for a person, and keeps its backup."""
    plan = scene.plan()
    watch = Onlooker()

    def lose_the_manifest() -> None:
        scene.account.remove(STATE, names.manifest(REPLAY, DAY))
        watch.stop()

    watch.when("publish", lose_the_manifest)
    report = scene.walk(plan, watch).run()
    assert (report.days[0].stage, len(scene.kept("backup/"))) == (Stage.HELD, 6)


def test_a_closed_day_whose_manifest_is_gone_is_not_undone(scene: Scene) -> None:
    """It stays as it is, with its backup and without a lock."""
    scene.keep_backups_for = timedelta(days=7)
    scene.refill()
    plan = scene.plan()
    assert scene.walk(plan).run().days[0].stage is Stage.CLOSED
    before = scene.stored()
    scene.account.remove(STATE, names.manifest(REPLAY, DAY))
    with pytest.raises(ReplayError):
        scene.walk(plan).undo(DAY, "asha")
    assert (scene.stored(), len(scene.kept("backup/")), scene.kept("state/locks/")) == (before, 6, {})
    assert scene.standing(plan).stage is Stage.CLOSED


def test_a_day_whose_sinks_were_never_touched_only_gives_up_its_copies(scene: Scene) -> None:
    """Nothing is compared, moved or waited for."""
    scene.account.copies.append(CopyState.FAILED)
    report = scene.walk(scene.plan()).run()
    check_restored(scene, report)
    assert (scene.kept(names.QUARANTINE), scene.clock.slept) == ({}, [])


def test_a_restored_day_is_not_restored_again(scene: Scene) -> None:
    """A runner that died after the locks were free finds the note, and leaves alone what came after."""
    plan = cleared(scene)
    restore(scene.day(plan))
    newcomer = f"unique/{DAY}-1700000000000.json.gz"
    scene.account.put(DATA, newcomer, b"another replay's")
    report = scene.walk(plan).run()
    assert (report.days[0].stage, report.days[0].blobs_restored) == (Stage.RESTORED, 6)
    assert scene.stored() == {**scene.before, newcomer: b"another replay's"}


@pytest.mark.parametrize("step", ["claim", "back_up", "clear", "publish"])
def test_a_cancel_before_any_step_restores(scene: Scene, step: str) -> None:
    """Everything is as before, and the replay says that it was cancelled."""
    plan, watch = scene.plan(), Onlooker()
    watch.when(step, watch.stop)
    report = scene.walk(plan, watch).run()
    check_restored(scene, report)
    assert (report.state, scene.published()) == (ReplayState.CANCELLED, [])


def test_a_cancel_in_the_middle_of_publishing_restores(scene: Scene) -> None:
    """What was published lands, and is set aside."""
    plan, watch = scene.plan(), Onlooker()
    scene.refill()
    watch.when("publish", lambda: watch.when("publish", watch.stop))
    report = scene.walk(plan, watch).run()
    check_restored(scene, report)
    assert report.state is ReplayState.CANCELLED
    assert len(scene.published()) == report.days[0].lines_published > 0
    assert scene.kept(names.QUARANTINE)


@pytest.mark.parametrize("groups", [True, False], ids=["with groups", "without groups"])
def test_what_may_land_later_is_told_where_nobody_can_wait_for_it(scene: Scene, damaged: Plan, groups: bool) -> None:
    """Without a consumer group a slow pipeline lands after the restore: people are told, and verify finds it."""
    lands = scene.clock.at_sleep.copy()
    plan = damaged if groups else scene.plan(spec=replace(damaged.spec, landing_waits=()))
    if not groups:
        scene.clock.at_sleep.clear()
    day = scene.walk(plan).run().days[0]
    assert (day.stage, day.may_land, scene.stored() == scene.before) == (Stage.RESTORED, not groups, True)
    assert any("may still land" in note for note in footnotes(day)) is not groups
    assert verify(plan, scene.world(), ()).right
    scene.clock.at_sleep.extend(lands)
    scene.clock.sleep(4 * 3600)
    assert verify(plan, scene.world(), ()).right is groups
