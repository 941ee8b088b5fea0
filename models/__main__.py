"""Have TLC check every specification: ``python -m models``; exits with 1 when anything is not as expected.

``python -m models Day TOUCH`` checks only what has all these words in its name, and shows each counterexample.
Nothing is left in the tree: TLC works in a temporary folder.
"""

import os
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from rich.console import Console
from rich.table import Table

from models.checks import CHECKS, Check
from models.tlc import Found, MissingError, Tlc, find


def main(words: Sequence[str]) -> int:
    """Check, and print the table."""
    console = Console(width=None if sys.stdout.isatty() else 120, highlight=False, emoji=False, markup=False)
    checks = [check for check in CHECKS if all(word in f"{check.spec} {check.name}" for word in words)]
    began = time.monotonic()
    found = list(_run(find(), checks))
    for one in found:
        if words or not one.expected:
            console.print(f"{one.check.spec}, {one.check.name}:", style="bold")
            console.print(one.output)
    console.print(_table(found))
    otherwise = sum(not one.expected for one in found)
    console.print(f"{len(found)} checks in {time.monotonic() - began:.0f} s, {otherwise} not as expected.")
    return 1 if otherwise or not found else 0


def _run(tlc: Tlc, checks: Sequence[Check]) -> Iterator[Found]:
    """As many at once as there are cores, in the order of the table."""
    with tempfile.TemporaryDirectory(prefix="models-") as folder, ThreadPoolExecutor(os.cpu_count()) as pool:

        def one(numbered: tuple[int, Check]) -> Found:
            own = Path(folder) / str(numbered[0])
            own.mkdir()
            return tlc.run(numbered[1], own)

        yield from pool.map(one, enumerate(checks))


def _table(found: Sequence[Found]) -> Table:
    table = Table(box=None, pad_edge=False)
    for heading in ("specification", "configuration", "expected", "found"):
        table.add_column(heading, no_wrap=True)
    table.add_column("states", justify="right")
    table.add_column("seconds", justify="right")
    for one in found:
        wanted = f"{one.check.breaks} broken" if one.check.breaks else "holds"
        mark = "" if one.expected else "  NOT AS EXPECTED"
        cells = (one.check.spec, one.check.name, wanted, f"{_said(one)}{mark}")
        table.add_row(*cells, f"{one.states:,}", f"{one.seconds:.1f}", style=None if one.expected else "bold red")
    return table


def _said(found: Found) -> str:
    if found.broken:
        what = "" if found.broken == found.check.breaks else f"{found.broken} "
        return f"{what}broken in {found.steps} steps"
    if not found.complete:
        return "TLC failed"
    missed = sorted(set(found.check.reaches) - found.reached)
    return f"never reached: {', '.join(missed)}" if missed else "holds"


if __name__ == "__main__":
    try:
        sys.exit(main(sys.argv[1:]))
    except MissingError as error:
        sys.exit(str(error))
