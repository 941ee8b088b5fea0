"""What catches each mutant, as the last run found it: the record, and docs/mutants.md."""

import json
import os
import re
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import asdict
from pathlib import Path

from tests.simulation.machine.decisions import Decision, What
from tests.simulation.mutants.all_mutants import mutants
from tests.simulation.mutants.catching import Catch, catch, failing_test, is_caught
from tests.simulation.mutants.statements import ENGINE
from tests.simulation.mutants.targeted_schedules import SCHEDULES, corpus
from tests.simulation.mutants.uncaught import UNCAUGHT

TABLE = ENGINE.parent / "docs" / "mutants.md"
#: What caught each at the last run; the tests play the schedules again.
RECORD = Path(__file__).with_name("caught.json")


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
        for name, test in zip(left, pool.map(failing_test, left), strict=True):
            caught[name] = Catch(name, played=caught[name].played, test=test)
    RECORD.write_text(json.dumps([_plain(caught[mutant.name]) for mutant in mutants()], indent=1) + "\n")
    TABLE.write_text(table(caught))
    for one in caught.values():
        if is_caught(one) == (one.mutant in UNCAUGHT):
            sys.stdout.write(f"{'caught, and a reason stands' if is_caught(one) else 'not caught'}: {one.mutant}\n")


def _catch(number: int) -> Catch:
    return catch(mutants()[number])


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
