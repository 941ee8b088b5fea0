"""Take a day's steps and orders as the tables of `lifecycle` say, as the holder of its journal's lease.

If the process dies anywhere the journal says what was intended and what was proved, and the next holder of the lease
takes the step again. It must not do anything that no row of the tables says.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import tenacity

from replay_engine.day.context import Day
from replay_engine.day.lifecycle import RELEASE, SWEEP, Does, No, Order, Step, next_step, row
from replay_engine.day.recall import Standing, recall
from replay_engine.errors import (
    BadConfig,
    CannotProceed,
    InDoubt,
    NotAllowed,
    NotLanded,
    NotThere,
    Refused,
    ReplayError,
    Superseded,
    TryAgain,
    Unreachable,
)
from replay_engine.model import SinkType
from replay_engine.state.journal import Kind

#: So often a step is tried while nothing was cleared or committed yet.
_TRIES = 10
_LONGEST_WAIT_SECONDS = 60
#: After so many tries people are told what is waited for, and the journal says so.
_TOLD_AFTER = 3
#: What ends an attempt, and not the day, once something was cleared or committed: it may be well again by itself.
_OUTAGES = (TryAgain, NotThere, NotAllowed, Unreachable)


def judge(order: Order, standing: Standing, day: Day) -> Does:
    """What the order does to the day where it stands; raises `Refused` with the row's sentence."""
    found = row(order, standing.place(day.now()))
    if isinstance(found, No):
        raise found.refusal(day.plan.day, day.replay_id, standing.error)
    return found


def carry_out(day: Day, order: Order, by: str, taking: Callable[[Step], None]) -> Standing:
    """Do what a person, or the worker, orders; carry the day on as far as it goes then.

    ``taking`` hears of each step before it is taken. Raises `Refused` where the table refuses the order, `TryAgain`
    when the world stays away and `Superseded` when another runner has the day: it stands where it stood.
    """
    does = judge(order, recall(day.journal.entries), day)
    match does:
        case Does.SWEEPS:
            _aside(day, SWEEP)
        case Does.RELEASES:
            day.journal.append(Kind.LET_GO, facts={"by": by})
            _aside(day, RELEASE)
        case Does.GOES_ON | Does.ACCEPTS | Does.FREES | Does.TURNS_BACK | Does.UNDOES | Does.RETURNS:
            _check_needs(day)
            _begin(day, does, by)
            return _live(day, taking)
        case _:
            pass
    return recall(day.journal.entries)


def _check_needs(day: Day) -> None:
    """Before the first act: a runner whose settings lack what the plan needs leaves the day to one that has it."""
    if day.spec.sink_prefixes(SinkType.DRUID) and day.world.segments is None:
        raise BadConfig(
            f"{day.plan.day} has Druid sinks, and no Druid is configured here.",
            advice="Set REPLAY_DRUID_URL; nothing was touched.",
        )
    if not day.journal.entries and day.promised() is not None:
        raise InDoubt(
            f"{day.plan.day} was begun and its journal is gone.", advice="Compare backup, manifest and sinks by hand."
        )


def _begin(day: Day, does: Does, by: str) -> None:
    """Journal the order before anything is done for it."""
    match does:
        case Does.FREES:
            day.journal.append(Kind.RELEASED)
        case Does.TURNS_BACK:
            day.journal.append(Kind.TURNED_BACK, facts={"error": f"{by} asked to restore."})
        case Does.UNDOES:
            day.journal.append(Kind.INTENT, "undo", facts={"by": by})
        case Does.RETURNS:
            day.journal.append(Kind.INTENT, "return", facts={"by": by})
        case Does.ACCEPTS:
            day.journal.append(Kind.ACCEPTED, facts={"by": by})
        case Does.GOES_ON if recall(day.journal.entries).waits:
            # It is only looked at again, which may be every few seconds for hours.
            return
        case _:
            pass
    day.journal.append(Kind.TAKEN_UP, facts={"runner": day.runner})


def _live(day: Day, taking: Callable[[Step], None]) -> Standing:
    """Carry a day on until it has ended, is held, or waits for its landing."""
    while True:
        standing = recall(day.journal.entries)
        if standing.finished or standing.held:
            return standing
        step = next_step(standing, destructive=day.spec.destructive)
        taking(step)
        if standing.asked:
            _on_request(day, step)
        elif not _take(day, step):
            return recall(day.journal.entries)


def _aside(day: Day, step: Step) -> None:
    """Take a step that leads to no stage; one that is tried again and again is intended once.

    Without patience: whoever ordered it asks again, the worker after some seconds, and has other days to look after.
    """
    if day.journal.entries[-1].step != step.name:
        day.journal.append(Kind.INTENT, step.name)
    day.journal.append(Kind.PROOF, step.name, facts=step.act(day))


def _on_request(day: Day, step: Step) -> None:
    """Of a day that had ended: what does not work is called off, and the day stays as it was."""
    day.journal.append(Kind.INTENT, step.name)
    try:
        facts = _patiently(day, step, _Patience(day, step))
    except (TryAgain, Superseded):
        raise
    except ReplayError as error:
        day.journal.append(Kind.CALLED_OFF, step.name, facts=_told(error))
        with suppress(TryAgain):
            RELEASE.act(day)
        raise
    kind = Kind.TURNED_BACK if step.name == "undo" else Kind.PROOF
    day.journal.append(kind, step.name, facts=facts)


def _take(day: Day, step: Step) -> bool:
    """Take a step of the way; false when the day has to wait before it can be taken."""
    waited = recall(day.journal.entries)
    if not waited.waits:
        day.journal.append(Kind.INTENT, step.name)
    patience = _Patience(day, step)
    try:
        if step.turns_back:
            day.check_cancelled()
        facts = _patiently(day, step, patience)
    except InDoubt as error:
        day.journal.append(Kind.HELD, step.name, facts=_told(error))
    except NotLanded as error:
        facts = {**error.facts, "text": error.message}
        if not waited.waits or waited.notes.get(step.name) != facts:
            day.journal.append(Kind.WAITS, step.name, facts=facts)
        return False
    except TryAgain as error:
        if patience.lasting or not step.turns_back:
            raise
        day.journal.append(Kind.TURNED_BACK, step.name, facts=_told(error))
    except (Refused, CannotProceed) as error:
        day.journal.append(Kind.TURNED_BACK if step.turns_back else Kind.HELD, step.name, facts=_told(error))
    else:
        day.journal.append(Kind.PROOF, step.name, step.to, facts)
    return True


@dataclass(slots=True)
class _Patience:
    """How long a step is tried: a few times, or, ``lasting``, for as long as the settings say."""

    day: Day
    step: Step
    began_at: float = 0.0
    outage_noted: bool = False

    @property
    def lasting(self) -> bool:
        """Whether sinks may be cleared, or lines committed: the day cannot just be left then.

        A day that had ended can: what a person asks for it is called off, and it stays as it was.
        """
        if self.step.to is None:
            return False
        standing, spec = recall(self.day.journal.entries), self.day.spec
        cleared = spec.destructive and "clear" in standing.intents and self.step.name != "clear"
        return cleared or "publish" in standing.notes or "clear" in standing.proofs

    def waits_for(self, error: BaseException | None) -> bool:
        """Whether it may be well again by itself."""
        return isinstance(error, _OUTAGES if self.lasting else TryAgain)

    def is_over(self, state: tenacity.RetryCallState) -> bool:
        """Whether it is at an end."""
        if not self.lasting:
            return state.attempt_number >= _TRIES
        waited = self.day.world.clock.elapsed() - self.began_at
        return waited >= self.day.world.outage_patience.total_seconds()

    def before_wait(self, state: tenacity.RetryCallState) -> None:
        """Tell people what is waited for, and hear whether they have had enough."""
        if self.step.turns_back:
            self.day.check_cancelled()
        error = state.outcome.exception() if state.outcome else None
        if state.attempt_number >= _TOLD_AFTER and isinstance(error, ReplayError):
            self.day.waiting(error.message)
            if not self.outage_noted:
                self.outage_noted = True
                # While the store itself is away there is nobody to write to.
                with suppress(TryAgain):
                    self.day.journal.append(Kind.NOTE, "outage", facts={"error": error.message})


def _patiently(day: Day, step: Step, patience: _Patience) -> dict[str, Any]:
    """Take the step again while the world is only away; raises `TryAgain` when it stays away."""
    patience.began_at = day.world.clock.elapsed()
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(patience.waits_for),
        wait=tenacity.wait_exponential(max=_LONGEST_WAIT_SECONDS),
        stop=patience.is_over,
        before_sleep=patience.before_wait,
        sleep=day.world.clock.sleep,
        reraise=True,
    )
    try:
        return retrying(step.act, day)
    except ReplayError as error:
        if isinstance(error, TryAgain) or not patience.waits_for(error):
            raise
        raise TryAgain(error.message, advice=error.advice) from error
    finally:
        if patience.outage_noted:
            day.waiting("")


def _told(error: ReplayError) -> dict[str, str]:
    return {"error": error.message, "advice": error.advice, "kind": error.kind}
