"""Puts together who tells of a replay: the same for its runner and for the bot process."""

from dataclasses import dataclass
from typing import Self

from bot.messages.ledger import Ledger
from bot.messages.poster import Poster, patient
from bot.messages.records import Records, Room
from bot.messages.slack_rate_limit import SlackRateLimit
from bot.messages.sync import MessageSync
from bot.settings import BotSettings
from bot.slack_client import web_client
from replay_engine import Engine, Plan


@dataclass(frozen=True, slots=True)
class Messaging:
    """What every one of them needs."""

    bot: BotSettings
    engine: Engine
    records: Records
    pace: SlackRateLimit

    @classmethod
    def of(cls, bot: BotSettings, engine: Engine) -> Self:
        """Binds to Redis; no request yet."""
        redis_url = bot.redis_url.get_secret_value()
        return cls(bot, engine, Records(redis_url), SlackRateLimit(redis_url, bot.slack_pace))

    def ledger(self, plan: Plan) -> Ledger:
        """What is known of a replay's messages."""
        return Ledger(self.records, self.engine, plan.replay_id)

    def sync(self, plan: Plan, room: Room, *, first: bool = False) -> MessageSync:
        """One that tells from now on; only the ``first`` need not look what others have posted."""
        poster = Poster(patient(web_client(self.bot), self.pace), self.pace, room.channel, plan.replay_id)
        ledger, blocks, receipts = self.ledger(plan), self.bot.slack_blocks, self.engine.receipt
        return MessageSync(poster, ledger, room, plan, blocks, first=first, receipts=receipts)
