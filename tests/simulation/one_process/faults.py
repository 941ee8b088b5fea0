"""Ports whose process dies, or whose world fails, at a chosen call."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from typing import Any

from replay_engine.errors import TryAgain
from replay_engine.ports import BlobStore
from tests.simulation.killed import Killed


class Blow(StrEnum):
    """What happens at a call."""

    NONE = "none"
    DIE_BEFORE = "die before"
    DIE_DURING = "die during"
    DIE_AFTER = "die after"
    FAIL_BEFORE = "fail before"
    FAIL_AFTER = "fail after"
    TWICE = "answer twice"


class Fate:
    """Counts the calls of one process, and strikes at some of them. ``seen`` is asked after every call."""

    def __init__(self, blows: Callable[[int], Blow], seen: Callable[[], None]) -> None:
        self.calls = 0
        self.log: list[str] = []
        self.struck: list[tuple[int, Blow, str]] = []
        self._blows, self._seen = blows, seen
        self._dead = False

    def call(self, what: str, act: Callable[[], Any], half: Callable[[], Any] | None = None) -> Any:
        """Make one call, as fate has it; ``half`` does a part of it."""
        if self._dead:
            raise Killed
        blow = self._blows(self.calls)
        self.calls += 1
        self.log.append(what)
        if blow is not Blow.NONE:
            self.struck.append((self.calls - 1, blow, what))
        try:
            return self._strike(blow, what, act, half)
        finally:
            self._seen()

    def _strike(self, blow: Blow, what: str, act: Callable[[], Any], half: Callable[[], Any] | None) -> Any:
        match blow:
            case Blow.DIE_BEFORE:
                self._die()
            case Blow.DIE_DURING:
                (half or act)()
                self._die()
            case Blow.DIE_AFTER:
                act()
                self._die()
            case Blow.FAIL_BEFORE:
                raise TryAgain(f"{what} did not answer.")
            case Blow.FAIL_AFTER:
                act()
                raise TryAgain(f"{what} was done, and its answer lost.")
            case Blow.TWICE:
                act()
        return act()

    def _die(self) -> None:
        self._dead = True
        raise Killed


class Mortal:
    """Any port, with fate between it and its process. Listings are one call; a stream is one call, too."""

    def __init__(self, port: Any, fate: Fate) -> None:
        self._port, self._fate = port, fate

    @property
    def container(self) -> str:
        return str(self._port.container)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        act = getattr(self._port, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            args = tuple(arg._port if isinstance(arg, Mortal) else arg for arg in args)
            what = f"{type(self._port).__name__}.{name}({', '.join(str(arg)[:60] for arg in args)})"
            whole: Callable[[], Any] = partial(act, *args, **kwargs)
            if name == "send":
                # Into the client's own queue: no network between, and nothing is done twice.
                whole = _once(whole)
            if name in ("list", "walk", "read"):
                return self._fate.call(what, partial(_gathered, whole))
            return self._fate.call(what, whole, self._half(name, args))

        return call

    def _half(self, name: str, args: tuple[Any, ...]) -> Callable[[], Any] | None:
        if name == "delete":
            items: Sequence[tuple[str, str]] = args[0]
            return lambda: self._port.delete(items[: len(items) // 2])
        if name == "commit":
            half: Callable[[], Any] = self._port.deliver_half
            return half
        return None

    def producer(self, *args: Any, **kwargs: Any) -> "Mortal":
        return Mortal(self._port.producer(*args, **kwargs), self._fate)


def _once(act: Callable[[], Any]) -> Callable[[], Any]:
    """The second time it does nothing."""
    acts = [act]
    return lambda: acts.pop()() if acts else None


def _gathered(stream: Callable[[], Iterable[Any]]) -> Iterator[Any]:
    return iter([*stream()])


def mortal_store(fate: Fate) -> Callable[[BlobStore], BlobStore]:
    """Put fate before a store."""
    return lambda store: Mortal(store, fate)
