"""A thread that does one small thing every so often, for the length of a block."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


class BackgroundThread:
    """Real time, real thread."""

    @contextmanager
    def every(self, seconds: float, act: Callable[[], None]) -> Iterator[None]:
        """Call ``act`` every ``seconds`` until the block is left."""
        ended = threading.Event()

        def repeat() -> None:
            while not ended.wait(seconds):
                act()

        thread = threading.Thread(target=repeat, name="background", daemon=True)
        thread.start()
        try:
            yield
        finally:
            ended.set()
            thread.join()
