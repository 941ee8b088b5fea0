"""Doubts, damage, refused lines and a cancel end the publishing of a day."""

import pytest

from replay_engine.day.steps.publish import publish
from replay_engine.errors import Cancelled, InDoubt, LineRefused, StalePlan
from replay_engine.model import Stage
from replay_engine.reports import ReplayState
from replay_engine.state import progress
from replay_engine.state.journal import Kind
from tests.day.steps.shards import SECOND, raising
from tests.helpers.scene import DATA, DAY, REPLAY, Onlooker, Scene, lines_of


def test_a_position_that_is_gone_holds_the_day(scene: Scene) -> None:
    """Kafka forgot it while nobody ran: nobody knows what is in the topic. A person restores the day."""
    plan = scene.plan()
    scene.refill()
    scene.before_shard = raising(KeyboardInterrupt())  # type: ignore[arg-type]
    with pytest.raises(KeyboardInterrupt):
        scene.walk(plan).run()
    scene.before_shard = lambda _: None
    scene.cluster.positions.clear()
    scene.clock.sleep(31)
    report = scene.walk(plan).run()
    assert (report.state, report.days[0].stage) == (ReplayState.HELD, Stage.HELD)
    assert "position" in report.days[0].error
    assert scene.published() == []
    restored = scene.walk(plan).turn_back(DAY, "asha")
    assert restored.days[0].stage is Stage.RESTORED
    assert scene.stored() == scene.before


def test_a_day_that_an_older_program_began_is_a_doubt(scene: Scene) -> None:
    """Its position is in the journal, in another form."""
    day = scene.day(scene.pushing_plan())
    day.journal.append(Kind.NOTE, "publish", facts={"blob": 1, "line": 3, "lines": 28})
    with pytest.raises(InDoubt, match="older program"):
        publish(day)
    assert scene.published() == []


def test_a_damaged_file_fails_the_day_and_what_went_before_it_is_counted(scene: Scene) -> None:
    """The shard before it is in the topic; the report says how many lines that are."""
    scene.account.change(DATA, SECOND, lambda data: data[:-6])
    plan = scene.plan()
    scene.refill()
    report = scene.walk(plan).run()
    assert (report.days[0].stage, SECOND in report.days[0].error) == (Stage.RESTORED, True)
    assert report.days[0].lines_published == len(scene.published()) == 25
    assert scene.cluster.positions == {}


def test_a_source_that_changes_meanwhile_is_not_published_further(scene: Scene) -> None:
    """What was confirmed is what is sent, or nothing."""
    plan = scene.pushing_plan()
    scene.before_shard = lambda shard: scene.account.remove(DATA, SECOND) if shard else None
    with pytest.raises(StalePlan, match=SECOND):
        publish(scene.day(plan))
    assert scene.published() == sorted(lines_of(DAY)[:25])


def test_a_line_that_kafka_refuses_fails_the_day(scene: Scene) -> None:
    """It can never be sent; nothing is left out silently."""
    scene.cluster.refuses = lambda line: b":33" in line
    with pytest.raises(LineRefused):
        publish(scene.day(scene.pushing_plan()))


def test_a_cancel_stops_between_two_looks(scene: Scene) -> None:
    """What had been committed is counted truly."""
    watch = Onlooker()
    day = scene.day(scene.pushing_plan(), watch, lambda _: watch.stop())
    with pytest.raises(Cancelled):
        publish(day)
    assert len(scene.published()) == 25
    assert progress.read(day.world.state, REPLAY, DAY).total.lines == 25
