"""The first events of a day come through a canary pipeline before anything is cleared, or the day ends untouched."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from itertools import count
from typing import Any

import pytest

from replay_engine.errors import NotThere, TryAgain
from replay_engine.model import Canary, CheckSource, Delivery, Plan, Publishing, Stage
from replay_engine.plan import document
from tests.fakes.account import Account
from tests.helpers.scene import DATA, DAY, Onlooker, Scene, lines_of

CANARY, GROUP, FOLDER = "prod.telemetry.canary", "canary-unique", "canary/unique"


@dataclass
class Pipeline:
    """Reads the canary topic whenever time passes, and writes what it does not drop to the canary's folder."""

    scene: Scene
    keeps: Callable[[bytes], bool] = lambda _: True
    reads: bool = True
    written: int = 0
    _done: list[int] = field(default_factory=lambda: [0, 0])

    def work(self) -> None:
        partitions = self.scene.cluster.topics[CANARY]
        new = [line for n, part in enumerate(partitions) for line in part[self._done[n] :] if line is not None]
        if not self.reads or not new:
            return
        self._done = [len(part) for part in partitions]
        self.scene.cluster.commit(GROUP, CANARY, dict(enumerate(self._done)))
        self.written += 1
        kept = b"\n".join(line for line in new if self.keeps(line))
        self.scene.account.put(DATA, f"{FOLDER}/{DAY}-{self.written}.json", kept)


def with_canary_topic() -> Scene:
    scene = Scene()
    scene.cluster.topics[CANARY] = [[], []]
    return scene


@pytest.fixture
def scene() -> Scene:
    """With a canary topic beside the day's own."""
    return with_canary_topic()


@pytest.fixture
def pipeline(scene: Scene) -> Pipeline:
    pipeline = Pipeline(scene)
    scene.clock.at_sleep.append(pipeline.work)
    return pipeline


def plan(scene: Scene, check: CheckSource = CheckSource.FULL, **changes: object) -> Plan:
    """A day whose first ten events are tried, and that is refilled by whoever reads its topic."""
    canary = replace(Canary(CANARY, GROUP, FOLDER, lines=10, minutes=1), **changes)  # type: ignore[arg-type]
    spec = replace(scene.spec(), landing_waits=(), canary=canary, publishing=Publishing(check_source=check))
    return scene.plan(spec=spec)


def untouched(scene: Scene, plan: Plan) -> str:
    """Run it: nothing was done to the day. With what it was told."""
    (day,) = scene.walk(plan).run().days
    assert day.stage is Stage.RESTORED
    assert {n: d for n, d in scene.stored().items() if not n.startswith(FOLDER)} == scene.before
    assert (scene.used(), scene.published(), scene.kept("backup")) == (scene.segments_before, [], {})
    return day.error


@pytest.mark.parametrize("check", CheckSource)
@pytest.mark.parametrize("delivery", Delivery)
def test_a_day_goes_on_when_they_came_through(
    scene: Scene, pipeline: Pipeline, check: CheckSource, delivery: Delivery
) -> None:
    """The first ones, as they would be published; they are sent to their own topic only."""
    scene.refill()
    made = plan(scene, check)
    spec = replace(made.spec, publishing=replace(made.spec.publishing, delivery=delivery))
    made = scene.plan(spec=spec)
    (day,) = scene.walk(made).run().days
    assert day.stage is Stage.CLOSED
    assert sorted(scene.cluster.lines(CANARY)) == sorted(lines_of(DAY)[:10])
    assert scene.published() == sorted(lines_of(DAY))
    assert scene.standing(made).proofs["check"]["canary_lines"] == 10
    assert not any("canary" in group for group in scene.cluster.positions)


def test_a_day_shorter_than_the_canary_is_tried_whole(scene: Scene, pipeline: Pipeline) -> None:
    """Over all its files."""
    scene.refill()
    scene.walk(plan(scene, lines=1000)).run()
    assert sorted(scene.cluster.lines(CANARY)) == sorted(lines_of(DAY))


def test_what_is_dropped_stops_the_day(scene: Scene, pipeline: Pipeline) -> None:
    """The group has read all; three of the events are not in the folder."""
    pipeline.keeps = lambda line: b":7" not in line and b":8" not in line and b":9" not in line
    assert untouched(scene, plan(scene)) == (
        "Of the day's first 10 events the canary pipeline has not shown all within 1 min: "
        "canary/unique shows 7 of 10 events."
    )


def test_a_pipeline_that_does_not_read_stops_the_day(scene: Scene, pipeline: Pipeline) -> None:
    """Also where only its group is looked at."""
    pipeline.reads = False
    assert "canary-unique is 12 offsets behind on prod.telemetry.canary" in untouched(scene, plan(scene, folder=""))


def test_the_group_alone_is_enough_where_no_folder_is_named(scene: Scene, pipeline: Pipeline) -> None:
    pipeline.keeps = lambda _: False
    made = plan(scene, folder="")
    scene.walk(made).run()
    assert "clear" in scene.standing(made).proofs


def test_the_folder_alone_is_enough_where_no_group_is_named(scene: Scene, pipeline: Pipeline) -> None:
    made = plan(scene, consumer_group="")
    scene.walk(made).run()
    assert "clear" in scene.standing(made).proofs


def test_what_the_folder_held_before_is_no_sign(scene: Scene, pipeline: Pipeline) -> None:
    """The same events, tried an hour ago."""
    scene.account.put(DATA, f"{FOLDER}/{DAY}-0.json", b"\n".join(lines_of(DAY)))
    scene.clock.tick(3600)
    pipeline.keeps = lambda _: False
    assert "shows 0 of 10 events" in untouched(scene, plan(scene))


def test_without_event_ids_a_folder_says_nothing(scene: Scene, pipeline: Pipeline) -> None:
    """It is told before anything is sent."""
    scene.account.put(DATA, f"raw/{DAY}-0-1575100000000.json", b'{"no":"id"}\n')
    scene.before = scene.stored()
    assert "have no event id" in untouched(scene, plan(scene))
    assert scene.cluster.lines(CANARY) == []


def test_a_cancel_is_heard_while_it_waits(scene: Scene, pipeline: Pipeline) -> None:
    pipeline.reads = False
    watch = Onlooker()
    scene.clock.at_sleep.append(watch.stop)
    made = plan(scene)
    (day,) = scene.walk(made, watch).run().days
    assert (day.stage, scene.standing(made).touched_sinks, sum(scene.clock.slept) < 30) == (Stage.RESTORED, False, True)


def test_people_are_told_what_it_waits_for(scene: Scene, pipeline: Pipeline) -> None:
    """And that it is over."""
    pipeline.reads = False
    scene.clock.at_sleep.append(lambda: setattr(pipeline, "reads", sum(scene.clock.slept) > 20))
    watch = Onlooker()
    scene.walk(plan(scene), watch).run()
    told = [day.waiting for report in watch.seen for day in report.days if day.step == "check"]
    assert "canary-unique is 12 offsets behind on prod.telemetry.canary" in told
    assert told[-1] == ""


class Death(BaseException):
    """The process is gone."""


@pytest.mark.parametrize("delivery", Delivery)
def test_whatever_act_a_runner_dies_before_they_are_sent_once(
    monkeypatch: pytest.MonkeyPatch, delivery: Delivery
) -> None:
    """The next runner goes on: the day closes, and the canary topic holds the events once."""
    for act in count(1):
        scene = with_canary_topic()
        scene.clock.at_sleep.append(Pipeline(scene).work)
        scene.refill()
        made = plan(scene)
        made = scene.plan(spec=replace(made.spec, publishing=replace(made.spec.publishing, delivery=delivery)))
        with monkeypatch.context() as deadly, pytest.raises(Death):
            scene.walk(made, Onlooker(check=partial(die_before, deadly, scene, act))).run()
        if scene.standing(made).stage not in (Stage.CLAIMED, Stage.CHECKED):
            break
        # What was sent comes through while nobody looks.
        scene.clock.sleep(10)
        (day,) = scene.walk(made).run().days
        assert (act, day.stage) == (act, Stage.CLOSED)
        assert sorted(scene.cluster.lines(CANARY)) == sorted(lines_of(DAY)[:10])
    assert act > 20


def die_before(patch: pytest.MonkeyPatch, scene: Scene, act: int) -> None:
    """From now on: when so many things were written to the state container, or asked of Kafka."""
    left = [act]

    def counted(do: Callable[..., Any]) -> Callable[..., Any]:
        def wrapped(*given: Any, **named: Any) -> Any:
            left[0] -= DATA not in given
            if not left[0]:
                raise Death
            return do(*given, **named)

        return wrapped

    patch.setattr(Account, "write", counted(Account.write))
    patch.setattr(scene.cluster, "answer", counted(scene.cluster.answer))


def test_kafka_may_be_away_for_a_while(scene: Scene, pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing was cleared: the day ends untouched, and can be planned again."""

    def away(*_: object) -> None:
        raise TryAgain("Kafka is away.")

    monkeypatch.setattr(scene.cluster, "committed", away)
    assert "Kafka is away." in untouched(scene, plan(scene))


def test_a_canary_topic_that_is_not_there_refuses_the_plan(scene: Scene) -> None:
    del scene.cluster.topics[CANARY]
    with pytest.raises(NotThere, match=CANARY):
        plan(scene)


def test_it_is_under_the_hash(scene: Scene) -> None:
    """And survives being kept."""
    made = plan(scene)
    assert document.load(document.dump(made)) == made
    assert made.hash != plan(scene, lines=11).hash
    assert made.spec.canary is not None
    assert made.spec.canary.text == (
        "the first 10 events of a day go to prod.telemetry.canary; it is cleared when canary-unique has read them "
        "and they stand in canary/unique"
    )
