"""What is not the replay's own stays where its owner has put it; what is, can be brought back."""

import gzip
from dataclasses import replace
from datetime import timedelta

import pytest

from replay_engine.day.recall import Place
from replay_engine.day.replay import ReplayRunner
from replay_engine.errors import Refused
from replay_engine.model import Plan, Sink, SinkType, Stage
from replay_engine.state import names
from replay_engine.verify.verify import verify
from tests.helpers.scene import DATA, DAY, LANDING_FOLDERS, OTHER_REPLAY, REPLAY, Onlooker, Scene

SECOND_SOURCE = f"raw/{DAY}-1-1575224000000.json.gz"
VICTIM = f"unique/{DAY}-1575224000000.json.gz"
LATE = f"unique/{DAY}-1575400000000.json.gz"


def right(scene: Scene, plan: Plan) -> bool:
    return verify(plan, scene.world(), ()).right


def events(contents: dict[str, bytes], what: bytes, folder: str = "/unique/") -> int:
    return sum(data.count(what) for name, data in contents.items() if folder in f"/{name}")


def test_a_late_file_stays_where_nothing_was_published(scene: Scene) -> None:
    """The day was cancelled before its first line: whatever came meanwhile came from somebody else."""
    plan, watch = scene.plan(), Onlooker()

    def late_file_and_cancel() -> None:
        scene.account.put(DATA, LATE, b"late")
        watch.stop()

    watch.when("publish", late_file_and_cancel)
    assert scene.walk(plan, watch).run().days[0].stage is Stage.RESTORED
    assert scene.stored() == {**scene.before, LATE: b"late"}
    assert scene.kept(names.QUARANTINE) == {}
    assert right(scene, plan)


def test_what_was_written_before_publishing_began_is_not_the_replays(scene: Scene) -> None:
    """By the store's clock, whatever the runner's says: it stays, and what landed later is set aside."""
    scene.account.change(DATA, SECOND_SOURCE, lambda data: data[:-9])
    scene.before = scene.stored()
    scene.refill()
    plan, watch = scene.plan(), Onlooker()

    def late_file() -> None:
        scene.account.put(DATA, LATE, b"late")
        scene.clock.tick(1)

    watch.when("publish", late_file)
    report = scene.walk(plan, watch).run()
    assert (report.days[0].stage, report.days[0].lines_published) == (Stage.RESTORED, 25)
    assert scene.stored() == {**scene.before, LATE: b"late"}
    assert report.days[0].blobs_quarantined == len(LANDING_FOLDERS)
    assert right(scene, plan)


def test_an_owners_newer_file_stays_and_the_old_one_is_kept_for_them(scene: Scene) -> None:
    """It was rewritten between backup and clear; afterwards both contents are there, and it is told."""
    plan, watch = scene.plan(), Onlooker()
    watch.when("clear", lambda: scene.account.put(DATA, VICTIM, b"newer"))
    report = scene.walk(plan, watch).run()
    assert (report.days[0].stage, report.days[0].blobs_left) == (Stage.RESTORED, 1)
    assert scene.stored() == {**scene.before, VICTIM: b"newer"}
    assert scene.kept(names.REPLACED) == {names.replaced(REPLAY, DAY, VICTIM): scene.before[VICTIM]}
    assert (scene.kept("backup/"), scene.kept(names.QUARANTINE)) == ({}, {})
    assert right(scene, plan)


def push(scene: Scene) -> Plan:
    """A replay of another source into the same topic, which deletes nothing."""
    lines = b"\n".join(b'{"mid":"failed %d"}' % number for number in range(7))
    scene.account.put(DATA, f"failed/{DAY}-1575224000000.json.gz", gzip.compress(lines, mtime=0))
    scene.before = scene.stored()
    spec = replace(scene.spec(), source="failed", folder="failed", delete_backups=False, sinks=())
    return scene.keep(scene.plan(OTHER_REPLAY, spec))


def test_what_two_replays_published_meanwhile_is_not_taken_for_one_of_them(scene: Scene) -> None:
    """What landed cannot be told apart: the originals are back, nothing is set aside, and the other is named."""
    scene.refill()
    scene.account.change(DATA, SECOND_SOURCE, lambda data: data[:-9])
    other = push(scene)
    plan = scene.plan()

    def meanwhile(_: int) -> None:
        scene.before_shard = lambda _: None
        ReplayRunner(other, scene.world(), Onlooker(), "another").run()

    scene.before_shard = meanwhile
    world = scene.world()
    report = ReplayRunner(plan, world, Onlooker(), "the test").run()
    assert report.days[0].stage is Stage.HELD
    assert OTHER_REPLAY in report.days[0].error
    assert scene.before.items() <= scene.stored().items()
    assert events(scene.stored(), b"failed ") == 7
    assert scene.kept(names.QUARANTINE) == {}
    scene.walk(plan).let_go(DAY, "asha")
    assert scene.kept("state/locks/") == {}


def test_an_undo_after_a_later_replay_of_the_same_sinks_is_refused(scene: Scene) -> None:
    """What the later one made land would be set aside with the rest: it is named, and everything stays."""
    scene.keep_backups_for = timedelta(days=7)
    scene.refill()
    plan = scene.plan()
    scene.walk(plan).run()
    for number in range(2):
        name = f"derived/wfs/{DAY}-{number}.json.gz"
        scene.account.put(DATA, name, gzip.compress(b'{"mid":"wfs %d"}\n' % number * 100, mtime=0))
    spec = replace(scene.spec(), source="wfs", folder="derived/wfs", sinks=(Sink(SinkType.AZURE, "channel"),))
    later = scene.keep(scene.plan(OTHER_REPLAY, spec))
    scene.clock.sleep(3600)
    assert scene.walk(later).run().days[0].stage is Stage.CLOSED
    before = scene.stored()
    with pytest.raises(Refused, match=OTHER_REPLAY):
        scene.walk(plan).undo(DAY, "asha")
    assert (scene.stored(), scene.kept("state/locks/"), scene.kept(names.QUARANTINE)) == (before, {}, {})
    assert scene.standing(plan).place(scene.clock.now()) is Place.KEPT
    assert scene.walk(later).undo(DAY, "asha").days[0].stage is Stage.RESTORED
    assert scene.walk(plan).undo(DAY, "asha").days[0].stage is Stage.RESTORED


def test_a_retry_soon_after_a_failure_is_restored_alone(scene: Scene) -> None:
    """The first one was restored, and has left nothing in the sinks: what lands now is the retry's."""
    scene.account.change(DATA, SECOND_SOURCE, lambda data: data[:-9])
    scene.before = scene.stored()
    scene.refill()
    scene.walk(scene.keep(scene.plan())).run()
    report = scene.walk(scene.keep(scene.plan(OTHER_REPLAY))).run()
    assert report.days[0].stage is Stage.RESTORED
    assert scene.stored() == scene.before
