"""Makes the messages of one replay say what a report says: the plan's, the live one, one a finished day.

Ids of posted messages are stored, so telling the same again posts nothing twice. If the process dies between
a post and its store, that one message may come twice.
"""

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.models.blocks import Block

from bot import blocks
from bot.records import Records, Room
from replay_engine import DayReport, Plan, ReplayReport, ReplayState, Stage

#: Somebody deleted the message or archived the channel: there is nothing left to edit.
_GONE = {"message_not_found", "cant_update_message", "is_archived", "is_inactive", "channel_not_found"}

log = structlog.get_logger()


class Telling:
    """One replay's messages."""

    def __init__(self, client: WebClient, records: Records, room: Room, plan: Plan) -> None:
        """Nothing is posted yet."""
        self._client, self._records, self._room, self._plan = client, records, room, plan

    def tell(self, report: ReplayReport, cancelled_by: str | None) -> None:
        """Post or edit whatever does not say so yet. Raises what the SDK or Redis raises when they are away."""
        if report.state is not ReplayState.RUNNING:
            self._records.end(report.replay_id, report.state)
        posted = self._records.messages(report.replay_id)
        self._settle_plan(posted.get("plan"), settled="plan-settled" in posted)
        shown = blocks.live_blocks(report, self._room.user, cancelled_by)
        live = posted.get("live") or self._post_live(report, shown)
        for day in report.days:
            if _finished(day, report.state) and _mark(day) not in posted:
                self._post_day(live, day)
        if "live" in posted:
            self._edit(live, blocks.live_text(report), shown)

    def _settle_plan(self, ts: str | None, *, settled: bool) -> None:
        """Turn the plan into a record of what was decided, once."""
        decision = self._records.decision(self._plan.replay_id)
        if ts is None or settled or decision is None:
            return
        text = f":arrow_forward: Started by <@{decision[1]}>"
        self._edit(ts, blocks.plan_text(self._plan), blocks.plan_blocks(self._plan, self._room.user, text))
        self._records.remember_message(self._plan.replay_id, "plan-settled", ts)

    def _post_live(self, report: ReplayReport, shown: list[Block]) -> str:
        answer = self._client.chat_postMessage(channel=self._room.channel, text=blocks.live_text(report), blocks=shown)
        ts = str(answer["ts"])
        self._records.remember_message(report.replay_id, "live", ts)
        return ts

    def _post_day(self, live: str, day: DayReport) -> None:
        answer = self._client.chat_postMessage(channel=self._room.channel, thread_ts=live, text=blocks.day_text(day))
        self._records.remember_message(self._plan.replay_id, _mark(day), str(answer["ts"]))

    def _edit(self, ts: str, text: str, shown: list[Block]) -> None:
        try:
            self._client.chat_update(channel=self._room.channel, ts=ts, text=text, blocks=shown)
        except SlackApiError as error:
            if error.response["error"] not in _GONE:
                raise
            log.info("a message is gone", replay=self._plan.replay_id, error=error.response["error"])


def _mark(day: DayReport) -> str:
    """What its message is remembered under: a day that was stopped may still come to its end."""
    ended = day.stage in (Stage.CLOSED, Stage.RESTORED)
    return str(day.day) if ended else f"{day.day}-{day.stage}"


def _finished(day: DayReport, state: ReplayState) -> bool:
    """Whether a day has come to its end, or to where only a person can help."""
    if day.stage in (Stage.CLOSED, Stage.RESTORED, Stage.HELD):
        return True
    return bool(day.error) and state is not ReplayState.RUNNING
