"""Restoring: the sinks are byte for byte as before, and nothing that anybody wrote is lost."""

from collections import Counter
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from replay_engine.day.steps.back_up import back_up
from replay_engine.day.steps.clear import clear
from replay_engine.day.steps.restore import restore
from replay_engine.errors import CannotProceed, InDoubt, ReplayError, TryAgain
from replay_engine.model import Counts, Plan, Stage
from replay_engine.ports import CopyState
from replay_engine.publish.shards import Position
from replay_engine.reports import ReplayReport, ReplayState
from replay_engine.state import names
from replay_engine.state.journal import Kind
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.downstream import GROUP
from tests.helpers.scene import DATA, DAY, EVENTS, LANDING_FOLDERS, REPLAY, SECOND_SOURCE, STATE, Onlooker, Scene

VICTIM = f"unique/{DAY}-1575224000000.json.gz"


@pytest.fixture
def damaged(scene: Scene) -> Plan:
    """A day that fails when most of it is published, and lands."""
    scene.account.change(DATA, SECOND_SOURCE, lambda data: data[:-6])
    scene.before = scene.stored()
    scene.refill()
    return scene.plan()


def check_restored(scene: Scene, report: ReplayReport) -> None:
    """Everything as before; what landed is in quarantine; no backup and no lock is left."""
    assert report.days[0].stage is Stage.RESTORED
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before)
    assert (scene.kept(names.BACKUP), scene.kept("state/locks/")) == ({}, {})


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


def cleared(scene: Scene, *, lines: int = 1) -> Plan:
    """A day that was cleared, and turned back when so many lines were published."""
    plan = scene.plan()
    day = scene.day(plan)
    back_up(day)
    for step in ("claim", "back_up", "clear"):
        day.journal.append(Kind.INTENT, step)
    clear(day)
    day.journal.append(Kind.PROOF, "clear", Stage.CLEARED)
    day.journal.append(Kind.INTENT, "publish")
    opened = {"shards": 1, "done": {}, "opened_at": scene.clock.now().isoformat()}
    day.journal.append(Kind.NOTE, "publish", facts=opened)
    scene.cluster.positions[names.shard_group(REPLAY, DAY, 0)] = Position(lines, counts=Counts(lines)).committed()
    day.journal.append(Kind.TURNED_BACK, "publish", facts={"error": "it broke"})
    return plan


@pytest.mark.parametrize(
    "spoil",
    [
        lambda scene, name: scene.account.remove(STATE, name),
        lambda scene, name: scene.account.change(STATE, name, lambda data: data[:-1]),
        lambda scene, name: scene.account.change(STATE, name, lambda data: data[:-1] + b"?"),
    ],
    ids=["gone", "shorter", "a wrong byte"],
)
@pytest.mark.parametrize("name", [VICTIM, VICTIM.replace("0.json", "1.json")], ids=["md5 in the store", "no md5"])
def test_a_backup_that_is_not_what_was_promised_holds_the_day(
    scene: Scene, spoil: Callable[[Scene, str], object], name: str
) -> None:
    """It is not put back as if it were; what is left of the backup stays."""
    plan = cleared(scene)
    spoil(scene, names.backup(REPLAY, DAY, name))
    left = scene.kept(names.BACKUP)
    report = scene.walk(plan).run()
    assert (report.days[0].stage, name in report.days[0].error) == (Stage.HELD, True)
    assert name not in scene.stored()
    assert scene.kept(names.BACKUP) == left


def test_what_landed_under_an_originals_name_is_set_aside(scene: Scene) -> None:
    """The original is put back in its place, whole."""
    plan = cleared(scene)
    scene.account.put(DATA, VICTIM, b"another")
    check_restored(scene, scene.walk(plan).run())
    assert list(scene.kept(names.QUARANTINE).values()) == [b"another"]


def test_a_quarantine_that_fails_deletes_nothing(scene: Scene) -> None:
    """What landed stays in the sink until its copy is compared."""
    plan = cleared(scene)
    late = f"unique/{DAY}-1600000000000.json.gz"
    scene.account.put(DATA, late, b"landed")
    scene.account.corrupt = lambda data: data + b"?"
    with pytest.raises(CannotProceed):
        restore(scene.day(plan))
    assert scene.stored()[late] == b"landed"


def test_what_is_still_being_written_is_waited_for(scene: Scene) -> None:
    """A blob that changes while it is set aside is set aside in another round, with both contents kept."""
    plan = cleared(scene)
    late = f"unique/{DAY}-1600000000000.json.gz"
    scene.account.put(DATA, late, b"first")

    def rewrite(data: bytes) -> bytes:
        if data == b"first":
            scene.account.put(DATA, late, b"second")
        return data

    scene.account.corrupt = rewrite
    check_restored(scene, scene.walk(plan).run())
    assert b"second" in scene.kept(names.QUARANTINE).values()


def test_a_pending_copy_back_is_not_taken_for_the_original(scene: Scene) -> None:
    """Only what is in place and equal ends the restore."""
    plan = cleared(scene)
    scene.account.copies.extend([CopyState.PENDING] * 4)
    scene.clock.at_sleep.append(scene.account.end_copies)
    check_restored(scene, scene.walk(plan).run())
    assert scene.clock.slept


def test_a_runner_that_died_while_a_copy_back_was_pending(scene: Scene) -> None:
    """The next one waits for it or does it again; the original ends in its place."""
    plan = cleared(scene)
    scene.account.copies.append(CopyState.PENDING)
    backup = names.backup(REPLAY, DAY, VICTIM)
    world = scene.world()
    found = world.state.head(backup)
    assert found is not None
    world.data.start_copy(world.state, backup, found[0].etag, VICTIM)
    scene.clock.at_sleep.append(scene.account.end_copies)
    check_restored(scene, scene.walk(plan).run())


def test_a_copy_back_that_fails_is_made_again(scene: Scene) -> None:
    """What is left of the failed one is deleted, and nothing else."""
    plan = cleared(scene)
    scene.account.copies.append(CopyState.FAILED)
    check_restored(scene, scene.walk(plan).run())


def test_a_copy_back_that_fails_again_and_again_holds_the_day(scene: Scene) -> None:
    """The backup stays, everything else is back; resuming finishes it."""
    plan = cleared(scene)
    scene.account.copies.extend([CopyState.FAILED] * 18)
    held = scene.walk(plan).run()
    assert (held.days[0].stage, "gone or damaged" in held.days[0].error) == (Stage.HELD, True)
    assert len(scene.kept(names.BACKUP)) == 6
    scene.account.copies.clear()
    check_restored(scene, scene.walk(plan).run(release_held=True))


@pytest.mark.parametrize("already", range(7))
def test_a_restore_that_was_interrupted_is_finished(scene: Scene, already: int) -> None:
    """However many blobs were put back before; those are left alone."""
    plan = cleared(scene)
    originals = sorted(n for n in scene.before if n.startswith(("unique/", "channel/")) and names.day_of(n) == DAY)
    for name in originals[:already]:
        scene.account.put(DATA, name, scene.before[name])
    etags = {blob.name: blob.etag for blob in scene.world().data.list("")}
    check_restored(scene, scene.walk(plan).run())
    now = {blob.name: blob.etag for blob in scene.world().data.list("")}
    assert {name: now[name] for name in etags} == etags


def test_segments_appended_meanwhile_are_marked_unused_the_old_stay(scene: Scene) -> None:
    """By id; and Druid's word is proved by asking again."""
    plan = cleared(scene)
    added = scene.segments.state.add_segment(EVENTS, DAY, "2019-12-02", rows=["new"])
    scene.segments.ignores_marks = True
    with pytest.raises(TryAgain, match="still uses"):
        restore(scene.day(plan))
    scene.segments.ignores_marks = False
    check_restored(scene, scene.walk(plan).run())
    assert [segment.id for segment in scene.segments.state.unused(EVENTS)] == [added.id]
    assert scene.segments.state.kills == []


def test_segments_that_were_compacted_meanwhile_hold_the_day(scene: Scene) -> None:
    """Old and new cannot be told apart: nothing is marked."""
    plan = cleared(scene)
    old = scene.used_of()[0]
    scene.segments.state.mark_unused(EVENTS, lambda segment: segment.id == old)
    before = scene.used()
    with pytest.raises(InDoubt, match="compaction"):
        restore(scene.day(plan))
    assert scene.used() == before


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


def test_a_file_without_an_md5_is_not_read_again_and_again(scene: Scene) -> None:
    """However often its sink is looked at: once as it is found, and once as it is put back or touched."""
    plan, reads = cleared(scene), Counter[str]()

    class Counting(MemoryBlobs):
        def read(self, name: str, etag: str | None = None, most_bytes: int | None = None) -> Iterator[bytes]:
            reads[name] += self.container == DATA
            return super().read(name, etag, most_bytes)

    scene.stores = lambda store: Counting(scene.account, store.container)
    check_restored(scene, scene.walk(plan).run())
    read = {name: number for name, number in reads.items() if number}
    assert set(read) == {name for name in scene.sinks() if name.endswith("1.json.gz")}
    assert max(read.values()) <= 2
