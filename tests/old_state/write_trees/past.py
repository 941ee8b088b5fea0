"""A world, a replay in it, and the processes that carried it until they were killed."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count

from replay_engine.day.replay import ReplayRunner
from replay_engine.model import Plan
from replay_engine.plan import document as plan_document
from replay_engine.reports import ReplayReport
from replay_engine.state import names
from replay_engine.state.journal import Entry, Kind, load, read_document
from tests.fakes.account import Account, Stored
from tests.fakes.blobs import MemoryBlobs
from tests.helpers.scene import DATA, DAY, REPLAY, STATE, Onlooker, Scene
from tests.simulation.killed import Killed
from tests.simulation.one_process.faults import Fault, FaultInjector, FaultyPort, faulty_store
from tests.simulation.one_process.life import Schedule, at, no_faults

#: A killed runner's lease runs out within this time, and what was published lands.
_LEASE_SECONDS = 31
#: More than publishers wait between two commits.
_SLOW_SECONDS = 6
#: The pipeline of the tests names its files from 1,600,000,000,000 on.
_FIRST_UPLOAD_MS = 1_590_000_000_000

Act = Callable[[ReplayRunner], ReplayReport]
Make = Callable[[], "Past"]
Find = Callable[[Sequence[str], "Past"], int]


@dataclass
class DatedAccount(Account):
    """An account that knows when each blob was written."""

    written_at: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def write(self, container: str, name: str, stored: Stored) -> Stored:
        self.written_at[container, name] = self.now()
        return Account.write(self, container, name, stored)


@dataclass
class Past:
    """A world, a replay in it, and the processes that carried it so far."""

    scene: Scene
    account: DatedAccount
    plan: Plan
    slow: bool = False
    lost: list[tuple[str, str, Stored]] = field(default_factory=list)
    """What was taken away, so that a test can bring it back."""
    lost_segments: list[str] = field(default_factory=list)

    @classmethod
    def begin(
        cls,
        *,
        slow: bool = False,
        keep_backups_for: timedelta = timedelta(0),
        destructive: bool = True,
        transactions: bool = True,
    ) -> "Past":
        """A replay that was planned and confirmed. ``slow`` publishers commit after every few lines."""
        account = DatedAccount({DATA: {}, STATE: {}})
        scene = Scene(account=account, width=1, keep_backups_for=keep_backups_for)
        scene.cluster.transactional = transactions
        scene.refill()._upload_ms = count(_FIRST_UPLOAD_MS)
        scene.clock.tick(6 * 3600)
        plan = scene.plan() if destructive else scene.pushing_plan()
        state = MemoryBlobs(account, STATE)
        state.create(names.open_mark(REPLAY), b"")
        state.create(names.plan(REPLAY), plan_document.dump(plan))
        scene.clock.tick(300)
        return cls(scene, account, plan, slow)

    def process(
        self, act: Act = ReplayRunner.run, schedule: Schedule = no_faults, watch: Onlooker | None = None
    ) -> FaultInjector:
        """One process acts until it is done or dead."""
        injector = FaultInjector(schedule, lambda: self._time_passes(injector))
        self.scene.stores = faulty_store(injector)
        world = self.scene.world(FaultyPort(self.scene.cluster, injector))
        world = replace(world, segments=FaultyPort(world.segments, injector))
        try:
            act(ReplayRunner(self.plan, world, watch or Onlooker(), "an earlier program"))
        except Killed:
            pass
        finally:
            self.scene.stores = lambda store: store
        return injector

    def _time_passes(self, injector: FaultInjector) -> None:
        if self.slow and "MemoryProducer.send" in injector.log[-1]:
            self.scene.clock.sleep(_SLOW_SECONDS)
        else:
            self.scene.clock.tick(0.05)

    def rest(self) -> "Past":
        """Time passes after a death."""
        self.scene.clock.sleep(_LEASE_SECONDS)
        return self

    def take(self, container: str, name: str) -> None:
        """Lose a blob, and remember it."""
        self.lost.append((container, name, self.account.containers[container].pop(name)))

    def entries(self) -> tuple[Entry, ...]:
        return load(read_document(MemoryBlobs(self.account, STATE), names.journal(REPLAY, DAY)) or b"")


def killed(make: Make, find: Find, fault: Fault = Fault.DIE_AFTER, act: Act = ReplayRunner.run) -> Past:
    """The world after a process died at the call that ``find`` finds in a rehearsal."""
    rehearsal = make()
    found = find(rehearsal.process(act).log, rehearsal)
    past = make()
    injector = past.process(act, at(found, fault))
    assert [struck for struck, _, _ in injector.struck] == [found]
    return past


def call(*parts: str, number: int = 0) -> Find:
    """A call by its name and arguments: the first, or a later one."""
    return lambda log, _: [index for index, what in enumerate(log) if all(part in what for part in parts)][number]


def entry(kind: Kind, step: str = "") -> Find:
    """The call that wrote the last journal entry of a kind and a step."""

    def find(log: Sequence[str], past: Past) -> int:
        number = max(entry.number for entry in past.entries() if entry.kind is kind and step in ("", entry.step))
        return call(".append(", f'"n":{number},')(log, past)

    return find
