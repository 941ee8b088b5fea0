"""The brokers are away for a minute while a day is published: that is waited for, and said; nothing is turned back."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.real.publishing.runs import Run, complaints, running, wait_for_lines
from tests.real.stored_day import StoredDay

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]

_SLOWLY = 150_000.0
#: Longer than a transaction, and than a producer waits for an answer.
_AWAY_SECONDS = 60.0


def test_a_broker_that_is_away_for_a_minute_is_waited_for(
    stored_day: StoredDay, figures: Callable[[str, int], None]
) -> None:
    """The day is closed in the end with every line once; meanwhile its status says what is waited for."""
    stored_day.order(bytes_per_second=_SLOWLY)
    with running(stored_day) as run:
        wait_for_lines(stored_day)
        stored_day.broker.kill()
        try:
            said = _said_meanwhile(stored_day, run)
        finally:
            stored_day.broker.restart()
        stored_day.check_at_most_once()
        stored_day.order()
        code, report = run.report()
    assert (code, report["stage"]) == (0, "closed"), report
    stored_day.check_exactly_once()
    assert "Traceback" not in complaints(stored_day)
    assert any("Kafka" in text or "broker" in text for text in said), f"nobody was told that Kafka is away: {said}"
    figures("seconds for which the broker was away", int(_AWAY_SECONDS))


def _said_meanwhile(day: StoredDay, run: Run) -> set[str]:
    """What the status says of the trouble as long as the broker is away; the run goes on all the time."""
    said: set[str] = set()
    until = time.monotonic() + _AWAY_SECONDS
    while time.monotonic() < until:
        assert not run.ended(1.0), run.report()
        found = _status(day)
        assert found["stage"] not in ("held", "restored", "restoring"), found
        said |= {str(found[what]) for what in ("error", "waiting") if found.get(what)}
    return said


def _status(day: StoredDay) -> dict[str, Any]:
    """Of the one day, as the command line tells it to anybody."""
    command = [sys.executable, "-m", "replay_engine", "status", day.replay_id, "--json"]
    told = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=True)
    days: list[dict[str, Any]] = json.loads(told.stdout)["days"]
    return days[0]
