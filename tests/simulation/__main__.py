"""Play schedules by hand.

python -m tests.simulation SCENARIO SEED     one schedule; a failing one is made short and told
python -m tests.simulation soak              SOAK schedules (an environment variable), on every core
python -m tests.simulation mutants           write docs/mutants.md anew
python -m tests.simulation mutants WORD ...  the same, and try only what is new, or has one of the words in its name
"""

import os
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor
from itertools import islice

from tests.simulation.scenarios.catalogue import SCENARIOS
from tests.simulation.scenarios.schedules import decisions_of, play, told

_BLOCK = 50


def _block(name: str, first: int) -> tuple[str, list[int], Counter[str]]:
    failing, figures = [], Counter[str]()
    for seed in range(first, first + _BLOCK):
        outcome = play(name, decisions_of(name, seed))
        figures["schedules"] += 1
        figures["decisions that struck"] += len(outcome.play.machine.struck)
        figures["turns"] += outcome.play.machine.turns
        figures.update(outcome.play.ending.stages)
        figures.update(outcome.play.ending.exempt)
        if outcome.wrong:
            failing.append(seed)
    return name, failing, figures


def soak(number: int) -> int:
    """As many schedules, spread over the scenarios; the failing ones are told."""
    each = -(-number // (len(SCENARIOS) * _BLOCK)) * _BLOCK
    jobs = [(name, first) for first in range(0, each, _BLOCK) for name in SCENARIOS]
    began, figures, failing = time.monotonic(), Counter[str](), []
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for name, seeds, found in pool.map(_block, *zip(*jobs, strict=True)):
            figures += found
            failing += [(name, seed) for seed in seeds]
    seconds = time.monotonic() - began
    _say(f"{figures['schedules']:,} schedules in {seconds:.0f} s: {dict(figures)}")
    _say(f"failing: {len(failing)} {dict(Counter(name for name, _ in failing))}")
    for name, seed in islice(failing, 5):
        _say(told(name, seed))
    for name, seed in failing[5:50]:
        _say(f"python -m tests.simulation '{name}' {seed}")
    return bool(failing)


def _say(text: str) -> None:
    sys.stdout.write(text + "\n")


def main(arguments: list[str]) -> int:
    """What is asked for; the exit status."""
    match arguments:
        case ["soak"]:
            return soak(int(os.environ.get("SOAK", "20000")))
        case ["mutants", *words]:
            from tests.simulation.mutants.table import write_table  # noqa: PLC0415 - changes the engine as it goes

            write_table(words)
            return 0
        case [name, seed]:
            _say(told(name, int(seed)))
            return 0
    _say(__doc__ or "")
    return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
