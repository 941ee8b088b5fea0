"""What catches each mutant: the search, the record of the last run, and docs/mutants.md."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import ExitStack
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path

from tests.simulation.machine.decisions import Decision, What
from tests.simulation.mutants.source_mutants import ENGINE, Mutant, of_orders, of_source
from tests.simulation.mutants.store_mutants import of_stores
from tests.simulation.mutants.targeted_schedules import SCHEDULES, Schedule, aimed, corpus
from tests.simulation.mutants.uncaught import UNCAUGHT
from tests.simulation.scenarios.catalogue import play

TABLE = ENGINE.parent / "docs" / "mutants.md"
#: What caught each at the last run; the tests play the schedules again.
RECORD = Path(__file__).with_name("caught.json")
#: The name of the mutant that `tests.simulation.mutants.pytest_plugin` makes.
VARIABLE = "TESTED_MUTANT"
#: The engine's suites; those that need no real part come first.
_SUITES = ("day", "publish", "state", "plan", "verify", "request", "engine")


@cache
def mutants() -> tuple[Mutant, ...]:
    """All of them, those of the stores first."""
    return (*of_stores(), *of_orders(), *of_source())


@dataclass(frozen=True, slots=True)
class Catch:
    """How a mutant was caught: by a schedule after so many had been played, or by a test; neither when it was not."""

    mutant: str
    schedule: Schedule | None = None
    played: int = 0
    said: str = ""
    test: str = ""


def _wrong(schedule: Schedule) -> str:
    try:
        wrong = play(*schedule).wrong
    except Exception as error:  # noqa: BLE001 - a mutant may break anything
        return f"(f) {error!r}"
    return wrong[0] if wrong else ""


@cache
def _wrong_anyway(schedule: Schedule) -> bool:
    return bool(_wrong(schedule))


def caught_by(schedule: Schedule, mutants: Iterable[Mutant]) -> str:
    """What goes wrong in the schedule with these mutants, and not without them."""
    with ExitStack() as changes:
        for mutant in mutants:
            changes.enter_context(mutant.made())
        said = _wrong(schedule)
    return said if said and not _wrong_anyway(schedule) else ""


def catch(mutant: Mutant) -> Catch:
    """Look for a schedule that catches it, among those that come by its place."""
    played = 0
    for played, schedule in enumerate(aimed([mutant]), 1):
        said = caught_by(schedule, [mutant])
        if said:
            return Catch(mutant.name, schedule, played, said.split("  By ")[0])
    return Catch(mutant.name, played=played)


def _catch(number: int) -> Catch:
    return catch(mutants()[number])


def _test_that_fails(name: str) -> str:
    """The first of the engine's tests that fails with the mutant: those of its module are run before all of them."""
    everywhere = [ENGINE.parent / "tests" / suite for suite in _SUITES]
    words = set(name.split(":", 1)[0].split("."))
    near = [path for suite in everywhere for path in sorted(suite.rglob("test_*.py")) if path.stem[5:] in words]
    return (near and _first_failure(name, near)) or _first_failure(name, everywhere)


def _first_failure(name: str, which: Sequence[Path]) -> str:
    plain = ["-m", "pytest", "-p", "tests.simulation.mutants.pytest_plugin", "-x", "-q", "--no-header"]
    command = [sys.executable, *plain, *map(str, which)]
    ran = subprocess.run(
        command, cwd=ENGINE.parent, env={**os.environ, VARIABLE: name}, capture_output=True, text=True, check=False
    )
    found = re.search(r"^(?:FAILED|ERROR) (.+?)(?: - |$)", ran.stdout, re.MULTILINE)
    return found[1] if found else ""


def write_table(wanted: Sequence[str] = ()) -> None:
    """Try those mutants whose names hold one of the words, or all of them, and write down what caught each."""
    caught = {name: one for name, one in recorded().items() if wanted and name in {m.name for m in mutants()}}
    numbers = [
        number
        for number, mutant in enumerate(mutants())
        if mutant.name not in caught or any(word in mutant.name for word in wanted)
    ]
    corpus()
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        caught |= {one.mutant: one for one in pool.map(_catch, numbers)}
        left = [mutants()[number].name for number in numbers if caught[mutants()[number].name].schedule is None]
        for name, test in zip(left, pool.map(_test_that_fails, left), strict=True):
            caught[name] = Catch(name, played=caught[name].played, test=test)
    RECORD.write_text(json.dumps([_plain(caught[mutant.name]) for mutant in mutants()], indent=1) + "\n")
    TABLE.write_text(table(caught))
    for one in caught.values():
        if is_caught(one) == (one.mutant in UNCAUGHT):
            sys.stdout.write(f"{'caught, and a reason stands' if is_caught(one) else 'not caught'}: {one.mutant}\n")


def is_caught(one: Catch) -> bool:
    """By anything."""
    return one.schedule is not None or bool(one.test)


def _plain(one: Catch) -> dict[str, object]:
    document = asdict(one)
    document["said"] = re.sub(r"0x[0-9a-fA-F]{6,}", "...", one.said)[:110]
    return document


def recorded() -> dict[str, Catch]:
    """As the last run wrote it down."""
    found = {}
    for document in json.loads(RECORD.read_text()) if RECORD.exists() else ():
        if document["schedule"]:
            name, decisions = document["schedule"]
            made = tuple(Decision(**{**decision, "what": What(decision["what"])}) for decision in decisions)
            document["schedule"] = name, made
        found[document["mutant"]] = Catch(**document)
    return found


def table(caught: Mapping[str, Catch]) -> str:
    """The document."""
    by_schedule = sum(one.schedule is not None for one in caught.values())
    by_test = sum(bool(one.test) for one in caught.values())
    left = len(caught) - by_schedule - by_test
    head = (
        "# Mutants\n\n"
        "What happens when one thing is taken out of the engine, or one condition out of the stores. Written by\n"
        "`python -m tests.simulation mutants`; `tests/simulation/test_mutants.py` plays the schedules again.\n\n"
        f"Of {len(caught)} mutants the simulator catches {by_schedule}, each within {SCHEDULES} schedules that come\n"
        f"by its place; {by_test} more are caught by a test of the engine; for {left} the reason stands why nothing\n"
        "is lost without it.\n\n"
        "| kind | mutant | caught by |\n|---|---|---|\n"
    )
    rows = (f"| {mutant.kind} | {_cell(mutant.name)} | {_cell(_how(caught[mutant.name]))} |\n" for mutant in mutants())
    return head + "".join(rows)


def _how(one: Catch) -> str:
    if one.schedule:
        name, decisions = one.schedule
        struck = f"; {', '.join(map(str, decisions))}" if 0 < len(decisions) < 3 else ""
        return f"schedule {one.played} ({name}{struck}): {re.sub(r'0x[0-9a-fA-F]{6,}', '...', one.said)[:110]}"
    return f"`{one.test}`" if one.test else f"nothing: {UNCAUGHT.get(one.mutant, 'no reason is known')}"


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("\n", " ")
