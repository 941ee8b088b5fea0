"""Schedules in which one process is overtaken at every act in turn: frozen before it, or right after it.

Frozen before an act: the request itself arrives late. Frozen after one: what the process does next was decided in
another time. The others carry the day on meanwhile, to its end or to the middle of what they do.
"""

from collections.abc import Iterator
from functools import cache

from tests.simulation.decisions import ACT, Decision, What
from tests.simulation.scenarios import play

#: Of each scenario who is overtaken, and for how many seconds.
SWEEPS = {
    "run, restore": ("A", 60.0),
    "run, take over": ("A", 4.0),
    "undo, resume, sweep": ("U", 5000.0),
}
#: The store refuses these of an overtaken runner, and nothing else of the world hears of them.
_OF_THE_LEASE = frozenset({"lease", "renew", "release", "break_lease", "append", "create_log"})


def sweep(name: str) -> Iterator[list[Decision]]:
    """Every act of the process, once each way."""
    who, seconds = SWEEPS[name]
    for number, before, after in _acts(name, who):
        if not before:
            yield [Decision(who, ACT, number, What.FREEZE, "", seconds)]
        if not after:
            yield [Decision(who, ACT, number, What.FREEZE_AFTER, "", seconds)]


@cache
def _acts(name: str, who: str) -> list[tuple[int, bool, bool]]:
    """The acts of a process when nothing happens, and whether they, and the next ones, are only about its lease."""
    acts = [act for act in play(name, ()).play.store.history.acts if act.process == who and act.mutates]
    leases = [act.method in _OF_THE_LEASE for act in acts]
    return [(number, *pair) for number, pair in enumerate(zip(leases, [*leases[1:], True], strict=True), 1)]
