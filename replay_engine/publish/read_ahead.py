"""Read ahead on a thread, so that the next chunks are there while the last ones are sent and committed.

What is read ahead is bounded; if the process dies here nothing is lost but the reading.
"""

import queue
import threading
from collections.abc import Iterator
from typing import TypeVar

T = TypeVar("T")

#: With chunks of 4 MB: 16 MB.
_MOST_WAITING = 4
#: Whoever waits is let go this often, to see what else is due.
_PATIENCE_SECONDS = 1.0


class _End(BaseException):
    """The last thing a reader leaves: nothing more comes, or ``error`` was raised."""

    def __init__(self, error: BaseException | None) -> None:
        super().__init__()
        self.error = error


def read_ahead(items: Iterator[T]) -> Iterator[T | None]:
    """Yield what ``items`` yields, read on another thread; ``None`` when nothing came for a second."""
    ready: queue.Queue[T | _End] = queue.Queue(_MOST_WAITING)
    leaving = threading.Event()

    def read() -> None:
        end = _End(None)
        try:
            for item in items:
                ready.put(item)
                if leaving.is_set():
                    return
        except BaseException as error:  # noqa: BLE001 - raised where the items are wanted
            end = _End(error)
        ready.put(end)

    thread = threading.Thread(target=read, name="read-ahead", daemon=True)
    thread.start()
    try:
        yield from _taken(ready)
    finally:
        leaving.set()
        while thread.is_alive():
            _make_room(ready)
            thread.join(0.05)


def _taken(ready: "queue.Queue[T | _End]") -> Iterator[T | None]:
    while True:
        try:
            item = ready.get(timeout=_PATIENCE_SECONDS)
        except queue.Empty:
            yield None
            continue
        if not isinstance(item, _End):
            yield item
        elif item.error is None:
            return
        else:
            raise item.error


def _make_room(ready: "queue.Queue[T | _End]") -> None:
    try:
        while True:
            ready.get_nowait()
    except queue.Empty:
        return
