"""Every call may fail, time out having taken effect, answer twice, kill the process, or leave a copy pending.

Hypothesis drives the faults as a state machine. Promise 1 is its invariant, checked after every call of every
port; when the faults end, the day is carried on to its right end.
"""

from collections.abc import Callable

import pytest
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from replay_engine.day.replay import ReplayRunner
from replay_engine.model import Stage
from replay_engine.ports import CopyState
from replay_engine.reports import ReplayReport
from tests.simulation.one_process.faults import Fault, FaultInjector
from tests.simulation.one_process.life import Life, no_faults

_FAULTS = st.dictionaries(
    st.integers(min_value=0, max_value=140),
    st.sampled_from([fault for fault in Fault if fault is not Fault.NONE]),
    max_size=10,
)
_COPIES = st.lists(st.sampled_from([CopyState.PENDING, CopyState.FAILED, CopyState.ABORTED]), min_size=1, max_size=3)
_ROUNDS = 6


class FaultyWorld(RuleBasedStateMachine):
    """A day, the processes that carry it on, and a world that fails them."""

    struck = 0
    lives = 0

    def __init__(self) -> None:
        super().__init__()
        self.life = Life.begin()
        self.report: ReplayReport | None = None

    @initialize(damaged=st.booleans(), cancel=st.booleans())
    def begin(self, *, damaged: bool, cancel: bool) -> None:
        """A day that can close, one that cannot, or one that somebody cancels."""
        self.life = Life.begin(damaged=damaged, cancel=cancel)
        type(self).lives += 1

    @rule(faults=_FAULTS)
    def carry_on(self, faults: dict[int, Fault]) -> None:
        """A process works until it is done, dead, or has lost patience."""
        self._work(lambda call: faults.get(call, Fault.NONE), ReplayRunner.run)

    @rule(faults=_FAULTS)
    def resume(self, faults: dict[int, Fault]) -> None:
        """A person resumes it, held or not."""
        self._work(lambda call: faults.get(call, Fault.NONE), lambda walk: walk.run(release_held=True))

    @rule(states=_COPIES)
    def copies_misbehave(self, states: list[CopyState]) -> None:
        """The next server-side copies stay pending, fail or are aborted."""
        self.life.scene.account.copies.extendleft(states)

    @rule(seconds=st.integers(min_value=1, max_value=120))
    def time_passes(self, seconds: int) -> None:
        """Leases run out, pending copies end, the pipeline lands."""
        self.life.scene.clock.sleep(seconds)

    def _work(self, schedule: Callable[[int], Fault], act: Callable[[ReplayRunner], ReplayReport]) -> FaultInjector:
        injector, self.report = self.life.process(schedule, act)
        type(self).struck += len(injector.struck)
        return injector

    @invariant()
    def every_byte_is_somewhere(self) -> None:
        """Promise 1."""
        self.life.check_promise()

    def teardown(self) -> None:
        """The world is well again: the day ends right."""
        self.life.scene.account.copies.clear()
        for _ in range(_ROUNDS):
            self._work(no_faults, lambda walk: walk.run(release_held=True))
            if self.report and self.report.days[0].stage in (Stage.CLOSED, Stage.RESTORED):
                break
        self.life.check_end(self.report)


def test_no_fault_loses_a_byte(figures: Callable[[str, int], None], monkeypatch: pytest.MonkeyPatch) -> None:
    """Any mixture of faults leaves every byte in a verified place, and the day ends right afterwards."""
    monkeypatch.setattr(FaultyWorld, "struck", 0)
    monkeypatch.setattr(FaultyWorld, "lives", 0)
    run_state_machine_as_test(
        FaultyWorld,
        settings=settings(
            max_examples=400,
            stateful_step_count=6,
            deadline=None,
            derandomize=True,
            suppress_health_check=list(HealthCheck),
        ),
    )
    figures("fault machine: days", FaultyWorld.lives)
    figures("fault machine: faults struck", FaultyWorld.struck)
    assert FaultyWorld.struck > FaultyWorld.lives
