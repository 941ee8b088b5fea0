"""Several processes on one virtual clock, one turn at a time: the same schedule plays the same way every time.

Each process is a thread, but only the one that has the turn runs. A turn ends at a call of a port where the
schedule says so, when the process sleeps, and when it ends; whoever has the turn says who gets the next one. Time
passes a little with every call, and to the next thing that is due when everybody sleeps.
"""

import ctypes
import sys
import threading
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import count
from unittest import mock

from replay_engine.model import Plan
from tests.helpers.scene import Scene
from tests.simulation.killed import Killed
from tests.simulation.machine.decisions import AT_THE_END, Decision, What
from tests.simulation.machine.pools import stand_ins
from tests.simulation.machine.process import Order, Process
from tests.simulation.machine.store import Store
from tests.simulation.machine.task import Task

#: What a call costs; it lets leases run out at different places of the same run.
_CALL_SECONDS = 0.05
#: While everybody sleeps time passes in steps, and the world gets its turn after each.
_STEP_SECONDS = 5.0
_MOST_TURNS = 30_000
#: So long (by the real clock) nobody makes a call only if somebody loops for ever.
_HANGS_SECONDS = 3.0
_MOST_BREAKS = 5


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

    def start(self, name: str, plan: Plan, orders: Sequence[Order], *, take_over: bool = False) -> Process:
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
