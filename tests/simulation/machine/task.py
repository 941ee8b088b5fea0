"""One thread of a simulated process: it runs only while it has the turn."""

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from tests.simulation.machine.process import Process


class Task:
    """A thread of a process: its orders, its renewing of a lease, or one of a pool."""

    def __init__(self, process: "Process", act: Callable[[], None]) -> None:
        self.process, self.done = process, False
        self.baton = threading.Lock()
        self.baton.acquire()
        self.ready_at = 0.0
        self.until: Callable[[], bool] | None = None
        self._act = act

    def begin(self) -> None:
        self._thread = threading.Thread(target=self._main, daemon=True)
        self._thread.start()

    @property
    def ident(self) -> int:
        """Of its thread."""
        return self._thread.ident or 0

    def _main(self) -> None:
        self.baton.acquire()
        try:
            self._act()
        finally:
            self.done = True
            self.process.machine.leave(self)

    def due(self) -> float | None:
        """When it can go on; ``None`` while it waits for another task."""
        if self.process.dead:
            return 0.0
        if self.until is not None and not self.until():
            return None
        return max(self.ready_at, self.process.frozen_until)
