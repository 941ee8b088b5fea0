"""What a command uses until it has ended: wall clock, processor time and memory, its children's with it.

Whatever it talks to (a broker, a store) is another process and is not in it.
"""

import json
import os
import statistics
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass


class CommandFailedError(Exception):
    """A command that was measured did not end well."""


@dataclass(frozen=True, slots=True)
class Work:
    """From the moment everything was imported until all was done."""

    wall_seconds: float = 0.0
    cpu_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class Usage:
    """Seconds on the clock, seconds of all processors, and the most memory that one of the processes had.

    ``work`` is what the commands say of themselves, if they do (see `Working`).
    """

    wall_seconds: float
    cpu_seconds: float
    max_rss_mb: float
    work: Work


def measure(*commands: Sequence[str]) -> Usage:
    """Run the commands side by side; the clock stops when the last one has ended."""
    began = time.perf_counter()
    started = [subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE) for command in commands]
    ended = [_ended(process) for process in started]
    wall_seconds = time.perf_counter() - began
    work = _work([process.stdout.read() for process in started if process.stdout])
    return Usage(wall_seconds, sum(cpu for cpu, _ in ended), max(rss for _, rss in ended), work)


class Working:
    """In a command that is measured: from here on it works, until it says so."""

    def __init__(self) -> None:
        """Now."""
        self._clock, self._cpu = time.monotonic(), time.process_time()

    def say(self) -> None:
        """Tell who measures, on stdout."""
        found = {"from": self._clock, "until": time.monotonic(), "cpu_seconds": time.process_time() - self._cpu}
        sys.stdout.write(json.dumps(found) + "\n")


def _work(outputs: Sequence[bytes]) -> Work:
    said = [json.loads(output) for output in outputs if output.startswith(b"{")]
    if not said:
        return Work()
    # The clock is the machine's, the same for all processes.
    wall_seconds = max(one["until"] for one in said) - min(one["from"] for one in said)
    return Work(wall_seconds, sum(one["cpu_seconds"] for one in said))


def python(module: str, *arguments: object) -> Sequence[str]:
    """A module of ours as a command."""
    return (sys.executable, "-m", module, *map(str, arguments))


def shell(line: str) -> Sequence[str]:
    """A pipeline as a command."""
    return ("sh", "-c", line)


def _ended(process: subprocess.Popen[bytes]) -> tuple[float, float]:
    """Processor seconds and megabytes, as the kernel counts them for a process and the children it waited for."""
    _, status, used = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise CommandFailedError(f"{process.args!r} ended with {process.returncode}")
    return used.ru_utime + used.ru_stime, used.ru_maxrss / 1024


def in_turn(acts: Mapping[str, Callable[[], Usage]], rounds: int) -> dict[str, list[Usage]]:
    """Measure all of them, one after the other, round after round: a noisy machine is noisy for each."""
    found: dict[str, list[Usage]] = {name: [] for name in acts}
    for _ in range(rounds):
        for name, act in acts.items():
            found[name].append(act())
    return found


def ratio(what: Sequence[float], to: Sequence[float]) -> float:
    """The median of the ratios within each round."""
    return statistics.median(a / b for a, b in zip(what, to, strict=True))
