"""Readers of event ids as processes of this machine: the `IdReaders` port.

They take their settings from this process's environment. If this process dies their stdin ends, and so do they. They
are in a session of their own, so that a Ctrl-C in a terminal reaches the run alone.
"""

import json
import queue
import subprocess
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress

import numpy as np

from replay_engine.errors import TryAgain
from replay_engine.event_ids import EventId, Sample
from replay_engine.model import Blob
from replay_engine.ports import ReadIds
from replay_engine.publish.protocol import error_of

_COMMAND = (sys.executable, "-m", "replay_engine.id_reader")
_ID_BYTES = 8


class _Reader:
    """One process; it reads one file at a time."""

    def __init__(self, command: Sequence[str]) -> None:
        self._child = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, start_new_session=True)
        if self._child.stdin is None or self._child.stdout is None:
            raise RuntimeError("A process that was begun with pipes has none.")
        self._stdin, self._stdout = self._child.stdin, self._child.stdout

    def read(self, container: str, blob: Blob, event_id: EventId, modulus: int) -> Sample:
        """Raises what the process met, and `TryAgain` when it has died."""
        file = {"container": container, "name": blob.name, "size_bytes": blob.size_bytes, "etag": blob.etag}
        self._say({**file, "event_id": event_id.path, "modulus": modulus})
        head = json.loads(self._hear_line())
        if "error" in head:
            raise error_of(head["error"])
        ids = np.frombuffer(self._hear(head["ids"] * _ID_BYTES), "<u8")
        return Sample(ids, head["events"], head["lines_without_id"], head["lines"])

    def _say(self, order: dict[str, object]) -> None:
        with suppress(BrokenPipeError):
            self._stdin.write(json.dumps(order).encode() + b"\n")
            self._stdin.flush()

    def _hear_line(self) -> bytes:
        line = self._stdout.readline()
        if not line.endswith(b"\n"):
            raise self._death()
        return line

    def _hear(self, size_bytes: int) -> bytes:
        body = self._stdout.read(size_bytes)
        if len(body) < size_bytes:
            raise self._death()
        return body

    def _death(self) -> TryAgain:
        """A bug is one of the run's: it ends the run, and the journal stands."""
        code = self._child.wait()
        if code > 0:
            raise RuntimeError(f"A reader of event ids ended with exit code {code}; its error is above.")
        return TryAgain("A reader of event ids was killed.", advice="Its file is read anew.")

    @property
    def ended(self) -> bool:
        """Whether the process is gone."""
        return self._child.poll() is not None

    def end(self) -> None:
        """At once; it has changed nothing."""
        self._child.kill()
        self._child.wait()
        for pipe in (self._stdin, self._stdout):
            with suppress(BrokenPipeError):
                pipe.close()


class IdReaderProcesses:
    """As many processes as there are threads that ask at once."""

    def __init__(self, command: Sequence[str] = _COMMAND) -> None:
        """No process yet."""
        self._command = command

    @contextmanager
    def open(self) -> Iterator[ReadIds]:
        """They are begun when they are asked, and end when the block is left."""
        idle: queue.SimpleQueue[_Reader] = queue.SimpleQueue()
        begun: list[_Reader] = []

        def read(container: str, blob: Blob, event_id: EventId, modulus: int) -> Sample:
            try:
                reader = idle.get_nowait()
            except queue.Empty:
                reader = _Reader(self._command)
                begun.append(reader)
            try:
                return reader.read(container, blob, event_id, modulus)
            finally:
                if not reader.ended:
                    idle.put(reader)

        try:
            yield read
        finally:
            for reader in begun:
                reader.end()
