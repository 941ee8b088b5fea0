"""A closed day with its backup: undone or swept, by what its journal says under the lease, never both."""

from collections.abc import Sequence
from datetime import timedelta

import pytest

from replay_engine.day.recall import Place
from replay_engine.errors import NotAllowed, ReplayError, TryAgain
from replay_engine.model import Stage
from replay_engine.ports import Deletion
from replay_engine.state import names
from replay_engine.state.journal import Kind
from tests.day.orders.places import Death, closed, die, overdue
from tests.fakes.blobs import MemoryBlobs
from tests.helpers.scene import DAY, REPLAY, Onlooker, Scene


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
