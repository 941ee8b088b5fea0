"""What else happens to a day while it is published to a real Kafka: its broker dies, a position is lost, a cancel."""

import os
import time
from collections import Counter
from collections.abc import Callable
from signal import SIGKILL

import pytest

from sandbox.processes import wait_until
from tests.real.clients import ANSWER_SECONDS, admin
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
from tests.real.stored_day import COMMIT_SECONDS, DAY, StoredDay, Wanted

pytestmark = pytest.mark.real

_SLOWLY = 300_000.0


def test_a_broker_that_dies_in_the_middle_is_waited_for(
    stored_day: StoredDay, figures: Callable[[str, int], None]
) -> None:
    """The run carries on by itself, and nothing is there twice or missing."""
    stored_day.order(bytes_per_second=_SLOWLY)
    with running(stored_day) as run:
        wait_for_lines(stored_day)
        stored_day.broker.kill()
        stored_day.broker.restart()
        figures("brokers killed", 1)
        wait_for_lines(stored_day)
        stored_day.check_at_most_once()
        stored_day.order()
        code, report = run.report()
    assert (code, report["stage"]) == (0, "closed"), report
    stored_day.check_exactly_once()
    assert "Traceback" not in complaints(stored_day)


def test_a_position_that_is_lost_holds_the_day(stored_day: StoredDay) -> None:
    """Nobody knows what is in the topic: nothing more is published, until a person has it restored."""
    stored_day.order(bytes_per_second=_SLOWLY)
    with running(stored_day) as run:
        wait_for_lines(stored_day)
        # A commit that was under way would come through after the death of whoever asked for it.
        _pause(stored_day, run)
        publishers = run.publishers()
        os.kill(run.pid, SIGKILL)
        signal_all(publishers, SIGKILL)
    passed = stored_day.check_at_most_once()
    client = admin(stored_day.broker)
    for deleted in client.delete_consumer_groups(sorted(stored_day.groups())).values():
        deleted.result(ANSWER_SECONDS)
    stored_day.order()
    with running(stored_day) as run:
        code, report = run.report()
    assert (code, report["stage"]) == (3, "held")
    assert "does not have the position" in report["error"]
    assert "restore the day" in complaints(stored_day)
    assert stored_day.published() == passed
    with running(stored_day, "restore", stored_day.replay_id, "--day", str(DAY)) as run:
        code, report = run.report()
    assert (code, report["stage"]) == (0, "restored")
    assert (stored_day.published(), stored_day.groups()) == (passed, set())


@pytest.mark.parametrize("stored_day", [Wanted(delivery="at_least_once")], indirect=True)
def test_without_transactions_what_a_death_interrupts_is_repeated(
    stored_day: StoredDay, figures: Callable[[str, int], None]
) -> None:
    """Every line is there; at most what one commit interval lets through is there twice, for each death."""
    stored_day.order(bytes_per_second=_SLOWLY)
    blows = 4
    for _ in range(blows // 2):
        with running(stored_day) as run:
            wait_for_lines(stored_day)
            signal_all(run.publishers(), SIGKILL)
            wait_for_lines(stored_day)
            publishers = run.publishers()
            os.kill(run.pid, SIGKILL)
            wait_until(lambda: gone(publishers), "the publishers' end", PATIENCE_SECONDS)  # noqa: B023
    finish(stored_day)
    published = stored_day.published()
    repeats = published - stored_day.lines
    assert published.keys() == stored_day.lines.keys()
    # A quarter of a second may go at once after a rest.
    assert sum(len(line) * times for line, times in repeats.items()) <= blows * _SLOWLY * (COMMIT_SECONDS + 0.5)
    figures("lines repeated without transactions", repeats.total())
    figures("deaths without transactions", blows)


@pytest.mark.parametrize("stored_day", [Wanted(times=800)], indirect=True)
def test_a_cancel_stops_publishing(stored_day: StoredDay, figures: Callable[[str, int], None]) -> None:
    """At full speed: the report says what was committed, and nothing is there but that."""
    with running(stored_day) as run:
        wait_until(lambda: any(stored_day.ends().values()), "a commit", PATIENCE_SECONDS)
        publishers = run.publishers()
        stored_day.engine.cancel(stored_day.replay_id)
        began = time.monotonic()
        wait_until(lambda: gone(publishers), "the publishers' end")
        figures("milliseconds from a cancel until nobody published", int(1000 * (time.monotonic() - began)))
        code, report = run.report()
    # Only now: a broker tells of a commit before every reader sees it, and the restore has waited for that.
    left_off = stored_day.check_at_most_once()
    assert (code, report["stage"]) == (1, "restored")
    assert 0 < report["lines_published"] == left_off.total() < stored_day.lines.total()
    assert stored_day.groups() == set()


def test_a_pause_stands_still_and_goes_on(stored_day: StoredDay) -> None:
    """No transaction stays open, nothing is lost, nothing is there twice."""
    stored_day.order(bytes_per_second=_SLOWLY)
    with running(stored_day) as run:
        wait_for_lines(stored_day)
        standing = _pause(stored_day, run)
        assert 0 < standing.total() < stored_day.lines.total()
        stored_day.order()
        code, report = run.report()
    assert (code, report["stage"]) == (0, "closed"), report
    stored_day.check_exactly_once()


def _pause(stored_day: StoredDay, run: Run) -> Counter[bytes]:
    """Order a rest and wait until no more is committed; returns what was."""
    stored_day.order(paused=True)
    read = [stored_day.published()]

    def stands_still() -> bool:
        assert not run.ended(2.0)
        read.append(stored_day.published())
        return read[-1] == read[-2]

    wait_until(stands_still, "a standstill", PATIENCE_SECONDS)
    return read[-1]
