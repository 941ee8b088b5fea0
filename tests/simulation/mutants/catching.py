"""What catches a mutant: a schedule of the simulator, or else a test of the engine."""

import os
import re
import subprocess
import sys
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from tests.simulation.mutants.all_mutants import VARIABLE
from tests.simulation.mutants.mutant import Mutant
from tests.simulation.mutants.statements import ENGINE
from tests.simulation.mutants.targeted_schedules import Schedule, aimed
from tests.simulation.scenarios.schedules import play

#: The engine's suites; those that need no real part come first.
_SUITES = ("day", "publish", "state", "plan", "verify", "request", "engine")


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


def is_caught(one: Catch) -> bool:
    """By anything."""
    return one.schedule is not None or bool(one.test)


def failing_test(name: str) -> str:
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
