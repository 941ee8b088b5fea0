"""Mutants of the engine and of its world, one at a time, and whether the simulator catches each of them.

It is caught when a schedule goes wrong with it that goes well without it.
"""

import os
import re
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from functools import cache
from itertools import count, islice

from tests.simulation.decisions import Decision
from tests.simulation.scenarios import SCENARIOS, decisions_of, play
from tests.simulation.source_mutants import ENGINE, Mutant, of_orders, of_source
from tests.simulation.store_mutants import of_stores
from tests.simulation.sweeps import SWEEPS, sweep
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
    schedule: str = ""
    played: int = SCHEDULES
    said: str = ""


@cache
def schedules() -> tuple[tuple[str, str, Sequence[Decision]], ...]:
    """The schedules in which mutants are looked for, each with what to call it.

    Every scenario when nothing happens, every act overtaken in turn, and for the rest some seeds of each scenario.
    """
    found: list[tuple[str, str, Sequence[Decision]]] = [(name, "nothing decided", ()) for name in SCENARIOS]
    found += [(name, str(decisions[0]), decisions) for name in SWEEPS for decisions in sweep(name)]
    seeds = ((name, f"seed {seed}", decisions_of(name, seed)) for seed in count(1) for name in SCENARIOS)
    return (*found, *islice(seeds, max(0, SCHEDULES - len(found))))[:SCHEDULES]


def _wrong(name: str, decisions: Sequence[Decision]) -> str:
    try:
        wrong = play(name, decisions).wrong
    except Exception as error:  # noqa: BLE001 - a mutant may break anything
        return f"(f) {error!r}"
    return wrong[0] if wrong else ""


@cache
def _wrong_anyway(number: int) -> bool:
    name, _, decisions = schedules()[number]
    return bool(_wrong(name, decisions))


def catch(mutant: Mutant) -> Catch:
    """Look for a schedule that goes wrong with the mutant, and well without it."""
    for number, (name, called, decisions) in enumerate(schedules()):
        with mutant.made():
            said = _wrong(name, decisions)
        if said and not _wrong_anyway(number):
            return Catch(mutant.name, f"{name}; {called}", number + 1, said.split("  By ")[0])
    return Catch(mutant.name)


def _catch(number: int) -> Catch:
    return catch(mutants()[number])


def write_table() -> None:
    """Try every mutant, and write down how each was caught."""
    all_mutants = mutants()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        caught = list(pool.map(_catch, range(len(all_mutants))))
    TABLE.write_text(table(caught))
    for one in caught:
        if not one.schedule and one.mutant not in UNCAUGHT:
            sys.stdout.write(f"not caught, and no reason is known: {one.mutant}\n")
        elif one.schedule and one.mutant in UNCAUGHT:
            sys.stdout.write(f"caught, and a reason stands why it is not: {one.mutant}\n")


def table(caught: Sequence[Catch]) -> str:
    """The document."""
    kinds = {mutant.name: mutant.kind for mutant in mutants()}
    found = sum(bool(one.schedule) for one in caught)
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
    if one.schedule:
        return f"by schedule {one.played}, {one.schedule}: {_plain(one.said)[:110]}"
    return f"not caught: {UNCAUGHT.get(one.mutant, 'no reason is known')}"


def _plain(said: str) -> str:
    """Without what is another in every run."""
    return re.sub(r"0x[0-9a-f]{6,}", "...", said)


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
