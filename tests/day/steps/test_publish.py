"""The publishing of a day: every line of it is published once, and what is counted and told of it."""

import gzip
from dataclasses import replace

import pytest

from replay_engine.day.context import Day, Progress
from replay_engine.day.recall import recall
from replay_engine.day.steps.publish import publish
from replay_engine.errors import CorruptSource, StalePlan
from replay_engine.model import Delivery, Publishing, Stage
from replay_engine.reports import ReplayState
from tests.day.steps.shards import FIRST, SECOND, raising
from tests.helpers.scene import DATA, DAY, NEXT, REPLAY, Scene, lines_of


def test_every_line_of_the_day_is_in_the_topic_once(scene: Scene) -> None:
    """And of no other day; the facts count lines and bytes over all shards."""
    lines = sorted(lines_of(DAY))
    facts = publish(scene.day(scene.pushing_plan()))
    assert scene.published() == lines
    assert (facts["shards"], facts["lines"], facts["bytes"]) == (2, len(lines), sum(map(len, lines)))


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
    """Lines and stored bytes only grow, and end at the day's size."""
    heard: list[Progress] = []
    plan = scene.pushing_plan()
    publish(scene.day(plan, progressed=heard.append))
    told = [progress.counts for progress in heard]
    assert [c.lines for c in told] == sorted(c.lines for c in told) == [25, 40]
    assert told[-1].stored_bytes == plan.days[0].source.size_bytes


def opened(day: Day) -> dict[str, object]:
    return dict(recall(day.journal.entries).notes["publish"])


def test_the_cut_is_fixed_when_the_shards_are_opened(scene: Scene) -> None:
    """A later run with more publishers goes on with the same shards."""
    plan = scene.pushing_plan()
    scene.before_shard = raising(CorruptSource("damaged"))
    with pytest.raises(CorruptSource):
        publish(scene.day(plan))
    scene.before_shard, scene.width = (lambda _: None), 1
    day = scene.day(plan)
    assert opened(day)["shards"] == 2
    assert publish(day)["shards"] == 2
    assert scene.published() == sorted(lines_of(DAY))


def test_a_report_says_that_something_may_be_there_twice(scene: Scene) -> None:
    """Where the cluster has no transactions; the plan had said so."""
    scene.cluster.transactional = False
    plan = scene.pushing_plan()
    assert plan.spec.publishing.delivery is Delivery.AT_LEAST_ONCE
    assert any("twice" in caution for caution in plan.spec.cautions)
    report = scene.walk(plan).run()
    assert [day.at_least_once for day in report.days] == [True]


def test_headers_mark_the_replay(scene: Scene) -> None:
    """Where they are wanted."""
    spec = replace(scene.spec(), delete_backups=False, publishing=Publishing(headers=True))
    publish(scene.day(scene.plan(spec=spec)))
    assert {tuple(headers.items()) for headers in scene.cluster.headers} == {
        (("replay-id", REPLAY.encode()), ("replay-day", str(DAY).encode()))
    }


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
    assert (report.state, {day.stage for day in report.days}) == (ReplayState.LANDING, {Stage.PUBLISHED})
    scene.cluster.commit("downstream", scene.spec().topic, {0: 10**6, 1: 10**6})
    report = scene.walk(scene.pushing_plan()).run(release_held=True)
    assert {day.stage for day in report.days} == {Stage.CLOSED}
    assert scene.published() == sorted([*lines_of(DAY), *lines_of(NEXT)])
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before)
    assert (scene.kept("backup"), scene.kept("quarantine"), scene.kept("state/locks/")) == ({}, {}, {})
