"""What a person can do to a replay: restore, undo, release, cancel from elsewhere, and sweep kept backups."""

from datetime import date, timedelta
from typing import NoReturn

import pytest

from replay_engine.errors import Claimed, NotAllowed, NotThere, Refused
from replay_engine.model import Plan, Stage
from replay_engine.ports import CopyState
from replay_engine.reports import ReplayState
from replay_engine.state import names
from tests.fakes.blobs import MemoryBlobs
from tests.helpers.scene import DAY, OTHER_REPLAY, REPLAY, STATE, Onlooker, Scene, lines_of


def closed(scene: Scene) -> Plan:
    """A closed day whose backup is kept for a week."""
    scene.keep_backups_for = timedelta(days=7)
    scene.refill()
    plan = scene.plan()
    assert scene.walk(plan).run().state is ReplayState.COMPLETED
    return plan


def held(scene: Scene) -> Plan:
    """A day that is held while it is being restored: its backup misses a copy."""
    plan = scene.plan()

    def spoil() -> None:
        copies = sorted(scene.kept("backup/"))
        scene.lost = {copies[0]: scene.kept("backup/")[copies[0]]}
        scene.account.remove(STATE, copies[0])
        watch.stop()

    watch = Onlooker(publish=spoil)
    report = scene.walk(plan, watch).run()
    assert report.days[0].stage is Stage.HELD
    return plan


def test_a_kept_backup_says_until_when(scene: Scene) -> None:
    """The copies stay, the locks do not."""
    report = scene.walk(closed(scene)).standing()
    assert report.days[0].backup_kept_until == scene.clock.now() + timedelta(days=7)
    assert len(scene.kept("backup/")) == 6
    assert scene.kept("state/locks/") == {}


def test_an_undo_puts_the_old_sinks_back(scene: Scene) -> None:
    """Byte for byte and segment for segment; what the replay made land goes to quarantine."""
    plan = closed(scene)
    landed = scene.sinks()
    report = scene.walk(plan).undo(DAY, "somebody")
    assert report.days[0].stage is Stage.RESTORED
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before)
    aside = {name.split("/", 3)[3]: data for name, data in scene.kept("quarantine/").items()}
    assert aside == landed
    assert (scene.kept("backup/"), scene.kept("state/locks/")) == ({}, {})


def test_an_undo_that_dies_is_interrupted_and_carried_on(scene: Scene) -> None:
    """It is not called completed while its sinks are half put back."""
    plan = closed(scene)

    def die() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scene.walk(plan, Onlooker(restore=die)).undo(DAY, "somebody")
    left = scene.walk(plan).standing()
    assert (left.state, left.days[0].next_step) == (ReplayState.INTERRUPTED, "restore")
    assert scene.walk(plan).run().days[0].stage is Stage.RESTORED
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before)


def test_what_has_no_backup_cannot_be_undone(scene: Scene) -> None:
    """Not one that was deleted on success, not one whose time is over, not a restored day."""
    scene.refill()
    plan = scene.plan()
    scene.walk(plan).run()
    before = scene.stored()
    with pytest.raises(Refused, match="no backup"):
        scene.walk(plan).undo(DAY, "somebody")
    assert scene.stored() == before


def test_an_undo_waits_for_other_replays(scene: Scene) -> None:
    """Another replay has the day's sinks: nothing is touched, and the day stays closed."""
    plan = closed(scene)
    scene.account.put(STATE, names.folder_lock(plan.spec.container, "channel", DAY), b'{"replay": "another"}')
    before = scene.stored()
    with pytest.raises(Claimed, match="another"):
        scene.walk(plan).undo(DAY, "somebody")
    assert scene.stored() == before
    assert scene.walk(plan).standing().days[0].stage is Stage.CLOSED
    assert len(scene.kept("state/locks/")) == 1


def test_a_sweep_deletes_only_what_is_over(scene: Scene) -> None:
    """Not before its time, and then once; an undo comes too late after it."""
    plan = closed(scene)
    assert scene.walk(plan).sweep() == 0
    scene.clock.tick(8 * 24 * 3600)
    assert [scene.walk(plan).sweep(), scene.walk(plan).sweep()] == [6, 0]
    assert scene.kept("backup/") == {}
    with pytest.raises(Refused, match="no backup"):
        scene.walk(plan).undo(DAY, "somebody")


def test_a_held_restore_is_finished_later(scene: Scene) -> None:
    """Locks and backup stay; once the copy is back, it ends byte for byte as before."""
    plan = held(scene)
    assert len(scene.kept("state/locks/")) == 4
    assert scene.walk(plan).run().days[0].stage is Stage.HELD
    for name, data in scene.lost.items():
        scene.account.put(STATE, name, data)
    report = scene.walk(plan).turn_back(DAY, "somebody")
    assert report.days[0].stage is Stage.RESTORED
    assert scene.stored() == scene.before


def test_a_day_that_is_published_and_never_lands_is_restored_by_hand(scene: Scene) -> None:
    """Backup, locks and segments are all there; what landed meanwhile is set aside."""
    plan = scene.plan()
    scene.walk(plan).run()
    assert scene.walk(plan).standing().state is ReplayState.LANDING
    with pytest.raises(NotThere):
        scene.walk(plan).turn_back(date(2019, 11, 1), "somebody")
    scene.refill()
    report = scene.walk(plan).turn_back(DAY, "somebody")
    assert (report.days[0].stage, report.days[0].lines_published) == (Stage.RESTORED, 40)
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before)


def test_a_closed_day_is_not_restored(scene: Scene) -> None:
    """Its backup is gone; one whose backup is kept is undone."""
    plan = scene.plan()
    scene.refill()
    scene.walk(plan).run()
    with pytest.raises(Refused, match="is closed"):
        scene.walk(plan).turn_back(DAY, "somebody")


def test_a_released_day_gives_up_its_locks_and_keeps_its_backup(scene: Scene) -> None:
    """The person has taken care of it; nothing carries it on any more, and other replays may have the sinks."""
    plan = held(scene)
    kept = scene.kept("backup/")
    report = scene.walk(plan).let_go(DAY, "somebody")
    assert (report.days[0].stage, scene.kept("state/locks/"), scene.kept("backup/")) == (Stage.HELD, {}, kept)
    assert scene.walk(plan).run(release_held=True).days[0].stage is Stage.HELD
    with pytest.raises(Refused, match="not held"):
        scene.walk(scene.plan(OTHER_REPLAY)).let_go(DAY, "somebody")


def test_a_cancel_from_another_process_restores_the_running_day(scene: Scene) -> None:
    """It is a blob beside the journal: whichever process runs the replay sees it."""
    plan = scene.plan()
    scene.refill()

    def plan_request() -> None:
        scene.account.put(STATE, names.cancel_request(REPLAY), b"{}")
        scene.clock.tick(3)

    report = scene.walk(plan, Onlooker(publish=plan_request)).run()
    assert (report.state, report.days[0].stage) == (ReplayState.CANCELLED, Stage.RESTORED)
    assert scene.stored() == scene.before


def test_a_status_tells_who_works_and_what_comes_next(scene: Scene) -> None:
    """Running while its lease runs, interrupted afterwards."""
    plan = scene.plan()
    seen = []

    def die() -> None:
        seen.append(scene.walk(plan).standing())
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scene.walk(plan, Onlooker(publish=die)).run()
    (running,) = seen
    assert (running.state, running.days[0].stage) == (ReplayState.RUNNING, Stage.CLEARED)
    left = scene.walk(plan).standing()
    assert (left.state, left.days[0].next_step, left.days[0].runner) == (
        ReplayState.INTERRUPTED,
        "publish",
        "the test",
    )


def test_two_things_of_one_name_are_both_kept_in_quarantine(scene: Scene) -> None:
    """A sink wrote the same name again while it was being set aside."""
    plan = closed(scene)
    name = next(iter(scene.sinks()))
    scene.account.put(STATE, names.quarantine(REPLAY, DAY, name), b"set aside before")
    scene.walk(plan).undo(DAY, "somebody")
    kept = [data for other, data in scene.kept("quarantine/").items() if other.endswith(name)]
    assert len(kept) == 2


def test_a_claim_names_who_holds_and_how_it_stands(scene: Scene) -> None:
    """The second of two overlapping replays is refused with the first's id, its owner and its state."""
    first, second = scene.plan(), scene.plan(OTHER_REPLAY)
    scene.account.copies.append(CopyState.SUCCESS)
    reports = []

    def another() -> None:
        reports.append(scene.walk(second).run())

    scene.refill()
    scene.walk(first, Onlooker(publish=another)).run()
    error = reports[0].days[0].error
    assert all(part in error for part in (REPLAY, "the test", str(Stage.CLEARED)))


class ReadOnly(MemoryBlobs):
    """A container in which our credentials may only read."""

    def _refuse(self, *_: object, **__: object) -> NoReturn:
        raise NotAllowed("The storage account rejected the credentials.", advice="Check the role.")

    create = create_log = append = lease = start_copy = delete = ensure = _refuse


@pytest.mark.parametrize("begun", [False, True], ids=["from the start", "since it was cleared"])
def test_a_state_container_that_is_read_only_stops_everything(scene: Scene, *, begun: bool) -> None:
    """What cannot be journaled is not done: nothing is lost, and the report says what to mend."""
    plan = scene.plan()
    if begun:
        interrupt(scene, plan)
    before, backup = scene.stored(), scene.kept("backup/")
    scene.stores = lambda store: ReadOnly(scene.account, STATE) if store.container == STATE else store
    report = scene.walk(plan).run()
    assert (report.state, report.days[0].stage) == (
        ReplayState.INTERRUPTED,
        Stage.CLEARED if begun else Stage.PLANNED,
    )
    assert "rejected the credentials" in report.days[0].error
    assert (scene.stored(), scene.kept("backup/")) == (before, backup)


def interrupt(scene: Scene, plan: Plan) -> None:
    """The process dies when it is about to publish."""

    def die() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scene.walk(plan, Onlooker(publish=die)).run()


def test_of_two_resumes_at_once_one_works(scene: Scene) -> None:
    """The other waits for the lease, gives up, and has changed nothing."""
    scene.refill()
    plan = scene.plan()
    interrupt(scene, plan)
    others = []
    first = scene.walk(plan, Onlooker(publish=lambda: others.append(scene.walk(plan).run(release_held=True))))
    assert first.run(release_held=True).state is ReplayState.COMPLETED
    assert "Another runner" in others[0].days[0].error
    assert scene.published() == sorted(lines_of(DAY))
