"""Measure everything and write the table of README.md: ``python -m benchmarks [--quick]``.

Quick is for trying the benchmarks themselves: fewer rounds, smaller shards, and README.md stays as it is.
"""

import os
import platform
import sys
from collections.abc import Iterator

from benchmarks.landing import proof
from benchmarks.publish import costs, memory
from benchmarks.publish.bench import Bench, bench, check_kcat, kcat_version
from benchmarks.publish.profile import profile
from benchmarks.slack import acks
from benchmarks.store import distant_store
from benchmarks.tools import figures
from benchmarks.tools.figures import Row
from sandbox.kafka.apache import fetch
from sandbox.processes import PartFailedError


def main(*, quick: bool) -> None:
    """Print the rows as they come; then the table."""
    check_kcat()
    fetch()
    rows: list[Row] = []
    with bench() as ground:
        for row in _publishing(ground, quick=quick):
            _say(row)
            rows.append(row)
        for row in proof.rows(ground, 2 if quick else 7, quick=quick):
            _say(row)
            rows.append(row)
        where_time_goes = profile(ground)
    for row in distant_store.rows(200 if quick else 2000):
        _say(row)
        rows.append(row)
    for row in acks.rows(2 if quick else acks.ROUNDS):
        _say(row)
        rows.append(row)
    text = f"{_machine()}\n\n{figures.table(rows)}\nWhere one publisher's time goes:\n\n{where_time_goes}"
    sys.stdout.write(f"\n{text}")
    if not quick:
        figures.keep(text)


def _publishing(ground: Bench, *, quick: bool) -> Iterator[Row]:
    rounds = 2 if quick else 7
    yield from costs.cost(ground, rounds)
    yield costs.flatness(ground, (100, 500) if quick else (100, 1000, 10_000))
    yield costs.scaling(ground, 1 if quick else 3)
    yield from memory.memory(ground)


def _machine() -> str:
    memory_gb = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1e9
    return (
        f"One run, on {os.cpu_count()} cores, {memory_gb:.0f} GB, Python {platform.python_version()}; "
        f"kcat: {kcat_version()}."
    )


def _say(row: Row) -> None:
    sys.stdout.write(f"{row.what}: {row.found} (to reach: {row.to_reach}) {row.beside}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    try:
        main(quick="--quick" in sys.argv[1:])
    except PartFailedError as error:
        sys.exit(str(error))
