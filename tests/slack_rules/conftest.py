"""The world of the bot's own tests, for the bot that talks to somebody else's Slack."""

from tests.bot.conftest import FreshDays, conversation, fresh_days, judged, logged, seeded, slack, world

__all__ = ["FreshDays", "conversation", "fresh_days", "judged", "logged", "seeded", "slack", "world"]
