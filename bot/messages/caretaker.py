"""The bot process' own teller: plans that were decided or went stale, and replays that no living runner tells of.

So that no message says "running" about something dead, and what Slack could not be told while it was away is told
later. Level-triggered: each look makes the messages say what the journals say. If the process dies here the next
one looks again; a Redis that was lost is filled again from the replays' own records.
"""

import os
import signal
import threading
from datetime import UTC, datetime, timedelta
from typing import Protocol

import structlog
from redis.exceptions import RedisError

from bot.messages.ledger import on_record
from bot.messages.messaging import Messaging
from bot.messages.records import Room
from bot.messages.run_reporter import AWAY, for_good, not_begun, stopped
from bot.messages.sync import MessageSync
from bot.messages.turn import MessageTurn
from replay_engine import NotThere, Plan, ReplayError, ReplayReport, ReplayState

_EVERY_SECONDS = 10.0
#: How many of the newest replays may still have something to tell when Redis has forgotten all of them.
_REMEMBERED = 20
#: A confirmation whose start was lost is mended for so long; after that a person should look again.
_MENDED_SECONDS = 600.0

log = structlog.get_logger()


class RunQueue(Protocol):
    """Where confirmed replays wait for a worker."""

    def waits(self, replay_id: str) -> bool:
        """Whether a confirmed replay is queued, or just being begun."""

    def run(self, replay_id: str) -> bool:
        """Queue a confirmed replay; false if it is queued, running or done already."""


class Caretaker:
    """Looks every few seconds, and at once when it is poked."""

    def __init__(self, messaging: Messaging, queue: RunQueue) -> None:
        """Nothing is looked at yet."""
        self._messaging, self._queue = messaging, queue
        self._records, self._engine = messaging.records, messaging.engine
        self._telling: dict[str, MessageSync] = {}
        self._poked = threading.Event()
        self._stale_after = timedelta(hours=messaging.bot.plan_hours)

    def start(self) -> None:
        """On a thread of its own, for as long as the process lives."""
        threading.Thread(target=self._look_out, name="caretaker", daemon=True).start()

    def poke(self) -> None:
        """There is something to tell now."""
        self._poked.set()

    def _look_out(self) -> None:
        try:
            while True:
                self.look()
                self._poked.wait(_EVERY_SECONDS)
                self._poked.clear()
        finally:
            # A bug. A bot that tells nothing any more must not go on as if it did: whoever looks after it restarts it.
            os.kill(os.getpid(), signal.SIGTERM)

    def look(self) -> None:
        """Once: away today is no harm, it looks again."""
        try:
            if self._records.is_new():
                self._bring_back()
                self._records.know()
            for replay_id in self._records.undecided(datetime.now(UTC) - self._stale_after):
                self._records.decide(replay_id, "expired", "")
            for replay_id in sorted(self._records.unreported()):
                self._look_at_one(replay_id)
        except (RedisError, ReplayError) as error:
            log.warning("the caretaker could not look", error=str(error))

    def _look_at_one(self, replay_id: str) -> None:
        """One that cannot be read does not keep the others."""
        try:
            self._look_at(replay_id)
        except ReplayError as error:
            log.warning("a replay cannot be looked at", replay=replay_id, error=str(error))

    def _bring_back(self) -> None:
        """Redis is empty: fill it from the records of the newest replays, as far as they have something to tell."""
        for replay_id in self._engine.latest(_REMEMBERED):
            record = None if self._records.room(replay_id) else on_record(self._engine, replay_id)
            if record is not None and record.reported_state != self._engine.status(replay_id).state:
                # Whoever tells of it now has lost the turn with everything else, and takes it again within this.
                MessageTurn(self._records, replay_id).take()
                self._records.bring_back(self._engine.kept(replay_id), record.room, record.confirmed_by)

    def _look_at(self, replay_id: str) -> None:
        plan, room = self._records.plan(replay_id), self._records.room(replay_id)
        decision = self._records.decision(replay_id)
        if plan is None or room is None or decision is None:
            self._forget(replay_id)
            return
        turn = MessageTurn(self._records, replay_id)
        if not turn.take():
            return
        with turn.kept():
            try:
                self._tell(plan, room, *decision)
            except AWAY as error:
                log.warning("slack could not be told", replay=replay_id, error=str(error))
                if for_good(error):
                    self._forget(replay_id)

    def _tell(self, plan: Plan, room: Room, decision: str, by: str) -> None:
        sync = self._telling.setdefault(plan.replay_id, self._messaging.sync(plan, room))
        sync.look_again()
        if decision != "confirmed":
            sync.settle(_undone(decision, by))
            self._forget(plan.replay_id)
            return
        report = self._standing(plan)
        if report is None:
            sync.settle(f":arrow_forward: Started by <@{by}>; it waits for a worker.", for_good=False)
        elif report.state is ReplayState.RUNNING:
            # Its runner tells of it, and comes for its turn; one run by hand has nobody, but ends.
            sync.refresh(report)
        else:
            sync.tell(report, by, self._records.cancelled_by(plan.replay_id))
        if plan.replay_id not in self._records.unreported():
            self._telling.pop(plan.replay_id, None)

    def _standing(self, plan: Plan) -> ReplayReport | None:
        """How it stands by its journals; ``None`` while it waits in the queue."""
        try:
            return self._engine.status(plan.replay_id)
        except NotThere:
            pass
        if self._queue.waits(plan.replay_id):
            return None
        # Confirmed and not queued: the bot died in between, or Redis did. Within minutes that is mended.
        recent = self._records.decided_seconds_ago(plan.replay_id) < _MENDED_SECONDS
        if recent and self._queue.run(plan.replay_id):
            return None
        return stopped(not_begun(plan), "It was never begun; nothing was touched.", "Plan again.")

    def _forget(self, replay_id: str) -> None:
        self._telling.pop(replay_id, None)
        self._records.mark_reported(replay_id)


def _undone(decision: str, by: str) -> str:
    if decision == "discarded":
        return f":wastebasket: Discarded by <@{by}>; nothing was touched."
    return ":hourglass: This plan has gone stale; nothing was touched. Plan again."
