"""Publishing: every line, byte for byte, acknowledged; from the noted position on; never past damage."""

import gzip
from collections.abc import Callable
from dataclasses import replace

import pytest

from replay_engine.day import Progress
from replay_engine.errors import Cancelled, CorruptSource, LineRefused, StalePlan, TryAgain
from replay_engine.journal import Kind
from replay_engine.model import Stage
from replay_engine.steps import publish as step
from replay_engine.steps.publish import publish
from tests.engine.scene import DATA, DAY, NEXT, Onlooker, Scene, lines_of

FIRST, SECOND = (f"raw/{DAY}-{number}-1575224000000.json.gz" for number in range(2))


def test_every_line_of_the_day_is_in_the_topic_once(scene: Scene) -> None:
    """And of no other day; the facts count lines and bytes."""
    lines = sorted(lines_of(DAY))
    facts = publish(scene.day(scene.pushing_plan()))
    assert scene.published() == lines
    assert (facts["lines"], facts["bytes"]) == (len(lines), sum(map(len, lines)))
    assert facts["end_offsets"] == {"0": 20, "1": 20}


def test_one_file_is_published_alone(scene: Scene) -> None:
    """The rest of its day stays where it is."""
    spec = replace(scene.spec(), delete_backups=False, file_path=SECOND)
    publish(scene.day(scene.plan(spec=spec)))
    assert scene.published() == sorted(lines_of(DAY)[25:])


def test_empty_lines_are_no_events(scene: Scene) -> None:
    """They are counted, not sent."""
    scene.account.put(DATA, FIRST, gzip.compress(b"\n\r\none\n\ntwo"))
    scene.account.put(DATA, SECOND, gzip.compress(b""))
    facts = publish(scene.day(scene.pushing_plan()))
    assert (scene.published(), facts["empty_lines"]) == ([b"one", b"two"], 3)


def test_progress_is_told_while_it_goes(scene: Scene) -> None:
    """Lines, bytes and stored bytes only grow, and end at the day's size."""
    heard: list[Progress] = []
    plan = scene.pushing_plan()
    publish(scene.day(plan, progressed=heard.append))
    assert [p.lines for p in heard] == sorted(p.lines for p in heard)
    assert [p.source_bytes_done for p in heard] == sorted(p.source_bytes_done for p in heard)
    assert (heard[-1].lines, heard[-1].source_bytes_done) == (40, plan.days[0].source.size_bytes)


@pytest.fixture
def commits_often(monkeypatch: pytest.MonkeyPatch, scene: Scene) -> None:
    """A position is noted after each batch, and a batch is small."""
    monkeypatch.setattr(step, "COMMIT_INTERVAL", step.COMMIT_INTERVAL * 0)
    monkeypatch.setattr("replay_engine.shards.PIECE_BYTES", 200)


def test_a_runner_that_died_is_carried_on_from_its_noted_position(scene: Scene, commits_often: None) -> None:
    """After every noted position: what was acknowledged before it is not sent again, the rest is."""
    plan = scene.pushing_plan()
    whole = scene.day(plan)
    publish(whole)
    notes = [entry.facts for entry in whole.journal.entries if entry.kind is Kind.NOTE]
    assert len(notes) > 10
    for facts in notes:
        fresh = Scene()
        day = fresh.day(fresh.pushing_plan())
        day.journal.append(Kind.NOTE, "publish", facts=facts)
        done = publish(day)
        assert fresh.published() == sorted(lines_of(DAY)[facts["lines"] :])
        assert (done["lines"], done["bytes"]) == (40, sum(map(len, lines_of(DAY))))


def test_nothing_counts_before_it_is_acknowledged(scene: Scene, commits_often: None) -> None:
    """A cluster that goes away between two commits leaves the last position it acknowledged, no later one."""
    day = scene.day(scene.pushing_plan(), progressed=lambda p: setattr(scene.cluster, "away", int(p.lines > 20)))
    with pytest.raises(TryAgain):
        publish(day)
    noted = day.journal.entries[-1].facts["lines"]
    assert noted == len(scene.published())
    assert 0 < noted <= 20
    publish(scene.day(scene.pushing_plan()))
    assert scene.published() == sorted(lines_of(DAY))


def test_a_damaged_file_fails_the_day_and_what_went_before_it_is_counted(scene: Scene) -> None:
    """The lines up to the damage are in the topic; the report says how many."""
    scene.account.change(DATA, SECOND, lambda data: data[:-6])
    plan = scene.plan()
    scene.refill()
    report = scene.walk(plan).run()
    assert (report.days[0].stage, SECOND in report.days[0].error) == (Stage.RESTORED, True)
    assert report.days[0].lines_published == len(scene.published())
    assert 25 <= len(scene.published()) <= 40


def test_a_damaged_file_is_named(scene: Scene) -> None:
    """With what to do about it."""
    scene.account.put(DATA, FIRST, b"no gzip at all")
    with pytest.raises(CorruptSource, match=FIRST) as corrupt:
        publish(scene.day(scene.pushing_plan()))
    assert corrupt.value.advice


@pytest.mark.parametrize(
    "change",
    [
        lambda scene: scene.account.change(DATA, SECOND, lambda data: data),
        lambda scene: scene.account.remove(DATA, SECOND),
    ],
    ids=["rewritten", "gone"],
)
def test_a_source_that_changes_meanwhile_is_not_published_further(
    scene: Scene, change: Callable[[Scene], object]
) -> None:
    """What was confirmed is what is sent, or nothing."""
    plan = scene.pushing_plan()
    changes = [change]

    def meanwhile(_: Progress) -> None:
        if changes:
            changes.pop()(scene)

    day = scene.day(plan, progressed=meanwhile)
    with pytest.raises(StalePlan, match=SECOND):
        publish(day)
    assert scene.published() == sorted(lines_of(DAY)[:25])


def test_a_line_that_kafka_refuses_fails_the_day(scene: Scene) -> None:
    """It can never be sent; nothing is left out silently."""
    scene.cluster.refuses = lambda line: b":33" in line
    with pytest.raises(LineRefused):
        publish(scene.day(scene.pushing_plan()))


def test_a_cancel_stops_between_two_batches(scene: Scene, commits_often: None) -> None:
    """What had been sent is counted truly."""
    watch = Onlooker()
    day = scene.day(scene.pushing_plan(), watch, lambda p: watch.stop() if p.lines > 10 else None)
    with pytest.raises(Cancelled):
        publish(day)
    assert 10 < len(scene.published()) < 40
    assert day.journal.entries[-1].facts["lines"] == len(scene.published())


def test_a_push_that_deletes_nothing_is_of_what_was_confirmed(scene: Scene) -> None:
    """A file that came after the plan makes it stale."""
    plan = scene.pushing_plan()
    scene.account.put(DATA, f"raw/{DAY}-9.json.gz", gzip.compress(b"late"))
    with pytest.raises(StalePlan):
        publish(scene.day(plan))
    assert scene.published() == []


def test_a_push_touches_nothing_in_the_sinks() -> None:
    """Two days: every line is in the topic, no blob and no segment was copied, deleted or marked."""
    scene = Scene(days=(DAY, NEXT))
    report = scene.walk(scene.pushing_plan()).run()
    assert {day.stage for day in report.days} == {Stage.HELD}
    scene.cluster.commit("downstream", scene.spec().topic, {0: 10**6, 1: 10**6})
    report = scene.walk(scene.pushing_plan()).run(release_held=True)
    assert {day.stage for day in report.days} == {Stage.CLOSED}
    assert scene.published() == sorted([*lines_of(DAY), *lines_of(NEXT)])
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before)
    assert (scene.kept("backup"), scene.kept("quarantine"), scene.kept("state/locks/")) == ({}, {}, {})
