"""Whenever the process dies, no byte is lost, and the next process ends the day as the first would have.

Every moment before and after every act that changes the world is tried, on the way forward and on the way
back; then two deaths in a row, at places drawn from a seed.
"""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from random import Random

import pytest

from replay_engine import names
from replay_engine.day import World
from replay_engine.model import Plan, ReplayReport, Stage
from tests.engine.scene import DATA, DAY, EVENTS, REPLAY, Onlooker, Scene, lines_of
from tests.fakes.mortal import Death, Mortality

MOST_LIVES = 9


class MortalScene(Scene):
    """The scene, played by processes that die when they are told to."""

    def __init__(self, moments: Sequence[int] = (), *, damaged: bool = False) -> None:
        super().__init__()
        self.mortality = Mortality(moments)
        self.deaths: list[str] = []
        if damaged:
            self.account.change(DATA, f"raw/{DAY}-1-1575224000000.json.gz", lambda data: data[:-6])
            self.before = self.stored()
        self.refill()

    def world(self) -> World:
        world = super().world()
        assert world.segments is not None
        return World(
            data=self.mortality.store(world.data),
            state=self.mortality.store(world.state),
            segments=self.mortality.segments(world.segments),
            topic=self.mortality.topic(world.topic),
            clock=world.clock,
            width=1,
            landing_timeout_seconds=world.landing_timeout_seconds,
        )

    def play(self, plan: Plan) -> ReplayReport:
        """One process after the other, until one lives to the end; after each death every byte is accounted for."""
        for _ in range(MOST_LIVES):
            try:
                return self.walk(plan, Onlooker()).run()
            except Death as death:
                self.deaths.append(str(death))
                self.check_no_byte_lost(plan)
                self.mortality.live_again()
        raise AssertionError(f"it died {MOST_LIVES} times: {self.deaths}")

    def check_no_byte_lost(self, plan: Plan) -> None:
        """Until the day is being finished, every original is where it was or in the backup, whole."""
        standing = self.standing(plan)
        if "clean_up" in standing.intents or standing.stage is Stage.RESTORED:
            return
        kept = self.kept(names.backup(REPLAY, DAY, "")).values()
        stored = self.stored()
        for name, data in self.before.items():
            assert stored.get(name) == data or data in kept, (name, self.deaths)


def check_forward(scene: MortalScene, report: ReplayReport) -> None:
    """Closed: each sink holds every event of the day, nothing of before; other days are as they were."""
    assert report.days[0].stage is Stage.CLOSED, (report.days[0].error, scene.deaths)
    published = Counter(scene.published())
    assert set(published) == set(lines_of(DAY))
    for folder in ("unique", "channel"):
        landed = [data for name, data in scene.sinks().items() if name.startswith(folder + "/")]
        assert Counter(line for data in landed for line in data.split(b"\n")) == published, scene.deaths
    rows = Counter(scene.segments.state.rows(EVENTS, DAY))
    assert rows == Counter({line.decode(errors="replace"): times for line, times in published.items()})
    mine = {name for name in scene.before if name.startswith(("unique/", "channel/")) and names.day_of(name) == DAY}
    assert {n: d for n, d in scene.stored().items() if n not in scene.sinks()} == {
        n: d for n, d in scene.before.items() if n not in mine
    }
    check_tidy(scene)


def check_back(scene: MortalScene, report: ReplayReport) -> None:
    """Restored: everything as before, byte for byte; what landed is in quarantine."""
    assert report.days[0].stage is Stage.RESTORED, (report.days[0].error, scene.deaths)
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before), scene.deaths
    aside = scene.kept(names.quarantine(REPLAY, DAY, "unique/")).values()
    assert sorted(line for data in aside for line in data.split(b"\n")) == scene.published(), scene.deaths
    check_tidy(scene)


def check_tidy(scene: MortalScene) -> None:
    assert (scene.kept(names.BACKUP), scene.kept("state/locks/")) == ({}, {}), scene.deaths
    assert scene.segments.state.kills == []


def moments_of(*, damaged: bool) -> int:
    """How many moments there are in a life without death."""
    scene = MortalScene(damaged=damaged)
    scene.play(scene.plan())
    return scene.mortality.lived


def pairs(*, damaged: bool, count: int, seed: int = 0) -> Iterator[tuple[int, int]]:
    random, moments = Random(seed), moments_of(damaged=damaged)  # noqa: S311 - repeatable on purpose
    for _ in range(count):
        yield random.randrange(moments), random.randrange(moments)


Check = Callable[[MortalScene, ReplayReport], None]
WAYS = pytest.mark.parametrize(
    ("damaged", "check"), [(False, check_forward), (True, check_back)], ids=["forward", "back"]
)


@WAYS
def test_a_death_at_any_moment(damaged: bool, check: Check) -> None:
    """Before and after every single act; each of them once."""
    died = set()
    for moment in range(moments_of(damaged=damaged)):
        scene = MortalScene([moment], damaged=damaged)
        check(scene, scene.play(scene.plan()))
        died |= set(scene.deaths)
    assert {
        f"{when} {act}"
        for when in ("before", "after")
        for act in ("append", "create", "start_copy", "delete", "flush", "mark_unused")
    } <= died


@WAYS
def test_two_deaths_in_a_row(damaged: bool, check: Check) -> None:
    """The one that carries on dies too."""
    for moments in pairs(damaged=damaged, count=80):
        scene = MortalScene(moments, damaged=damaged)
        check(scene, scene.play(scene.plan()))


def test_what_is_repeated_is_of_one_commit_interval() -> None:
    """A death after an acknowledgement and before its note is the only one that publishes anything twice."""
    repeated = {}
    for moment in range(moments_of(damaged=False)):
        scene = MortalScene([moment])
        scene.play(scene.plan())
        twice = sum(times - 1 for times in Counter(scene.published()).values())
        if twice:
            repeated[moment] = (scene.deaths[0], twice)
    assert {death for death, _ in repeated.values()} <= {"after flush", "before append"}
    assert all(twice <= len(lines_of(DAY)) for _, twice in repeated.values())
