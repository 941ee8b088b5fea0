"""Publishers that die, cannot be had or come back late: every shard is published once all the same."""

from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date

import pytest

from replay_engine.day.steps.publish import publish
from replay_engine.errors import Superseded, TryAgain
from replay_engine.model import Stage
from replay_engine.ports import Committed, PublisherPool
from replay_engine.state import names
from tests.day.steps.shards import raising
from tests.helpers.scene import DAY, REPLAY, TOPIC, Onlooker, Scene, lines_of


@pytest.mark.parametrize("trouble", [TryAgain("killed"), Superseded("fenced")])
def test_a_shard_whose_publisher_is_lost_is_published_by_another(scene: Scene, trouble: Exception) -> None:
    """Again and again, with growing waits; every line is there once."""
    scene.before_shard = raising(*[trouble] * 4)
    publish(scene.day(scene.pushing_plan()))
    assert scene.published() == sorted(lines_of(DAY))


def test_a_cluster_that_is_away_when_a_publisher_begins_is_waited_for(scene: Scene) -> None:
    """It was there when the plan was made: no reason to turn the day back."""
    scene.before_shard = lambda _: setattr(scene.cluster, "reachable", not scene.cluster.reachable)
    publish(scene.day(scene.pushing_plan()))
    assert scene.published() == sorted(lines_of(DAY))


def test_a_shard_that_breaks_off_without_end_is_given_up(scene: Scene) -> None:
    """The driver waits longer, and turns the day back in the end."""
    scene.before_shard = raising(*[TryAgain("killed")] * 100)
    with pytest.raises(TryAgain, match="killed"):
        publish(scene.day(scene.pushing_plan()))


def test_what_is_done_is_not_done_again_after_a_death(scene: Scene) -> None:
    """The journal says which shards are; only the others are put."""
    plan = scene.pushing_plan()
    done: list[int] = []

    def dies(shard: int) -> None:
        done.append(shard)
        if len(done) == 2:
            raise KeyboardInterrupt

    scene.before_shard = dies
    with pytest.raises(KeyboardInterrupt):
        publish(scene.day(plan))
    first = list(done)
    scene.before_shard = done.append
    facts = publish(scene.day(plan))
    assert first == [0, 1]
    assert done == [0, 1, 1]
    assert (facts["lines"], scene.published()) == (40, sorted(lines_of(DAY)))


class NoPublishers:
    """Where publishers should be had, and cannot be now."""

    orphaned_seconds = 0.0

    def pool(self, replay_id: str, day: date, shards: int) -> AbstractContextManager[PublisherPool]:
        raise TryAgain("The queue is away.")


def test_publishers_that_cannot_be_had_now_are_asked_for_again(scene: Scene) -> None:
    """The driver hears what is away, and takes the step again; nothing is doubted."""
    day = scene.day(scene.pushing_plan())
    with pytest.raises(TryAgain, match="The queue is away"):
        publish(replace(day, world=replace(day.world, publishers=NoPublishers())))
    publish(day)
    assert scene.published() == sorted(lines_of(DAY))


def test_nobody_publishes_for_a_day_that_is_restored(scene: Scene) -> None:
    """A publisher that was cut off and comes back finds itself fenced, and its group gone."""
    plan = scene.plan()
    scene.refill()
    watch = Onlooker()
    late = scene.cluster.producer(
        TOPIC,
        names.shard_group(REPLAY, DAY, 1),
        scene.cluster.check(TOPIC),
        transactions=True,
        headers={},
    )

    def begins_late(_: int) -> None:
        late.begin()
        late.send([b"late"])
        watch.stop()

    scene.before_shard = begins_late
    report = scene.walk(plan, watch).run()
    assert report.days[0].stage is Stage.RESTORED
    assert scene.cluster.positions == {}
    with pytest.raises(Superseded):
        late.commit(Committed(1))
    assert b"late" not in scene.published()


def test_an_overtaken_runner_does_not_write_over_its_successors_progress(scene: Scene) -> None:
    """When it was written last is the time until which the day was published."""
    plan, journal, state = scene.plan(), names.journal(REPLAY, DAY), scene.world().state

    def is_overtaken(_: int) -> None:
        state.break_lease(journal)
        state.lease(journal, 30)
        state.put(names.progress(REPLAY, DAY), b"the successor's")

    scene.before_shard = is_overtaken
    scene.walk(plan).run()
    assert scene.kept(names.progress(REPLAY, DAY)) == {names.progress(REPLAY, DAY): b"the successor's"}
