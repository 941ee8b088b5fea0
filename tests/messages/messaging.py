"""Those who tell of a replay, with a record in memory instead of the store's."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

from bot import settings
from bot.messages.ledger import Ledger
from bot.messages.poster import Poster, patient
from bot.messages.records import Records, Room
from bot.messages.run_reporter import RunReporter
from bot.messages.slack_rate_limit import SlackRateLimit
from bot.messages.sync import MessageSync
from bot.render.style import Style
from bot.slack_client import web_client
from replay_engine import AuditEntry, Plan, Stage
from replay_engine.reports import DayReport
from tests.helpers.values import REPLAY_ID, REQUESTER, days_from

ROOM = Room("C0DATAREPLAY", REQUESTER)
NOTED_AT = datetime(2019, 12, 10, tzinfo=UTC)


@dataclass(slots=True)
class Book:
    """Who did what, while the test lasts."""

    noted: list[AuditEntry] = field(default_factory=list)

    def note(self, replay_id: str, what: str, by: str, **facts: Any) -> bool:
        assert replay_id == REPLAY_ID
        self.noted.append(AuditEntry(NOTED_AT, by, what, facts))
        return True

    def audit_log(self, replay_id: str) -> tuple[AuditEntry, ...]:
        assert replay_id == REPLAY_ID
        return tuple(self.noted)


@dataclass(slots=True)
class Messaging:
    """Each call is another process that begins to tell; they share Redis and the replay's record."""

    redis_url: str
    environment: Mapping[str, str]
    book: Book = field(default_factory=Book)
    receipts: Callable[[str, date], bytes] = lambda _, __: b""

    @property
    def records(self) -> Records:
        return Records(self.redis_url)

    def sync(self, plan: Plan, *, first: bool = False, style: Style = "native") -> MessageSync:
        bot = settings.load()
        pace = SlackRateLimit(self.redis_url, bot.slack_pace)
        poster = Poster(patient(web_client(bot), pace), pace, ROOM.channel, plan.replay_id)
        ledger = Ledger(self.records, self.book, plan.replay_id)
        return MessageSync(poster, ledger, ROOM, plan, style, first=first, receipts=self.receipts)

    def watch(self, plan: Plan, *, first: bool = True) -> RunReporter:
        return RunReporter(self.sync(plan, first=first), self.records, plan, REQUESTER)


def planned(count: int) -> tuple[DayReport, ...]:
    """Days that nobody has begun."""
    return tuple(DayReport(day, Stage.PLANNED) for day in days_from(count))
