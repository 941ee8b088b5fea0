"""Death, for tests: the process ends before or after any act that changes the world, and everything with it."""

import threading
from collections.abc import Callable, Sequence
from typing import Any, cast

from replay_engine.ports import BlobStore, SegmentStore, Topic

#: What changes the world, by port. A death between two reads leaves what a death before the next act leaves.
ACTS = {"create", "start_copy", "delete", "create_log", "append", "mark_unused", "send", "flush"}


class Death(BaseException):
    """The process is gone: no handler of the product's may catch it."""


class Mortality:
    """Counts the moments at which a process can die, and lets it die at the ones that were chosen.

    ``moments`` are counted from one death to the next; each act has one before it and one after it.
    """

    def __init__(self, moments: Sequence[int] = ()) -> None:
        self._left = list(moments)
        self._lock = threading.Lock()
        self._dead = False
        self.lived = 0
        self.last = ""

    def live_again(self) -> None:
        """Another process begins."""
        self._dead, self.lived = False, 0

    def moment(self, what: str) -> None:
        """Something may happen here."""
        with self._lock:
            if self._left and self.lived == self._left[0]:
                self._left.pop(0)
                self._dead, self.last = True, what
            self.lived += 1
            if self._dead:
                raise Death(what)

    def store(self, store: BlobStore) -> BlobStore:
        return cast(BlobStore, _Mortal(store, self))

    def segments(self, store: SegmentStore) -> SegmentStore:
        return cast(SegmentStore, _Mortal(store, self))

    def topic(self, topic: Topic) -> Topic:
        return cast(Topic, _Mortal(topic, self))


class _Mortal:
    """A port as a process that may die sees it."""

    def __init__(self, port: object, mortality: Mortality) -> None:
        self._port, self._mortality = port, mortality

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._port, name)
        if name == "publisher":
            return lambda topic: _Mortal(found(topic), self._mortality)
        return self._acting(name, found) if name in ACTS else found

    def _acting(self, name: str, act: Callable[..., Any]) -> Callable[..., Any]:
        def acted(*arguments: Any, **options: Any) -> Any:
            self._mortality.moment(f"before {name}")
            done = act(*arguments, **options)
            self._mortality.moment(f"after {name}")
            return done

        return acted
