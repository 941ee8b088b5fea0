"""What publishing costs: against ``zcat | kcat``, against inflating alone, with and without transactions, and scaled.

Every ratio is of one run: the things compared take turns, round after round, and the median ratio counts.
"""

import os
from collections.abc import Iterator, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path

from benchmarks.publish.bench import LINES, Bench
from benchmarks.tools.figures import Row
from benchmarks.tools.usage import CommandFailedError, Usage, in_turn, measure, ratio


def cost(bench: Bench, rounds: int) -> Iterator[Row]:
    """The rows that take turns with each other."""
    warm_up(bench)
    halves = [bench.stored(LINES // 2, seed) for seed in (2, 3)]
    taken = in_turn(
        {
            "kcat": partial(measure, bench.kcat(bench.file)),
            "one": lambda: measure(bench.publisher(bench.file)),
            "plain": lambda: measure(bench.publisher(bench.file, transactions=False)),
            "two": lambda: measure(*(bench.publisher(half) for half in halves)),
            "floor": partial(measure, bench.floor(bench.file)),
        },
        rounds,
    )
    kcat, one, plain, two, floor = taken.values()
    yield _row("CPU of one publisher, to `zcat \\| kcat -P`", "≤ 0.70", one, kcat, "cpu_seconds")
    yield _row("wall of two shards in two processes, to the same", "≤ 0.55", two, kcat, "wall_seconds")
    yield _row("CPU with transactions, to without", "≤ 1.10", one, plain, "cpu_seconds")
    yield _row("wall with transactions, to without", "≤ 1.10", one, plain, "wall_seconds")
    yield _row("CPU of one publisher, to inflating with isal alone", "≤ 3.0", one, floor, "cpu_seconds")


def warm_up(bench: Bench) -> None:
    """A new broker makes its internal topics with the first transaction, and may not know yet who coordinates."""
    with suppress(CommandFailedError):
        measure(bench.publisher(bench.stored(1000)))
    measure(bench.publisher(bench.stored(1000)))


def _row(what: str, to_reach: str, ours: Sequence[Usage], theirs: Sequence[Usage], unit: str) -> Row:
    """Whole processes; and beside it, without our start and imports."""
    whole, reference = [getattr(usage, unit) for usage in ours], [getattr(usage, unit) for usage in theirs]
    work = [getattr(usage.work, unit) for usage in ours]
    # What was not started by us says nothing of itself.
    begun = [getattr(usage.work, unit) or getattr(usage, unit) for usage in theirs]
    started = f"{ratio(work, begun):.2f} from the end of the imports"
    seconds = f"{min(whole):.2f}–{max(whole):.2f} s to {min(reference):.2f}–{max(reference):.2f} s"
    return Row(what, f"{ratio(whole, reference):.2f}", to_reach, f"{started}; {seconds}")


def flatness(bench: Bench, megabytes: Sequence[int]) -> Row:
    """CPU for each GB, the larger the shard."""
    found = {size: _gigabyte_seconds(bench, size) for size in megabytes}
    least, most = min(found.values()), max(found.values())
    each = ", ".join(f"{size / 1000:g} GB: {seconds:.2f} s" for size, seconds in found.items())
    return Row("CPU for each GB, shards of 0.1 to 10 GB", f"{(most / least - 1) * 100:.0f} % apart", "≤ 10 %", each)


def _gigabyte_seconds(bench: Bench, megabytes: int) -> float:
    """In files of at most 100 MB; what the start takes is left out."""
    files = max(1, megabytes // 90)
    usage = measure(bench.publisher(*[bench.stored(100_000, 4)] * files))
    return usage.work.cpu_seconds / (files * 0.0899)


def scaling(bench: Bench, rounds: int) -> Row:
    """So many publishers at once, each with a shard as large."""
    shards = [bench.stored(LINES, seed) for seed in (1, 5, 6, 7)]
    busy: dict[int, list[float]] = {1: [], 2: [], 4: []}

    def run(publishers: int) -> Usage:
        before = _busy_seconds()
        usage = measure(*(bench.publisher(shard) for shard in shards[:publishers]))
        busy[publishers].append((_busy_seconds() - before) / usage.wall_seconds / (os.cpu_count() or 1))
        return usage

    taken = in_turn({str(publishers): partial(run, publishers) for publishers in busy}, rounds)
    alone = [usage.wall_seconds for usage in taken["1"]]
    each = [
        f"{publishers}: {ratio(alone, [usage.wall_seconds for usage in taken[str(publishers)]]):.2f}, "
        f"the {os.cpu_count()} cores {sorted(shares)[len(shares) // 2] * 100:.0f} % busy"
        for publishers, shares in busy.items()
    ]
    return Row(
        "efficiency of 1, 2 and 4 publishers", "; ".join(each), "≥ 0.8 until the cores are full", "the broker's too"
    )


def _busy_seconds() -> float:
    """Of all cores since the machine started, the broker's and everybody's."""
    user, nice, system, _, _, *rest = map(int, Path("/proc/stat").read_text().split("\n", 1)[0].split()[1:9])
    return (user + nice + system + sum(rest)) / os.sysconf("SC_CLK_TCK")
