"""The simulator would see it if the engine, or a store, forgot one of the things on which the promises rest."""

import re
from collections.abc import Callable

import pytest

from tests.simulation.mutants import SCHEDULES, TABLE, catch, mutants
from tests.simulation.source_mutants import Mutant
from tests.simulation.uncaught import UNCAUGHT

#: What is tried at every run of the tests: every condition of the stores, and some of the others.
_EVERY = 12
_QUICK = [
    mutant
    for number, mutant in enumerate(mutants())
    if mutant.name not in UNCAUGHT and (mutant.kind == "store" or number % _EVERY == 0)
]


@pytest.mark.parametrize("mutant", _QUICK, ids=lambda mutant: mutant.name[:60])
def test_a_mutant_is_caught(mutant: Mutant, figures: Callable[[str, int], None]) -> None:
    """With one thing taken out of it, a schedule goes wrong that goes well with everything in its place."""
    caught = catch(mutant)
    figures("mutants tried", 1)
    assert caught.schedule, f"{SCHEDULES} schedules went as well with it"


def test_the_table_has_every_mutant() -> None:
    """docs/mutants.md speaks of the engine as it is: of every mutant there is, and of no other."""
    rows = re.findall(
        r"^\| \w+ \| (.*?) \| (caught|not caught|[^|]*)", TABLE.read_text().replace("\\|", "¦"), re.MULTILINE
    )
    assert [row[0].replace("¦", "|") for row in rows][1:] == [mutant.name for mutant in mutants()]


def test_every_mutant_that_is_not_caught_has_its_reason() -> None:
    """What is not caught is named one by one, with what stops it; nothing is named that is no mutant any more."""
    rows = [line for line in TABLE.read_text().splitlines() if "| not caught: " in line]
    assert len(rows) == len(UNCAUGHT)
    assert UNCAUGHT.keys() <= {mutant.name for mutant in mutants()}
    assert all(UNCAUGHT.values())
