"""A request that arrives after its sender was overtaken changes nothing that counts."""

import gzip
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace

import pytest

from replay_engine.day.replay import ReplayRunner
from replay_engine.errors import ReplayError
from replay_engine.model import CheckSource, OnBadLine, Plan, Publishing, Stage
from replay_engine.ports import BlobExists, BlobStore, CopyState, Deletion
from replay_engine.state import names
from replay_engine.verify.verify import verify
from tests.fakes.blobs import MemoryBlobs
from tests.helpers.scene import DATA, DAY, OTHER_REPLAY, REPLAY, STATE, Onlooker, Scene

VICTIM = f"unique/{DAY}-1575224000001.json.gz"


def right(scene: Scene, plan: Plan) -> bool:
    return verify(plan, scene.world(), ()).right


class Late(MemoryBlobs):
    """A store on whose way one request of a runner is held up until another runner has done its work."""

    def __init__(self, inner: MemoryBlobs, call: str, container: str, meanwhile: Callable[[], None]) -> None:
        super().__init__(inner._account, inner.container)
        self._call, self._meant, self._meanwhile = call, container, meanwhile
        self.answers: list[object] = []

    def _hold(self, call: str) -> bool:
        if call != self._call or self.container != self._meant:
            return False
        self._call = ""
        self._meanwhile()
        return True

    def delete(self, items: Sequence[tuple[str, str]]) -> Sequence[Deletion]:
        held = self._hold("delete")
        outcomes = super().delete(items)
        if held:
            self.answers.append(list(outcomes))
        return outcomes

    def start_copy(self, source: BlobStore, source_name: str, source_etag: str, name: str) -> CopyState:
        held = self._hold("start_copy") if source_name == VICTIM else False
        try:
            return super().start_copy(source, source_name, source_etag, name)
        except BlobExists:
            if held:
                self.answers.append(BlobExists)
            raise


def held_up(scene: Scene, call: str, container: str, meanwhile: Callable[[], None]) -> Callable[[], list[object]]:
    """Runner A, one request of which is held up; what the store answered to it in the end."""
    late: list[Late] = []

    def stores(store: BlobStore) -> BlobStore:
        assert isinstance(store, MemoryBlobs)
        late.append(Late(store, call, container, meanwhile))
        return late[-1]

    plan = scene.plan()
    scene.stores = stores
    walk = ReplayRunner(plan, scene.world(), Onlooker(), "A")
    scene.stores = lambda store: store

    def run() -> list[object]:
        with suppress(ReplayError):
            walk.run()
        return [answer for store in late for answer in store.answers]

    return run


def test_a_delete_that_arrives_after_the_restore(scene: Scene) -> None:
    """Of a runner that was frozen in `clear`: originals that were left in place have another ETag by then."""
    scene.refill()

    def cancelled_and_restored() -> None:
        scene.clock.tick(45)
        other = ReplayRunner(scene.plans[REPLAY], scene.world(), Onlooker(), "B")
        other.ask_to_stop()
        assert other.run().days[0].stage is Stage.RESTORED
        assert scene.kept("backup/") == {}

    run = held_up(scene, "delete", DATA, cancelled_and_restored)
    assert run() == [[Deletion.CHANGED, Deletion.CHANGED]]
    assert scene.stored() == scene.before
    assert right(scene, scene.plans[REPLAY])


def test_a_copy_that_arrives_when_its_original_is_about_to_go(scene: Scene) -> None:
    """Of a runner that was frozen in `back_up`: the name of the copy is taken, and the backup stays what it was."""
    scene.refill()

    def another_comes_as_far_as_publishing() -> None:
        scene.clock.tick(45)
        watch = Onlooker()
        watch.when("publish", watch.stop)
        ReplayRunner(scene.plans[REPLAY], scene.world(), watch, "B").run()

    run = held_up(scene, "start_copy", STATE, another_comes_as_far_as_publishing)
    scene.account.copies.clear()
    run()
    assert scene.stored() == scene.before
    assert scene.kept("state/locks/") == {}


def test_a_copy_does_not_overwrite_a_backup_while_it_is_needed(scene: Scene) -> None:
    """It would be a blob of no bytes for a while, and its source may be gone by then."""
    scene.refill()
    seen: list[dict[str, bytes]] = []

    class Clearing(MemoryBlobs):
        def delete(self, items: Sequence[tuple[str, str]]) -> Sequence[Deletion]:
            if any(name == VICTIM for name, _ in items):
                found = self.head(VICTIM)
                assert found is not None
                with pytest.raises(BlobExists):
                    MemoryBlobs(self._account, STATE).start_copy(
                        self, VICTIM, found[0].etag, names.backup(REPLAY, DAY, VICTIM)
                    )
                seen.append(scene.kept(names.backup(REPLAY, DAY, VICTIM)))
            return super().delete(items)

    plan = scene.plan()
    scene.stores = lambda store: Clearing(scene.account, store.container) if store.container == DATA else store
    assert scene.walk(plan).run().days[0].stage is Stage.CLOSED
    assert [list(copies.values()) for copies in seen] == [[scene.before[VICTIM]]]


def test_a_lock_that_arrives_when_its_day_has_ended(scene: Scene) -> None:
    """It keeps nobody out, and the worker's sweep takes it away."""
    scene.refill()
    plan = scene.plan()
    locks: dict[str, bytes] = {}
    watch = Onlooker(check=lambda: locks.update(scene.kept("state/locks/")))
    scene.walk(plan, watch).run()
    assert len(locks) == 4
    for name, document in locks.items():
        scene.account.put(STATE, name, document)
    assert right(scene, plan)
    assert scene.walk(scene.plan(OTHER_REPLAY)).run().days[0].stage is Stage.CLOSED
    assert scene.kept("state/locks/") == {}


def test_a_backup_that_was_damaged_at_the_same_size_stops_the_first_delete(scene: Scene) -> None:
    """Size and name say nothing; the ETag on record does. Nothing is deleted, and the day can be restored."""
    plan = scene.plan()
    scene.refill()
    name = names.backup(REPLAY, DAY, VICTIM)
    watch = Onlooker(clear=lambda: scene.account.change(STATE, name, lambda data: data[:-1] + b"?"))
    report = scene.walk(plan, watch).run()
    assert (report.days[0].stage, VICTIM in report.days[0].error) == (Stage.HELD, True)
    assert scene.stored() == scene.before
    assert scene.walk(plan).turn_back(DAY, "asha").days[0].stage is Stage.RESTORED
    assert scene.stored() == scene.before


@pytest.mark.parametrize(
    "content", [b"", gzip.compress(b""), gzip.compress(b"\n\r\n \t\n")], ids=["0 B", "empty", "blank"]
)
def test_a_day_without_a_line_is_found_before_anything_is_cleared(scene: Scene, content: bytes) -> None:
    """Its sinks would be emptied for nothing."""
    for name in list(scene.stored(f"raw/{DAY}"))[1:]:
        scene.account.remove(DATA, name)
    scene.account.put(DATA, next(iter(scene.stored(f"raw/{DAY}"))), content)
    scene.before = scene.stored()
    spec = replace(scene.spec(), publishing=Publishing(check_source=CheckSource.FULL))
    report = scene.walk(scene.plan(spec=spec)).run()
    assert (report.days[0].stage, report.days[0].blobs_deleted) == (Stage.RESTORED, {})
    assert (scene.stored(), scene.kept("backup/")) == (scene.before, {})


@pytest.mark.parametrize("bad", [b"not json", b"[1]"])
def test_a_day_whose_every_line_is_set_aside_is_refused(scene: Scene, bad: bytes) -> None:
    """Nothing would come back of what was cleared; also where only the heads were looked at before."""
    for name in scene.stored(f"raw/{DAY}"):
        scene.account.put(DATA, name, gzip.compress(bad))
    scene.before = scene.stored()
    for number, check in enumerate(CheckSource):
        publishing = Publishing(check_source=check, on_bad_line=OnBadLine.SET_ASIDE, key="did")
        plan = scene.plan(f"r20200110-083000-00000{number + 5}", replace(scene.spec(), publishing=publishing))
        report = scene.walk(plan).run()
        assert (report.days[0].stage, scene.published()) == (Stage.RESTORED, [])
        assert "line" in report.days[0].error
        assert scene.stored() == scene.before
