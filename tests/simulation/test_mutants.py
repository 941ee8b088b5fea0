"""The simulator would see it if the engine, or a store, forgot one of the things on which the promises rest."""

from collections.abc import Callable

import pytest

from tests.simulation.mutants import SCHEDULES, catch, mutants
from tests.simulation.source_mutants import Mutant
from tests.simulation.uncaught import UNCAUGHT

#: What is tried at every run of the tests: every condition of the stores.
_QUICK = [mutant for mutant in mutants() if mutant.name not in UNCAUGHT and mutant.kind == "store"]


@pytest.mark.parametrize("mutant", _QUICK, ids=lambda mutant: mutant.name[:60])
def test_a_mutant_is_caught(mutant: Mutant, figures: Callable[[str, int], None]) -> None:
    """With one thing taken out of it, a schedule goes wrong that goes well with everything in its place."""
    caught = catch(mutant)
    figures("mutants tried", 1)
    assert caught.schedule, f"{SCHEDULES} schedules went as well with it"
