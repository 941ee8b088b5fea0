"""Publishing never puts a group further behind than its limit: it is slowed down, rests, and goes on."""

from dataclasses import replace

import pytest

from replay_engine.day.lag_limit import LagLimit
from replay_engine.day.report import progress_text
from replay_engine.day.steps import publish as publishing
from replay_engine.errors import TryAgain
from replay_engine.model import Counts, LandingWait, Pace, Plan, Stage
from replay_engine.ports import ShardNews
from replay_engine.reports import DayReport
from tests.fakes.downstream import GROUP
from tests.helpers.scene import DAY, TOPIC, Scene

MOST = 1000


def limited(scene: Scene, most: int = MOST) -> Plan:
    """The group may be so far behind."""
    return scene.plan(spec=replace(scene.spec(), landing_waits=(LandingWait(GROUP, TOPIC, most),)))


def behind(scene: Scene, by: int) -> None:
    """The group has read all of the topic but so much."""
    scene.cluster.topics[TOPIC][0] = [b"line"] * by
    scene.cluster.commit(GROUP, TOPIC, {0: 0, 1: len(scene.cluster.topics[TOPIC][1])})


@pytest.mark.parametrize(
    ("by", "applied", "told"),
    [
        (0, Pace(events_per_second=200.0), ""),
        (400, Pace(events_per_second=120.0), ""),
        (600, Pace(events_per_second=80.0), "slowed: downstream is 600 of at most 1,000 offsets behind"),
        (951, Pace(paused=True), ""),
        (5000, Pace(paused=True), ""),
    ],
)
def test_the_room_that_is_left_lasts_for_five_seconds(scene: Scene, by: int, applied: Pace, told: str) -> None:
    """So that it is not used up before the next look; with little of it nothing is published."""
    behind(scene, by)
    limit = LagLimit(scene.day(limited(scene)))
    with limit.watched():
        assert (limit.applied(Pace()), limit.slowed) == (applied, told)


def test_what_people_have_ordered_counts_where_it_is_less(scene: Scene) -> None:
    """And their limit in bytes stays."""
    limit = LagLimit(scene.day(limited(scene)))
    with limit.watched():
        assert limit.applied(Pace(events_per_second=7.0)).events_per_second == 7.0
        assert limit.applied(Pace(bytes_per_second=9.0)) == Pace(bytes_per_second=9.0, events_per_second=200.0)
        assert limit.applied(Pace(paused=True)) == Pace(paused=True)


def test_the_fullest_group_counts(scene: Scene) -> None:
    waits = (LandingWait("quick", TOPIC, 10 * MOST), LandingWait(GROUP, TOPIC, MOST), LandingWait("other", TOPIC))
    behind(scene, 900)
    scene.cluster.commit("quick", TOPIC, {0: 0})
    limit = LagLimit(scene.day(scene.plan(spec=replace(scene.spec(), landing_waits=waits))))
    with limit.watched():
        assert limit.applied(Pace()) == Pace(events_per_second=20.0)


def test_a_group_without_a_position_begins_where_the_topic_ended(scene: Scene) -> None:
    """What lies in the topic from before is none of its lag, and what expired unread none of any group's."""
    scene.cluster.topics[TOPIC][0] = [b"line"] * 5000
    limit = LagLimit(scene.day(limited(scene)))
    with limit.watched():
        assert limit.applied(Pace()) == Pace(events_per_second=200.0)
        scene.cluster.topics[TOPIC][0] += [b"line"] * 600
        scene.clock.sleep(1)
        assert limit.applied(Pace()) == Pace(events_per_second=80.0)
        scene.cluster.expire(TOPIC, {0: 5300})
        scene.clock.sleep(1)
        assert limit.applied(Pace()) == Pace(events_per_second=140.0)


def test_without_a_limit_kafka_is_not_asked(scene: Scene) -> None:
    limit = LagLimit(scene.day(scene.pushing_plan()))
    scene.cluster.away = 1
    with limit.watched():
        assert (limit.applied(Pace()), limit.rests, limit.slowed) == (Pace(), "", "")
    assert scene.cluster.away == 1


def test_publishing_rests_while_kafka_does_not_answer(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """After a few seconds; and goes on by itself."""

    def away(_: str) -> dict[int, int]:
        raise TryAgain("Kafka is away.")

    limit = LagLimit(scene.day(limited(scene)))
    with limit.watched():
        monkeypatch.setattr(scene.cluster, "end_offsets", away)
        scene.clock.sleep(5)
        assert limit.applied(Pace()) == Pace(events_per_second=200.0)
        scene.clock.sleep(1)
        assert limit.applied(Pace()) == Pace(paused=True)
        assert limit.rests == "Nobody knows how far behind the consumers are. Kafka is away."
        monkeypatch.undo()
        scene.clock.sleep(1)
        assert (limit.applied(Pace()).paused, limit.rests) == (False, "")


class Pool:
    """Publishers that commit ten events in every look in which they are let."""

    def __init__(self, scene: Scene, lines: int) -> None:
        self._scene, self._lines, self._pace = scene, lines, Pace()
        self.rested = 0
        self.behind: list[int] = []

    def put(self, shard: int) -> None:
        """There is one."""

    def govern(self, pace: Pace) -> None:
        self._pace = pace

    def news(self) -> list[ShardNews]:
        partition = self._scene.cluster.topics[TOPIC][0]
        if self._pace.paused:
            self.rested += 1
            assert self.rested < 100_000, "publishing does not go on"
            return []
        partition += [b"line"] * 10
        self.behind.append(len(partition) - self._scene.cluster.groups[(GROUP, TOPIC)].get(0, 0))
        counts = Counts(len(partition), stored_bytes=len(partition))
        return [ShardNews(0, counts, ended=len(partition) >= self._lines)]


def test_a_day_keeps_to_it(scene: Scene) -> None:
    """The group is read for one second in ten, and never further behind; nobody is taken for stuck, and it is told."""
    pool, told = Pool(scene, 3000), list[str]()
    behind(scene, 0)

    def read() -> None:
        if scene.clock.elapsed() % 10 < 1:
            scene.cluster.commit(GROUP, TOPIC, {0: len(scene.cluster.topics[TOPIC][0])})

    scene.clock.at_sleep.append(read)
    day = replace(scene.day(limited(scene, 100)), waiting=told.append)
    publishing._note_done(day, 1, {}, "")
    watch = publishing._Watch(day, 1, {}, 3000)
    watch.run(pool)
    assert watch.total.lines == 3000
    assert max(pool.behind) <= 100 + 40
    assert (pool.rested > 100, told[0].endswith("offsets behind: publishing rests."), told[1]) == (True, True, "")


def test_it_is_told_on_the_screen() -> None:
    """Beside the speed."""
    day = DayReport(DAY, Stage.CLEARED, bytes_per_second=2e6, seconds_left=60, slowed="slowed: g is 6 of at most 9")
    assert progress_text(day) == "2.0 MB/s · slowed: g is 6 of at most 9 · about 60 s left"
