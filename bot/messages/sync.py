"""Makes the messages of one replay say what a report says: the plan's, the live one, one a finished day, one a day that
waits for its landing for too long, the summary.

Level-triggered: telling the same again changes nothing, and posts nothing twice. What may have been posted although
nobody heard so (a lost answer, a predecessor that died) is looked for in Slack before it is posted.
"""

import json
from collections.abc import Sequence
from datetime import date

import structlog
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import Block

from bot.messages.ledger import LIVE, Ledger
from bot.messages.poster import Poster, surely_not_done
from bot.messages.records import Room
from bot.render.day import day_text
from bot.render.landing import landed_text, overdue_blocks, overdue_text
from bot.render.live import live_blocks, live_text
from bot.render.parts import sections
from bot.render.plan import plan_blocks, plan_text
from bot.render.style import Style
from bot.render.summary import summary_blocks, summary_text
from replay_engine import DayReport, Plan, ReplayReport, ReplayState, Stage

#: Somebody deleted the message or archived the channel: there is nothing left to edit.
_GONE = {"message_not_found", "cant_update_message", "edit_window_closed", "is_archived", "is_inactive"}
#: A workspace, or a plan of Slack's, that does not have the newer blocks.
_NO_SUCH_BLOCKS = {"invalid_blocks", "unsupported_block", "feature_not_enabled"}
_PLAN, _SETTLED = "plan", "plan-settled"
_LANDING, _OVER = "landing", "over-"
ENDED = (ReplayState.COMPLETED, ReplayState.COMPLETED_WITH_FAILURES, ReplayState.CANCELLED)

log = structlog.get_logger()


class MessageSync:
    """One replay's messages, and the one who tells them now."""

    def __init__(
        self, poster: Poster, ledger: Ledger, room: Room, plan: Plan, style: Style, *, first: bool = False
    ) -> None:
        """Nothing is posted yet. Whoever is not the ``first`` looks for what its predecessors may have posted."""
        self._poster, self._ledger, self._room, self._plan, self._style = poster, ledger, room, plan, style
        self._first = first
        self._found_in_slack: dict[str | None, dict[str, str]] = {}
        self._shown: dict[str, str] = {}

    def tell(self, report: ReplayReport, confirmed_by: str, cancelled_by: str | None) -> None:
        """Post or edit whatever does not say so yet. Raises what the SDK raises when Slack is away."""
        self.settle(f":arrow_forward: Started by <@{confirmed_by}>")
        live = self._live(report, cancelled_by)
        for number, day in enumerate(report.days):
            if _finished(day, report.state):
                text = day_text(day, _next_day(report, number), self._turned_back(day, report, cancelled_by))
                self._post(_mark(day.day, day.stage), text, thread_ts=live)
            self._tell_of_landing(day, live, confirmed_by)
        if report.state in ENDED:
            self._summarise(report, live, cancelled_by)
            self._ledger.mark_reported(report.state)

    def refresh(self, report: ReplayReport) -> None:
        """Have the live message say this if it is there, and post nothing."""
        if LIVE in self._ledger.posted():
            self._live(report, None)

    def look_again(self) -> None:
        """Somebody else may have posted since."""
        self._ledger.look_again()
        self._found_in_slack.clear()

    def settle(self, decision: str, *, for_good: bool = True) -> None:
        """Turn the plan into a record of what was decided, once."""
        posted = self._ledger.posted()
        if _PLAN in posted and _SETTLED not in posted:
            shown = plan_blocks(self._plan, self._room.user, decision=decision)
            self._edit(posted[_PLAN], plan_text(self._plan), shown)
            if for_good:
                self._ledger.remember(_SETTLED, posted[_PLAN])

    def _live(self, report: ReplayReport, cancelled_by: str | None) -> str:
        """Have the live message say this; its id."""
        try:
            return self._live_in(self._style, report, cancelled_by)
        except SlackApiError as error:
            if self._style == "plain" or error.response.get("error") not in _NO_SUCH_BLOCKS:
                raise
            log.warning("slack does not take its newer blocks here; plain ones are used", replay=report.replay_id)
            self._style = "plain"
            return self._live_in(self._style, report, cancelled_by)

    def _live_in(self, style: Style, report: ReplayReport, cancelled_by: str | None) -> str:
        shown = live_blocks(report, self._room.user, cancelled_by=cancelled_by, style=style)
        text = live_text(report, cancelled_by)
        known = self._ledger.posted().get(LIVE)
        ts = known or self._post(LIVE, text, shown)
        if known or ts not in self._shown:
            self._edit(ts, text, shown)
        return ts

    def _tell_of_landing(self, day: DayReport, live: str, confirmed_by: str) -> None:
        """Tell once of a day that waits for too long; when it waits no more that post says so, without buttons."""
        if day.landing_since is not None:
            if day.landing_overdue:
                key = f"{day.day}-{_LANDING}-{int(day.landing_since.timestamp())}"
                text = overdue_text(day, self._plan.spec.source, (self._room.user, confirmed_by))
                self._post(key, text, overdue_blocks(text, day, self._plan.replay_id), thread_ts=live)
            return
        if day.stage is not Stage.HELD and (day.stage not in (Stage.CLOSED, Stage.RESTORED) or day.next_step):
            return
        posted = dict(self._ledger.posted())
        for key, ts in posted.items():
            if key.startswith(f"{day.day}-{_LANDING}-") and f"{_OVER}{key}" not in posted:
                text = landed_text(day)
                self._edit(ts, text, sections([text]))
                self._ledger.remember(f"{_OVER}{key}", ts)

    def _summarise(self, report: ReplayReport, live: str, cancelled_by: str | None) -> None:
        requester = self._room.user
        message_key, text = f"summary-{report.state}", summary_text(report, requester, cancelled_by=cancelled_by)
        try:
            shown = summary_blocks(report, requester, style=self._style, cancelled_by=cancelled_by)
            self._post(message_key, text, shown, thread_ts=live)
        except SlackApiError as error:
            if error.response.get("error") not in _NO_SUCH_BLOCKS:
                raise
            shown = summary_blocks(report, requester, style="plain", cancelled_by=cancelled_by)
            self._post(message_key, text, shown, thread_ts=live)

    def _turned_back(self, day: DayReport, report: ReplayReport, cancelled_by: str | None) -> str:
        """What a day that was restored is: one that was told to be completed was undone."""
        if _mark(day.day, Stage.CLOSED) in self._ledger.posted():
            return "undone"
        return "cancelled" if cancelled_by or report.state is ReplayState.CANCELLED else "failed"

    def _post(
        self, message_key: str, text: str, blocks: Sequence[Block] | None = None, thread_ts: str | None = None
    ) -> str:
        """Post it unless it is there; the id of what is there."""
        if known := self._ledger.posted().get(message_key):
            return known
        ts = self._posted_in(thread_ts).get(message_key)
        if ts is None:
            try:
                ts = self._poster.post(message_key, text, blocks, thread_ts)
            except Exception as error:
                if not surely_not_done(error):
                    # Nobody knows whether it was posted: the next try looks first.
                    self._first = False
                    self._found_in_slack.pop(thread_ts, None)
                raise
            self._shown[ts] = _digest(text, blocks or ())
        self._ledger.remember(message_key, ts)
        return ts

    def _posted_in(self, thread_ts: str | None) -> dict[str, str]:
        """What is in the channel, or in a thread, whoever posted it; looked up once."""
        if self._first:
            return {}
        if thread_ts not in self._found_in_slack:
            after = self._ledger.posted().get(_PLAN)
            self._found_in_slack[thread_ts] = self._poster.find(after=after, thread_ts=thread_ts)
        return self._found_in_slack[thread_ts]

    def _edit(self, ts: str, text: str, blocks: Sequence[Block]) -> None:
        """Unless it says so already, as far as this process knows."""
        digest = _digest(text, blocks)
        if self._shown.get(ts) == digest:
            return
        try:
            self._poster.edit(ts, text, blocks)
        except SlackApiError as error:
            if error.response.get("error") not in _GONE:
                raise
            log.info("a message is gone", replay=self._plan.replay_id, error=error.response["error"])
        self._shown[ts] = digest


def _mark(day: date, stage: Stage) -> str:
    """What a day's message is remembered under: a day that waits, or is closed, may still come to another end."""
    return f"{day}-{stage}"


def _digest(text: str, blocks: Sequence[Block]) -> str:
    return json.dumps([text, [block.to_dict() for block in blocks]])


def _finished(day: DayReport, state: ReplayState) -> bool:
    """Whether a day has come to its end, or to where only a person can help."""
    if day.stage in (Stage.CLOSED, Stage.RESTORED, Stage.HELD):
        return True
    return bool(day.error) and state is not ReplayState.RUNNING


def _next_day(report: ReplayReport, number: int) -> date | None:
    """The day that goes on after this one, if there is one."""
    later = report.days[number + 1 : number + 2]
    return later[0].day if later and report.state is not ReplayState.CANCELLED else None
