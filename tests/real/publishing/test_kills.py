"""Publishers and runs are killed at random in the middle of a day, on a real Kafka: every line is there exactly once.

The seeds are printed, and ``KILLS_SEED`` plays one again.
"""

import os
import random
import sys
from collections.abc import Callable
from signal import SIGKILL

import pytest

from tests.real.publishing.runs import Run, complaints, finish, running, signal_all
from tests.real.stored_day import StoredDay

pytestmark = pytest.mark.real

_FIRST_SEED = int(os.environ.get("KILLS_SEED", "20191201"))
_LIVES = 6
_BLOWS_A_LIFE = 6
#: A publisher needs about a second to begin, and commits every 0.3 s: some die before, most in the middle.
_SOONEST_SECONDS, _LATEST_SECONDS = 0.2, 2.5
#: When a run looks at everything, and opens the positions.
_OPENING_SECONDS = (1.2, 3.0)
_SLOWLY = 80_000.0


@pytest.mark.parametrize("seed", range(_FIRST_SEED, _FIRST_SEED + _LIVES))
def test_every_line_is_there_exactly_once_whoever_dies(
    seed: int, stored_day: StoredDay, figures: Callable[[str, int], None]
) -> None:
    """A publisher, all of them, the run, or everybody: no line is ever there twice, and in the end all are."""
    dice = random.Random(seed)  # noqa: S311 - moments of death, not secrets
    stored_day.order(bytes_per_second=_SLOWLY)
    with running(stored_day) as run:
        assert not run.ended(dice.uniform(*_OPENING_SECONDS))
        figures("runs killed while they began", signal_all([run.pid], SIGKILL))
    blows = 0
    while blows < _BLOWS_A_LIFE:
        with running(stored_day) as run:
            while blows < _BLOWS_A_LIFE:
                run.wait_for_publishers()
                assert not run.ended(dice.uniform(_SOONEST_SECONDS, _LATEST_SECONDS)), run.report()
                blows += 1
                if _strike(run, dice, figures):
                    break
        stored_day.check_at_most_once()
    passed = stored_day.check_at_most_once().total()
    finish(stored_day)
    figures("lines whose transaction died with its publisher", stored_day.check_exactly_once())
    assert "Traceback" not in complaints(stored_day)
    assert 0 < passed < stored_day.lines.total(), "nobody was killed in the middle"
    sys.stderr.write(f"seed {seed}: {passed} lines had passed when the last one was killed\n")


def _strike(run: Run, dice: random.Random, figures: Callable[[str, int], None]) -> bool:
    """Kill somebody; whether that was the run."""
    whom = dice.choice(["a publisher", "the publishers", "the run", "everybody"])
    publishers = run.publishers()
    if whom == "a publisher":
        publishers = dice.sample(publishers, min(1, len(publishers)))
    if whom in ("the run", "everybody"):
        figures("runs killed while they published", signal_all([run.pid], SIGKILL))
    if whom != "the run":
        figures("publishers killed", signal_all(publishers, SIGKILL))
    return whom in ("the run", "everybody")
