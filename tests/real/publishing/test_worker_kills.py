"""Workers killed with everything they started, on a real Apache Kafka and RQ: another carries on, every line once."""

import os
import signal
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager

import pytest

from replay_engine import ReplayState
from sandbox.processes import Child, child, wait_until
from sandbox.valkey import Valkey
from tests.crash.test_worker_death import descendants
from tests.real.publishing.runs import PATIENCE_SECONDS, wait_for_lines
from tests.real.stored_day import StoredDay

pytestmark = [pytest.mark.real, pytest.mark.timeout(400)]

_KILLS = 3
_SLOWLY = 60_000.0


def worker(day: StoredDay, valkey: Valkey) -> AbstractContextManager[Child]:
    """All roles, with two publishers; it finds the confirmed replay by itself, and there is nobody to tell."""
    environment = {
        "REPLAY_REDIS_URL": valkey.url,
        "REPLAY_SHARD_EXECUTOR": "rq",
        "SLACK_BOT_TOKEN": "xoxb-nobody",
        "PYTHONUNBUFFERED": "1",
    }
    return child(
        "the worker",
        [sys.executable, "-m", "bot.worker", "--processes", "2"],
        log=day.directory / "worker.log",
        environment={**os.environ, **environment},
        ready=lambda started: "ready" in started.output(),
    )


def kill(running: Child) -> int:
    """It and everything that it has started; how many that were."""
    doomed = [*descendants(running.pid), running.pid]
    for pid in doomed:
        os.kill(pid, signal.SIGKILL)
    running.process.wait()
    return len(doomed)


def test_killed_workers_are_replaced_and_every_line_is_there_once(
    stored_day: StoredDay, valkey: Valkey, figures: Callable[[str, int], None]
) -> None:
    """Each dies in the middle of publishing; the last one brings the day to its end."""
    stored_day.order(bytes_per_second=_SLOWLY)
    for _ in range(_KILLS):
        with worker(stored_day, valkey) as running:
            wait_for_lines(stored_day)
            assert kill(running) >= 6
        stored_day.check_at_most_once()
    figures("workers killed with all their processes, on a real Kafka", _KILLS)
    stored_day.order()
    with worker(stored_day, valkey):
        wait_until(lambda: has_ended(stored_day), "the end", PATIENCE_SECONDS)
    stored_day.check_exactly_once()


def has_ended(day: StoredDay) -> bool:
    return day.engine.status(day.replay_id).state is ReplayState.COMPLETED
