"""How much memory a day of many blobs takes: inventory, manifest written and read, backed up and cleared.

The store is in memory and counted apart: what is printed is what the engine itself needs at its peak.
Run: ``python -m benchmarks.day.large_day [BLOBS]``.
"""

import sys
import time
import tracemalloc
from datetime import timedelta

from replay_engine.day.context import Day
from replay_engine.day.steps.back_up import back_up
from replay_engine.day.steps.clear import clear
from replay_engine.model import Pace
from replay_engine.state import names
from replay_engine.state.journal import Journal
from tests.helpers.scene import DATA, DAY, Onlooker, Scene


def main(blobs: int) -> None:
    """Print the peak and the time."""
    scene = Scene(width=16)
    for number in range(blobs):
        scene.account.put(DATA, f"channel/{number % 5:019d}/raw/{DAY}-{1_575_300_000_000 + number}.json.gz", b"x")
    plan, world = scene.plan(), scene.world()
    journal = Journal(world.state, names.journal(plan.replay_id, DAY), scene.clock)
    cancelled = Onlooker().cancelled
    day = Day(
        plan.replay_id,
        plan.spec,
        plan.days[0],
        world,
        journal,
        "bench",
        cancelled,
        lambda _: None,
        lambda _: None,
        Pace,
    )
    scene.account.listings.clear()
    tracemalloc.start()
    began = time.perf_counter()
    with journal.held(60, world.background):
        back_up(day)
        backed_up, _ = tracemalloc.get_traced_memory()
        clear(day)
    _, peak = tracemalloc.get_traced_memory()
    seconds = time.perf_counter() - began
    sys.stdout.write(
        f"{blobs:,} blobs: peak {peak / 1e6:.0f} MB, of it {backed_up / 1e6:.0f} MB the copies in the store; "
        f"{timedelta(seconds=round(seconds))}\n"
    )


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 100_000)
