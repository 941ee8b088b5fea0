"""Child processes of the sandbox: in a group of their own, waited for until they answer, stopped by pid.

A child dies with this process even when this process is killed (see ``tether``), so no part outlives a
crashed test run. What a child prints goes to a file, never into a pipe that nobody drains.
"""

import contextlib
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

TETHER = Path(__file__).with_name("tether.py")
POLL_SECONDS = 0.02


class PartFailedError(Exception):
    """A part of the sandbox did not start, or did not answer in time: why, and the end of its log."""


@dataclass(frozen=True, slots=True)
class Child:
    """A running part: its process, and the file its output goes to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    @property
    def pid(self) -> int:
        return self.process.pid

    def output(self) -> str:
        return self.log.read_text(errors="replace")

    def failed(self, why: str) -> PartFailedError:
        tail = "\n".join(self.output().splitlines()[-15:]) or "(it printed nothing)"
        return PartFailedError(f"{self.name} {why}; the end of its log {self.log}:\n{tail}")


def free_port() -> int:
    """A loopback port nothing listens on now. Whoever wants it should bind it soon."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until(condition: Callable[[], bool], what: str, timeout_seconds: float = 30) -> None:
    """Poll until the condition holds; TimeoutError naming ``what`` when it does not in time."""
    deadline = time.monotonic() + timeout_seconds
    while not condition():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{what} did not happen within {timeout_seconds:g} s")
        time.sleep(POLL_SECONDS)


def answers(port: int) -> bool:
    """Whether something accepts connections on the loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


@contextmanager
def child(
    name: str,
    command: Sequence[str | Path],
    *,
    log: Path,
    ready: Callable[[Child], bool],
    environment: Mapping[str, str] | None = None,
    directory: Path | None = None,
    timeout_seconds: float = 30,
    grace_seconds: float = 5,
    orphan_signal: signal.Signals = signal.SIGKILL,
) -> Iterator[Child]:
    """Run the command until the context ends; yield once ``ready`` says so."""
    tether = [sys.executable, "-I", "-S", str(TETHER), str(os.getpid()), str(int(orphan_signal))]
    with log.open("wb") as output:
        process = subprocess.Popen(
            [*tether, *map(str, command)],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            env={**os.environ, **(environment or {})},
            cwd=directory,
            start_new_session=True,
        )
    started = Child(name, process, log)
    try:
        _wait_ready(started, ready, timeout_seconds)
        yield started
    finally:
        stop(process, grace_seconds)


def _wait_ready(started: Child, ready: Callable[[Child], bool], timeout_seconds: float) -> None:
    def settled() -> bool:
        return started.process.poll() is not None or ready(started)

    try:
        wait_until(settled, "readiness", timeout_seconds)
    except TimeoutError:
        raise started.failed(f"did not become ready within {timeout_seconds:g} s") from None
    if started.process.poll() is not None:
        raise started.failed(f"ended at once with exit code {started.process.returncode}")


def stop(process: subprocess.Popen[bytes], grace_seconds: float = 5) -> None:
    """TERM, TERM again (to RQ it means: now), then KILL to what is left of the group; returns when gone."""
    for _ in range(2):
        if process.poll() is None:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(grace_seconds)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
