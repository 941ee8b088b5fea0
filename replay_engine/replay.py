"""Walk the days of a confirmed plan, one after the other.

If the process dies here the days stand where their journals say; walking again carries on. A day that fails
does not stop the next one; a world that stays away does.
"""

from dataclasses import replace
from datetime import date
from typing import Protocol

from replay_engine import names
from replay_engine.day import Day, Progress, World
from replay_engine.errors import ReplayError, Superseded, TryAgain
from replay_engine.journal import Journal, Kind
from replay_engine.lifecycle import Step, live
from replay_engine.model import DayPlan, DayReport, Plan, ReplayReport, Stage
from replay_engine.recall import recall
from replay_engine.report import day_report, replay_report, with_progress


class Watch(Protocol):
    """Whoever looks on: told of every change, asked whether to stop. Must not raise and must not block."""

    def saw(self, report: ReplayReport) -> None:
        """The replay stands so now."""

    def cancelled(self) -> bool:
        """Whether a person asked to stop."""


class Walk:
    """One runner's walk over the days of one plan."""

    def __init__(self, plan: Plan, world: World, watch: Watch) -> None:
        """Read every day's journal; nothing is done yet."""
        self._plan, self._world, self._watch = plan, world, watch
        self._journals = {
            day.day: Journal(world.state, names.journal(plan.replay_id, day.day), world.clock) for day in plan.days
        }
        self._reports = {day.day: self._report(day) for day in plan.days}

    def run(self) -> ReplayReport:
        """Carry on every day that is neither finished nor held; returns how it all stands then."""
        for plan in self._plan.days:
            if self._untouched(plan.day) and self._watch.cancelled():
                self._show(plan.day, replace(self._reports[plan.day], error="Cancelled before it began."))
            elif not self._live(plan):
                break
        return self._whole(running=False)

    def release_held(self) -> None:
        """A person has looked at the held days: carry them on."""
        for journal in self._journals.values():
            if recall(journal.entries).held:
                journal.append(Kind.RELEASED)

    def standing(self) -> ReplayReport:
        """How it stands by the journals alone."""
        return self._whole(running=False)

    def _untouched(self, day: date) -> bool:
        return not self._journals[day].entries

    def _live(self, plan: DayPlan) -> bool:
        day = self._day(plan)
        try:
            live(day, lambda step: self._show(plan.day, self._taking(plan, step)))
        except (TryAgain, Superseded) as error:
            self._show(plan.day, self._stopped(plan, error))
            return False
        self._show(plan.day, self._report(plan))
        return True

    def _day(self, plan: DayPlan) -> Day:
        return Day(
            replay_id=self._plan.replay_id,
            spec=self._plan.spec,
            plan=plan,
            world=self._world,
            journal=self._journals[plan.day],
            cancelled=self._watch.cancelled,
            progressed=lambda progress: self._progressed(plan.day, progress),
        )

    def _report(self, plan: DayPlan) -> DayReport:
        return day_report(plan, recall(self._journals[plan.day].entries))

    def _taking(self, plan: DayPlan, step: Step) -> DayReport:
        return replace(self._report(plan), step=step.name)

    def _stopped(self, plan: DayPlan, error: ReplayError) -> DayReport:
        advice = error.advice or f"When it is back: replay resume {self._plan.replay_id}"
        return replace(self._report(plan), error=error.message, advice=advice)

    def _progressed(self, day: date, progress: Progress) -> None:
        self._show(day, with_progress(self._reports[day], progress))

    def _show(self, day: date, report: DayReport) -> None:
        self._reports[day] = report
        self._watch.saw(self._whole(running=True))

    def _whole(self, *, running: bool) -> ReplayReport:
        days = tuple(self._reports.values())
        cancelled = self._watch.cancelled() and any(d.stage is Stage.PLANNED or d.error for d in days)
        return replay_report(self._plan, days, running=running, cancelled=cancelled)
