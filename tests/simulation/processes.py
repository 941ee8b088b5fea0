"""Several processes on one virtual clock, one turn at a time: the same schedule plays the same way every time.

Each process is a thread, but only the one that has the turn runs. A turn ends at a call of a port where the
schedule says so, when the process sleeps, and when it ends; whoever has the turn says who gets the next one. Time
passes a little with every call, and to the next thing that is due when everybody sleeps.
"""

import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from itertools import count
from typing import Any
from unittest import mock

from replay_engine import concurrently
from replay_engine.day import World
from replay_engine.errors import ReplayError, TryAgain
from replay_engine.model import Plan
from replay_engine.replay import Walk
from tests.engine.scene import Onlooker, Scene
from tests.fakes import blobs
from tests.simulation.mortal import Killed
from tests.simulation.ports import Port, Store

#: What a call costs; it lets leases run out at different places of the same run.
_CALL_SECONDS = 0.05
#: While everybody sleeps time passes in steps, and the world gets its turn after each.
_STEP_SECONDS = 5.0
_MOST_TURNS = 30_000
AT_THE_END = 1e9


class What(StrEnum):
    """What a schedule may do at a call."""

    SWITCH = "the turn goes to"
    STALL = "it is slow to arrive, seconds"
    FREEZE = "the process is frozen before it, seconds"
    FREEZE_AFTER = "the process is frozen after it, seconds"
    DIE_BEFORE = "the process dies before it"
    DIE_DURING = "the process dies in the middle of it"
    DIE_AFTER = "the process dies after it"
    FAIL_BEFORE = "it is not done, and fails"
    FAIL_AFTER = "it is done, and its answer is lost"
    TWICE = "it is done twice"
    LATE = "it fails, and is done later, after turns"
    LATE_DIES = "its process dies, and it is done later, after turns"
    SKEW = "the clock of the process is set off by seconds"
    FOREIGN = "somebody else adds a file of the day"
    REWRITE = "somebody else writes an original anew"


@dataclass(frozen=True, slots=True, order=True)
class Decision:
    """One thing that a schedule does, before the ``point``-th call of a process (or its ``point``-th act)."""

    process: str
    point: int
    acts: bool
    what: What
    to: str = ""
    amount: float = 0.0

    def __str__(self) -> str:
        where = f"{self.process}, {'act' if self.acts else 'call'} {self.point}"
        amount = "at the end" if self.amount == AT_THE_END else f"{self.amount:g}" if self.amount else ""
        return f"{where}: {' '.join(filter(None, [self.what, self.to, amount]))}"


class Task:
    """A thread of a process: its orders, its renewing of a lease, or one of a pool."""

    def __init__(self, process: "Process", act: Callable[[], None]) -> None:
        self.process, self.done = process, False
        self.baton = threading.Lock()
        self.baton.acquire()
        self.ready_at = 0.0
        self.until: Callable[[], bool] | None = None
        self._act = act

    def begin(self) -> None:
        threading.Thread(target=self._main, daemon=True).start()

    def _main(self) -> None:
        self.baton.acquire()
        try:
            self._act()
        finally:
            self.done = True
            self.process.machine.leave(self)

    def due(self) -> float | None:
        """When it can go on; ``None`` while it waits for another task."""
        if self.process.dead:
            return 0.0
        if self.until is not None and not self.until():
            return None
        return max(self.ready_at, self.process.frozen_until)


Order = Callable[["Process"], object]


class Machine:
    """The scheduler: all processes, the clock, the requests that are still on their way."""

    def __init__(self, scene: Scene, store: Store, decisions: Sequence[Decision]) -> None:
        self.scene, self.store = scene, store
        self.time, self.turns = 0.0, 0
        self.tasks: list[Task] = []
        self.processes: list[Process] = []
        self.current: Task | None = None
        self.leases = count(1)
        self.struck: list[str] = []
        self.wrong: list[str] = []
        self.at_outsider: Callable[[Process, What], str] = lambda *_: ""
        self._late: list[tuple[float, int, Callable[[], None]]] = []
        self._over = threading.Lock()
        self._over.acquire()
        self._next_step = _STEP_SECONDS
        self.plan: defaultdict[tuple[str, int, bool], list[Decision]] = defaultdict(list)
        for decision in decisions:
            self.plan[decision.process, decision.point, decision.acts].append(decision)

    def start(self, name: str, plan: Plan, orders: Sequence[Order], *, take_over: bool = False) -> "Process":
        """Another process; it gets its first turn when `run` begins, or later."""
        process = Process(self, name, plan, orders, take_over=take_over)
        self.processes.append(process)
        self.add(Task(process, process.main))
        return process

    def add(self, task: Task) -> None:
        task.ready_at = self.time
        self.tasks.append(task)
        task.begin()

    def run(self) -> None:
        """Until every process has ended."""
        with pools(self):
            self._give(self._next())
            self._over.acquire()

    def leave(self, task: Task) -> None:
        """A task has ended."""
        self.tasks.remove(task)
        self._give(self._next())

    def _give(self, task: Task | None) -> None:
        self.current = task
        (task.baton if task else self._over).release()

    def rest(self, task: Task, wanted: Task | None = None) -> None:
        """Let others go on, first of all ``wanted``, until ``task`` is given the turn again."""
        following = wanted or self._next()
        if following is not task:
            self._give(following)
            task.baton.acquire()
            self.current = task
        if task.process.dead:
            raise Killed

    def _next(self) -> Task | None:
        while self.tasks:
            dues = [(due, number) for number, task in enumerate(self.tasks) if (due := task.due()) is not None]
            if not dues:
                raise AssertionError("Every process waits for another.")
            due, number = min(dues)
            if due <= self.time:
                return self.tasks[number]
            self.pass_time(min(due - self.time, _STEP_SECONDS))
            self.store.world_moves(self.time)
        return None

    def ready(self, name: str, *, but: Task) -> Task | None:
        """A task of that process that could go on now."""
        return next(
            (
                task
                for task in self.tasks
                if task is not but and task.process.name == name and (due := task.due()) is not None and due <= self.time
            ),
            None,
        )

    def pass_time(self, seconds: float) -> None:
        self.time += seconds
        self.scene.clock.tick(seconds)
        if self.time >= self._next_step:
            self._next_step = self.time + _STEP_SECONDS
            self.store.world_moves(self.time)

    def turn(self) -> None:
        """One more call of anybody."""
        self.turns += 1
        if self.turns > _MOST_TURNS:
            raise AssertionError("It does not end.")
        self.pass_time(_CALL_SECONDS)
        if self._late and self._late[0][0] <= self.turns:
            self._deliver(self.turns)

    def put_aside(self, turns: float, request: Callable[[], None]) -> None:
        self._late.append((self.turns + turns, self.turns, request))
        self._late.sort(key=lambda late: late[:2])

    def deliver_all(self) -> bool:
        """What is still on its way arrives now; whether there was any."""
        return self._deliver(AT_THE_END * 2)

    def _deliver(self, until: float) -> bool:
        due = [late for late in self._late if late[0] <= until]
        self._late = [late for late in self._late if late[0] > until]
        for _, _, request in due:
            request()
        return bool(due)


class Process:
    """One process with its own ports, clock and watch; it carries out its orders one after the other."""

    def __init__(
        self, machine: Machine, name: str, plan: Plan, orders: Sequence[Order], *, take_over: bool
    ) -> None:
        self.machine, self.name, self.plan, self.take_over = machine, name, plan, take_over
        self.dead = False
        self.frozen_until = 0.0
        self.skew = timedelta()
        self.calls = self.acts = 0
        self.mutating: list[int] = []
        self.walk_name = name
        self.ended: list[str] = []
        self.watch = Onlooker()
        self._orders = orders

    def main(self) -> None:
        try:
            for number, order in enumerate(self._orders):
                self.walk_name = f"{self.name}.{number}"
                try:
                    order(self)
                    self.ended.append("well")
                except ReplayError as error:
                    self.ended.append(f"{type(error).__name__}: {error.message}")
        except Killed:
            self.ended.append("killed")
        except BaseException as error:  # noqa: BLE001 - a bug of the engine is what this looks for
            self.machine.wrong.append(f"(f) {self.name} crashed: {error!r}")
            self.machine.store.crash = error

    def walk(self) -> Walk:
        """A new runner, as after a death: it knows only what is stored."""
        return Walk(self.plan, self.world(), self.watch, self.name, take_over=self.take_over)

    def world(self) -> World:
        """The scene's world, with this process's turns between it and the world."""
        scene = self.machine.scene
        with mock.patch.multiple(
            scene,
            stores=lambda store: Port(self, "data" if store.container == self.machine.store.data else "state", store),
            clock=Clock(self),
            segments=Port(self, "segments", scene.segments),
        ):
            world = scene.world(Port(self, "topic", scene.cluster))  # type: ignore[arg-type]
        return replace(world, background=Background(self))

    @property
    def task(self) -> Task:
        """The one that has the turn."""
        task = self.machine.current
        assert task is not None
        return task

    def call(self, port: Port, method: str, mutates: bool, request: Callable[[], Any], half: Callable[[], Any]) -> Any:
        """One call of one of its ports."""
        if self.dead:
            raise Killed
        self.machine.turn()
        self.calls += 1
        decisions = self.machine.plan.pop((self.name, self.calls, False), [])
        if mutates:
            self.acts += 1
            decisions = decisions + self.machine.plan.pop((self.name, self.acts, True), [])
        for decision in decisions:
            self.machine.struck.append(f"{decision}  [{port.name}.{method}]")
        blow = self._before(decisions)
        return self._strike(blow, request, half, f"{port.name}.{method}", mutates) if blow else request()

    def _before(self, decisions: Sequence[Decision]) -> Decision | None:
        """Everything that happens before the request leaves; the blow that it is dealt, if there is one."""
        blow, machine = None, self.machine
        for decision in decisions:
            match decision.what:
                case What.SWITCH:
                    wanted = machine.ready(decision.to, but=self.task)
                    if wanted is not None:
                        machine.rest(self.task, wanted)
                case What.STALL:
                    self.sleep(decision.amount)
                case What.FREEZE:
                    self._freeze(decision.amount)
                case What.SKEW:
                    self.skew = timedelta(seconds=decision.amount)
                case What.FOREIGN | What.REWRITE:
                    machine.struck.append(f"    {machine.at_outsider(self, decision.what) or 'nothing'}")
                case _:
                    blow = decision
        return blow

    def _strike(self, blow: Decision, request: Callable[[], Any], half: Callable[[], Any], what: str, mutates: bool) -> Any:
        late = blow.what in (What.LATE, What.LATE_DIES)
        if late and mutates:
            self.machine.put_aside(blow.amount, self.machine.store.late(request))
        match blow.what:
            case What.DIE_BEFORE | What.LATE_DIES:
                self._die()
            case What.DIE_DURING:
                half()
                self._die()
            case What.DIE_AFTER:
                request()
                self._die()
            case What.FAIL_BEFORE | What.LATE:
                raise TryAgain(f"{what} did not answer.")
            case What.FAIL_AFTER:
                request()
                raise TryAgain(f"{what} was done, and its answer lost.")
            case What.TWICE:
                request()
        answer = request()
        if blow.what is What.FREEZE_AFTER:
            self._freeze(blow.amount)
        return answer

    def _die(self) -> None:
        self.dead = True
        raise Killed

    def _freeze(self, seconds: float) -> None:
        self.frozen_until = self.machine.time + seconds
        self.machine.rest(self.task)

    def sleep(self, seconds: float) -> None:
        if self.dead:
            raise Killed
        task = self.task
        task.ready_at = self.machine.time + seconds
        self.machine.rest(task)

    def wait(self, until: Callable[[], bool]) -> None:
        """Until other tasks of this process have come so far."""
        task = self.task
        task.until = until
        try:
            self.machine.rest(task)
        finally:
            task.until = None


class Clock:
    """The clock of one process's machine: it may be wrong, and may jump; what has elapsed only grows."""

    def __init__(self, process: Process) -> None:
        self._process = process

    def now(self) -> datetime:
        return self._process.machine.scene.clock.now() + self._process.skew

    def elapsed(self) -> float:
        return self._process.machine.time

    def sleep(self, seconds: float) -> None:
        self._process.sleep(seconds)


class Background:
    """What a process does every so often, as a task of its own."""

    def __init__(self, process: Process) -> None:
        self._process = process

    @contextmanager
    def every(self, seconds: float, act: Callable[[], None]) -> Iterator[None]:
        process = self._process
        leaving = False

        def repeat() -> None:
            try:
                while True:
                    process.sleep(seconds)
                    if leaving:
                        return
                    act()
            except Killed:
                pass

        task = Task(process, repeat)
        process.machine.add(task)
        task.ready_at = process.machine.time + seconds
        try:
            yield
        finally:
            leaving = True
            task.ready_at = 0.0
            if not process.dead:
                process.wait(lambda: task.done)


class _Numbered(Future[Any]):
    """Told apart by its number: a set of them has the same order every time."""

    _numbers = count()

    def __init__(self) -> None:
        super().__init__()
        self.number = next(self._numbers)


class _Pool:
    """A thread pool whose threads take their turns. Of width 1 it is the calling thread itself."""

    def __init__(self, machine: Machine, width: int) -> None:
        self._machine, self._width = machine, width
        self._waiting: deque[Callable[[], None]] = deque()
        self._busy = 0

    def __enter__(self) -> "_Pool":
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
                self._machine.add(Task(self._machine.current.process, self._work))
        return future

    def _work(self) -> None:
        while self._waiting:
            self._waiting.popleft()()
        self._busy -= 1


def _wait(machine: Machine, futures: set[_Numbered]) -> tuple[list[_Numbered], set[_Numbered]]:
    if not any(future.done() for future in futures) and machine.current is not None:
        machine.current.process.wait(lambda: any(future.done() for future in futures))
    ended = sorted((future for future in futures if future.done()), key=lambda future: future.number)
    return ended, futures - {*ended}


@contextmanager
def pools(machine: Machine) -> Iterator[None]:
    """The engine's pools take turns, and the ids of leases are the same every time."""
    with ExitStack() as patches:
        for name, stand_in in {
            "ThreadPoolExecutor": lambda width: _Pool(machine, width),
            "wait": lambda futures, return_when: _wait(machine, futures),
        }.items():
            patches.enter_context(mock.patch.object(concurrently, name, stand_in))
        patches.enter_context(mock.patch.object(blobs, "uuid4", lambda: f"lease {next(machine.leases)}"))
        yield
