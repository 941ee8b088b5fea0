"""How late Slack answers. What it is asked it does at once: only whoever asked waits."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import contextmanager


class Slowness:
    """Nothing is late until somebody says so."""

    def __init__(self, changed: threading.Condition) -> None:
        self._changed = changed
        self._seconds = 0.0
        self._is_silent = False
        self._held: list[tuple[asyncio.AbstractEventLoop, asyncio.Event]] = []

    @property
    def held(self) -> int:
        """How many callers wait for an answer that comes only when Slack speaks again."""
        return len(self._held)

    async def wait(self) -> None:
        """In the server's event loop, before an answer goes out."""
        if (speaks := self._hold()) is not None:
            await speaks.wait()
        await asyncio.sleep(self._seconds)

    def _hold(self) -> asyncio.Event | None:
        """What says that Slack speaks again, if it is silent now."""
        with self._changed:
            if not self._is_silent:
                return None
            speaks = asyncio.Event()
            self._held.append((asyncio.get_running_loop(), speaks))
            self._changed.notify_all()
            return speaks

    @contextmanager
    def slow(self, seconds: float) -> Iterator[None]:
        """Every answer comes so late."""
        self._seconds = seconds
        try:
            yield
        finally:
            self._seconds = 0.0

    @contextmanager
    def silent(self) -> Iterator[None]:
        """No answer comes before the end of the ``with``."""
        self._is_silent = True
        try:
            yield
        finally:
            with self._changed:
                self._is_silent = False
                for loop, speaks in self._held:
                    loop.call_soon_threadsafe(speaks.set)
                self._held.clear()
