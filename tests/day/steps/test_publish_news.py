"""What a runner makes of its publishers' news: who is stuck, what is counted, written down and told."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

from replay_engine.day.context import Progress
from replay_engine.day.steps import publish as step
from replay_engine.errors import TryAgain
from replay_engine.model import Counts, Pace
from replay_engine.ports import PublisherPool, ShardNews
from replay_engine.state import progress
from tests.helpers.scene import DAY, REPLAY, Scene


class Scripted:
    """A pool that says what it was told to say, one item a look."""

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


def watching(scene: Scene, pool: PublisherPool, shards: int = 1, pace: Callable[[], Pace] = Pace) -> step._Watch:
    day = replace(scene.day(scene.pushing_plan()), pace=pace)
    step._note_done(day, shards, {}, "")
    watch = step._Watch(day, shards, {}, 100)
    watch.run(pool)
    return watch


def test_a_shard_that_comes_further_each_time_is_not_given_up(scene: Scene) -> None:
    """A bad network is slow, not an end."""
    day, pool = scene.day(scene.pushing_plan()), Scripted()
    for number in range(20):
        pool.script.append([ShardNews(0, Counts(number, stored_bytes=number), ended=True, error=TryAgain("away"))])
    pool.script.append([ShardNews(0, Counts(20, stored_bytes=20), ended=True)])
    watch = step._Watch(day, 1, {}, 20)
    step._note_done(day, 1, {}, "")
    watch.run(pool)
    assert watch.total.lines == 20


def test_a_stuck_publisher_is_replaced(scene: Scene) -> None:
    """One that has begun and commits nothing for minutes; what it had committed is counted once."""
    pool = Scripted()
    pool.script = [[ShardNews(0, Counts(7))], *[[] for _ in range(800)], [ShardNews(0, Counts(9), ended=True)]]
    watch = watching(scene, pool)
    assert (pool.puts, watch.total) == ([0, 0], Counts(9))


def test_a_paused_publisher_is_not_stuck(scene: Scene) -> None:
    """Nor one that waits in a queue and has not begun."""
    pool = Scripted()
    pool.script = [[ShardNews(0, Counts(7))], *[[] for _ in range(800)], [ShardNews(0, Counts(9), ended=True)]]
    watching(scene, pool, pace=lambda: Pace(paused=True))
    waiting = Scripted()
    waiting.script = [*[[] for _ in range(800)], [ShardNews(0, Counts(9), ended=True)]]
    watching(scene, waiting)
    assert (pool.puts, waiting.puts) == ([0], [0])
    assert set(pool.paces) == {Pace(paused=True)}


def test_the_progress_is_written_down(scene: Scene) -> None:
    """Every so often, for reports after a death; the journal gets nothing but the end of a shard."""
    day, pool = scene.day(scene.pushing_plan()), Scripted()
    looks = int(step._NOTE_INTERVAL / timedelta(seconds=step._LOOK_SECONDS)) + 1
    pool.script = [[ShardNews(0, Counts(7))], *[[] for _ in range(looks)], [ShardNews(0, Counts(9), ended=True)]]
    step._note_done(day, 1, {}, "")
    before = len(day.journal.entries)
    step._Watch(day, 1, {}, 100).run(pool)
    assert progress.read(day.world.state, REPLAY, DAY).shards == {0: Counts(7)}
    assert len(day.journal.entries) == before + 1


def test_a_publisher_that_dies_before_it_knows_takes_nothing_back(scene: Scene) -> None:
    """What its predecessor had committed still counts, and its death is a try."""
    pool, heard = Scripted(), list[Progress]()
    lost = ShardNews(0, Counts(), ended=True, error=TryAgain("gone"))
    pool.script = [[ShardNews(0, Counts(7, stored_bytes=7))], [lost], *[[] for _ in range(9)], [lost]]
    pool.script += [*[[] for _ in range(20)], [ShardNews(0, Counts(9, stored_bytes=9), ended=True)]]
    day = scene.day(scene.pushing_plan(), progressed=heard.append)
    step._note_done(day, 1, {}, "")
    step._Watch(day, 1, {}, 100).run(pool)
    assert [progress.counts.lines for progress in heard][:-1] == [7] * (len(heard) - 1)
    assert heard[-1].counts.lines == 9


def test_nothing_committed_for_long_is_told(scene: Scene) -> None:
    """To whoever looks on and, by what is written down, to whoever asks from elsewhere; over when it goes on."""
    pool, told = Scripted(), list[str]()
    looks = int(step._SILENT.total_seconds() / step._LOOK_SECONDS) + 3
    pool.script = [[ShardNews(0, Counts(7))], *[[] for _ in range(looks)], [ShardNews(0, Counts(9), ended=True)]]
    plan = scene.pushing_plan()
    day = replace(scene.day(plan), waiting=lambda text: told.append(progress.read(state, REPLAY, DAY).waiting or text))
    state = day.world.state
    step._note_done(day, 1, {}, "")
    step._Watch(day, 1, {}, 100).run(pool)
    assert "Nothing was committed to Kafka" in told[0]
    assert progress.read(state, REPLAY, DAY).waiting == ""


def test_a_shard_that_breaks_off_is_told(scene: Scene) -> None:
    """With what it said; nobody waits in the dark until all tries are over."""
    pool, told = Scripted(), list[str]()
    lost = ShardNews(0, Counts(7), ended=True, error=TryAgain("Kafka does not answer."))
    pool.script = [[ShardNews(0, Counts(7))], [lost], *[[] for _ in range(9)], [ShardNews(0, Counts(9), ended=True)]]
    day = replace(scene.day(scene.pushing_plan()), waiting=told.append)
    step._note_done(day, 1, {}, "")
    step._Watch(day, 1, {}, 100).run(pool)
    assert told == ["Kafka does not answer.", ""]
