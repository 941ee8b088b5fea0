"""Restoring files: originals are copied back, what landed is set aside, and nothing that anybody wrote is lost."""

from collections import Counter
from collections.abc import Callable, Iterator

import pytest

from replay_engine.day.steps.restore import restore
from replay_engine.errors import CannotProceed
from replay_engine.model import Stage
from replay_engine.ports import CopyState
from replay_engine.state import names
from tests.day.steps.restoring import VICTIM, check_restored, cleared
from tests.fakes.blobs import MemoryBlobs
from tests.helpers.scene import DATA, DAY, REPLAY, STATE, Scene


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
