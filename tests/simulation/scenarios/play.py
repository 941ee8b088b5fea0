"""One schedule of one scenario: its world, its processes, its end."""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, timedelta
from functools import partial
from itertools import count
from unittest import mock

from replay_engine.day.recall import Place, Standing
from replay_engine.model import CheckSource, LandingWait, Plan, Publishing, Sink, SinkType
from replay_engine.ports import CopyState
from replay_engine.state import journal
from tests.fakes.downstream import GROUP
from tests.fakes.topics import MemoryTopic
from tests.helpers.scene import DATA, DAY, EVENTS, LANDING_FOLDERS, OTHER_REPLAY, REPLAY, STATE, TOPIC, Scene, lines_of
from tests.simulation.history.acts import STORE
from tests.simulation.history.rules import judge
from tests.simulation.machine.decisions import Decision, What
from tests.simulation.machine.process import Order, Process
from tests.simulation.machine.scheduler import Machine
from tests.simulation.machine.store import Store, lines_since
from tests.simulation.scenarios.endings import Ending, judge_end
from tests.simulation.scenarios.orders import restore_held, resume, run, sweep

OTHER_TOPIC = "prod.telemetry.wfs"
#: A replay of another source, which shares a sink with the first one's.
WFS = "r20200110-083000-000003"
#: Some outages are longer.
_PATIENCE = timedelta(minutes=10)
_ROUNDS = 6
_COPIES = 200
#: A folder that another source fills, where sinks hold events.
NEVER = LANDING_FOLDERS[-1]


@dataclass(frozen=True)
class Part:
    """One process of a scenario."""

    name: str
    orders: tuple[Order, ...]
    replay: str = REPLAY
    take_over: bool = False


@dataclass(frozen=True)
class Scenario:
    """Processes, and the world they find. ``before`` are those that have ended before the schedule begins.

    ``left_empty`` are folders that the pipeline does not fill. ``with_ids`` says that the sinks hold events, and
    `NEVER` those of quite another source; with ``kept_in`` only that file of it can be read.
    """

    parts: tuple[Part, ...]
    before: tuple[Part, ...] = ()
    days: tuple[date, ...] = (DAY,)
    width: int = 1
    keep: timedelta = timedelta(0)
    transactions: bool = True
    damaged: bool = False
    blank: bool = False
    read_first: bool = False
    part_entries: int = 0
    destructive: bool = True
    slow_copies: bool = False
    bad_copies: bool = False
    lands_every: float = 0.0
    outsiders: bool = False
    left_empty: tuple[str, ...] = ()
    with_ids: bool = False
    kept_in: int = 0
    prepare: Callable[["Play"], None] = lambda _: None


class Play:
    """One schedule of a scenario, from its world to what was wrong with it."""

    def __init__(self, scenario: Scenario, decisions: Sequence[Decision]) -> None:
        self.scenario = scenario
        self.scene = _scene(scenario)
        self.pipeline_files = count(1_600_000_000_000)
        self.store = Store(self.scene, DATA, scenario.lands_every)
        never = (NEVER, *scenario.left_empty) if scenario.with_ids else scenario.left_empty
        filled = tuple(folder for folder in LANDING_FOLDERS if folder not in never)
        self.store.landings = [
            partial(self._land, TOPIC, filled, (EVENTS,)),
            partial(self._land, OTHER_TOPIC, LANDING_FOLDERS[1:], ()),
        ]
        self._acts_landed = {TOPIC: 0, OTHER_TOPIC: 0}
        self.plans = {part.replay: self._plan(part.replay) for part in (*scenario.before, *scenario.parts)}
        if scenario.slow_copies:
            self.scene.account.copies.extend([CopyState.PENDING] * _COPIES)
        if scenario.bad_copies:
            self.scene.account.copies.extend([CopyState.SUCCESS, CopyState.FAILED, CopyState.ABORTED])
            self.scene.account.corrupt = _cut_short(5)
        self.machine = Machine(self.scene, self.store, decisions)
        self.machine.at_outsider = self._outsider
        self.machine.at_damage = self.damage_a_copy
        self.ending = Ending()

    def _plan(self, replay: str) -> Plan:
        read_first = self.scenario.read_first or self.scenario.with_ids
        publishing = Publishing(check_source=CheckSource.FULL if read_first else None)
        spec = replace(self.scene.spec(), delete_backups=self.scenario.destructive, publishing=publishing)
        if replay not in (REPLAY, OTHER_REPLAY):
            sinks = (Sink(SinkType.AZURE, "channel"),)
            waits = (LandingWait(GROUP, OTHER_TOPIC),)
            spec = replace(
                spec, source="wfs", folder="derived/wfs", sinks=sinks, topic=OTHER_TOPIC, landing_waits=waits
            )
        return self.scene.keep(self.scene.plan(replay, spec))

    def _start(self, parts: Sequence[Part]) -> None:
        for part in parts:
            self.machine.start(part.name, self.plans[part.replay], part.orders, take_over=part.take_over)
            self.machine.processes[-1].plan = self.scene.plans[part.replay]
        self.machine.run()

    def run(self) -> "Play":
        """Play it to its end, and judge it."""
        if not self.scenario.part_entries:
            return self._run()
        with mock.patch.object(journal, "PART_ENTRIES", self.scenario.part_entries):
            return self._run()

    def _run(self) -> "Play":
        for part in self.scenario.before:
            self._start([part])
        if self.scenario.before:
            self.scenario.prepare(self)
        self._start(self.scenario.parts)
        self._finish()
        wrong, story = judge(self.store.history)
        self.ending.wrong = [*self.machine.wrong, *wrong]
        if not self.machine.wrong:
            judge_end(self.ending, self.scene, self.scene.plans, story, self.scenario.transactions)
            if self.scenario.read_first and any("clear" in done for done in story.intents.values()):
                self.ending.wrong.append("(a) The source cannot be published, and the sinks were cleared.")
        return self

    def _rest(self, seconds: float) -> None:
        self.machine.pass_time(seconds)
        self.store.world_moves(self.machine.time, lands=True)

    def _finish(self) -> None:
        """Nothing disturbs it any more: it is carried on until it ends; then what is still on its way arrives."""
        self.machine.away.clear()
        for number in range(_ROUNDS):
            self._rest(40)
            if self.machine.wrong or self._all_finished():
                break
            self._start([Part(f"last {number}", (resume,), replay) for replay in self.scene.plans])
        for number in range(2):
            # A request that came late may have ended the first attempt: the worker carries on from there.
            if not self.machine.wrong and not self._all_finished():
                self._start([Part(f"somebody {number}", (restore_held,), replay) for replay in self.scene.plans])
                self._rest(40)
                self._start([Part(f"worker {number}", (run,), replay) for replay in self.scene.plans])
        if not self.machine.wrong and any(
            standing.place(self.scene.clock.now()) is Place.SWEEPING for standing in self._standings()
        ):
            self._start([Part("worker", (sweep,), replay) for replay in self.scene.plans])
        self.machine.deliver_all()
        self._rest(40)

    def _all_finished(self) -> bool:
        return all(standing.finished or standing.began_at is None for standing in self._standings())

    def _standings(self) -> list[Standing]:
        return [self.scene.standing(plan, day.day) for plan in self.scene.plans.values() for day in plan.days]

    def _land(self, topic: str, folders: Sequence[str], datasources: Sequence[str]) -> tuple[str, ...]:
        """What the pipeline has not taken yet goes to the sinks; whose it is."""
        cluster, scene = self.scene.cluster, self.scene
        parts = cluster.topics[topic]
        lines = lines_since(parts, cluster.groups.get((GROUP, topic), {}))
        if not lines:
            return ()
        acts, first = self.store.history.acts, self._acts_landed[topic]
        self._acts_landed[topic] = len(acts)
        owners = {act.port.split()[1].split(".")[0] for act in acts[first:] if act.delivered}
        for day in sorted({line[8:18] for line in lines}):
            of_day, when = [line for line in lines if line[8:18] == day], date.fromisoformat(day.decode())
            for folder in folders:
                written = b"\n".join(of_day)
                stored = gzip.compress(written, mtime=0) if self.scenario.with_ids else written
                scene.account.put(DATA, f"{folder}/{when}-{next(self.pipeline_files)}.json.gz", stored)
            for source in datasources:
                rows = [line.decode(errors="replace") for line in of_day]
                scene.segments.state.add_segment(source, when, when + timedelta(days=1), rows=rows)
        cluster.commit(GROUP, topic, {number: len(part) for number, part in enumerate(parts)})
        return tuple(sorted(owner for owner in owners if scene.plans[owner].spec.topic == topic))

    def damage_a_copy(self) -> None:
        """The first copy of the backup is another by now, of the same size, while the original still stands."""
        name = min(self.scene.kept("backup/"), default="")
        if name and not any("clear" in standing.intents for standing in self._standings()):
            self.store.by(STORE, lambda: self.scene.account.change(STATE, name, lambda data: data[::-1]))

    def _outsider(self, process: Process, what: What) -> str:
        """Somebody else writes to a sink, as long as nothing was published: then it is surely not the replay's."""
        number = len(self.store.history.acts)
        if any("publish" in self.scene.standing(plan).intents for plan in self.scene.plans.values()):
            return ""
        if what is What.FOREIGN:
            name = f"unique/{DAY}-157522999{number:04}.json.gz"
        else:
            there = sorted(name for name in self.scene.before if name.startswith(f"unique/{DAY}"))
            name = there[number % len(there)]
        self.ending.excuses.append(f"{what}: {name}")
        self.store.outsider_writes(name, f"written by somebody else at {number}".encode())
        return name


def _cut_short(number: int) -> Callable[[bytes], bytes]:
    """A copy that is not equal to its source, whatever the store says of it."""
    copies = count(1)
    return lambda data: data[:-1] if next(copies) == number else data


def _scene(scenario: Scenario) -> Scene:
    cluster = MemoryTopic([TOPIC, OTHER_TOPIC])
    cluster.transactional = scenario.transactions
    scene = Scene(
        days=scenario.days,
        width=scenario.width,
        keep_backups_for=scenario.keep,
        outage_patience=_PATIENCE,
        cluster=cluster,
    )
    for day in scenario.days:
        lines = [line.replace(b'"ets"', b'"wfs"') for line in lines_of(day)]
        scene.account.put(DATA, f"derived/wfs/{day}-1575224000000.json.gz", gzip.compress(b"\n".join(lines), mtime=0))
    for name in sorted(scene.stored(f"raw/{DAY}")):
        if scenario.blank:
            scene.account.change(DATA, name, lambda _: gzip.compress(b"\n \n", mtime=0))
    if scenario.damaged:
        scene.account.change(DATA, name, lambda data: data[:-9])
    if scenario.with_ids:
        for day in scenario.days:
            _store_events(scene, day, scenario.kept_in)
        scene.before = scene.stored()
    return scene


def _store_events(scene: Scene, day: date, kept_in: int) -> None:
    """The sinks hold the day's events, half of them in each of two files; `NEVER` holds others."""
    lines = lines_of(day)
    for folder in LANDING_FOLDERS[:-1]:
        for number in range(2):
            name = f"{folder}/{day}-157522400000{number}.json.gz"
            scene.account.put(DATA, name, gzip.compress(b"\n".join(lines[number::2]), mtime=0))
    others = gzip.compress(b'{"mid":"a summary"}', mtime=0)
    for number in range(max(2, kept_in + 3)):
        readable = not kept_in or number == kept_in
        name = f"{NEVER}/{day}-157522400000{number}.json.gz"
        scene.account.put(DATA, name, others if readable else f"unreadable {number}".encode())
