"""The process dies before, during and after every single call of every port, once and twice in a row.

After each death another process carries on. Promise 1 is checked after every call, promise 2 at the end.
"""

import random
from collections.abc import Callable

import pytest

from replay_engine.model import Stage
from tests.simulation.one_process.faults import Fault
from tests.simulation.one_process.life import Life, at, clean_calls, no_faults

DEATHS = (Fault.DIE_BEFORE, Fault.DIE_DURING, Fault.DIE_AFTER)
LIVES: dict[str, tuple[Callable[[], Life], frozenset[Stage]]] = {
    "forward": (Life.begin, frozenset({Stage.CLOSED})),
    "restore": (lambda: Life.begin(damaged=True), frozenset({Stage.RESTORED})),
    "cancel": (lambda: Life.begin(cancel=True), frozenset({Stage.RESTORED})),
    "without transactions": (lambda: Life.begin(transactions=False), frozenset({Stage.CLOSED})),
    "nothing deleted": (lambda: Life.begin(destructive=False), frozenset({Stage.CLOSED})),
}
TWICE = 700


def _live(make: Callable[[], Life], *deaths: tuple[int, Fault]) -> Stage:
    life = make()
    for call, fault in deaths:
        _, report = life.process(at(call, fault))
        if report is not None:
            break
    else:
        _, report = life.process(no_faults)
    return life.check_end(report)


@pytest.mark.parametrize("kind", LIVES)
def test_a_day_survives_one_death_at_any_call(kind: str, figures: Callable[[str, int], None]) -> None:
    """Whatever call the process dies at, the next one brings the day to its right end."""
    make, ends = LIVES[kind]
    calls = len(clean_calls(make))
    found = {_live(make, (call, fault)) for call in range(calls) for fault in DEATHS}
    figures(f"kill sweep, {kind}: schedules with one death", calls * len(DEATHS))
    assert found == set(ends)


@pytest.mark.parametrize("kind", ["forward", "restore"])
def test_a_day_survives_two_deaths_in_a_row(kind: str, figures: Callable[[str, int], None]) -> None:
    """Recovery may die, too: seeded pairs of deaths, the second while the first is being recovered from."""
    make, ends = LIVES[kind]
    calls = len(clean_calls(make))
    dice = random.Random(f"{kind}:2019-12-01")  # noqa: S311 - schedules, not secrets
    found = set()
    for _ in range(TWICE):
        first, second = (dice.randrange(calls), dice.choice(DEATHS)), (dice.randrange(calls), dice.choice(DEATHS))
        found.add(_live(make, first, second))
    figures(f"kill sweep, {kind}: schedules with two deaths", TWICE)
    assert found == set(ends)
