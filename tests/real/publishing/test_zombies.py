"""A publisher, or a whole run, is thought dead and wakes up: it changes nothing any more."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from signal import SIGCONT, SIGKILL, SIGSTOP

import pytest

from sandbox.processes import wait_until
from tests.real.publishing.runs import (
    PATIENCE_SECONDS,
    Run,
    complaints,
    finish,
    gone,
    running,
    signal_all,
    wait_for_lines,
)
from tests.real.stored_day import StoredDay

pytestmark = pytest.mark.real

_SLOWLY = 300_000.0


@contextmanager
def asleep(pids: Sequence[int]) -> Iterator[None]:
    """They do nothing until the block is left, as on a machine that was cut off or swapped out."""
    assert signal_all(pids, SIGSTOP) == len(pids) > 0
    try:
        yield
    finally:
        signal_all(pids, SIGCONT)


def in_the_middle(day: StoredDay, run: Run) -> list[int]:
    """Once some lines are committed and its publishers are at the next ones: who they are."""
    wait_for_lines(day)
    return run.publishers()


def test_a_publisher_that_wakes_up_after_its_day_was_closed(
    stored_day: StoredDay, figures: Callable[[str, int], None]
) -> None:
    """Its transaction was aborted by its successor; what it commits now is refused, and it ends."""
    stored_day.order(bytes_per_second=_SLOWLY)
    with running(stored_day) as run:
        zombies = in_the_middle(stored_day, run)
        with asleep(zombies):
            os.kill(run.pid, SIGKILL)
            finish(stored_day)
            stored_day.check_exactly_once()
        wait_until(lambda: gone(zombies), "the zombies' end", PATIENCE_SECONDS)
    figures("lines of zombies that were aborted", stored_day.check_exactly_once())
    figures("zombies among the publishers", len(zombies))
    assert "Traceback" not in complaints(stored_day)


def test_a_run_that_wakes_up_after_its_day_was_closed(
    stored_day: StoredDay, figures: Callable[[str, int], None]
) -> None:
    """With all its publishers: it finds that another run has the day, and ends without another line."""
    stored_day.order(bytes_per_second=_SLOWLY)
    with running(stored_day) as run:
        publishers = in_the_middle(stored_day, run)
        with asleep([run.pid, *publishers]):
            finish(stored_day)
            stored_day.check_exactly_once()
        code, report = run.report()
        assert (code, "Another runner" in report["error"]) == (3, True), report
        wait_until(lambda: gone(publishers), "the zombies' end", PATIENCE_SECONDS)
    stored_day.check_exactly_once()
    figures("zombies among the runs", 1)
    assert "Traceback" not in complaints(stored_day)


def test_a_run_that_wakes_up_beside_its_successor(stored_day: StoredDay, figures: Callable[[str, int], None]) -> None:
    """Both have publishers for a while, which end each other; the day is published once, by the one that has it."""
    stored_day.order(bytes_per_second=_SLOWLY)
    with running(stored_day) as run:
        zombies = [run.pid, *in_the_middle(stored_day, run)]
        with asleep(zombies):
            successor = Run(stored_day, "resume", stored_day.replay_id, "--take-over")
            in_the_middle(stored_day, successor)
        code, report = run.report()
        assert (code, "Another runner" in report["error"]) == (3, True), report
        stored_day.check_at_most_once()
        stored_day.order()
        code, report = successor.report()
        successor.close()
        assert (code, report["stage"]) == (0, "closed"), report
    stored_day.check_exactly_once()
    figures("zombies among the runs", 1)
    assert "Traceback" not in complaints(stored_day)
