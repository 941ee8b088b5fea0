"""Several processes on one virtual clock, one turn at a time: the same schedule plays the same way every time.

Each process is a thread, but only the one that has the turn runs. A turn ends at a call of a port where the
schedule says so, when the process sleeps, and when it ends; whoever has the turn says who gets the next one. Time
passes a little with every call, and to the next thing that is due when everybody sleeps.
"""

import ctypes
import sys
import threading
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from itertools import count
from typing import Any
from unittest import mock

from replay_engine.day.replay import ReplayRunner
from replay_engine.errors import ReplayError, TryAgain
from replay_engine.model import Plan
from replay_engine.ports import CopyState, Publishers
from replay_engine.world import World
from tests.helpers.scene import Onlooker, Scene
from tests.simulation.history.rules import STORE
from tests.simulation.machine.decisions import ACT, AT_THE_END, CALL, Decision, What
from tests.simulation.machine.pools import stand_ins
from tests.simulation.machine.ports import Port, Request, Store
from tests.simulation.one_process.faults import Killed

#: What a call costs; it lets leases run out at different places of the same run.
_CALL_SECONDS = 0.05
#: While everybody sleeps time passes in steps, and the world gets its turn after each.
_STEP_SECONDS = 5.0
_MOST_TURNS = 30_000
#: So long (by the real clock) nobody makes a call only if somebody loops for ever.
_HANGS_SECONDS = 3.0
_MOST_BREAKS = 5


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
        self._thread = threading.Thread(target=self._main, daemon=True)
        self._thread.start()

    @property
    def ident(self) -> int:
        """Of its thread."""
        return self._thread.ident or 0

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
        #: Which stores, or clusters, answer nobody, and until when.
        self.away: dict[str, float] = {}
        self.at_outsider: Callable[[Process, What], str] = lambda *_: ""
        self.at_damage: Callable[[], None] = lambda: None
        self._late: list[tuple[float, int, Callable[[], None]]] = []
        self._over = threading.Lock()
        self._over.acquire()
        self._next_step = _STEP_SECONDS
        self.plan: defaultdict[tuple[str, str, int], list[Decision]] = defaultdict(list)
        for decision in decisions:
            self.plan[decision.process, decision.point, decision.number].append(decision)

    def start(self, name: str, plan: Plan, orders: Sequence[Order], *, take_over: bool = False) -> "Process":
        """Another process; it gets its first turn when `run` begins, or later."""
        process = Process(self, name, plan, orders, take_over=take_over)
        self.processes.append(process)
        process.fork(process.main)
        return process

    def add(self, task: Task) -> None:
        task.ready_at = self.time
        self.tasks.append(task)
        task.begin()

    def run(self) -> None:
        """Until every process has ended."""
        with stand_ins(self), _killed_in_finalizers():
            self._give(self._next())
            turns, hung = -1, 0
            while not self._over.acquire(timeout=_HANGS_SECONDS):
                hung = hung + 1 if turns == self.turns else 0
                turns = self.turns
                if hung > _MOST_BREAKS:
                    raise RuntimeError("The scheduler itself hangs.")
                if hung:
                    self._break_off()

    def _break_off(self) -> None:
        """Whoever has the turn asks for nothing, and does not end: a loop that only a bug can make."""
        self._stop_all("It loops without a call.")
        if self.current is not None:
            ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(self.current.ident), ctypes.py_object(Killed))

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
                self._stop_all("Every process waits for another.")
                continue
            due, number = min(dues)
            if due <= self.time:
                return self.tasks[number]
            self.pass_time(min(due - self.time, _STEP_SECONDS))
            self.store.world_moves(self.time)
        return None

    def ready(self, name: str, *, but: Task) -> Task | None:
        """A task of that process that could go on now."""
        others = (task for task in self.tasks if task is not but and task.process.name == name)
        return next((task for task in others if (due := task.due()) is not None and due <= self.time), None)

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
            self._stop_all("It does not end.")
            raise Killed
        self.pass_time(_CALL_SECONDS)
        if self._late and self._late[0][0] <= self.turns:
            self._deliver(self.turns)

    def _stop_all(self, why: str) -> None:
        """Something is so wrong that nobody can go on."""
        self.wrong.append(f"(f) {why}")
        for process in self.processes:
            process.dead = True

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


@contextmanager
def _killed_in_finalizers() -> Iterator[None]:
    """`Machine._break_off` strikes wherever its thread is. In a finalizer nobody can catch it: the next one tells."""
    hook = sys.unraisablehook

    def report(what: "sys.UnraisableHookArgs") -> None:
        if not isinstance(what.exc_value, Killed):
            hook(what)

    with mock.patch.object(sys, "unraisablehook", report):
        yield


class Process:
    """One process with its own ports, clock and watch; it carries out its orders one after the other."""

    def __init__(self, machine: Machine, name: str, plan: Plan, orders: Sequence[Order], *, take_over: bool) -> None:
        self.machine, self.name, self.plan, self.take_over = machine, name, plan, take_over
        self.dead = False
        self.frozen_until = 0.0
        self.skew = timedelta()
        self.points: Counter[str] = Counter()
        self.walk_name = name
        self.ended: list[str] = []
        self.watch = Onlooker()
        self.publishers: Publishers | None = None
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

    def walk(self) -> ReplayRunner:
        """A new runner, as after a death: it knows only what is stored."""
        return ReplayRunner(self.plan, self.world(), self.watch, self.name, take_over=self.take_over)

    def fork(self, act: Callable[[], None]) -> Task:
        """Another thread of it."""
        task = Task(self, act)
        self.machine.add(task)
        return task

    def world(self) -> World:
        """The scene's world, with this process's turns between it and the world."""
        scene = self.machine.scene
        with mock.patch.multiple(
            scene,
            stores=lambda store: Port(self, "data" if store.container == self.machine.store.data else "state", store),
            clock=Clock(self),
            segments=Port(self, "segments", scene.segments),
        ):
            world = scene.world(Port(self, "topic", scene.cluster))
        return replace(world, background=Background(self), publishers=self.publishers or world.publishers)

    @property
    def task(self) -> Task:
        """The one that has the turn."""
        task = self.machine.current
        assert task is not None
        return task

    def call(self, port: Port, method: str, request: Request) -> Any:
        """One call of one of its ports."""
        if self.dead:
            raise Killed
        self.machine.turn()
        what = f"{port.name.split()[0]}.{method}"
        decisions: list[Decision] = []
        for point in (CALL, ACT, what) if request.mutates else (CALL,):
            self.points[point] += 1
            decisions += self.machine.plan.pop((self.name, point, self.points[point]), [])
        for decision in decisions:
            self.machine.struck.append(f"{decision}  [{what}]")
        blow = self._before(decisions, port.name.split()[0])
        if self.machine.away.get(port.name.split()[0], 0.0) > self.machine.time:
            raise TryAgain(f"{what} was asked of what is away.")
        return self._strike(blow, request, what) if blow else request()

    def _before(self, decisions: Sequence[Decision], port: str) -> Decision | None:
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
                case What.AWAY:
                    machine.away[port] = machine.time + decision.amount
                case What.SKEW:
                    self.skew = timedelta(seconds=decision.amount)
                case What.COPIES_FAIL:
                    machine.store.by(STORE, partial(machine.scene.account.end_copies, CopyState.FAILED))
                case What.FOREIGN | What.REWRITE:
                    machine.struck.append(f"    {machine.at_outsider(self, decision.what) or 'nothing'}")
                case _:
                    blow = decision
        return blow

    def _strike(self, blow: Decision, request: Request, what: str) -> Any:
        if blow.what in (What.LATE, What.LATE_DIES) and request.mutates:
            self.machine.put_aside(blow.amount, self.machine.store.late(request))
        match blow.what:
            case What.DIE_BEFORE | What.LATE_DIES:
                self._die()
            case What.DIE_DURING:
                request.half()
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

        task = process.fork(repeat)
        task.ready_at = process.machine.time + seconds
        try:
            yield
        finally:
            leaving = True
            task.ready_at = 0.0
            if not process.dead:
                process.wait(lambda: task.done)
