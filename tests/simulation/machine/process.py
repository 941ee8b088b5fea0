"""One simulated process: its ports, its clock, and what a schedule does to each of its calls."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from functools import partial
from typing import TYPE_CHECKING, Any
from unittest import mock

from replay_engine.day.replay import ReplayRunner
from replay_engine.errors import ReplayError, TryAgain
from replay_engine.model import Plan
from replay_engine.ports import CopyState, Publishers
from replay_engine.world import World
from tests.helpers.scene import Onlooker
from tests.simulation.history.acts import STORE
from tests.simulation.killed import Killed
from tests.simulation.machine.decisions import ACT, CALL, Decision, What
from tests.simulation.machine.ports import Port, Request
from tests.simulation.machine.task import Task

if TYPE_CHECKING:
    from tests.simulation.machine.scheduler import Machine

Order = Callable[["Process"], object]


class Process:
    """One process with its own ports, clock and watch; it carries out its orders one after the other."""

    def __init__(self, machine: "Machine", name: str, plan: Plan, orders: Sequence[Order], *, take_over: bool) -> None:
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
        fault = self._before(decisions, port.name.split()[0])
        if self.machine.away.get(port.name.split()[0], 0.0) > self.machine.time:
            raise TryAgain(f"{what} was asked of what is away.")
        return self._strike(fault, request, what) if fault else request()

    def _before(self, decisions: Sequence[Decision], port: str) -> Decision | None:
        """Everything that happens before the request leaves; the fault that strikes it, if there is one."""
        fault, machine = None, self.machine
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
                    fault = decision
        return fault

    def _strike(self, fault: Decision, request: Request, what: str) -> Any:
        if fault.what in (What.LATE, What.LATE_DIES) and request.mutates:
            self.machine.put_aside(fault.amount, self.machine.store.late(request))
        match fault.what:
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
        if fault.what is What.FREEZE_AFTER:
            self._freeze(fault.amount)
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
