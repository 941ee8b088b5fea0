"""A running replay -> its Slack messages. Level-triggered: what to show is a function of the last report.

Posting runs on a thread of its own, so that Slack being slow or away never stops a replay; what could not be
posted is posted with the next change or at the end. If the process dies here the messages are as they were;
the ids that were stored say which exist.
"""

import threading
import time
from types import TracebackType
from typing import Self

import structlog
from redis.exceptions import RedisError
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError
from slack_sdk.models.blocks import Block

from bot import blocks
from bot.records import Records, Room
from replay_engine import DayReport, ReplayReport, ReplayState, Stage

#: Slack allows about one edit of a message every 3 s.
_EDIT_SECONDS = 3.0
_CANCEL_LOOK_SECONDS = 1.0
_LAST_TRIES = 10
_AWAY = (SlackClientError, OSError, RedisError)

log = structlog.get_logger()


class SlackWatch:
    """The engine's `Watch`: listens, remembers the last report, and lets its thread tell Slack."""

    def __init__(self, client: WebClient, records: Records, room: Room, replay_id: str) -> None:
        """Nothing is posted before `__enter__`."""
        self._client, self._records, self._room, self._replay_id = client, records, room, replay_id
        self._latest: ReplayReport | None = None
        self._changed = threading.Condition()
        self._ended = False
        self._looked_at, self._cancelled = 0.0, False
        self._thread = threading.Thread(target=self._tell, name="slack-report", daemon=True)

    def __enter__(self) -> Self:
        """Start telling."""
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Tell the end, and wait until Slack has it or has been away for long."""
        with self._changed:
            self._ended = True
            self._changed.notify()
        self._thread.join()

    def saw(self, report: ReplayReport) -> None:
        """Remember how it stands now; never waits for Slack."""
        with self._changed:
            self._latest = report
            self._changed.notify()

    def cancelled(self) -> bool:
        """Whether somebody pressed Cancel; Redis is asked once a second at most."""
        now = time.monotonic()
        if not self._cancelled and now - self._looked_at >= _CANCEL_LOOK_SECONDS:
            self._looked_at = now
            try:
                self._cancelled = self._records.cancelled_by(self._replay_id) is not None
            except RedisError as error:
                log.warning("redis is away; cancel cannot be seen", error=str(error))
        return self._cancelled

    def _tell(self) -> None:
        shown: ReplayReport | None = None
        tries = 0
        while True:
            report, ended = self._next(shown)
            if report is None or report is shown:
                return
            try:
                Telling(self._client, self._records, self._room).tell(report)
                shown, tries = report, 0
            except _AWAY as error:
                tries += 1
                log.warning("slack could not be told", replay=self._replay_id, error=str(error), tries=tries)
                if ended and tries >= _LAST_TRIES:
                    return
            if not (ended and shown is report):
                self._pause()

    def _next(self, shown: ReplayReport | None) -> tuple[ReplayReport | None, bool]:
        """Wait for something new to tell, or for the end."""
        with self._changed:
            self._changed.wait_for(lambda: self._ended or self._latest is not shown)
            return self._latest, self._ended

    def _pause(self) -> None:
        """Keep to Slack's pace, but wake for the end."""
        with self._changed:
            was_ended = self._ended
            self._changed.wait_for(lambda: self._ended and not was_ended, timeout=_EDIT_SECONDS)


class Telling:
    """Makes the messages of one replay say what a report says."""

    def __init__(self, client: WebClient, records: Records, room: Room) -> None:
        """Nothing is posted yet."""
        self._client, self._records, self._room = client, records, room

    def tell(self, report: ReplayReport) -> None:
        """Post or edit whatever does not say so yet. Raises what the SDK or Redis raises when they are away."""
        posted = self._records.messages(report.replay_id)
        live = posted.get("live") or self._post_live(report)
        for day in report.days:
            if _finished(day, report.state) and str(day.day) not in posted:
                self._post_day(report.replay_id, live, day)
        if "live" in posted:
            self._edit_live(report, live)

    def _post_live(self, report: ReplayReport) -> str:
        answer = self._client.chat_postMessage(
            channel=self._room.channel, text=blocks.live_text(report), blocks=self._live_blocks(report)
        )
        ts = str(answer["ts"])
        self._records.remember_message(report.replay_id, "live", ts)
        return ts

    def _edit_live(self, report: ReplayReport, ts: str) -> None:
        try:
            self._client.chat_update(
                channel=self._room.channel, ts=ts, text=blocks.live_text(report), blocks=self._live_blocks(report)
            )
        except SlackApiError as error:
            # Somebody deleted the message or archived the channel: there is nothing left to edit.
            if error.response["error"] not in ("message_not_found", "is_archived", "is_inactive", "channel_not_found"):
                raise
            log.info("the live message is gone", replay=report.replay_id, error=error.response["error"])

    def _live_blocks(self, report: ReplayReport) -> list[Block]:
        cancelled_by = self._records.cancelled_by(report.replay_id)
        return blocks.live_blocks(report, self._room.user, cancelled_by)

    def _post_day(self, replay_id: str, live: str, day: DayReport) -> None:
        answer = self._client.chat_postMessage(channel=self._room.channel, thread_ts=live, text=blocks.day_text(day))
        self._records.remember_message(replay_id, str(day.day), str(answer["ts"]))


def _finished(day: DayReport, state: ReplayState) -> bool:
    """Whether a day has come to its end, or to where only a person can help."""
    if day.stage in (Stage.CLOSED, Stage.RESTORED, Stage.HELD):
        return True
    return bool(day.error) and state is not ReplayState.RUNNING
