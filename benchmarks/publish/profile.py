"""Where one publisher's time goes: by perf if the machine has it, else by cProfile."""

import re
import shutil
import subprocess
import sys
from collections.abc import Sequence

from benchmarks.publish.bench import Bench

_LINES = 15
_UNIT = re.compile(r"^\s+\d", re.MULTILINE)


def profile(bench: Bench) -> str:
    """The heaviest functions, as a text block."""
    command = bench.publisher(bench.file)
    text = _by_perf(bench, command) if shutil.which("perf") else _by_cprofile(command)
    return f"```\n{text}\n```\n"


def _by_perf(bench: Bench, command: Sequence[str]) -> str:
    data = str(bench.folder / "perf.data")
    _run(["perf", "record", "--quiet", "--freq", "999", "--output", data, *command])
    report = _run(["perf", "report", "--stdio", "--input", data, "--sort", "dso,symbol"])
    lines = [line.strip() for line in report.splitlines() if _UNIT.match(line)]
    return "\n".join(" ".join(line.split()).rstrip("- ") for line in lines[:_LINES])


def _by_cprofile(command: Sequence[str]) -> str:
    interpreter, *arguments = command
    report = _run([interpreter, "-m", "cProfile", "--sort", "tottime", *arguments])
    lines = [line.strip() for line in report.splitlines() if _UNIT.match(line)]
    return "\n".join(lines[:_LINES])


def _run(command: Sequence[str]) -> str:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False)
    if done.returncode:
        sys.exit(f"{command[0]} failed: {done.stderr.strip()}")
    return done.stdout
