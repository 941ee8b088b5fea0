"""The publishing of a day: every shard is published, whoever of its publishers dies; doubts and damage end it."""

import gzip
from collections.abc import Callable
from contextlib import AbstractContextManager
from dataclasses import replace
from datetime import date, timedelta

import pytest

from replay_engine.day.context import Day, Progress
from replay_engine.day.recall import recall
from replay_engine.day.steps import publish as step
from replay_engine.day.steps.publish import publish
from replay_engine.errors import Cancelled, CorruptSource, InDoubt, LineRefused, StalePlan, Superseded, TryAgain
from replay_engine.model import Counts, Delivery, Pace, Publishing, Stage
from replay_engine.ports import Committed, Crew, ShardNews
from replay_engine.reports import ReplayState
from replay_engine.state import names, progress
from replay_engine.state.journal import Kind
from tests.helpers.scene import DATA, DAY, NEXT, REPLAY, TOPIC, Onlooker, Scene, lines_of

FIRST, SECOND = (f"raw/{DAY}-{number}-1575224000000.json.gz" for number in range(2))


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


def raising(*troubles: Exception) -> Callable[[int], None]:
    """Publishers that die so when they begin, one after the other, and then live."""
    left = list(troubles)

    def act(_: int) -> None:
        if left:
            raise left.pop(0)

    return act


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


def test_a_shard_that_comes_further_each_time_is_not_given_up(scene: Scene) -> None:
    """A bad network is slow, not an end."""
    day, crew = scene.day(scene.pushing_plan()), Scripted()
    for number in range(20):
        crew.script.append([ShardNews(0, Counts(number, stored_bytes=number), ended=True, error=TryAgain("away"))])
    crew.script.append([ShardNews(0, Counts(20, stored_bytes=20), ended=True)])
    watch = step._Watch(day, 1, {}, 20)
    step._note_done(day, 1, {}, "")
    watch.run(crew)
    assert watch.total.lines == 20


class Scripted:
    """A crew that says what it was told to say, one item a look."""

    def __init__(self) -> None:
        self.script: list[list[ShardNews]] = []
        self.puts: list[int] = []
        self.paces: list[Pace] = []

    def put(self, shard: int) -> None:
        self.puts.append(shard)

    def news(self) -> list[ShardNews]:
        # Nothing is said before somebody was put again.
        return self.script.pop(0) if self.script else []

    def govern(self, pace: Pace) -> None:
        self.paces.append(pace)


def watching(scene: Scene, crew: Crew, shards: int = 1, pace: Callable[[], Pace] = Pace) -> step._Watch:
    day = replace(scene.day(scene.pushing_plan()), pace=pace)
    step._note_done(day, shards, {}, "")
    watch = step._Watch(day, shards, {}, 100)
    watch.run(crew)
    return watch


def test_a_stuck_publisher_is_replaced(scene: Scene) -> None:
    """One that has begun and commits nothing for minutes; what it had committed is counted once."""
    crew = Scripted()
    crew.script = [[ShardNews(0, Counts(7))], *[[] for _ in range(800)], [ShardNews(0, Counts(9), ended=True)]]
    watch = watching(scene, crew)
    assert (crew.puts, watch.total) == ([0, 0], Counts(9))


def test_a_paused_publisher_is_not_stuck(scene: Scene) -> None:
    """Nor one that waits in a queue and has not begun."""
    crew = Scripted()
    crew.script = [[ShardNews(0, Counts(7))], *[[] for _ in range(800)], [ShardNews(0, Counts(9), ended=True)]]
    watching(scene, crew, pace=lambda: Pace(paused=True))
    waiting = Scripted()
    waiting.script = [*[[] for _ in range(800)], [ShardNews(0, Counts(9), ended=True)]]
    watching(scene, waiting)
    assert (crew.puts, waiting.puts) == ([0], [0])
    assert set(crew.paces) == {Pace(paused=True)}


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


class NoPublishers:
    """Where publishers should be had, and cannot be now."""

    orphaned_seconds = 0.0

    def crew(self, replay_id: str, day: date, shards: int) -> AbstractContextManager[Crew]:
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
    assert {day.stage for day in report.days} == {Stage.HELD}
    scene.cluster.commit("downstream", scene.spec().topic, {0: 10**6, 1: 10**6})
    report = scene.walk(scene.pushing_plan()).run(release_held=True)
    assert {day.stage for day in report.days} == {Stage.CLOSED}
    assert scene.published() == sorted([*lines_of(DAY), *lines_of(NEXT)])
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before)
    assert (scene.kept("backup"), scene.kept("quarantine"), scene.kept("state/locks/")) == ({}, {}, {})


def test_the_progress_is_written_down(scene: Scene) -> None:
    """Every so often, for reports after a death; the journal gets nothing but the end of a shard."""
    day, crew = scene.day(scene.pushing_plan()), Scripted()
    looks = int(step._NOTE_INTERVAL / timedelta(seconds=step._LOOK_SECONDS)) + 1
    crew.script = [[ShardNews(0, Counts(7))], *[[] for _ in range(looks)], [ShardNews(0, Counts(9), ended=True)]]
    step._note_done(day, 1, {}, "")
    before = len(day.journal.entries)
    step._Watch(day, 1, {}, 100).run(crew)
    assert progress.read(day.world.state, REPLAY, DAY).shards == {0: Counts(7)}
    assert len(day.journal.entries) == before + 1


def test_a_publisher_that_dies_before_it_knows_takes_nothing_back(scene: Scene) -> None:
    """What its predecessor had committed still counts, and its death is a try."""
    crew, heard = Scripted(), list[Progress]()
    lost = ShardNews(0, Counts(), ended=True, error=TryAgain("gone"))
    crew.script = [[ShardNews(0, Counts(7, stored_bytes=7))], [lost], *[[] for _ in range(9)], [lost]]
    crew.script += [*[[] for _ in range(20)], [ShardNews(0, Counts(9, stored_bytes=9), ended=True)]]
    day = scene.day(scene.pushing_plan(), progressed=heard.append)
    step._note_done(day, 1, {}, "")
    step._Watch(day, 1, {}, 100).run(crew)
    assert [progress.counts.lines for progress in heard][:-1] == [7] * (len(heard) - 1)
    assert heard[-1].counts.lines == 9


def test_nothing_committed_for_long_is_told(scene: Scene) -> None:
    """To whoever looks on and, by what is written down, to whoever asks from elsewhere; over when it goes on."""
    crew, told = Scripted(), list[str]()
    looks = int(step._SILENT.total_seconds() / step._LOOK_SECONDS) + 3
    crew.script = [[ShardNews(0, Counts(7))], *[[] for _ in range(looks)], [ShardNews(0, Counts(9), ended=True)]]
    plan = scene.pushing_plan()
    day = replace(scene.day(plan), waiting=lambda text: told.append(progress.read(state, REPLAY, DAY).waiting or text))
    state = day.world.state
    step._note_done(day, 1, {}, "")
    step._Watch(day, 1, {}, 100).run(crew)
    assert "Nothing was committed to Kafka" in told[0]
    assert progress.read(state, REPLAY, DAY).waiting == ""


def test_a_shard_that_breaks_off_is_told(scene: Scene) -> None:
    """With what it said; nobody waits in the dark until all tries are over."""
    crew, told = Scripted(), list[str]()
    lost = ShardNews(0, Counts(7), ended=True, error=TryAgain("Kafka does not answer."))
    crew.script = [[ShardNews(0, Counts(7))], [lost], *[[] for _ in range(9)], [ShardNews(0, Counts(9), ended=True)]]
    day = replace(scene.day(scene.pushing_plan()), waiting=told.append)
    step._note_done(day, 1, {}, "")
    step._Watch(day, 1, {}, 100).run(crew)
    assert told == ["Kafka does not answer.", ""]
