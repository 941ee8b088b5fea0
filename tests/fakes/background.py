"""Something that is done whenever the fake clock passes its time: no thread, the same in every run."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta

from tests.fakes.clock import MemoryClock


class MemoryBackground:
    """A `Background` on a `MemoryClock`."""

    def __init__(self, clock: MemoryClock) -> None:
        self._clock = clock

    @contextmanager
    def every(self, seconds: float, act: Callable[[], None]) -> Iterator[None]:
        due = self._clock.now() + timedelta(seconds=seconds)

        def passed() -> None:
            nonlocal due
            if self._clock.now() >= due:
                due = self._clock.now() + timedelta(seconds=seconds)
                act()

        self._clock.at_sleep.append(passed)
        try:
            yield
        finally:
            self._clock.at_sleep.remove(passed)
