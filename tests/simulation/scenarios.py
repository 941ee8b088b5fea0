"""The scenarios of the simulator: which processes there are, and what may happen to them.

A schedule is a scenario and a list of decisions, drawn from a seed; nothing else decides how it plays.
"""

import gzip
import random
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from functools import cache, partial
from itertools import count

from replay_engine.model import LandingWait, Plan, Sink, SinkType
from replay_engine.planning import make_plan
from replay_engine.ports import CopyState
from tests.engine.scene import (
    DATA,
    DAY,
    EVENTS,
    LANDING_FOLDERS,
    NEXT,
    OTHER_REPLAY,
    REPLAY,
    TOPIC,
    Scene,
    lines_of,
    stopping_at,
)
from tests.fakes.downstream import GROUP
from tests.fakes.topics import MemoryTopic
from tests.simulation.endings import Ending, judge_end
from tests.simulation.history import judge
from tests.simulation.ports import Store, lines_since
from tests.simulation.processes import AT_THE_END, Decision, Machine, Order, Process, What

OTHER_TOPIC = "prod.telemetry.wfs"
_ROUNDS = 6
_COPIES = 200


def resume(process: Process) -> object:
    """Carry on, a held day too."""
    return process.walk().run(release_held=True)


def run(process: Process) -> object:
    """Begin, or carry on."""
    return process.walk().run()


def stop_at(step: str) -> Order:
    """Begin, and ask to stop when that step is about to be taken."""

    def order(process: Process) -> object:
        process.watch = stopping_at(step)
        return process.walk().run()

    return order


def cancel(process: Process) -> object:
    """Ask whoever runs it to stop."""
    return process.walk().ask_to_stop()


def restore(process: Process) -> object:
    """Put the day back."""
    return process.walk().turn_back(DAY, process.name)


def undo(process: Process) -> object:
    """Put a closed day back."""
    return process.walk().undo(DAY, process.name)


def release(process: Process) -> object:
    """Give up the locks of a held day."""
    return process.walk().let_go(DAY, process.name)


def sweep(process: Process) -> object:
    """Delete the backups whose time is over."""
    return process.walk().sweep()


def plan_again(process: Process) -> object:
    """Look at it now, and make that the plan."""
    spec, replay = process.plan.spec, process.plan.replay_id
    process.plan = process.machine.scene.plans[replay] = make_plan(spec, process.world(), replay)
    return None


def wait_for(seconds: float) -> Order:
    """Come later."""
    return lambda process: process.sleep(seconds)


@dataclass(frozen=True)
class Part:
    """One process of a scenario."""

    name: str
    orders: tuple[Order, ...]
    replay: str = REPLAY
    take_over: bool = False


@dataclass(frozen=True)
class Scenario:
    """Processes, and the world they find. ``before`` are those that have ended before the schedule begins."""

    parts: tuple[Part, ...]
    before: tuple[Part, ...] = ()
    days: tuple[date, ...] = (DAY,)
    width: int = 1
    keep: timedelta = timedelta(0)
    transactions: bool = True
    damaged: bool = False
    destructive: bool = True
    slow_copies: bool = False
    lands_every: float = 0.0
    outsiders: bool = False
    waits: float = 0.0
    """Seconds between what was before and the schedule."""
    prepare: Callable[["Play"], None] = lambda _: None
    whats: tuple[What, ...] = tuple(what for what in What if what not in (What.FOREIGN, What.REWRITE))


class Play:
    """One schedule of a scenario, from its world to what was wrong with it."""

    def __init__(self, scenario: Scenario, decisions: Sequence[Decision]) -> None:
        self.scenario = scenario
        self.scene = _scene(scenario)
        self.pipeline_files = count(1_600_000_000_000)
        self.store = Store(self.scene, DATA, scenario.lands_every)
        self.store.landings = [
            partial(self._land, TOPIC, LANDING_FOLDERS, (EVENTS,)),
            partial(self._land, OTHER_TOPIC, LANDING_FOLDERS[1:], ()),
        ]
        self._acts_landed = {TOPIC: 0, OTHER_TOPIC: 0}
        self.plans = {part.replay: self._plan(part.replay) for part in (*scenario.before, *scenario.parts)}
        if scenario.slow_copies:
            self.scene.account.copies.extend([CopyState.PENDING] * _COPIES)
        self.machine = Machine(self.scene, self.store, decisions)
        self.machine.at_outsider = self._outsider
        self.ending = Ending()

    def _plan(self, replay: str) -> Plan:
        spec = replace(self.scene.spec(), delete_backups=self.scenario.destructive)
        if replay not in (REPLAY, OTHER_REPLAY):
            sinks = (Sink(SinkType.AZURE, "channel"),)
            waits = (LandingWait(GROUP, OTHER_TOPIC),)
            spec = replace(
                spec, source="wfs", folder="derived/wfs", sinks=sinks, topic=OTHER_TOPIC, landing_waits=waits
            )
        return self.scene.plan(replay, spec)

    def _start(self, parts: Sequence[Part]) -> None:
        for part in parts:
            self.machine.start(part.name, self.plans[part.replay], part.orders, take_over=part.take_over)
            self.machine.processes[-1].plan = self.scene.plans[part.replay]
        self.machine.run()

    def run(self) -> "Play":
        """Play it to its end, and judge it."""
        try:
            for part in self.scenario.before:
                self._start([part])
            if self.scenario.before:
                self.scenario.prepare(self)
                self._rest(self.scenario.waits)
            self._start(self.scenario.parts)
            self._finish()
        except AssertionError as error:
            self.machine.wrong.append(f"(f) {error}")
        wrong, story = judge(self.store.history)
        self.ending.wrong = [*self.machine.wrong, *wrong]
        if not self.machine.wrong:
            judge_end(self.ending, self.scene, self.scene.plans, story, self.scenario.transactions)
        return self

    def _rest(self, seconds: float) -> None:
        self.machine.pass_time(seconds)
        self.store.world_moves(AT_THE_END * 2)

    def _finish(self) -> None:
        """Nothing disturbs it any more: it is carried on until it ends; then what is still on its way arrives."""
        for number in range(_ROUNDS):
            self._rest(40)
            if self._all_finished():
                break
            self._start([Part(f"last {number}", (resume,), replay) for replay in self.scene.plans])
        self.machine.deliver_all()
        self._rest(40)

    def _all_finished(self) -> bool:
        standings = [self.scene.standing(plan, day.day) for plan in self.scene.plans.values() for day in plan.days]
        return all(standing.finished or standing.began_at is None for standing in standings)

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
                scene.account.put(DATA, f"{folder}/{when}-{next(self.pipeline_files)}.json.gz", b"\n".join(of_day))
            for source in datasources:
                rows = [line.decode(errors="replace") for line in of_day]
                scene.segments.state.add_segment(source, when, when + timedelta(days=1), rows=rows)
        cluster.commit(GROUP, topic, {number: len(part) for number, part in enumerate(parts)})
        return tuple(sorted(owner for owner in owners if scene.plans[owner].spec.topic == topic))

    def _outsider(self, process: Process, what: What) -> str:
        """Somebody else writes to a sink, if nothing of the day was published yet: then it is surely not the replay's."""
        number = len(self.store.history.acts)
        if any("publish" in self.scene.standing(plan).intents for plan in self.scene.plans.values()):
            return ""
        if what is What.FOREIGN:
            name = f"unique/{DAY}-157522999{number:04}.json.gz"
        else:
            there = sorted(name for name in self.scene.before if name.startswith(f"unique/{DAY}"))
            name = there[number % len(there)]
            if name not in self.scene.stored():
                return ""
        self.ending.excuses.append(f"{what}: {name}")
        self.store.outsider_writes(name, f"written by somebody else at {number}".encode())
        return name


def _scene(scenario: Scenario) -> Scene:
    cluster = MemoryTopic([TOPIC, OTHER_TOPIC])
    cluster.transactional = scenario.transactions
    scene = Scene(days=scenario.days, width=scenario.width, keep_backups_for=scenario.keep, cluster=cluster)
    for day in scenario.days:
        lines = [line.replace(b'"ets"', b'"wfs"') for line in lines_of(day)]
        scene.account.put(DATA, f"derived/wfs/{day}-1575224000000.json.gz", gzip.compress(b"\n".join(lines), mtime=0))
    if scenario.damaged:
        name = max(name for name in scene.stored(f"raw/{DAY}"))
        scene.account.change(DATA, name, lambda data: data[:-9])
    return scene


def _lose_positions(play: Play) -> None:
    """A day that is held: Kafka forgot how far its first shard was."""
    play.scene.cluster.positions.clear()


def _near_the_end_of_keeping(play: Play) -> None:
    """The sweep is due within the next seconds."""
    until = play.scene.standing(next(iter(play.scene.plans.values()))).proofs["clean_up"]["backup_kept_until"]
    left = datetime.fromisoformat(until) - play.scene.clock.now()
    play.machine.pass_time(left.total_seconds() - 3)


WFS = "r20200110-083000-000003"
_A, _B = Part("A", (run,)), Part("B", (resume,))
_TAKER = Part("B", (resume,), take_over=True)
_HOUR = timedelta(hours=1)
_FIRST = (Part("first", (run,)),)

SCENARIOS = {
    "run, resume": Scenario((_A, _B)),
    "run, take over": Scenario((_A, _TAKER)),
    "run, cancel, resume": Scenario((_A, Part("C", (wait_for(6), cancel)), _B), slow_copies=True),
    "damaged source": Scenario((_A, _B), damaged=True),
    "run, restore": Scenario((_A, Part("R", (wait_for(5), restore), take_over=True), _B)),
    "run, restore, take over": Scenario(
        (_A, Part("R", (wait_for(5), restore), take_over=True), Part("B", (wait_for(9), resume), take_over=True)),
        slow_copies=True,
    ),
    "cancel in the clear": Scenario((Part("A", (stop_at("publish"),)), _TAKER)),
    "undo, sweep": Scenario(
        (Part("U", (undo,)), Part("S", (sweep, wait_for(4), sweep))),
        before=_FIRST,
        keep=_HOUR,
        prepare=_near_the_end_of_keeping,
    ),
    "undo, resume, sweep": Scenario(
        (Part("U", (undo,)), Part("B", (wait_for(2), resume), take_over=True), Part("S", (wait_for(4000), sweep))),
        before=_FIRST,
        keep=_HOUR,
        lands_every=7.0,
    ),
    "run, undo": Scenario((_A, Part("U", (wait_for(45), undo), take_over=True), _B), keep=_HOUR),
    "retry": Scenario((_A, Part("N", (wait_for(3), plan_again, run), OTHER_REPLAY), _B)),
    "retry, keeping": Scenario(
        (_A, Part("N", (wait_for(30), plan_again, run), OTHER_REPLAY), Part("U", (wait_for(60), undo))), keep=_HOUR
    ),
    "shared sink": Scenario((_A, Part("W", (plan_again, run), WFS), _B)),
    "undo beside another replay": Scenario(
        (Part("U", (undo,)), Part("W", (plan_again, run), WFS)), before=_FIRST, keep=_HOUR
    ),
    "undo after another replay": Scenario(
        (Part("U", (undo,)), Part("V", (undo,), WFS)),
        before=(*_FIRST, Part("second", (wait_for(60), plan_again, run), WFS)),
        keep=_HOUR,
    ),
    "without transactions": Scenario((_A, _B), transactions=False),
    "two days": Scenario((_A, _TAKER), days=(DAY, NEXT)),
    "width 2": Scenario((_A, _TAKER), width=2),
    "width 2, restore": Scenario((_A, Part("R", (wait_for(5), restore), take_over=True), _B), width=2),
    "nothing deleted": Scenario((_A, _B), destructive=False),
    "slow copies": Scenario((_A, _TAKER), slow_copies=True),
    "slow pipeline": Scenario((_A, Part("R", (wait_for(8), restore), take_over=True), _B), lands_every=11.0),
    "somebody else writes": Scenario((_A, Part("C", (wait_for(8), cancel)), _B), outsiders=True),
    "somebody else writes, restore": Scenario(
        (_A, Part("R", (wait_for(6), restore), take_over=True), _B), outsiders=True, slow_copies=True
    ),
}


@cache
def _calm(name: str) -> tuple[int, int]:
    """How many calls, and acts, a process of this scenario makes at most when nothing happens."""
    play = Play(SCENARIOS[name], ()).run()
    named = {part.name for part in SCENARIOS[name].parts}
    found = [process for process in play.machine.processes if process.name in named]
    return max(process.calls for process in found), max(process.acts for process in found)


def decisions_of(name: str, seed: int) -> list[Decision]:
    """The schedule of a seed: a few switches, a few blows."""
    scenario, dice = SCENARIOS[name], random.Random(f"{name}:{seed}")  # noqa: S311 - schedules, not secrets
    calls, acts = _calm(name)
    people = [part.name for part in scenario.parts]
    decisions = []

    def decide(what: What, to: str = "", amount: float = 0.0) -> None:
        of_acts = dice.random() < 0.7
        point = 1 + dice.randrange(acts if of_acts else calls)
        decisions.append(Decision(dice.choice(people), point, of_acts, what, to, amount))

    for _ in range(dice.choice([0, 0, 1, 2, 4, 8, 16])):
        decide(What.SWITCH, dice.choice(people))
    blows = [what for what in scenario.whats if what is not What.SWITCH]
    for _ in range(dice.choice([0, 1, 1, 1, 2, 2, 3, 4])):
        what = dice.choice(blows)
        decide(what, amount=_amount(what, dice))
    for _ in range(dice.choice([1, 1, 2]) if scenario.outsiders else 0):
        decide(dice.choice([What.FOREIGN, What.REWRITE]))
    return sorted(set(decisions))


def _amount(what: What, dice: random.Random) -> float:
    match what:
        case What.STALL:
            return round(dice.uniform(0.5, 40), 1)
        case What.FREEZE | What.FREEZE_AFTER:
            return dice.choice([5, 20, 28, 31, 33, 36, 45, 90, 600, 4000]) + round(dice.uniform(0, 9), 2)
        case What.LATE | What.LATE_DIES:
            return AT_THE_END if dice.random() < 0.3 else round(10 ** dice.uniform(0, 2.7))
        case What.SKEW:
            return dice.choice([-600, -120, -30, 30, 120, 600])
    return 0.0


@dataclass
class Outcome:
    """How a schedule went."""

    name: str
    decisions: Sequence[Decision]
    play: Play
    stages: Counter[str] = field(default_factory=Counter)

    @property
    def wrong(self) -> list[str]:
        return self.play.ending.wrong


def play(name: str, decisions: Sequence[Decision]) -> Outcome:
    """Play a schedule."""
    return Outcome(name, decisions, Play(SCENARIOS[name], decisions).run())


def shrink(decisions: Sequence[Decision], fails: Callable[[Sequence[Decision]], bool]) -> list[Decision]:
    """As few of the decisions as still fail: halves of them are left out, then quarters, then one after the other."""
    left, size = list(decisions), max(1, len(decisions) // 2)
    while size:
        start = 0
        while start < len(left):
            fewer = left[:start] + left[start + size :]
            if fails(fewer):
                left = fewer
            else:
                start += size
        size //= 2
    return left


def _fails(name: str, kind: str, decisions: Sequence[Decision]) -> bool:
    """Whether it goes wrong in the same way."""
    return any(sentence.startswith(kind) for sentence in play(name, decisions).wrong)


def told(name: str, seed: int, *, most_acts: int = 40) -> str:
    """A failing schedule as people read it, made as short as it can be."""
    first = play(name, decisions_of(name, seed))
    if not first.wrong:
        return f"{name}, seed {seed}: nothing was wrong. {dict(first.play.ending.stages)}"
    short = shrink(first.decisions, partial(_fails, name, first.wrong[0][:3]))
    outcome = play(name, short)
    effects = [str(act) for act in outcome.play.store.history.acts if act.effects or act.delivered or act.marked]
    return "\n".join(
        [
            f"{name}, seed {seed}:",
            *(f"  wrong: {sentence}" for sentence in outcome.wrong[:6]),
            *(f"  decided: {decision}" for decision in short),
            *(f"  struck: {struck}" for struck in outcome.play.machine.struck),
            *(f"  {process.name}: {'; '.join(process.ended)}" for process in outcome.play.machine.processes),
            f"  the last acts that changed something, of {len(effects)}:",
            *(f"    {act}" for act in effects[-most_acts:]),
        ]
    )
