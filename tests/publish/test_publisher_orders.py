"""A publisher process hears its run, or stops: for good, and soon enough that nobody publishes beside a successor.

What is tried runs in a process of its own, on a clock that the test moves: a publisher that stops ends its process, by
force if need be, and would end that of the tests with it.
"""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from typing import Any

import pytest

from replay_engine.publish.protocol import ORPHANED_SECONDS

_CHILD = """
import os, sys, threading
from datetime import UTC, datetime
from replay_engine.publisher import StdinOrders
from sandbox.processes import wait_until

class Clock:
    def __init__(self):
        self.moved, self.seconds, self.sleeps = threading.Condition(), 0.0, 0
    def now(self):
        return datetime(2020, 1, 10, tzinfo=UTC)
    def elapsed(self):
        return self.seconds
    def sleep(self, seconds):
        with self.moved:
            self.sleeps += 1
            self.moved.notify_all()
            until = self.seconds + seconds
            self.moved.wait_for(lambda: self.seconds >= until)
    def tick(self, seconds, stopped):
        with self.moved:
            before, self.seconds = self.sleeps, self.seconds + seconds
            self.moved.notify_all()
        # Until whoever slept has looked at the time: it sleeps again, or it has stopped.
        wait_until(lambda: self.sleeps > before or stopped(), "a look at the clock")

clock = Clock()
orders = StdinOrders(clock)
wait_until(lambda: clock.sleeps > 0, "the first sleep")
given = []
worker = threading.Thread(target=lambda: given.extend(orders.shards()))
worker.start()
commands, answers = (os.fdopen(int(fd), mode) for fd, mode in zip(sys.argv[1:], "rw"))
for command in commands:
    what, _, detail = command.strip().partition(" ")
    if what == "tick":
        clock.tick(float(detail), orders.stopped)
    elif what == "heard":
        wait_until(lambda: orders._last_order_at == clock.seconds, "the order")
    elif what == "ended":
        worker.join()
    pace = orders.pace()
    print(f'{{"stopped": {str(orders.stopped()).lower()}, "given": {given}, "paused": {str(pace.paused).lower()}}}',
          file=answers, flush=True)
os._exit(0)
"""


class Publisher:
    """The process: its run's orders go to its stdin, the test's commands to another pipe."""

    def __init__(self) -> None:
        command_read, command_write = os.pipe()
        answer_read, answer_write = os.pipe()
        self.process = subprocess.Popen(
            [sys.executable, "-c", _CHILD, str(command_read), str(answer_write)],
            stdin=subprocess.PIPE,
            text=True,
            pass_fds=(command_read, answer_write),
        )
        os.close(command_read)
        os.close(answer_write)
        self._commands, self._answers = os.fdopen(command_write, "w"), os.fdopen(answer_read)

    def order(self, document: dict[str, Any]) -> None:
        """What the run says."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps(document) + "\n")
        self.process.stdin.flush()

    def hang_up(self) -> None:
        """The run is gone."""
        assert self.process.stdin is not None
        self.process.stdin.close()

    def told(self, command: str) -> dict[str, Any]:
        """How it stands once the command was carried out."""
        self._commands.write(command + "\n")
        self._commands.flush()
        answer: dict[str, Any] = json.loads(self._answers.readline())
        return answer

    def close(self) -> None:
        self._commands.close()
        self._answers.close()
        if self.process.stdin is not None:
            self.process.stdin.close()
        # It has nothing to lose, and one that does not stop must not outlive its test.
        self.process.kill()
        self.process.wait()


@pytest.fixture
def publisher() -> Iterator[Publisher]:
    publisher = Publisher()
    try:
        yield publisher
    finally:
        publisher.close()


def test_a_run_that_stands_still_is_left(publisher: Publisher) -> None:
    """Its stdin stays open, and nothing comes: the publisher stops, and takes no shard any more."""
    assert not publisher.told(f"tick {ORPHANED_SECONDS}")["stopped"]
    assert publisher.told("tick 1")["stopped"]
    assert publisher.told("ended")["given"] == []


@pytest.mark.parametrize("order", [{}, {"shard": 3}, {"pace": {"paused": True}}], ids=["heartbeat", "shard", "pace"])
def test_whatever_a_run_says_tells_that_it_lives(publisher: Publisher, order: dict[str, Any]) -> None:
    """A heartbeat says nothing else; the time is counted anew from each word."""
    for _ in range(3):
        assert not publisher.told(f"tick {ORPHANED_SECONDS - 1}")["stopped"]
        publisher.order(order)
        assert not publisher.told("heard")["stopped"]
    assert publisher.told(f"tick {ORPHANED_SECONDS + 1}")["stopped"]


def test_a_run_that_wakes_up_does_not_have_its_publishers_go_on(publisher: Publisher) -> None:
    """Another may have its day by now: what has stopped stays stopped, whatever it hears."""
    assert publisher.told(f"tick {ORPHANED_SECONDS + 1}")["stopped"]
    publisher.order({"shard": 3})
    assert publisher.told("heard")["stopped"]
    assert publisher.told("ended")["given"] == []


def test_a_run_that_is_gone_is_left_at_once(publisher: Publisher) -> None:
    """Its stdin ends; no time has to pass."""
    publisher.order({"shard": 3, "pace": {"paused": True}})
    publisher.hang_up()
    ended = publisher.told("ended")
    assert (ended["stopped"], ended["paused"]) == (True, True)
