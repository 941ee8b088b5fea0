"""Guarantees of child processes: waited for, explained when they fail, and gone when they should be."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from sandbox.processes import Child, PartFailedError, child, wait_until

SLEEPER = [sys.executable, "-c", "import time; print('ready', flush=True); time.sleep(600)"]
STUBBORN = [
    sys.executable,
    "-c",
    "import signal, time; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('ready', flush=True); time.sleep(600)",
]
PARENT = """
import sys, time
from pathlib import Path
from sandbox.processes import child
with child("it", sys.argv[2:], log=Path(sys.argv[1]), ready=lambda c: "ready" in c.output()) as it:
    print(it.pid, flush=True)
    time.sleep(600)
"""


def says_ready(started: Child) -> bool:
    return "ready" in started.output()


def alive(pid: int) -> bool:
    """Whether the process runs; one that nobody has reaped yet does not."""
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


def test_runs_until_the_context_ends(tmp_path: Path) -> None:
    """A child is there inside the context and gone after it, with its output in the log."""
    with child("it", SLEEPER, log=tmp_path / "log", ready=says_ready) as started:
        assert alive(started.pid)
    assert not alive(started.pid)
    assert (tmp_path / "log").read_text() == "ready\n"


def test_a_child_that_ends_at_once_is_explained(tmp_path: Path) -> None:
    """The error says which part, and shows the end of its log."""
    command = [sys.executable, "-c", "raise SystemExit('no such database')"]
    with (
        pytest.raises(PartFailedError, match=r"(?s)the store ended at once .*no such database"),
        child("the store", command, log=tmp_path / "log", ready=says_ready),
    ):
        pytest.fail("it never became ready")


def test_a_child_that_never_answers_is_stopped(tmp_path: Path) -> None:
    """Waiting is bounded, and what was started does not stay."""
    seen: list[int] = []

    def never(started: Child) -> bool:
        seen.append(started.pid)
        return False

    with (
        pytest.raises(PartFailedError, match=r"did not become ready within 0\.3 s"),
        child("it", SLEEPER, log=tmp_path / "log", ready=never, timeout_seconds=0.3),
    ):
        pytest.fail("it never became ready")
    assert not alive(seen[0])


def test_a_child_that_ignores_the_request_is_killed(tmp_path: Path) -> None:
    """TERM is a request; after the grace comes KILL."""
    with child("it", STUBBORN, log=tmp_path / "log", ready=says_ready, grace_seconds=0.1) as started:
        pass
    assert started.process.returncode == -signal.SIGKILL


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells a child that its parent died")
def test_a_child_dies_with_a_killed_parent(tmp_path: Path) -> None:
    """Also a SIGKILL of the parent, after which nobody tidies up, leaves no child behind."""
    command = [sys.executable, "-c", PARENT, str(tmp_path / "log"), *SLEEPER]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert alive(pid)
        parent.kill()
    wait_until(lambda: not alive(pid), "the end of the orphan", 10)


def test_what_a_child_started_goes_with_it(tmp_path: Path) -> None:
    """Grandchildren in the child's group are not left behind."""
    script = f"import subprocess, time; p = subprocess.Popen({SLEEPER!r}); print('ready', p.pid, flush=True); p.wait()"
    with child("it", [sys.executable, "-c", script], log=tmp_path / "log", ready=_named_a_pid) as started:
        line = next(text for text in started.output().splitlines() if text.startswith("ready "))
        grandchild = int(line.split()[1])
        assert alive(grandchild)
    wait_until(lambda: not alive(grandchild), "the end of the grandchild", 10)
    assert os.getpid() != grandchild


def _named_a_pid(started: Child) -> bool:
    return any(line.startswith("ready ") for line in started.output().splitlines())
