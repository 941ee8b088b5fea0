"""Mutants of the engine and of its world, one at a time, and whether the simulator catches each of them.

It is caught when a schedule goes wrong with it that goes well without it.
"""

import os
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache

from tests.simulation.decisions import Decision
from tests.simulation.scenarios import SCENARIOS, decisions_of, play
from tests.simulation.source_mutants import ENGINE, Mutant, of_orders, of_source
from tests.simulation.store_mutants import of_stores
from tests.simulation.uncaught import UNCAUGHT

TABLE = ENGINE.parent / "docs" / "mutants.md"
#: Every mutant is looked for in so many schedules.
SCHEDULES = 200


@cache
def mutants() -> tuple[Mutant, ...]:
    """All of them, those of the stores first."""
    return (*of_stores(), *of_orders(), *of_source())


@dataclass(frozen=True, slots=True)
class Catch:
    """How a mutant was caught, or not: the schedule, how many had been played by then, and what was wrong."""

    mutant: str
    scenario: str = ""
    seed: int = 0
    schedules: int = SCHEDULES
    said: str = ""


def schedules() -> Iterator[tuple[str, int, Sequence[Decision]]]:
    """The schedules in which mutants are looked for: a little of every scenario, and more and more of it."""
    for seed in range(SCHEDULES):
        for name in SCENARIOS:
            yield name, seed, decisions_of(name, seed)


def _wrong(name: str, decisions: Sequence[Decision]) -> str:
    try:
        wrong = play(name, decisions).wrong
    except Exception as error:  # noqa: BLE001 - a mutant may break anything
        return f"(f) {error!r}"
    return wrong[0] if wrong else ""


@cache
def _wrong_anyway(name: str, seed: int) -> bool:
    return bool(_wrong(name, decisions_of(name, seed)))


def catch(mutant: Mutant, most: int = SCHEDULES) -> Catch:
    """Look for a schedule that goes wrong with the mutant, and well without it."""
    for number, (name, seed, decisions) in enumerate(schedules(), 1):
        if number > most:
            break
        with mutant.made():
            said = _wrong(name, decisions)
        if said and not _wrong_anyway(name, seed):
            return Catch(mutant.name, name, seed, number, said.split("  By ")[0])
    return Catch(mutant.name, schedules=most)


def _catch(number: int) -> Catch:
    return catch(mutants()[number])


def write_table() -> None:
    """Try every mutant, and write down how each was caught."""
    all_mutants = mutants()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        caught = list(pool.map(_catch, range(len(all_mutants))))
    TABLE.write_text(table(caught))
    for one in caught:
        if not one.scenario and one.mutant not in UNCAUGHT:
            sys.stdout.write(f"not caught, and no reason is known: {one.mutant}\n")
        elif one.scenario and one.mutant in UNCAUGHT:
            sys.stdout.write(f"caught, and a reason stands why it is not: {one.mutant}\n")


def table(caught: Sequence[Catch]) -> str:
    """The document."""
    kinds = {mutant.name: mutant.kind for mutant in mutants()}
    found = sum(bool(one.scenario) for one in caught)
    head = (
        "# Mutants\n\n"
        "What happens when one thing is taken out of the engine, or one condition out of the stores: whether the\n"
        f"simulator (`tests/simulation`) sees it within {SCHEDULES} schedules. Written by"
        " `python -m tests.simulation mutants`;\n"
        f"a test holds it against the mutants that there are. Caught: {found} of {len(caught)}.\n\n"
        "| kind | mutant | caught |\n|---|---|---|\n"
    )
    return head + "".join(f"| {kinds[one.mutant]} | {_cell(one.mutant)} | {_cell(_how(one))} |\n" for one in caught)


def _how(one: Catch) -> str:
    if one.scenario:
        seed = "nothing decided" if not one.seed else f"seed {one.seed}"
        return f"{one.scenario}, {seed}, schedule {one.schedules}: {one.said[:100]}"
    return f"not caught: {UNCAUGHT.get(one.mutant, 'no reason is known')}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
