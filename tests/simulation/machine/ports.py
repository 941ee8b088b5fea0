"""The ports of a process in a schedule: every request takes a turn, and what it changes is written down."""

import copy
from collections.abc import Callable, Iterator
from functools import partial
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from tests.simulation.machine.process import Process

#: Requests that change nothing. Whatever is not named here is taken for one that may.
_READS = frozenset(
    {"exists", "ensure", "list", "walk", "read", "head", "leased", "used"}
    | {"check", "has_transactions", "end_offsets", "committed", "holds_message"}
)
_STREAMS = frozenset({"list", "walk", "read"})
#: Within the process: no request, no turn.
_LOCAL = frozenset({"send", "close"})


class Port:
    """Any port, with turns and faults between it and its process."""

    def __init__(self, process: "Process", name: str, target: Any) -> None:
        self.process, self.name, self.target = process, name, target

    @property
    def container(self) -> str:
        return str(self.target.container)

    def producer(self, topic: str, group: str, *args: Any, **kwargs: Any) -> "Port":
        return Port(self.process, f"producer {group}", self.target.producer(topic, group, *args, **kwargs))

    def __getattr__(self, method: str) -> Any:
        act = getattr(self.target, method)
        if not callable(act) or method in _LOCAL:
            return act
        call = partial(self._call, method)
        self.__dict__[method] = call
        return call

    def _call(self, method: str, *args: Any, **kwargs: Any) -> Any:
        args = tuple(_plain(arg) for arg in args)
        return self.process.call(self, method, Request(self, method, args, kwargs))


class Request:
    """One call, done now or later. Its sender may be gone by then, so it keeps all that it needs."""

    def __init__(self, port: Port, method: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.port, self.method, self.args, self.kwargs = port, method, args, kwargs
        self.mutates = method not in _READS
        self.process, self.walk = port.process, port.process.walk_name
        self.store = port.process.machine.store
        self.sent = len(self.store.history.acts)
        self.target, self.late = port.target, False

    def __call__(self) -> Any:
        return self._do(self.method, self.args)

    def half(self) -> Any:
        """As much of it as a death in its middle leaves."""
        if self.method == "delete":
            return self._do("delete", (self.args[0][: len(self.args[0]) // 2],))
        if self.method == "commit":
            return self._do("deliver_half", ())
        return self()

    def detach(self) -> None:
        """It has left: what its sender does to its own queue afterwards does not change it."""
        self.late = True
        if self.port.name.startswith("producer"):
            self.target = copy.copy(self.target)
            for name, value in vars(self.target).items():
                if isinstance(value, list):
                    setattr(self.target, name, list(value))

    def _do(self, method: str, args: tuple[Any, ...]) -> Any:
        act = partial(getattr(self.target, method), *args, **self.kwargs)
        if method in _STREAMS:
            return self.store.seen(self, partial(_gathered, act), args)
        return self.store.done(self, act, args) if self.mutates else self.store.seen(self, act, args)


def _plain(arg: Any) -> Any:
    """As it travels: the bare port, and everything that an iterator would give."""
    if isinstance(arg, Port):
        return arg.target
    return tuple(arg) if isinstance(arg, Iterator) else arg


def _gathered(act: Callable[[], Any]) -> Any:
    return iter([*act()])
