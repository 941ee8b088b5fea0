"""What the proof costs that a day has landed: by ids, to publishing the same bytes, and by listings alone.

Run alone: ``python -m benchmarks.landing.proof``.
"""

import resource
import sys
import time
from collections.abc import Iterator
from functools import partial

from benchmarks.publish.bench import LINES, Bench, bench
from benchmarks.publish.costs import warm_up
from benchmarks.tools.figures import Row
from benchmarks.tools.usage import in_turn, measure, python, ratio
from replay_engine.day.landing_proof import fingerprint, folders, not_refilled
from replay_engine.day.steps.check import sampled
from replay_engine.state.manifest import Manifest
from tests.helpers.scene import DATA, DAY, Scene

_SAMPLE = 16
#: As many as `sampled` lets be of one side, of a source of any size: every tenth of 20 million events.
_MOST_EVENTS, _MOST_MODULUS = 20_000_000, 10
_BLOBS, _FOLDERS = 100_000, 10


def rows(ground: Bench, rounds: int, *, quick: bool = False) -> Iterator[Row]:
    """By ids first."""
    yield _by_ids(ground, rounds)
    yield _memory(ground, 1 if quick else _MOST_EVENTS // LINES)
    yield _by_listings(_BLOBS // 100 if quick else _BLOBS)


def _by_ids(ground: Bench, rounds: int) -> Row:
    """Backup and sink are two readings of what was published once: half of the processor time is that of one."""
    warm_up(ground)
    taken = in_turn(
        {
            "proof": partial(measure, python("benchmarks.landing.compare_one", _SAMPLE, ground.file)),
            "publishing": lambda: measure(ground.publisher(ground.file)),
        },
        rounds,
    )
    proof = [usage.work.cpu_seconds / 2 for usage in taken["proof"]]
    publishing = [usage.work.cpu_seconds for usage in taken["publishing"]]
    each = sorted(LINES / seconds for seconds in proof)[len(proof) // 2]
    return Row(
        "CPU of reading event ids, to publishing the same file",
        f"{ratio(proof, publishing):.2f}",
        "≤ 1.00",
        f"both from the end of the imports; {each:,.0f} events/s of 0.9 KB for each core",
    )


def _memory(ground: Bench, files: int) -> Row:
    """With as many ids on each side as there are at the most."""
    usage = measure(python("benchmarks.landing.compare_one", _MOST_MODULUS, *[ground.file] * files))
    events, ids = files * LINES, files * LINES // _MOST_MODULUS
    stored_bytes = 10 * files * ground.file.stat().st_size
    most = 10 * events // sampled(_SAMPLE, stored_bytes)
    return Row(
        f"memory of comparing {events:,} events with as many, {ids:,} ids a side",
        f"{usage.max_rss_mb:.0f} MB",
        "< 250 MB",
        f"max RSS; ten times as many are sampled so that {most:,} ids are held; {usage.wall_seconds:.0f} s",
    )


def _by_listings(blobs: int) -> Row:
    """The store is in memory, so this is what the engine itself takes."""
    scene, each = Scene(), blobs // _FOLDERS or 1
    names = [f"channel/{folder}/raw/{DAY}-{number}" for folder in range(blobs // each) for number in range(each)]
    for name in names:
        scene.account.put(DATA, f"{name}.json.gz", b"old")
    plan = scene.plan()
    day = scene.day(plan)
    promise = Manifest(DAY, "", day.look(), ())
    for name in names:
        scene.account.put(DATA, f"{name}.json.gz", b"new")
    began = time.process_time()
    found = folders(day, promise)
    missing = not_refilled(found, 0.5)
    fingerprint(found)
    seconds = time.process_time() - began
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    return Row(
        f"proof by listings alone, {blobs:,} blobs in {len(found):,} folders",
        f"{seconds:.1f} s CPU",
        "",
        f"{seconds / blobs * 1e6:.0f} µs a blob; {len(missing)} folders are not refilled; at most {peak:.0f} MB, "
        "with the store in memory",
    )


def main() -> None:
    """Print them."""
    with bench() as ground:
        for row in rows(ground, 5):
            sys.stdout.write(f"{row}\n")
            sys.stdout.flush()


if __name__ == "__main__":
    main()
