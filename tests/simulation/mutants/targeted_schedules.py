"""Where to look for a mutant: schedules that come by the changed place, and faults that strike just there."""

import random
import sys
import threading
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from types import FrameType
from typing import Any

from tests.simulation.machine.decisions import AT_THE_END, CALL, Decision, What
from tests.simulation.machine.scheduler import Machine
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.statements import files
from tests.simulation.scenarios.catalogue import SCENARIOS
from tests.simulation.scenarios.play import Play
from tests.simulation.scenarios.schedules import decisions_of
from tests.simulation.scenarios.sweeps import SWEEPS, sweep

#: Every mutant is looked for in so many schedules; some of them come by its place anyway.
SCHEDULES = 200
_AS_THEY_ARE = 40
#: Of each scenario so many seeds are played to see where they come by; of each at most so many visits to a place count.
_SEEDS = 8
_VISITS = 3
#: At which call counted from the place, what, and how much of it.
_FAULTS = (
    (0, What.FREEZE_AFTER, 60.0),
    (0, What.FREEZE_AFTER, 5000.0),
    (1, What.FREEZE, 60.0),
    (1, What.FREEZE, 5000.0),
    (1, What.LATE, AT_THE_END),
    (1, What.LATE, 40.0),
    (1, What.LATE_DIES, AT_THE_END),
    (1, What.LATE_DIES, 40.0),
    (1, What.DIE_BEFORE, 0.0),
    (1, What.DIE_DURING, 0.0),
    (1, What.DIE_AFTER, 0.0),
    (1, What.FAIL_BEFORE, 0.0),
    (1, What.FAIL_AFTER, 0.0),
    (1, What.TWICE, 0.0),
    (1, What.REWRITE, 0.0),
    (2, What.FREEZE, 60.0),
    (2, What.DIE_BEFORE, 0.0),
    (2, What.DIE_AFTER, 0.0),
    (2, What.FAIL_AFTER, 0.0),
    (2, What.LATE, AT_THE_END),
)

Schedule = tuple[str, tuple[Decision, ...]]
Place = tuple[str, int] | str


@dataclass(frozen=True, slots=True)
class Visit:
    """A process comes by a place when it has made so many calls, in that schedule."""

    schedule: Schedule
    process: str
    calls: int


@dataclass
class _Tracer:
    """Which lines of the engine are run, and by whom."""

    machine: Machine
    seen: list[tuple[Place, str, int]] = field(default_factory=list)

    def enter(self, frame: FrameType, event: str, _: Any) -> Any:
        return self.step if event == "call" and frame.f_code.co_filename in files() else None

    def step(self, frame: FrameType, event: str, _: Any) -> Any:
        if event == "line" and self.machine.current is not None:
            process = self.machine.current.process
            self.seen.append(((frame.f_code.co_filename, frame.f_lineno), process.name, process.points[CALL]))
        return self.step

    @contextmanager
    def tracing(self) -> Iterator[None]:
        before = sys.gettrace()
        threading.settrace(self.enter)
        try:
            yield
        finally:
            threading.settrace(before)


def _visits(schedule: Schedule) -> Iterator[tuple[Place, Visit]]:
    name, decisions = schedule
    play = Play(SCENARIOS[name], decisions)
    tracer = _Tracer(play.machine)
    with tracer.tracing():
        play.run()
    calls: defaultdict[str, int] = defaultdict(int)
    for act in play.store.history.acts:
        tracer.seen.append((act.method, act.process, calls[act.process]))
        calls[act.process] += 1
    times: defaultdict[tuple[Place, str], int] = defaultdict(int)
    for place, process, number in tracer.seen:
        times[place, process] += 1
        if times[place, process] <= _VISITS:
            yield place, Visit(schedule, process, number)


@cache
def corpus() -> dict[Place, list[Visit]]:
    """Who comes by where: when nothing happens, when somebody is overtaken, and in some seeds of every scenario."""
    schedules: list[Schedule] = [(name, ()) for name in SCENARIOS]
    schedules += [(name, tuple(decisions)) for name in SWEEPS for decisions in sweep(name)]
    schedules += [(name, tuple(decisions_of(name, seed))) for name in SCENARIOS for seed in range(1, _SEEDS)]
    found: defaultdict[Place, list[Visit]] = defaultdict(list)
    for schedule in schedules:
        for place, visit in _visits(schedule):
            found[place].append(visit)
    return found


def aimed(mutants: Sequence[Mutant]) -> list[Schedule]:
    """The schedules in which these mutants, made together, are looked for."""
    visits = [visit for mutant in mutants for visit in _of(mutant)]
    dice = random.Random(" ".join(mutant.name for mutant in mutants))  # noqa: S311 - schedules, not secrets
    there = list(dict.fromkeys(visit.schedule for visit in visits))
    calm, others = [one for one in there if not one[1]], [one for one in there if one[1]]
    dice.shuffle(others)
    struck = [(name, _with(decisions, fault)) for visit in visits for (name, decisions), fault in _faults(visit)]
    dice.shuffle(struck)
    if any(mutant.kind in ("guard", "order") for mutant in mutants):
        # Whoever does not ask whether the day is still its own is told by what it does after a long freeze.
        struck.sort(key=lambda one: not any(decision.what is What.FREEZE_AFTER for decision in one[1]))
    return list(dict.fromkeys([*calm, *others[:_AS_THEY_ARE], *struck]))[:SCHEDULES]


def _of(mutant: Mutant) -> list[Visit]:
    places = [mutant.at] if isinstance(mutant.at, str) else list(mutant.at)
    return next((found for place in places if (found := corpus().get(place))), [])


def _with(decisions: Sequence[Decision], fault: Decision) -> tuple[Decision, ...]:
    return tuple(sorted({*decisions, fault}))


def _faults(visit: Visit) -> Iterator[tuple[Schedule, Decision]]:
    for further, what, amount in _FAULTS:
        if visit.calls + further:
            yield visit.schedule, Decision(visit.process, CALL, visit.calls + further, what, "", amount)
