"""Thread pools whose threads take their turns, in the place of the engine's."""

from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from itertools import count
from typing import TYPE_CHECKING, Any
from unittest import mock

from replay_engine import concurrently
from tests.fakes import blobs

if TYPE_CHECKING:
    from tests.simulation.machine.scheduler import Machine


class _Numbered(Future[Any]):
    """Told apart by its number: a set of them has the same order every time."""

    _numbers = count()

    def __init__(self) -> None:
        super().__init__()
        self.number = next(self._numbers)


class Pool:
    """A thread pool whose threads take their turns. Of width 1 it is the calling thread itself."""

    def __init__(self, machine: "Machine", width: int) -> None:
        self._machine, self._width = machine, width
        self._waiting: deque[Callable[[], None]] = deque()
        self._busy = 0

    def __enter__(self) -> "Pool":
        return self

    def __exit__(self, *_: object) -> None:
        if self._busy and self._machine.current is not None and not self._machine.current.process.dead:
            self._machine.current.process.wait(lambda: not self._busy)

    def submit(self, act: Callable[..., Any], *args: Any) -> Future[Any]:
        future = _Numbered()

        def work() -> None:
            try:
                future.set_result(act(*args))
            except BaseException as error:  # noqa: BLE001 - told to whoever asks for the result
                future.set_exception(error)

        if self._width == 1 or self._machine.current is None:
            work()
        else:
            self._waiting.append(work)
            if self._busy < self._width:
                self._busy += 1
                self._machine.current.process.fork(self._work)
        return future

    def _work(self) -> None:
        while self._waiting:
            self._waiting.popleft()()
        self._busy -= 1


def _wait(machine: "Machine", futures: set[_Numbered]) -> tuple[list[_Numbered], set[_Numbered]]:
    if not any(future.done() for future in futures) and machine.current is not None:
        machine.current.process.wait(lambda: any(future.done() for future in futures))
    ended = sorted((future for future in futures if future.done()), key=lambda future: future.number)
    return ended, futures - {*ended}


@contextmanager
def stand_ins(machine: "Machine") -> Iterator[None]:
    """The engine's pools take turns, and the ids of leases are the same every time."""
    with ExitStack() as patches:
        for name, stand_in in {
            "ThreadPoolExecutor": lambda width: Pool(machine, width),
            "wait": lambda futures, **_: _wait(machine, futures),
        }.items():
            patches.enter_context(mock.patch.object(concurrently, name, stand_in))
        patches.enter_context(mock.patch.object(blobs, "uuid4", lambda: f"lease {next(machine.leases)}"))
        yield
