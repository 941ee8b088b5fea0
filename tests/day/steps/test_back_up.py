"""Backing up: every promised byte is there twice, compared, before anything is deleted."""

import gzip
from collections.abc import Callable
from dataclasses import replace

import pytest

from replay_engine.day.backups import recorded_copies
from replay_engine.day.steps.back_up import back_up
from replay_engine.errors import CopyFailed, StalePlan
from replay_engine.model import Sink, SinkType, Stage
from replay_engine.ports import CopyState
from replay_engine.reports import ReplayState
from replay_engine.state import names
from replay_engine.state.manifest import load
from tests.fakes.account import md5_of
from tests.helpers.scene import DATA, DAY, EVENTS, REPLAY, STATE, Onlooker, Scene

PENDING, FAILED, ABORTED = CopyState.PENDING, CopyState.FAILED, CopyState.ABORTED


def backups(scene: Scene) -> dict[str, bytes]:
    """The copies, by the names of their originals."""
    prefix = names.backup(REPLAY, DAY, "")
    return {name.removeprefix(prefix): data for name, data in scene.kept(prefix).items()}


def check_unchanged(scene: Scene, error: str) -> None:
    """The day has failed before anything was deleted, and left nothing behind."""
    plan = scene.plan()
    report = scene.walk(plan).run()
    assert (report.state, report.days[0].stage) == (ReplayState.COMPLETED_WITH_FAILURES, Stage.RESTORED)
    assert error in report.days[0].error
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before)
    assert (backups(scene), scene.published(), scene.kept("state/locks/")) == ({}, [], {})


def test_every_sink_blob_is_copied_under_its_whole_name(scene: Scene) -> None:
    """Files of one day in different folders do not meet; other days and folders are not copied."""
    facts = back_up(scene.day(scene.plan()))
    assert backups(scene) == scene.sinks()
    assert facts == {"blobs": len(scene.sinks()), "size_bytes": sum(map(len, scene.sinks().values()))}
    assert scene.stored() == scene.before


def test_the_promise_names_everything_before_the_first_copy(scene: Scene) -> None:
    """Each blob with its MD5, also where the store keeps none; each segment; the source."""
    plan = scene.plan()
    back_up(scene.day(plan))
    promise = load(scene.kept(names.manifest(REPLAY, DAY))[names.manifest(REPLAY, DAY)])
    assert {blob.name: blob.md5 for blob in promise.sink_blobs} == {n: md5_of(d) for n, d in scene.sinks().items()}
    assert [blob.name for blob in promise.inventory.source] == sorted(scene.stored(f"raw/{DAY}"))
    assert [s.id for s in promise.inventory.segments[EVENTS]] == scene.used_of()
    assert promise.fingerprint == plan.days[0].fingerprint


def test_a_pending_copy_is_waited_for(scene: Scene) -> None:
    """Only one that has ended in success counts."""
    scene.account.copies.extend([PENDING] * 4)
    scene.clock.at_sleep.append(scene.account.end_copies)
    back_up(scene.day(scene.plan()))
    assert backups(scene) == scene.sinks()


@pytest.mark.parametrize("state", [FAILED, ABORTED])
@pytest.mark.parametrize("at_once", [True, False])
def test_a_copy_that_fails_turns_the_day_back(scene: Scene, state: CopyState, at_once: bool) -> None:
    """At once or after a while: nothing is deleted."""
    scene.account.copies.append(state if at_once else PENDING)
    scene.clock.at_sleep.append(lambda: scene.account.end_copies(state))
    check_unchanged(scene, f"ended as {state}")


def test_a_failed_copy_of_an_empty_file_is_a_failed_copy(scene: Scene) -> None:
    """It has the right size, and still does not count."""
    for name in scene.stored("unique/"):
        scene.account.remove(DATA, name)
    scene.account.put(DATA, f"unique/{DAY}-1.json.gz", b"")
    scene.account.copies.append(FAILED)
    plan = scene.plan(spec=replace(scene.spec(), sinks=(Sink(SinkType.AZURE, "unique"),)))
    with pytest.raises(CopyFailed, match="ended as failed"):
        back_up(scene.day(plan))


def test_a_copy_that_never_ends_turns_the_day_back(scene: Scene) -> None:
    """After much patience."""
    scene.account.copies.extend([PENDING] * 99)
    check_unchanged(scene, "still pending")


@pytest.mark.parametrize(
    "corrupt", [lambda data: data[:-1], lambda data: data[:-1] + b"?", lambda data: data + b"?", lambda _: b""]
)
def test_a_copy_that_is_not_equal_turns_the_day_back(scene: Scene, corrupt: Callable[[bytes], bytes]) -> None:
    """Shorter, longer, or of the same size with one byte wrong, whatever the store says of it."""
    scene.account.corrupt = corrupt
    check_unchanged(scene, "is not equal to it")


def test_a_copy_of_an_earlier_runner_that_is_still_pending_is_waited_for(scene: Scene) -> None:
    """It is not begun again beside itself."""
    plan = scene.plan()
    (name, *_) = scene.sinks()
    data, state = scene.world().data, scene.world().state
    found = data.head(name)
    assert found is not None
    scene.account.copies.append(PENDING)
    state.start_copy(data, name, found[0].etag, names.backup(REPLAY, DAY, name))
    scene.clock.at_sleep.append(scene.account.end_copies)
    back_up(scene.day(plan))
    assert backups(scene) == scene.sinks()


def test_what_is_copied_already_is_not_copied_again(scene: Scene) -> None:
    """A copy that is there and counts stays as it is."""
    plan = scene.plan()
    back_up(scene.day(plan))
    before = {blob.name: blob.etag for blob in scene.world().state.list(names.BACKUP)}
    scene.account.remove(STATE, names.copies(REPLAY, DAY))
    back_up(scene.day(plan))
    assert {blob.name: blob.etag for blob in scene.world().state.list(names.BACKUP)} == before


def test_a_copy_that_somebody_wrote_to_counts_no_more(scene: Scene) -> None:
    """Size and MD5 may be right: the store does not call it a copy any more. Nothing is written over it."""
    plan = scene.plan()
    back_up(scene.day(plan))
    spoilt = next(blob.name for blob in scene.world().state.list(names.BACKUP))
    scene.account.remove(STATE, names.copies(REPLAY, DAY))
    scene.account.change(STATE, spoilt, lambda data: data)
    with pytest.raises(CopyFailed, match="taken by something else"):
        back_up(scene.day(plan))
    assert scene.stored() == scene.before


def test_a_copy_that_ended_badly_is_made_again(scene: Scene) -> None:
    """Of an earlier runner: it is deleted under its ETag, for a copy is made only where nothing is."""
    plan, (name, *_) = scene.plan(), scene.sinks()
    data, state = scene.world().data, scene.world().state
    found = data.head(name)
    assert found is not None
    scene.account.copies.append(CopyState.FAILED)
    state.start_copy(data, name, found[0].etag, names.backup(REPLAY, DAY, name))
    back_up(scene.day(plan))
    assert backups(scene) == scene.sinks()


def test_which_copies_count_is_recorded_once(scene: Scene) -> None:
    """With the ETag of each; a second runner finds the record and keeps to it."""
    day = scene.day(scene.plan())
    back_up(day)
    recorded = recorded_copies(day)
    assert recorded is not None
    prefix = names.backup(REPLAY, DAY, "")
    there = {blob.name.removeprefix(prefix): blob.etag for blob in scene.world().state.list(prefix)}
    assert {name: copy.etag for name, copy in recorded.items()} == there
    document = scene.kept(names.copies(REPLAY, DAY))
    back_up(day)
    assert scene.kept(names.copies(REPLAY, DAY)) == document


@pytest.mark.parametrize(
    "change",
    [
        lambda scene: scene.account.put(DATA, f"unique/{DAY}-9.json.gz", b"late"),
        lambda scene: scene.account.put(DATA, f"raw/{DAY}-9.json.gz", b"late"),
        lambda scene: scene.account.remove(DATA, f"unique/{DAY}-1575224000000.json.gz"),
        lambda scene: scene.account.change(DATA, f"unique/{DAY}-1575224000000.json.gz", lambda data: data),
        lambda scene: scene.segments.state.add_segment(EVENTS, DAY, "2019-12-02"),
    ],
    ids=["late in a sink", "late in the source", "gone", "rewritten", "a segment more"],
)
def test_a_plan_that_is_stale_touches_nothing(scene: Scene, change: Callable[[Scene], object]) -> None:
    """What was confirmed is not what is there: the day ends as it is now."""
    plan = scene.plan()
    change(scene)
    now, segments = scene.stored(), scene.used()
    report = scene.walk(plan).run()
    assert (report.days[0].stage, "have changed" in report.days[0].error) == (Stage.RESTORED, True)
    assert (scene.stored(), scene.used()) == (now, segments)
    assert (backups(scene), scene.kept(names.QUARANTINE), scene.published()) == ({}, {}, [])


@pytest.mark.parametrize(
    "change", [lambda account, name: account.put(DATA, name, b"new"), lambda account, name: account.remove(DATA, name)]
)
def test_a_blob_that_changes_after_the_promise_is_not_copied(scene: Scene, change: Callable[..., object]) -> None:
    """The promise was of another: the day cannot go on by it."""
    day, (name, *_) = scene.day(scene.plan()), scene.sinks()
    day.promise()
    change(scene.account, name)
    with pytest.raises(StalePlan, match=name):
        back_up(day)
    assert name not in backups(scene)


def test_a_record_of_the_copies_that_was_changed_is_in_doubt(scene: Scene) -> None:
    """Its digest covers it; nothing is deleted by it."""
    name = names.copies(REPLAY, DAY)

    def change() -> None:
        text = gzip.decompress(scene.kept(name)[name]).replace(b'"size_bytes": ', b'"size_bytes": 1')
        scene.account.change(STATE, name, lambda _: gzip.compress(text))

    report = scene.walk(scene.plan(), Onlooker(clear=change)).run()
    assert (report.days[0].stage, "record of the backup" in report.days[0].error) == (Stage.HELD, True)
    assert scene.stored() == scene.before
