"""One replay of one day through one schedule of deaths and faults, and what must hold all along and at its end."""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from replay_engine.day.replay import ReplayRunner
from replay_engine.errors import TryAgain
from replay_engine.model import Plan, Stage
from replay_engine.ports import CopyState
from replay_engine.reports import ReplayReport
from replay_engine.state import names
from tests.helpers.scene import DATA, DAY, EVENTS, REPLAY, STATE, Onlooker, Scene, lines_of, stopping_at
from tests.simulation.killed import Killed
from tests.simulation.one_process.faults import Fault, FaultInjector, FaultyPort, faulty_store

#: A killed runner's lease runs out within this time.
_LEASE_SECONDS = 31
_COPIES = 60
Schedule = Callable[[int], Fault]


def no_faults(_: int) -> Fault:
    """Nothing happens."""
    return Fault.NONE


def at(call: int, fault: Fault) -> Schedule:
    """One fault, at one call."""
    return lambda number: fault if number == call else Fault.NONE


@dataclass
class Life:
    """A world, a plan, and the processes that carry it on."""

    scene: Scene
    plan: Plan
    cancel: bool = False
    finishing: bool = False

    @classmethod
    def begin(
        cls, *, damaged: bool = False, cancel: bool = False, destructive: bool = True, transactions: bool = True
    ) -> "Life":
        """A day that will close, or one whose second file is damaged, or one that somebody cancels."""
        scene = Scene(width=1)
        scene.cluster.transactional = transactions
        if damaged:
            name = max(name for name in scene.stored(f"raw/{DAY}"))
            scene.account.change(DATA, name, lambda data: data[:-9])
            scene.before = scene.stored()
        # Every copy is asynchronous here: it is a blob of no bytes until some time has passed.
        scene.account.copies.extend([CopyState.PENDING] * _COPIES)
        scene.clock.at_sleep.append(scene.account.end_copies)
        scene.refill()
        return cls(scene, scene.plan() if destructive else scene.pushing_plan(), cancel)

    def process(
        self, schedule: Schedule, act: Callable[[ReplayRunner], ReplayReport] = ReplayRunner.run
    ) -> tuple[FaultInjector, ReplayReport | None]:
        """One process carries the replay on until it is done or dead."""
        injector = FaultInjector(schedule, self.check_promise)
        before = self.scene.stores
        self.scene.stores = faulty_store(injector)
        watch = stopping_at("publish") if self.cancel else Onlooker()
        try:
            world = self.scene.world(FaultyPort(self.scene.cluster, injector))
            world = replace(world, segments=FaultyPort(world.segments, injector))
            return injector, act(ReplayRunner(self.plan, world, watch, "the test"))
        except (Killed, TryAgain):
            # Dead, or the store was away before the journals could be read: nothing was begun.
            self.scene.clock.sleep(_LEASE_SECONDS)
            return injector, None
        finally:
            self.scene.stores = before

    def check_promise(self) -> None:
        """Promise 1: until the day is finished every original byte is where it was, or in its backup.

        Only `clean_up`, which begins when everything has landed again, may give up the backup.
        """
        data, state = self.scene.account.containers[DATA], self.scene.account.containers[STATE]
        for name, content in () if self.finishing else self.scene.before.items():
            here = data.get(name)
            copy = state.get(names.backup(REPLAY, DAY, name))
            if not (here and here.data == content) and not (copy and copy.data == content):
                self.finishing = self.finishing or "clean_up" in self.scene.standing(self.plan).intents
                assert self.finishing, f"{name} is in no verified place"

    def check_end(self, report: ReplayReport | None, *, undisturbed: bool = False) -> Stage:
        """Promise 2: closed with every event in every sink, or restored byte for byte; nothing left over.

        Promise 3: every event once, where the cluster has transactions.
        """
        assert report is not None
        day = report.days[0]
        assert day.stage in (Stage.CLOSED, Stage.RESTORED), f"{day.stage}: {day.error}"
        if not self.plan.spec.destructive:
            assert self.scene.stored().items() >= self.scene.before.items()
        elif day.stage is Stage.RESTORED:
            assert self.scene.stored() == self.scene.before
            assert self.scene.used() == self.scene.segments_before
            self._check_quarantine()
        else:
            self._check_refilled(exactly_once=undisturbed or self.scene.cluster.transactional)
        assert self.scene.kept("state/locks/") == {}
        assert self.scene.kept("backup/") == {}
        assert self.scene.cluster.positions == {}
        return day.stage

    def _check_refilled(self, *, exactly_once: bool) -> None:
        published = Counter(self.scene.published())
        expected = Counter(lines_of(DAY))
        assert published.keys() == expected.keys()
        assert not exactly_once or published == expected
        for folder in ("unique", "channel/in.ekstep/raw"):
            landed = Counter(line for c in self.scene.stored(f"{folder}/{DAY}").values() for line in c.split(b"\n"))
            assert landed == published, f"{folder} does not hold what is in the topic"
        assert not set(self.scene.segments_before) & {i for i in self.scene.used() if i.startswith(f"{EVENTS}_{DAY}T")}

    def _check_quarantine(self) -> None:
        """What landed was set aside, never deleted."""
        landed = Counter(self.scene.published())
        kept = self.scene.kept("quarantine/")
        for folder in ("unique", "channel/in.ekstep/raw"):
            aside = Counter(
                line for name, c in kept.items() if f"/{folder}/" in name for line in c.split(b"\n") if line
            )
            assert aside == landed, f"{folder}: what landed is not in quarantine"


def clean_calls(make: Callable[[], Life]) -> Sequence[str]:
    """Every call of a life in which nothing happens, in order."""
    life = make()
    injector, report = life.process(no_faults)
    life.check_end(report, undisturbed=True)
    return injector.log
