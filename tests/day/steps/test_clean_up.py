"""Cleaning up: the recorded segments go by id, after a look that this hides nothing; then the backup."""

from collections.abc import Callable, Iterable

import pytest

from replay_engine.model import Stage
from replay_engine.reports import ReplayState
from replay_engine.state import names
from sandbox.druid.state import Task
from tests.helpers.scene import DAY, EVENTS, LANDING_FOLDERS, NEXT, REPLAY, STATE, Onlooker, Scene, lines_of


def day_rows(scene: Scene) -> list[str]:
    """What a query over the day sees, once or as often as it is there."""
    return sorted(scene.segments.state.rows(EVENTS, DAY))


def test_a_closed_day_holds_every_event_once(scene: Scene) -> None:
    """Sinks and Druid hold what was replayed and nothing of before; no backup, no lock is left."""
    scene.refill()
    report = scene.walk(scene.plan()).run()
    (day,) = report.days
    assert (report.state, day.stage, day.error) == (ReplayState.COMPLETED, Stage.CLOSED, "")
    assert (day.blobs_deleted, day.segments_deleted) == ({"unique": 2, "channel": 4}, {EVENTS: 2})
    assert scene.published() == sorted(lines_of(DAY))
    for folder in LANDING_FOLDERS:
        landed = [line for data in scene.stored(f"{folder}/{DAY}").values() for line in data.split(b"\n")]
        assert sorted(landed) == scene.published()
    assert scene.cluster.positions == {}
    assert day_rows(scene) == [line.decode(errors="replace") for line in scene.published()]
    assert (scene.kept(names.BACKUP), scene.kept(names.QUARANTINE), scene.kept("state/locks/")) == ({}, {}, {})
    assert scene.segments.state.kills == []


def test_other_days_and_folders_are_as_before(scene: Scene) -> None:
    """Nothing but the day's own was touched."""
    mine = set(scene.sinks())
    scene.refill()
    scene.walk(scene.plan()).run()
    others = {name: data for name, data in scene.before.items() if name not in mine}
    now = scene.stored()
    assert {name: now[name] for name in others} == others
    assert [i for i in scene.used() if "_2019-12-01" not in i] == [
        i for i in scene.segments_before if "_2019-12-01" not in i
    ]


def replayed(scene: Scene, meddle: Callable[[], object]) -> str:
    """The error of a day, where something happens before it is cleaned up."""
    scene.refill()
    (day,) = scene.walk(scene.plan(), Onlooker(clean_up=meddle)).run().days
    assert (day.stage, day.blobs_deleted) == (Stage.HELD, {"unique": 2, "channel": 4})
    assert len(scene.kept(names.BACKUP)) == 6
    assert len(scene.kept("state/locks/")) == 4
    return day.error


def test_a_recorded_segment_that_is_not_used_any_more_holds_the_day(scene: Scene) -> None:
    """Compaction has rewritten the day: nothing is marked, backup and locks stay."""
    old = scene.segments_before[2]

    def compact() -> None:
        scene.segments.state.mark_unused(EVENTS, lambda segment: segment.id == old)

    assert old in replayed(scene, compact)
    assert set(scene.segments_before) - {old} <= set(scene.used())


def compacted(scene: Scene) -> str:
    """All that a query sees now, in one segment of a newer version; what it has read stays used for a while."""
    state = scene.segments.state
    newer = f"{state.used(EVENTS)[2].version}-newer"
    made = state.add_segment(EVENTS, DAY, NEXT, version=newer, core_partitions=1, rows=day_rows(scene))
    return made.id


def test_a_compaction_that_has_read_old_and_new_rows_holds_the_day(scene: Scene) -> None:
    """The recorded segments are all used still, and nobody sees them: removing them would change nothing."""
    made: list[str] = []
    assert "may hold old rows and new ones together" in replayed(scene, lambda: made.append(compacted(scene)))
    assert set(scene.segments_before) | set(made) <= set(scene.used())


def test_a_compaction_that_ends_while_the_old_are_removed_holds_the_day(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It publishes the old rows that it has read before: the day is doubled, and not said to be closed."""
    mark = scene.segments.mark_unused

    def marked(datasource: str, ids: Iterable[str]) -> None:
        mark(datasource, ids)
        scene.segments.state.add_segment(EVENTS, DAY, NEXT, version="9", core_partitions=1, rows=["old 0", "old 1"])

    monkeypatch.setattr(scene.segments, "mark_unused", marked)
    assert "may hold old rows and new ones together" in replayed(scene, lambda: None)


def test_a_compaction_that_is_under_way_is_waited_for(scene: Scene) -> None:
    """It would publish what it has read; when it has ended the day goes on."""
    scene.refill()
    plan, seen = scene.plan(), []
    compact = Task("compact-1", "compact", EVENTS)

    def ends() -> None:
        if compact in scene.segments.state.tasks:
            seen.append(set(scene.segments_before) <= set(scene.used()))
            if len(seen) == 3:
                scene.segments.state.tasks.clear()

    def begins() -> None:
        scene.segments.state.tasks.append(compact)
        scene.clock.at_sleep.append(ends)

    watch = Onlooker(clean_up=begins)
    report = scene.walk(plan, watch).run()
    assert (report.state, seen) == (ReplayState.COMPLETED, [True] * 3)
    told = [day.waiting for one in watch.seen for day in one.days if day.waiting]
    assert f"Druid's {EVENTS} is being written anew by compact-1." in told


def test_a_compaction_that_begins_while_the_old_are_removed_is_waited_for(
    scene: Scene, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What it has read comes with its end, after the last look that would have found nothing."""
    mark = scene.segments.mark_unused
    compact = Task("compact-1", "compact", EVENTS)

    def ends() -> None:
        if compact in scene.segments.state.tasks:
            scene.segments.state.tasks.remove(compact)
            scene.segments.state.add_segment(EVENTS, DAY, NEXT, version="9", core_partitions=1, rows=["old 0"])

    def marked(datasource: str, ids: Iterable[str]) -> None:
        mark(datasource, ids)
        scene.segments.state.tasks.append(compact)
        scene.clock.at_sleep.append(ends)

    monkeypatch.setattr(scene.segments, "mark_unused", marked)
    assert "may hold old rows and new ones together" in replayed(scene, lambda: None)


def test_what_a_removal_would_hide_holds_the_day(scene: Scene) -> None:
    """A new core partition of the same version would vanish with the old."""
    version = scene.segments.state.used(EVENTS)[2].version

    def ingest() -> None:
        scene.segments.state.add_segment(EVENTS, DAY, "2019-12-02", version=version, core_partitions=3)

    assert "would hide" in replayed(scene, ingest)
    assert set(scene.segments_before) <= set(scene.used())


def test_a_promise_that_is_gone_holds_the_day(scene: Scene) -> None:
    """Without it nobody knows what may be deleted."""
    assert "manifest" in replayed(scene, lambda: scene.account.remove(STATE, names.manifest(REPLAY, DAY)))
    assert set(scene.segments_before) <= set(scene.used())


def test_a_druid_that_says_yes_and_does_nothing_is_not_believed(scene: Scene) -> None:
    """It is asked again; while it does not, the day stands, backup and locks in place."""
    scene.refill()
    plan = scene.plan()
    scene.segments.ignores_marks = True
    report = scene.walk(plan).run()
    assert (report.state, report.days[0].stage) == (ReplayState.INTERRUPTED, Stage.LANDED)
    assert "still uses" in report.days[0].error
    assert f"replay resume {REPLAY}" in report.days[0].advice or report.days[0].advice
    assert len(scene.kept(names.BACKUP)) == 6
    scene.segments.ignores_marks = False
    assert scene.walk(plan).run().state is ReplayState.COMPLETED


@pytest.mark.parametrize("done", [0, 1, 2])
def test_a_removal_that_was_interrupted_is_finished(scene: Scene, done: int) -> None:
    """Segments that an earlier runner has marked are not missed; the numbers are the day's."""
    scene.refill()
    plan = scene.plan()
    scene.segments.ignores_marks = True
    scene.walk(plan).run()
    scene.segments.ignores_marks = False
    gone = scene.segments_before[2 : 2 + done]
    scene.segments.state.mark_unused(EVENTS, lambda segment: segment.id in gone)
    report = scene.walk(plan).run()
    assert (report.state, report.days[0].segments_deleted) == (ReplayState.COMPLETED, {EVENTS: 2})
    assert day_rows(scene) == [line.decode(errors="replace") for line in scene.published()]


def test_only_the_copies_that_the_manifest_names_are_deleted(scene: Scene) -> None:
    """What else lies in the backup folder stays."""
    other = names.backup(REPLAY, DAY, "unique/by-hand.json.gz")
    scene.refill()
    watch = Onlooker(clean_up=lambda: scene.account.put(STATE, other, b"somebody's"))
    scene.walk(scene.plan(), watch).run()
    assert scene.kept(names.BACKUP) == {other: b"somebody's"}


def test_a_backup_that_is_gone_already_is_no_trouble(scene: Scene) -> None:
    """The day is closed all the same."""
    scene.refill()

    def tidy() -> None:
        for name in scene.kept(names.BACKUP):
            scene.account.remove(STATE, name)

    assert scene.walk(scene.plan(), Onlooker(clean_up=tidy)).run().state is ReplayState.COMPLETED
