"""Settings -> adapters -> plan, run, resume, status: the facade that bot and CLI share."""

import os
import socket
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from copy import copy
from dataclasses import asdict, replace
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from replay_engine import wiring
from replay_engine.adapters.clock import SystemClock
from replay_engine.adapters.local_publishers import LocalPublishers
from replay_engine.day import locks, receipt
from replay_engine.day.recall import recall
from replay_engine.day.replay import ReplayRunner
from replay_engine.day.watch import Nobody, Watch
from replay_engine.errors import (
    CannotProceed,
    InDoubt,
    NotThere,
    Refused,
    ReplayError,
    Superseded,
    TryAgain,
    Unreachable,
)
from replay_engine.model import Counts, Pace, Plan, ReplaySpec, Request
from replay_engine.plan import document as plan_document
from replay_engine.plan import history, planning
from replay_engine.plan.estimate import Estimate, estimate, same_source
from replay_engine.ports import BlobExists, BlobStore, Publishers
from replay_engine.publish.rate_orders import order_pace, ordered_pace
from replay_engine.publish.shard_inputs import ShardInputs, work
from replay_engine.publish.shard_loop import Orders
from replay_engine.reports import ReplayReport
from replay_engine.request import config_document, earlier, retry
from replay_engine.request import resolve as resolving
from replay_engine.request.config_document import Catalog
from replay_engine.settings import Settings
from replay_engine.state import audit_log, names, quarantine, replay_index
from replay_engine.state.audit_log import AuditEntry, this_account
from replay_engine.state.journal import Journal, read_document
from replay_engine.verify import verify as verifying
from replay_engine.verify.findings import Verification
from replay_engine.world import World

#: So many of the newest replays are asked what they tell of a plan.
_LOOK_BACK = 20


class Engine:
    """The engine, bound to one set of settings. Knows no Slack, no RQ, no Redis."""

    def __init__(
        self, settings: Settings, config: Path | None = None, by: str = "", publishers: Publishers | None = None
    ) -> None:
        """Load the config document; no connection is made yet.

        ``by`` names the person in journals, locks and the audit log; without it, it is the account of this process.
        ``publishers`` are where shards are published; by default processes of this machine.
        """
        self._publishers = publishers or LocalPublishers(settings.publishers)
        self.by = by or this_account()
        self.settings = settings
        self.catalog: Catalog = config_document.load(config or settings.config)
        self._clock = SystemClock()

    @property
    def _runner(self) -> str:
        return f"{self.by} at {socket.gethostname()}:{os.getpid()}"

    def acting_for(self, by: str) -> "Engine":
        """The same engine in the name of another person."""
        other = copy(self)
        other.by = by
        return other

    def resolve(self, request: Request) -> ReplaySpec:
        """Check what can be checked without looking at the world; `BadRequest` names the field."""
        return resolving.resolve(request, self.catalog, self.settings)

    def plan(self, request: Request, replay_id: str | None = None) -> Plan:
        """Look, and say what would be done. Writes nothing; any trouble is a `Refused`."""
        spec = self.resolve(request)
        with _nothing_touched():
            return self._with_history(planning.make_plan(spec, self._world(spec), replay_id or self.new_id()))

    def plan_retry(self, replay_id: str, new_id: str | None = None, *, again: bool = False) -> Plan:
        """As `plan`, the days of a replay that did not close; `Refused` while some may still, and when none is left.

        Days that a later replay closed are left out.
        """
        plan, state = self.kept(replay_id), self._state()
        with _nothing_touched():
            journals = {day.day: Journal(state, names.journal(replay_id, day.day), self._clock) for day in plan.days}
            standings = {day: recall(journal.entries) for day, journal in journals.items()}
            cancelled = state.head(names.cancel_request(replay_id)) is not None
            others = earlier.others(plan, state, self._world)
            later = [report for other, report in others if other.replay_id > replay_id and same_source(plan, other)]
            spec = retry.retry_spec(
                plan, standings, self.catalog, self.settings, cancelled=cancelled, later=later, again=again
            )
            return self._with_history(planning.make_plan(spec, self._world(spec), new_id or self.new_id()))

    def _with_history(self, plan: Plan) -> Plan:
        reports = [report for _, report in earlier.others(plan, self._state(), self._world)]
        return history.with_history(plan, reports, self._clock.now())

    def new_id(self) -> str:
        """A fresh replay id."""
        return names.new_replay_id(self._clock.now())

    def keep(self, plan: Plan) -> None:
        """Freeze a plan in the state container; keeping the same one twice is harmless.

        `Refused` where another replay has taken up a day of it, or published one, since the plan was made.
        """
        state = self._state()
        try:
            with _nothing_touched():
                state.ensure()
                if not replay_index.is_kept(state, plan.replay_id):
                    earlier.check_still_free(plan, self._with_history(plan))
                with suppress(BlobExists):
                    state.create(names.open_mark(plan.replay_id), b"")
                state.create(names.plan(plan.replay_id), plan_document.dump(plan))
        except BlobExists:
            if self.kept(plan.replay_id).hash != plan.hash:
                raise Refused(f"Replay {plan.replay_id} already has another plan.", advice="Plan anew.") from None

    def kept(self, replay_id: str) -> Plan:
        """The frozen plan of a replay; `NotThere` if there is none."""
        document = read_document(self._state(), names.plan(replay_id)) if names.is_replay_id(replay_id) else None
        if document is None:
            raise NotThere(f"There is no replay {replay_id}.", advice="See: replay status")
        return plan_document.load(document)

    def run(self, plan: Plan, watch: Watch) -> ReplayReport:
        """Carry a kept plan as far as it goes; what was held stays held."""
        return self._walk(plan, watch).run()

    def look_again(self, replay_id: str) -> bool:
        """Look once whether days that wait for their landing have landed; whether `run` has anything to do or to tell.

        Quiet: nobody is told, and a day of which nothing is new leaves no entry in its journal.
        """
        return self._walk(self.kept(replay_id), Nobody()).look_again()

    def resume(self, replay_id: str, watch: Watch, *, take_over: bool = False) -> ReplayReport:
        """Carry a replay on because a person says so: held days too.

        ``take_over`` does not wait for another runner's lease but ends it.
        """
        plan = self.kept(replay_id)
        self.note(replay_id, "resume", self.by)
        return self._walk(plan, watch, take_over=take_over).run(release_held=True)

    def restore(self, replay_id: str, day: date, watch: Watch, *, take_over: bool = False) -> ReplayReport:
        """Turn one day back, or finish a restore that could not be finished; ``take_over`` as for `resume`."""
        plan = self.kept(replay_id)
        self.note(replay_id, "restore", self.by, day=str(day))
        return self._walk(plan, watch, take_over=take_over).turn_back(day, self._runner)

    def accept(self, replay_id: str, day: date, watch: Watch) -> ReplayReport:
        """Close a day that waits for its landing as it is: what has not come back is given up with its backup."""
        plan = self.kept(replay_id)
        self.note(replay_id, "accept", self.by, day=str(day))
        return self._walk(plan, watch).accept(day, self.by)

    def undo(self, replay_id: str, day: date, watch: Watch) -> ReplayReport:
        """Put the old sinks of a closed day back while its backup is kept."""
        plan = self.kept(replay_id)
        self.note(replay_id, "undo", self.by, day=str(day))
        return self._walk(plan, watch).undo(day, self._runner)

    def release(self, replay_id: str, day: date) -> ReplayReport:
        """Give up the locks of a held day; the person has taken care of it."""
        report = self._walk(self.kept(replay_id), Nobody()).let_go(day, self._runner)
        self.note(replay_id, "release", self.by, day=str(day))
        return report

    def quarantined(self, replay_id: str) -> Iterator[quarantine.SetAside]:
        """What the restores of a replay have set aside or kept for its owner, day by day."""
        plan, state = self.kept(replay_id), self._state()
        for day in plan.days:
            yield from quarantine.listed(state, replay_id, day.day)

    def give_back(self, replay_id: str, day: date, watch: Watch) -> ReplayReport:
        """Bring back what the restore of a day has set aside, to where it was."""
        plan = self.kept(replay_id)
        self.note(replay_id, "return", self.by, day=str(day))
        return self._walk(plan, watch).give_back(day, self._runner)

    def cancel(self, replay_id: str) -> None:
        """Ask whichever process runs a replay to stop at the next safe point; `Refused` when it has ended."""
        self._walk(self.kept(replay_id), Nobody()).cancel()
        self.note(replay_id, "cancel", self.by)

    def note(self, replay_id: str, what: str, by: str, **facts: Any) -> bool:
        """Put on record what somebody did about a replay, also before its plan is kept; facts are small JSON.

        False when the store would not have it: no act fails for its record. What the engine is told to do it notes
        itself. An act that is over at once comes first, since a cancel must not wait for a store that is slow to
        take a note; one that may take hours, or that dies with this process, is noted before it begins. So an entry
        says what was asked, also where it was refused or came to nothing: the journals say what became of it.
        """
        if not names.is_replay_id(replay_id):
            raise NotThere(f"{replay_id} is no id of a replay.", advice="See: replay status")
        try:
            state = self._state()
            state.ensure()
            audit_log.note(state, replay_id, AuditEntry(self._clock.now(), by, what, facts))
        except ReplayError:
            return False
        return True

    def audit_log(self, replay_id: str) -> tuple[AuditEntry, ...]:
        """What people did about a replay, oldest first; of one that was only asked for, too."""
        state = self._state()
        return audit_log.noted(state, replay_id) if names.is_replay_id(replay_id) and state.exists() else ()

    def publish_shard(
        self, replay_id: str, day: date, shard: int, of: int, orders: Orders, on_progress: Callable[[Counts], None]
    ) -> Counts:
        """Be one publisher of a day that was cut into ``of`` shards, and say what is committed as it grows.

        Returns the counts of the whole shard. Raises the `ReplayError` that a run acts upon, `Stopped` when told to.
        """
        plan = self.kept(replay_id)
        data = wiring.data_store(self.settings, plan.spec)
        commit_interval = timedelta(seconds=self.settings.commit_seconds)
        inputs = ShardInputs(
            data, self._state(), wiring.topic(self.settings, plan.spec), self._clock, commit_interval=commit_interval
        )
        return work(inputs, plan, day, shard, of, orders, on_progress)

    def pace(self, replay_id: str) -> Pace:
        """How fast a replay may publish, as last ordered."""
        return ordered_pace(self._state(), self.kept(replay_id).replay_id)

    def set_pace(self, replay_id: str, pace: Pace) -> None:
        """Order it; whoever runs the replay keeps to it within seconds."""
        self._order(replay_id, "set_pace", pace)

    def unpause(self, replay_id: str) -> bool:
        """Let a paused replay go on; false if it was not paused."""
        pace = self.pace(replay_id)
        if pace.paused:
            self._order(replay_id, "unpause", replace(pace, paused=False))
        return pace.paused

    def _order(self, replay_id: str, what: str, pace: Pace) -> None:
        order_pace(self._state(), self.kept(replay_id).replay_id, pace, self._runner)
        self.note(
            replay_id, what, self.by, **{name: value for name, value in asdict(pace).items() if value is not None}
        )

    def verify(self, replay_id: str) -> Verification:
        """Look whether the world is as the journals say, day by day. Writes nothing."""
        plan, state = self.kept(replay_id), self._state()
        with _nothing_touched():
            return verifying.verify(plan, self._world(plan.spec), replay_index.later(state, replay_id))

    def receipt(self, replay_id: str, day: date) -> bytes:
        """A closed day's receipt as it is kept, or as it would be; `NotThere` for a day that never closed."""
        plan, state = self.kept(replay_id), self._state()
        if all(one.day != day for one in plan.days):
            raise NotThere(f"{replay_id} has no day {day}.", advice="See: replay status")
        return receipt.stored(state, replay_id, day) or receipt.from_state(state, plan, day)

    def estimate(self, plan: Plan) -> Estimate:
        """What the newest replays tell of a plan; nothing when they cannot be read: no plan fails for it."""
        alike = []
        try:
            for replay_id in self.latest(_LOOK_BACK):
                with suppress(InDoubt):
                    other = self.kept(replay_id)
                    if same_source(plan, other):
                        alike.append((other, self.status(replay_id)))
        except ReplayError:
            return Estimate()
        return estimate(plan, alike)

    def sweep(self) -> int:
        """Delete kept backups whose time is over, and locks that are none; returns how many copies that were."""
        deleted, state = 0, self._state()
        for replay_id in replay_index.open_replays(state):
            with suppress(InDoubt, Superseded):
                deleted += self._walk(self.kept(replay_id), Nobody()).sweep()
        if state.exists():
            locks.sweep_locks(state)
        return deleted

    def status(self, replay_id: str) -> ReplayReport:
        """How a replay stands by its journals. Writes nothing."""
        return self._walk(self.kept(replay_id), Nobody()).standing()

    def replays(self) -> Iterator[str]:
        """The ids of all replays that were ever confirmed, oldest first."""
        return replay_index.replays(self._state())

    def latest(self, count: int) -> list[str]:
        """The ids of the newest replays, newest first."""
        return replay_index.latest(self._state(), count)

    def interrupted(self) -> Iterator[ReplayReport]:
        """Replays that were confirmed, are not finished, and that nobody carries on; also those that wait for landing.

        One that cannot be read waits for a person, and does not keep the others.
        """
        for replay_id in replay_index.open_replays(self._state()):
            with suppress(InDoubt):
                report = self.status(replay_id)
                if report.needs_a_worker:
                    yield report

    def _walk(self, plan: Plan, watch: Watch, *, take_over: bool = False) -> ReplayRunner:
        return ReplayRunner(plan, self._world(plan.spec), watch, self._runner, take_over=take_over)

    def _state(self) -> BlobStore:
        return wiring.state_store(self.settings)

    def _world(self, spec: ReplaySpec) -> World:
        return wiring.world(self.settings, spec, self._publishers, self._clock)


@contextmanager
def _nothing_touched() -> Iterator[None]:
    """Whatever goes wrong before the first act is a refusal."""
    try:
        yield
    except TryAgain as error:
        raise Unreachable(error.message, advice=error.advice) from error
    except (CannotProceed, InDoubt) as error:
        raise Refused(error.message, advice=error.advice) from error
