"""On a terminal there is a question and a progress bar."""

import os
import pty
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from sandbox.azurite import Azurite
from sandbox.kafka.tansu import Broker
from tests.cli.ground import DAY, PATIENCE_SECONDS, Ground, ground

RUN = ("run", "raw", "--start-date", str(DAY))


@dataclass(frozen=True, slots=True)
class Seen:
    """What a person saw on the terminal, and what went into the file that stdout was."""

    code: int
    terminal: str
    out: str


@pytest.fixture
def there(azurite: Azurite, broker: Broker, tmp_path: Path) -> Iterator[Ground]:
    with ground(azurite, broker, tmp_path) as made:
        yield made


def at_a_terminal(there: Ground, typed: bytes, *arguments: str) -> Seen:
    """Run it as a person does, who types that when it is there to be read."""
    ours, theirs = pty.openpty()
    command = [sys.executable, "-m", "replay_engine", *arguments]
    environment = there.environment({"TERM": "xterm", "COLUMNS": "100"})
    with subprocess.Popen(
        command, env=environment, stdin=theirs, stdout=subprocess.PIPE, stderr=theirs, text=True
    ) as process:
        os.close(theirs)
        os.write(ours, typed)
        screen = b"".join(_screen(ours))
        out, _ = process.communicate(timeout=PATIENCE_SECONDS)
    os.close(ours)
    return Seen(process.returncode, screen.decode(errors="replace"), out)


def _screen(ours: int) -> Iterator[bytes]:
    """Everything that is drawn, until nobody draws any more."""
    while True:
        try:
            piece = os.read(ours, 65536)
        except OSError:
            return
        if not piece:
            return
        yield piece


def test_a_person_confirms_and_watches(there: Ground) -> None:
    """The plan and the question, then a bar that gets to the end; the result is on stdout."""
    with there.pipeline():
        seen = at_a_terminal(there, b"raw\n", *RUN)
    assert seen.code == 0, seen
    assert "Type raw to start" in seen.terminal
    assert "closed 40 lines" in seen.terminal
    assert "closed" in seen.out
    assert there.published() == Counter(dict.fromkeys(there.seeded.days[DAY].lines, 1))


def test_what_is_not_confirmed_is_not_done(there: Ground) -> None:
    """Only the source's name starts a plan that deletes; leaving the question: exit 2, nothing touched."""
    before = there.snapshot()
    seen = at_a_terminal(there, b"\x04", *RUN)
    assert (seen.code, "It was not confirmed" in seen.terminal) == (2, True), seen
    assert there.snapshot() == before
