"""A running replay -> its Slack messages. Level-triggered: what to show is a function of the last report.

Posting runs on a thread of its own, so that Slack being slow or away never stops a replay; what could not be
posted is posted with the next change or at the end. If the process dies here the messages are as they were, and
the bot process takes them over.
"""

import threading
from dataclasses import replace
from http.client import HTTPException
from types import TracebackType
from typing import Self

import structlog
from redis.exceptions import RedisError
from slack_sdk.errors import SlackApiError, SlackClientError

from bot.messages.cancel_switch import CancelSwitch
from bot.messages.records import Records
from bot.messages.sync import MessageSync
from bot.messages.turn import MessageTurn
from replay_engine import DayReport, Plan, ReplayReport, ReplayState, Stage

#: Slack allows about one edit of a message every 3 s.
_EDIT_SECONDS = 3.0
#: What is not told after these is told by the bot process, later.
_LAST_TRIES = 4
AWAY = (SlackClientError, OSError, HTTPException, RedisError)
#: Answers after which Slack will not take it later either: nobody is left to be told there.
_FOR_GOOD = {
    "account_inactive",
    "cant_update_message",
    "channel_not_found",
    "invalid_auth",
    "is_archived",
    "is_inactive",
    "message_not_found",
    "missing_scope",
    "not_in_channel",
    "restricted_action",
    "token_expired",
    "token_revoked",
}

log = structlog.get_logger()


class RunReporter:
    """The engine's `Watch`: listens, remembers the last report, and lets its thread tell Slack."""

    def __init__(self, sync: MessageSync, records: Records, plan: Plan, confirmed_by: str) -> None:
        """Nothing is posted before `__enter__`."""
        self._telling, self._records, self._confirmed_by = sync, records, confirmed_by
        self._replay_id = plan.replay_id
        self._switch = CancelSwitch(records, plan.replay_id, self._note_change)
        self._turn = MessageTurn(records, plan.replay_id)
        self._changed = threading.Condition()
        self._latest = not_begun(plan)
        self._version = 0
        self._ended = False
        #: Whether the engine has said how it stands; until then only its journals know.
        self.has_seen = False
        self._thread = threading.Thread(target=self._tell, name="slack-report", daemon=True)

    def __enter__(self) -> Self:
        """Start telling."""
        self._switch.start()
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tell the end, and wait until Slack has it or has been away for long: then the bot tells it later."""
        self._switch.close()
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()

    def saw(self, report: ReplayReport) -> None:
        """Remember how it stands now; never waits for Slack."""
        with self._changed:
            self._latest, self.has_seen = report, True
            self._note_change()

    def broke(self, error: str, advice: str) -> None:
        """The runner goes no further: say so of the day that it was at."""
        self.saw(stopped(self._latest, error, advice))

    def cancelled(self) -> bool:
        """Whether somebody pressed Cancel."""
        return self._switch.by is not None

    def _note_change(self) -> None:
        with self._changed:
            self._version += 1
            self._changed.notify()

    def _tell(self) -> None:
        self._turn.wait()
        with self._turn.kept():
            self._tell_to_the_end()

    def _tell_to_the_end(self) -> None:
        reported_version, tries = 0, 0
        while True:
            version, report, ended = self._next(reported_version)
            if version == reported_version:
                return
            self._note_state(report)
            try:
                self._telling.tell(report, self._confirmed_by, self._switch.by)
                reported_version, tries = version, 0
            except AWAY as error:
                # While it runs there is always another look.
                tries = tries + 1 if ended else 0
                log.warning("slack could not be told", replay=self._replay_id, error=str(error), tries=tries)
                if ended and (tries >= _LAST_TRIES or for_good(error)):
                    return
            if not (ended and version == reported_version):
                self._pause(ended=ended)

    def _note_state(self, report: ReplayReport) -> None:
        """So that a button of an ended replay is answered at once."""
        try:
            if report.state in (ReplayState.RUNNING, ReplayState.LANDING):
                self._records.begin(self._replay_id)
            else:
                self._records.end(self._replay_id, report.state)
        except RedisError as error:
            log.warning("redis is away", replay=self._replay_id, error=str(error))

    def _next(self, reported_version: int) -> tuple[int, ReplayReport, bool]:
        """Wait for something new to tell, or for the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._version != reported_version)
            return self._version, self._latest, self._ended

    def _pause(self, *, ended: bool) -> None:
        """Keep to Slack's pace, but wake for the end, unless it is the end that could not be told."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended and not ended, timeout=_EDIT_SECONDS)


def for_good(error: Exception) -> bool:
    """Whether Slack will not take it later either."""
    return isinstance(error, SlackApiError) and error.response.get("error") in _FOR_GOOD


def not_begun(plan: Plan) -> ReplayReport:
    """A replay that waits for its first step."""
    days = tuple(DayReport(day.day, Stage.PLANNED, source_bytes=day.source.size_bytes) for day in plan.days)
    return ReplayReport(plan.replay_id, plan.spec.source, plan.spec.topic, ReplayState.RUNNING, days)


def stopped(report: ReplayReport, error: str, advice: str) -> ReplayReport:
    """A report whose runner has gone: never "running", and the first unfinished day says why. Pure."""
    days = list(report.days)
    unfinished = [n for n, day in enumerate(days) if day.stage not in (Stage.CLOSED, Stage.RESTORED, Stage.HELD)]
    if unfinished:
        days[unfinished[0]] = replace(days[unfinished[0]], step="", error=error, advice=advice)
    begun = any(day.stage is not Stage.PLANNED for day in days)
    if unfinished or report.state is ReplayState.RUNNING:
        state = ReplayState.INTERRUPTED if begun else ReplayState.COMPLETED_WITH_FAILURES
        return replace(report, state=state, days=tuple(days))
    return report
