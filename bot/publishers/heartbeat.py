"""Whether another process lives: a value of its that changes between one's own looks.

Only the observer's own monotonic clock is read: two machines never agree on the time, and a clock can be set.
"""

from collections.abc import Callable

#: How much silence one look can prove. The observer may have been away itself, or what it looks at.
_MOST_SECONDS = 5.0


class Heartbeat:
    """Begins with nothing felt, and no silence."""

    def __init__(self, monotonic: Callable[[], float], most_seconds: float = _MOST_SECONDS) -> None:
        """``monotonic`` gives seconds that never run back; one look proves ``most_seconds`` of silence at most."""
        self._monotonic, self._observed_at, self._most_seconds = monotonic, monotonic(), most_seconds
        self._value: object = None
        self.silent_seconds = 0.0
        self.has_changed = False

    def observe(self, value: object) -> None:
        """Look: what it is now. ``None`` is nothing there, which is silence."""
        passed = self._monotonic() - self._observed_at
        self._observed_at += passed
        self.silent_seconds += min(passed, self._most_seconds)
        if value is not None and value != self._value:
            self.has_changed = self._value is not None
            self._value, self.silent_seconds = value, 0.0

    def reset(self) -> None:
        """There is nothing to be felt now, and that is as it should be."""
        self._observed_at, self.silent_seconds = self._monotonic(), 0.0
