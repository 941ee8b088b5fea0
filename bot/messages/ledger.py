"""Which Slack messages belong to a replay: in memory, in Redis, and in the replay's own record beside its journals.

A message is remembered before anything depends on it. Redis alone, or the store alone, may be away or empty; what
either knows is enough. If the process dies before a message is remembered, its successor looks for it in Slack.
"""

from dataclasses import dataclass
from typing import Any, Protocol

import structlog
from redis.exceptions import RedisError

from bot.messages.records import Records, Room
from replay_engine import AuditEntry, ReplayError

LIVE, TOLD = "live", "told"
_MESSAGE, _ASKED, _CONFIRMED = "message", "asked", "confirmed"

log = structlog.get_logger()


class Book(Protocol):
    """The part of the engine that keeps who did what, beside the journals."""

    def note(self, replay_id: str, what: str, by: str, **facts: Any) -> bool:
        """Put it on record; false when the store would not have it."""

    def audit_log(self, replay_id: str) -> tuple[AuditEntry, ...]:
        """What is on record, oldest first."""


class Ledger:
    """One replay's messages, as its one teller knows them."""

    def __init__(self, records: Records, book: Book, replay_id: str) -> None:
        """Nothing is read yet."""
        self._records, self._book, self._replay_id = records, book, replay_id
        self._posted: dict[str, str] = {}

    def posted(self) -> dict[str, str]:
        """The id of every message that was posted, by what it is."""
        if not self._posted:
            self._posted = self._remembered()
        return self._posted

    def look_again(self) -> None:
        """Read it anew when it is asked for: somebody else may have posted."""
        self._posted = {}

    def remember(self, message_key: str, ts: str) -> None:
        """It was posted; or, for what is no message, it is done."""
        self._posted[message_key] = ts
        try:
            self._records.remember_message(self._replay_id, message_key, ts)
        except RedisError as error:
            log.warning("redis is away; the store remembers a message", replay=self._replay_id, error=str(error))
        self._note(_MESSAGE, self._replay_id, of=message_key, ts=ts)

    def mark_reported(self, state: str) -> None:
        """It ended so, and everything of it is told."""
        if self.posted().get(TOLD) != state:
            self.remember(TOLD, state)
        try:
            self._records.mark_reported(self._replay_id)
        except RedisError as error:
            log.warning("redis is away; the end may be told again", replay=self._replay_id, error=str(error))

    def begin(self, room: Room, confirmed_by: str) -> None:
        """Put on record, once, who asked where and who confirmed."""
        try:
            if any(audit_entry.what == _CONFIRMED for audit_entry in self._book.audit_log(self._replay_id)):
                return
        except ReplayError as error:
            log.warning("a replay's record cannot be read", replay=self._replay_id, error=str(error))
            return
        for message_key, ts in self.posted().items():
            self._note(_MESSAGE, self._replay_id, of=message_key, ts=ts)
        self._note(_ASKED, room.user, channel=room.channel)
        self._note(_CONFIRMED, confirmed_by)

    def _remembered(self) -> dict[str, str]:
        found: dict[str, str] = {}
        try:
            found = dict(self._records.messages(self._replay_id))
        except RedisError as error:
            log.warning("redis is away; the store knows the messages", replay=self._replay_id, error=str(error))
        # A Redis that knows the first of them knows those after it.
        return found if LIVE in found else self._on_record() | found

    def _on_record(self) -> dict[str, str]:
        try:
            audit_log = self._book.audit_log(self._replay_id)
        except ReplayError as error:
            log.warning("a replay's record cannot be read", replay=self._replay_id, error=str(error))
            return {}
        return {
            audit_entry.facts["of"]: audit_entry.facts["ts"]
            for audit_entry in audit_log
            if audit_entry.what == _MESSAGE
        }

    def _note(self, what: str, by: str, **facts: str) -> None:
        if not self._book.note(self._replay_id, what, by, **facts):
            log.warning("a replay's record cannot be written", replay=self._replay_id, what=what)


@dataclass(frozen=True, slots=True)
class OnRecord:
    """What a replay's own record says: where it was asked for, who confirmed it, and which end was told."""

    room: Room
    confirmed_by: str
    reported_state: str | None


def on_record(book: Book, replay_id: str) -> OnRecord | None:
    """What Redis may have forgotten; ``None`` for a replay that nobody asked for in Slack."""
    audit_log = book.audit_log(replay_id)
    last = {audit_entry.what: audit_entry for audit_entry in audit_log}
    if _ASKED not in last or _CONFIRMED not in last:
        return None
    reported_state = [
        audit_entry.facts["ts"]
        for audit_entry in audit_log
        if audit_entry.what == _MESSAGE and audit_entry.facts["of"] == TOLD
    ]
    room = Room(last[_ASKED].facts["channel"], last[_ASKED].by)
    return OnRecord(room, last[_CONFIRMED].by, reported_state[-1] if reported_state else None)
