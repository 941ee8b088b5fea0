"""The processes that carry a day on: runs of the command line, and their publishers."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

from sandbox.processes import wait_until
from tests.real.stored_day import StoredDay

PATIENCE_SECONDS = 120


class Run:
    """A process of the command line that carries the day on."""

    def __init__(self, day: StoredDay, *args: str) -> None:
        """Begin; what it and its publishers complain about is kept."""
        self._complaints = (day.directory / "complaints").open("ab")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "replay_engine", *args, "--json"],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=self._complaints,
        )

    @property
    def pid(self) -> int:
        """The run itself."""
        return self.process.pid

    def publishers(self) -> list[int]:
        """Its children."""
        found: list[int] = []
        with suppress(FileNotFoundError):
            for thread in Path(f"/proc/{self.pid}/task").iterdir():
                found.extend(map(int, (thread / "children").read_text().split()))
        return found

    def wait_for_publishers(self) -> list[int]:
        """Once there are any; a run that ends before has none."""
        wait_until(lambda: bool(self.publishers()) or self.process.poll() is not None, "publishers", PATIENCE_SECONDS)
        return self.publishers()

    def ended(self, within_seconds: float) -> bool:
        """Let so much time pass, at most, for it to end."""
        try:
            self.process.wait(within_seconds)
        except subprocess.TimeoutExpired:
            return False
        return True

    def report(self) -> tuple[int, dict[str, Any]]:
        """Let it live to its end: exit code, and what it says of the day."""
        output, _ = self.process.communicate(timeout=PATIENCE_SECONDS)
        return self.process.returncode, json.loads(output)["days"][0]

    def close(self) -> None:
        """End it by force if it has not ended; its publishers hear of that."""
        self.process.kill()
        self.process.communicate()
        self._complaints.close()


@contextmanager
def running(day: StoredDay, *args: str) -> Iterator[Run]:
    """Carry the day on: by default as whoever takes over."""
    run = Run(day, *(args or ("resume", day.replay_id, "--take-over")))
    try:
        yield run
    finally:
        run.close()


def finish(day: StoredDay) -> dict[str, Any]:
    """The last one is let live, at full speed."""
    day.order()
    with running(day) as run:
        code, report = run.report()
    assert (code, report["stage"]) == (0, "closed"), report
    return report


def signal_all(pids: Sequence[int], what: signal.Signals) -> int:
    """Those that are there; how many that were."""
    reached = 0
    for pid in pids:
        with suppress(ProcessLookupError):
            os.kill(pid, what)
            reached += 1
    return reached


def complaints(day: StoredDay) -> str:
    """What was said on stderr."""
    return (day.directory / "complaints").read_text()


def gone(pids: Sequence[int]) -> bool:
    """Whether none of these processes runs any more."""
    return not any(runs(pid) for pid in pids)


def runs(pid: int) -> bool:
    """Whether it is there and no zombie."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][:1] != "Z"
    except FileNotFoundError:
        return False


def wait_for_lines(day: StoredDay, more: int = 200) -> None:
    """Until so many more are committed."""
    before = day.published().total()
    wait_until(lambda: day.published().total() >= before + more, "commits", PATIENCE_SECONDS)
