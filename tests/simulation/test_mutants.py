"""The simulator would see it if the engine, or a store, forgot one of the things on which the promises rest."""

from collections.abc import Callable

import pytest

from tests.simulation.mutants.all_mutants import mutants
from tests.simulation.mutants.catching import catch, caught_by, is_caught
from tests.simulation.mutants.table import TABLE, recorded, table
from tests.simulation.mutants.uncaught import UNCAUGHT

_BY_SCHEDULE = [name for name, one in recorded().items() if one.schedule is not None]


@pytest.mark.parametrize("name", _BY_SCHEDULE)
def test_a_schedule_catches_it(name: str, figures: Callable[[str, int], None]) -> None:
    """The schedule that did when the table was written; where calls have moved since, another one that is found now."""
    mutant, schedule = next(mutant for mutant in mutants() if mutant.name == name), recorded()[name].schedule
    assert schedule
    figures("mutants caught again", 1)
    assert caught_by(schedule, [mutant]) or catch(mutant).schedule, "Not any more: python -m tests.simulation mutants"


def test_the_table_says_what_was_found() -> None:
    """It names every mutant that there is, and what catches each of them, or why nothing does."""
    assert recorded().keys() == {mutant.name for mutant in mutants()}, (
        "Try the new ones: python -m tests.simulation mutants"
    )
    assert {name for name, one in recorded().items() if not is_caught(one)} == UNCAUGHT.keys()
    assert TABLE.read_text() == table(recorded())
