"""Fault injection: ports whose process dies, or whose world fails, at a chosen call."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import StrEnum
from functools import partial
from typing import Any

from replay_engine.errors import TryAgain
from replay_engine.ports import BlobStore
from tests.simulation.killed import Killed


class Fault(StrEnum):
    """What happens at a call."""

    NONE = "none"
    DIE_BEFORE = "die before"
    DIE_DURING = "die during"
    DIE_AFTER = "die after"
    FAIL_BEFORE = "fail before"
    FAIL_AFTER = "fail after"
    TWICE = "answer twice"


class FaultInjector:
    """Counts the calls of one process, and strikes at some of them. ``seen`` is asked after every call."""

    def __init__(self, faults: Callable[[int], Fault], seen: Callable[[], None]) -> None:
        self.calls = 0
        self.log: list[str] = []
        self.struck: list[tuple[int, Fault, str]] = []
        self._faults, self._seen = faults, seen
        self._dead = False

    def call(self, what: str, act: Callable[[], Any], half: Callable[[], Any] | None = None) -> Any:
        """Make one call, with the fault that is due; ``half`` does a part of it."""
        if self._dead:
            raise Killed
        fault = self._faults(self.calls)
        self.calls += 1
        self.log.append(what)
        if fault is not Fault.NONE:
            self.struck.append((self.calls - 1, fault, what))
        try:
            return self._strike(fault, what, act, half)
        finally:
            self._seen()

    def _strike(self, fault: Fault, what: str, act: Callable[[], Any], half: Callable[[], Any] | None) -> Any:
        match fault:
            case Fault.DIE_BEFORE:
                self._die()
            case Fault.DIE_DURING:
                (half or act)()
                self._die()
            case Fault.DIE_AFTER:
                act()
                self._die()
            case Fault.FAIL_BEFORE:
                raise TryAgain(f"{what} did not answer.")
            case Fault.FAIL_AFTER:
                act()
                raise TryAgain(f"{what} was done, and its answer lost.")
            case Fault.TWICE:
                act()
        return act()

    def _die(self) -> None:
        self._dead = True
        raise Killed


class FaultyPort:
    """Any port, with the injector between it and its process. Listings are one call; a stream is one call, too."""

    def __init__(self, port: Any, injector: FaultInjector) -> None:
        self._port, self._injector = port, injector

    @property
    def container(self) -> str:
        return str(self._port.container)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        act = getattr(self._port, name)

        def call(*args: Any, **kwargs: Any) -> Any:
            args = tuple(arg._port if isinstance(arg, FaultyPort) else arg for arg in args)
            what = f"{type(self._port).__name__}.{name}({', '.join(str(arg)[:60] for arg in args)})"
            whole: Callable[[], Any] = partial(act, *args, **kwargs)
            if name == "send":
                # Into the client's own queue: no network between, and nothing is done twice.
                whole = _once(whole)
            if name in ("list", "walk", "read"):
                return self._injector.call(what, partial(_gathered, whole))
            return self._injector.call(what, whole, self._half(name, args))

        return call

    def _half(self, name: str, args: tuple[Any, ...]) -> Callable[[], Any] | None:
        if name == "delete":
            items: Sequence[tuple[str, str]] = args[0]
            return lambda: self._port.delete(items[: len(items) // 2])
        if name == "commit":
            half: Callable[[], Any] = self._port.deliver_half
            return half
        return None

    def producer(self, *args: Any, **kwargs: Any) -> "FaultyPort":
        return FaultyPort(self._port.producer(*args, **kwargs), self._injector)


def _once(act: Callable[[], Any]) -> Callable[[], Any]:
    """The second time it does nothing."""
    acts = [act]
    return lambda: acts.pop()() if acts else None


def _gathered(stream: Callable[[], Iterable[Any]]) -> Iterator[Any]:
    return iter([*stream()])


def faulty_store(injector: FaultInjector) -> Callable[[BlobStore], BlobStore]:
    """Put the injector before a store."""
    return lambda store: FaultyPort(store, injector)
