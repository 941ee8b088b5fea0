"""Schedules in which one process is overtaken at every act in turn, in two ways.

Frozen before the act: the request itself arrives late. Frozen when the call before it was answered: it was decided
on while the day was still this process's, and is asked for when it is not any more. The others carry the day on
meanwhile, to its end or to the middle of what they do.
"""

from collections.abc import Iterator
from functools import cache

from tests.simulation.history.acts import OF_THE_LEASE
from tests.simulation.machine.decisions import CALL, Decision, What
from tests.simulation.scenarios.schedules import play

#: Of each scenario who is overtaken, and for how many seconds.
SWEEPS = {
    "run, restore": ("A", 60.0),
    "run, take over": ("A", 4.0),
    "undo, resume, sweep": ("U", 5000.0),
}


def sweep(name: str) -> Iterator[list[Decision]]:
    """Every act of the process, once each way."""
    who, seconds = SWEEPS[name]
    for number in _acts(name, who):
        yield [Decision(who, CALL, number, What.FREEZE, "", seconds)]
        yield [Decision(who, CALL, number - 1, What.FREEZE_AFTER, "", seconds)]


@cache
def _acts(name: str, who: str) -> list[int]:
    """Which calls of a process are acts, when nothing happens."""
    calls = [act for act in play(name, ()).play.store.history.acts if act.process == who]
    return [number for number, act in enumerate(calls, 1) if act.mutates and act.method not in OF_THE_LEASE]
