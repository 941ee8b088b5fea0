"""Walk the days of a confirmed plan, one after the other, as the one runner of each.

If the process dies here the days stand where their journals say; walking again carries on. A day that fails
does not stop the next one; a world that stays away, or another living runner, does.
"""

from contextlib import suppress
from dataclasses import replace
from datetime import date

from replay_engine.day import receipt
from replay_engine.day.context import Compared, Day, Progress
from replay_engine.day.lifecycle import Does, Order, Step, next_step
from replay_engine.day.recall import Place, Standing, recall
from replay_engine.day.report import day_report, replay_report, with_progress
from replay_engine.day.runner import carry_out, judge
from replay_engine.day.standing_orders import StandingOrders
from replay_engine.day.watch import Watch
from replay_engine.errors import InDoubt, NotThere, Refused, ReplayError, TryAgain
from replay_engine.model import DayPlan, Plan, Stage
from replay_engine.reports import DayReport, ReplayReport
from replay_engine.state import names, progress
from replay_engine.state.journal import Journal
from replay_engine.state.progress import Recorded
from replay_engine.world import World

#: Between two looks whether a day has landed.
_FIRST_PAUSE_SECONDS, _LONGEST_PAUSE_SECONDS = 1.0, 30.0


class ReplayRunner:
    """One process's view of one replay, and what it may do to it as its runner."""

    def __init__(self, plan: Plan, world: World, watch: Watch, runner: str, *, take_over: bool = False) -> None:
        """Read every day's journal; nothing is done yet.

        ``runner`` names this process for people; ``take_over`` ends another one's lease instead of waiting.
        """
        self._plan, self._world, self._watch = plan, world, watch
        self._runner, self._take_over = runner, take_over
        self._orders = StandingOrders(world, plan.replay_id, runner, watch.cancelled)
        self._unreadable: dict[date, InDoubt] = {}
        self._journals = {day.day: journal for day in plan.days if (journal := self._open(day.day)) is not None}
        self._reports = {day.day: self._report(day) for day in plan.days}

    def _open(self, day: date) -> Journal | None:
        """A day whose journal cannot be read is held, and does not keep the others."""
        try:
            return Journal(self._world.state, names.journal(self._plan.replay_id, day), self._world.clock)
        except InDoubt as error:
            self._unreadable[day] = error
            return None

    def run(self, *, release_held: bool = False) -> ReplayReport:
        """Carry on every day that is not finished; held ones only with ``release_held``."""
        order = Order.CARRY_ON
        if release_held:
            order = Order.TAKE_OVER if self._take_over else Order.RESUME
        for plan in self._plan.days:
            journal = self._journals.get(plan.day)
            if journal is None or recall(journal.entries).finished:
                continue
            if not journal.entries and self._orders.asked_to_stop():
                self._show(plan.day, replace(self._reports[plan.day], error="Cancelled before it began."))
                continue
            if not journal.entries and not self._await_landing(self._world.days_landing - 1, order):
                break
            if not self._carry_on(plan, journal, order):
                break
        else:
            self._await_landing(0, order)
        self._close_if_done()
        return self._whole(running=False)

    def _carry_on(self, plan: DayPlan, journal: Journal, order: Order) -> bool:
        """Live one day; false when the walk must end here."""
        try:
            self._apply_order(plan, journal, order)
        except ReplayError as error:
            # Neither a step's failure nor a doubt: those are in the journal. It could not be written, or must not.
            self._show(plan.day, self._stopped(plan, error))
            return False
        return True

    def _await_landing(self, most: int, order: Order) -> bool:
        """Look again until at most so many days wait for their landing; false when they take too long.

        The lease of a day is held only while it is looked at: a person may accept or restore it between.
        """
        waited, pause = 0.0, _FIRST_PAUSE_SECONDS
        while len(waiting := self._landing()) > most:
            if waited >= self._world.landing_patience_seconds or self._orders.asked_to_stop():
                return False
            self._world.clock.sleep(pause)
            waited, pause = waited + pause, min(2 * pause, _LONGEST_PAUSE_SECONDS)
            for plan in waiting:
                if not self._carry_on(plan, self._journals[plan.day], order):
                    return False
        return True

    def _landing(self) -> list[DayPlan]:
        """The days that wait for their landing, as this runner knows."""
        journals = ((plan, self._journals.get(plan.day)) for plan in self._plan.days)
        return [plan for plan, journal in journals if journal is not None and recall(journal.entries).waits]

    def look_again(self) -> bool:
        """Look once at the days that wait for their landing; whether a runner has more to do, or to tell, now.

        Nobody is told of the look: of a day that goes on waiting there is nothing new.
        """
        before = self._landing()
        for plan in before:
            if not self._carry_on(plan, self._journals[plan.day], Order.CARRY_ON):
                return False
        self._close_if_done()
        after = len(self._landing())
        to_begin = any(not journal.entries for journal in self._journals.values()) and not self._orders.asked_to_stop()
        return after < len(before) or (to_begin and after < self._world.days_landing)

    def turn_back(self, day: date, by: str) -> ReplayReport:
        """Restore one day because a person says so: a held one, or one that nobody carries on."""
        return self._order(day, Order.RESTORE, by)

    def accept(self, day: date, by: str) -> ReplayReport:
        """Close a day that waits for its landing as it is, because a person says so."""
        return self._order(day, Order.ACCEPT, by)

    def undo(self, day: date, by: str) -> ReplayReport:
        """Put the old sinks of a closed day back while its backup is kept."""
        return self._order(day, Order.UNDO, by)

    def let_go(self, day: date, by: str) -> ReplayReport:
        """Give up the locks of a held day; its backup and what is in its sinks are left to the person."""
        return self._order(day, Order.RELEASE, by)

    def give_back(self, day: date, by: str) -> ReplayReport:
        """Bring back what the restore of a day has set aside."""
        return self._order(day, Order.RETURN, by)

    def sweep(self) -> int:
        """Delete the backups whose time is over; returns how many copies that were."""
        deleted = 0
        for plan in self._plan.days:
            journal = self._journals.get(plan.day)
            if journal is not None and self._place(journal) in (Place.OVERDUE, Place.SWEEPING):
                standing = self._apply_order(plan, journal, Order.SWEEP)
                deleted += int(standing.proofs.get("sweep", {}).get("backups_deleted", 0))
        self._close_if_done()
        return deleted

    def _order(self, day: date, order: Order, by: str) -> ReplayReport:
        plan, journal = self._one(day)
        self._apply_order(plan, journal, order, by)
        self._close_if_done()
        return self._whole(running=False)

    def _apply_order(self, plan: DayPlan, journal: Journal, order: Order, by: str = "") -> Standing:
        """Have an order done, as it is judged on the journal under its lease."""
        with journal.held(self._world.lease_seconds, self._world.background, take_over=self._take_over):
            day = self._day(plan, journal)
            standing = carry_out(
                day, order, by or self._runner, lambda step: self._show(plan.day, self._taking(plan, step))
            )
        self._leave_receipt(plan.day)
        self._show(plan.day, self._report(plan))
        return standing

    def _close_if_done(self) -> None:
        """Take the replay off the list of those that may need somebody."""
        mark = names.open_mark(self._plan.replay_id)
        left = [self._leave_receipt(plan.day) for plan in self._plan.days]
        if all(left) and all(self._done(plan.day) for plan in self._plan.days):
            with suppress(TryAgain):
                found = self._world.state.head(mark)
                self._world.state.delete([(mark, found[0].etag)] if found else [])

    def _leave_receipt(self, day: date) -> bool:
        """Have a day that closed leave its receipt; false when somebody must look again."""
        journal = self._journals.get(day)
        return journal is None or receipt.leave(self._world.state, self._plan, day, journal.entries)

    def _done(self, day: date) -> bool:
        """Whether nothing is left to do for a day, now or later."""
        journal = self._journals.get(day)
        if journal is None:
            return False
        if not journal.entries:
            return self._orders.cancelled
        return self._place(journal) in (Place.CLOSED, Place.RESTORED, Place.RELEASED)

    def _place(self, journal: Journal) -> Place:
        return recall(journal.entries).place(self._world.clock.now())

    def cancel(self) -> None:
        """Have the replay stopped by whoever runs it, now or later; `Refused` when no day of it can be stopped."""
        refused = []
        for plan in self._plan.days:
            try:
                plan_, journal = self._one(plan.day)
                if judge(Order.CANCEL, recall(journal.entries), self._day(plan_, journal)) is not Does.NOTHING:
                    return self.ask_to_stop()
            except Refused as error:
                refused.append(error)
            except InDoubt:
                return self.ask_to_stop()
        raise refused[0]

    def standing(self) -> ReplayReport:
        """How it stands by the journals, and whether somebody is at work on it."""
        self._orders.asked_to_stop()
        at_work = [plan.day for plan in self._plan.days if self._at_work(plan.day)]
        for day in at_work:
            self._reports[day] = replace(self._reports[day], pace=self._orders.pace())
        return self._whole(running=bool(at_work))

    def _at_work(self, day: date) -> bool:
        journal = self._journals.get(day)
        if journal is None or not journal.entries:
            return False
        standing = recall(journal.entries)
        # Looking again whether a day has landed is no work: it goes on waiting, whoever looks.
        if standing.finished or standing.waits:
            return False
        return self._world.state.leased(names.journal(self._plan.replay_id, day))

    def _one(self, day: date) -> tuple[DayPlan, Journal]:
        if day in self._unreadable:
            raise self._unreadable[day]
        plan = next((plan for plan in self._plan.days if plan.day == day), None)
        if plan is None:
            raise NotThere(f"{self._plan.replay_id} has no day {day}.", advice="See: replay status")
        return plan, self._journals[day]

    def ask_to_stop(self) -> None:
        """Whichever process runs the replay, now or later, stops at the next safe point."""
        self._orders.ask_to_stop()

    def _day(self, plan: DayPlan, journal: Journal) -> Day:
        return Day(
            replay_id=self._plan.replay_id,
            spec=self._plan.spec,
            plan=plan,
            world=self._world,
            journal=journal,
            runner=self._runner,
            cancelled=self._orders.asked_to_stop,
            progressed=lambda progress: self._progressed(plan.day, progress),
            waiting=lambda outage: self._show(plan.day, replace(self._reports[plan.day], waiting=outage)),
            pace=self._orders.pace,
        )

    def _report(self, plan: DayPlan) -> DayReport:
        if plan.day in self._unreadable:
            error = self._unreadable[plan.day]
            held = replace(day_report(plan, Standing()), stage=Stage.HELD)
            return replace(held, error=error.message, advice=error.advice)
        standing = recall(self._journals[plan.day].entries)
        if standing.finished:
            return day_report(plan, standing)
        step = next_step(standing, destructive=self._plan.spec.destructive)
        return day_report(plan, standing, step.name, self._published(plan.day, standing))

    def _published(self, day: date, standing: Standing) -> Recorded:
        """How far an unfinished day has come, as its runner wrote it down last."""
        if "publish" not in standing.notes or "publish" in standing.proofs or "restore" in standing.notes:
            return Recorded()
        return progress.read(self._world.state, self._plan.replay_id, day)

    def _taking(self, plan: DayPlan, step: Step) -> DayReport:
        return replace(self._report(plan), step=step.name)

    def _stopped(self, plan: DayPlan, error: ReplayError) -> DayReport:
        advice = error.advice or f"When it is back: replay resume {self._plan.replay_id}"
        return replace(self._report(plan), error=error.message, advice=advice)

    def _progressed(self, day: date, progress: Progress | Compared) -> None:
        self._show(day, with_progress(self._reports[day], progress))

    def _show(self, day: date, report: DayReport) -> None:
        self._reports[day] = report
        self._watch.saw(self._whole(running=True))

    def _whole(self, *, running: bool) -> ReplayReport:
        days = tuple(map(self._with_wait, self._reports.values()))
        return replay_report(self._plan, days, running=running, cancelled=self._orders.cancelled)

    def _with_wait(self, day: DayReport) -> DayReport:
        """Whether a day waits for its landing for longer than it should, now: its report may be old."""
        if day.landing_since is None:
            return day
        waited = self._world.clock.now() - day.landing_since
        return replace(day, landing_overdue=waited.total_seconds() >= self._world.landing_timeout_seconds)
