"""All mutants, and how a process is told which one of them to make."""

from functools import cache

from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.source_mutants import of_orders, of_source
from tests.simulation.mutants.store_mutants import of_stores

#: The name of the mutant that `tests.simulation.mutants.pytest_plugin` makes.
VARIABLE = "TESTED_MUTANT"


@cache
def mutants() -> tuple[Mutant, ...]:
    """All of them, those of the stores first."""
    return (*of_stores(), *of_orders(), *of_source())
