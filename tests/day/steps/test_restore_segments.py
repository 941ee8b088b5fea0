"""Restoring Druid's segments: what came is marked unused, what was there stays."""

import pytest

from replay_engine.day.steps.restore import restore
from replay_engine.errors import InDoubt, TryAgain
from sandbox.druid.state import Task
from tests.day.steps.restoring import check_restored, cleared
from tests.helpers.scene import DAY, EVENTS, Scene


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


def test_a_compaction_whose_inputs_are_still_used_holds_the_day(scene: Scene) -> None:
    """Its segment holds the old rows together with what came meanwhile, from whomever."""
    plan = cleared(scene)
    scene.segments.state.add_segment(
        EVENTS, DAY, "2019-12-02", version="9", core_partitions=1, rows=["old 0", "theirs"]
    )
    before = scene.used()
    with pytest.raises(InDoubt, match="may hold old rows and new ones together"):
        restore(scene.day(plan))
    assert scene.used() == before


def test_a_compaction_under_way_is_waited_for(scene: Scene) -> None:
    """What it has read of both would be published after the new segments are set aside: nothing is marked before."""
    plan = cleared(scene)
    added = scene.segments.state.add_segment(EVENTS, DAY, "2019-12-02", rows=["new"])
    scene.segments.state.tasks.append(Task("compact-1", "compact", EVENTS))
    before = scene.used()
    with pytest.raises(TryAgain, match="being written anew by compact-1"):
        restore(scene.day(plan))
    assert scene.used() == before
    scene.segments.state.tasks.clear()
    check_restored(scene, scene.walk(plan).run())
    assert [segment.id for segment in scene.segments.state.unused(EVENTS)] == [added.id]
