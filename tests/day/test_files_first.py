"""A restore puts every file back that it can, whatever is away; and says the truth about what was published."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta

import pytest

from replay_engine.day.replay import ReplayRunner
from replay_engine.errors import BadConfig, NotAllowed, NotThere, ReplayError, TryAgain, Unreachable
from replay_engine.model import Counts, Plan, Stage
from replay_engine.ports import TopicFacts
from replay_engine.request import retry
from replay_engine.state import names, progress
from tests.helpers.scene import DATA, DAY, EVENTS, REPLAY, STATE, TOPIC, Onlooker, Scene, refilled

SECOND_SOURCE = f"raw/{DAY}-1-1575224000000.json.gz"
VICTIM = f"unique/{DAY}-1575224000000.json.gz"


class Death(BaseException):
    """The process ends here."""


def dead_with_one_shard_published(scene: Scene) -> Plan:
    """A day of two shards whose runner died when the second was about to be published; its lease is over."""
    plan, begun = scene.plan(), list[int]()

    def dies(shard: int) -> None:
        begun.append(shard)
        if len(begun) == 2:
            raise Death

    scene.before_shard = dies
    with pytest.raises(Death):
        scene.walk(plan).run()
    scene.before_shard = lambda _: None
    scene.clock.sleep(31)
    return plan


def failing(scene: Scene) -> Plan:
    scene.account.change(DATA, SECOND_SOURCE, lambda data: data[:-9])
    scene.before = scene.stored()
    return scene.plan()


def test_a_topic_that_is_gone_keeps_no_file_from_coming_back(scene: Scene) -> None:
    """The files are back at once; the day waits for Kafka, and is interrupted, until the topic is there again."""
    scene.refill()
    plan = failing(scene)
    lines = scene.cluster.topics[TOPIC]
    watch = Onlooker(restore=scene.cluster.topics.clear)
    scene.clock.at_sleep.clear()
    report = scene.walk(plan, watch).run()
    assert (report.days[0].next_step, report.days[0].stage) == ("restore", Stage.CLEARED)
    assert "no topic" in report.days[0].error
    assert scene.stored() == scene.before
    assert len(scene.kept("backup/")) == 6
    scene.cluster.topics[TOPIC] = lines
    scene.refill()
    assert scene.walk(plan).run().days[0].stage is Stage.RESTORED


def test_a_day_that_waits_for_a_topic_that_never_comes_is_released(scene: Scene) -> None:
    """By a person, who sees that its files are back."""
    plan = failing(scene)
    scene.walk(plan, Onlooker(restore=scene.cluster.topics.clear)).run()
    scene.walk(plan).let_go(DAY, "asha")
    assert (scene.stored(), scene.kept("state/locks/")) == (scene.before, {})


def test_compaction_keeps_no_file_from_coming_back(scene: Scene) -> None:
    """Old and new segments cannot be told apart: that is for a person, and the files are back."""
    scene.refill()
    plan, old = failing(scene), scene.used_of()
    watch = Onlooker(restore=lambda: scene.segments.state.mark_unused(EVENTS, lambda segment: segment.id in old))
    report = scene.walk(plan, watch).run()
    assert (report.days[0].stage, "compaction" in report.days[0].error) == (Stage.HELD, True)
    assert scene.stored() == scene.before


def test_one_copy_that_is_gone_keeps_no_other_file_from_coming_back(scene: Scene) -> None:
    """The day is held with its name, and everything else is back."""
    scene.refill()
    plan = failing(scene)
    watch = Onlooker(restore=lambda: scene.account.remove(STATE, names.backup(REPLAY, DAY, VICTIM)))
    report = scene.walk(plan, watch).run()
    assert (report.days[0].stage, VICTIM in report.days[0].error) == (Stage.HELD, True)
    assert scene.stored() == {name: data for name, data in scene.before.items() if name != VICTIM}
    assert len(scene.kept("backup/")) == 5


def test_what_is_in_the_topic_is_told_after_a_death_and_a_cancel(scene: Scene) -> None:
    """Kafka is asked when the day turns back: whoever retries is cautioned by what it says."""
    scene.refill()
    plan = dead_with_one_shard_published(scene)
    walk = scene.walk(plan)
    walk.ask_to_stop()
    report = walk.run()
    assert (report.days[0].stage, report.days[0].lines_published) == (Stage.RESTORED, 25)
    assert len(scene.published()) == 25
    cautions = list(retry._published(plan, {DAY: scene.standing(plan)}, [DAY]))
    assert cautions == [f"{REPLAY} had published 25 events of {DAY}: they are in the topic twice after this."]


@pytest.mark.parametrize(
    "trouble",
    [
        *[[error] for error in (NotThere("no metadata yet"), NotAllowed("not authorized"), Unreachable("away"))],
        [TryAgain("away")] * 40,
    ],
    ids=["no metadata for a moment", "not allowed for a moment", "away for a moment", "away for long"],
)
def test_an_outage_turns_no_published_day_back(scene: Scene, trouble: list[ReplayError]) -> None:
    """Half of the day is in the topic: an outage, however it shows, is waited for."""
    scene.refill()
    plan, check, left = scene.plan(), scene.cluster.check, list(trouble)

    def flaky(topic: str) -> TopicFacts:
        if scene.published() and left:
            scene.clock.sleep(10)
            raise left.pop(0)
        return check(topic)

    scene.cluster.check = flaky  # type: ignore[method-assign]
    assert scene.walk(plan).run().days[0].stage is Stage.CLOSED
    assert len(scene.published()) == 40
    assert left == []


def test_nothing_is_asked_of_the_topic_when_everything_is_published(scene: Scene) -> None:
    """A right that is missing there would turn a whole day back for a question that nobody needs answered."""
    plan = refilled(scene)

    def refused(_: str) -> Mapping[int, int]:
        raise NotAllowed("no Read on the output topic")

    scene.cluster.end_offsets = refused  # type: ignore[method-assign, assignment]
    assert scene.walk(plan).run().days[0].stage is Stage.CLOSED


def test_a_cluster_that_is_away_for_twenty_minutes(scene: Scene) -> None:
    """In the middle of publishing: the day waits, says so, and ends closed with every line once."""
    scene.refill()
    plan, watch, check = scene.plan(), Onlooker(), scene.cluster.check
    back_at = scene.clock.now() + timedelta(minutes=20)

    def away(topic: str) -> TopicFacts:
        if scene.published() and scene.clock.now() < back_at:
            raise Unreachable("No broker answers.")
        return check(topic)

    scene.cluster.check = away  # type: ignore[method-assign]
    report = scene.walk(plan, watch).run()
    assert scene.clock.now() >= back_at
    assert (report.days[0].stage, len(scene.published())) == (Stage.CLOSED, 40)
    assert {day.waiting for seen in watch.seen for day in seen.days} == {"", "No broker answers."}


@pytest.mark.parametrize("step", ["claim", "publish", "clean_up", "restore"])
def test_a_runner_without_druid_leaves_the_day_alone(scene: Scene, step: str) -> None:
    """Whatever is left to do: one whose settings name no Druid says so, and does nothing."""

    def die() -> None:
        raise Death

    scene.refill()
    plan = failing(scene) if step == "restore" else scene.plan()
    with pytest.raises(Death):
        scene.walk(plan, Onlooker(**{step: die})).run()
    scene.clock.sleep(31)
    before = (scene.stored(), scene.used(), scene.standing(plan))
    world = replace(scene.world(), segments=None)
    report = ReplayRunner(plan, world, Onlooker(), "a worker without Druid").run()
    assert "no Druid is configured" in report.days[0].error
    assert (scene.stored(), scene.used(), scene.standing(plan)) == before
    with pytest.raises(BadConfig):
        ReplayRunner(plan, world, Onlooker(), "a worker without Druid").turn_back(DAY, "asha")
    assert scene.walk(plan).run().days[0].stage is (Stage.RESTORED if step == "restore" else Stage.CLOSED)


def test_without_transactions_a_restore_waits_until_whoever_was_overtaken_knows_it(scene: Scene) -> None:
    """Nobody can fence the publishers of a run whose lease was broken: they have stopped when it would have run out."""
    scene.refill()
    scene.cluster.transactional = False
    plan = dead_with_one_shard_published(scene)
    scene.clock.slept.clear()
    assert scene.walk(plan).turn_back(DAY, "asha").days[0].stage is Stage.RESTORED
    world = scene.world()
    assert max(scene.clock.slept) >= world.lease_seconds + world.publishers.orphaned_seconds


def test_a_position_that_was_set_back_holds_the_day(scene: Scene) -> None:
    """What was written down as committed was: without transactions a late request may set the position back."""
    scene.refill()
    scene.cluster.transactional = False
    plan = dead_with_one_shard_published(scene)
    state = scene.world().state
    progress.write(state, REPLAY, DAY, progress.Recorded({1: Counts(9)}), scene.clock.now())
    report = scene.walk(plan).run()
    assert (report.days[0].stage, "were committed" in report.days[0].error) == (Stage.HELD, True)
    assert len(scene.published()) == 25


@pytest.mark.parametrize("away", [NotThere("no metadata yet"), Unreachable("away")])
def test_an_outage_in_the_middle_of_a_push_is_waited_for(scene: Scene, away: ReplayError) -> None:
    """Nothing is cleared, but lines are in the topic: they would be there twice after a new try."""
    scene.refill()
    plan, check, troubles = scene.pushing_plan(), scene.cluster.check, [away] * 30

    def flaky(topic: str) -> TopicFacts:
        if scene.published() and troubles:
            raise troubles.pop()
        return check(topic)

    scene.cluster.check = flaky  # type: ignore[method-assign]
    assert scene.walk(plan).run().days[0].stage is Stage.CLOSED
    assert (len(scene.published()), troubles) == (40, [])
