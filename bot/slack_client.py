"""The Slack SDK's client, as the settings say."""

import logging

from slack_sdk import WebClient
from slack_sdk.http_retry.builtin_handlers import ConnectionErrorRetryHandler, RateLimitErrorRetryHandler

from bot.settings import BotSettings

#: What matters of the SDK's own log is in the errors that it raises, and those are logged or told.
_QUIET = logging.getLogger("bot.slack")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False


def web_client(bot: BotSettings) -> WebClient:
    """A client that waits as long as Slack says when it is asked too often."""
    client = _client(bot, timeout_seconds=10)
    client.retry_handlers = [
        ConnectionErrorRetryHandler(max_retry_count=2),
        RateLimitErrorRetryHandler(max_retry_count=5),
    ]
    return client


def listeners_client(bot: BotSettings) -> WebClient:
    """A client that does not wait: somebody looks at a button, and what lets a view be opened lives for 3 s."""
    client = _client(bot, timeout_seconds=5)
    client.retry_handlers = [ConnectionErrorRetryHandler(max_retry_count=1)]
    return client


def _client(bot: BotSettings, timeout_seconds: int) -> WebClient:
    return WebClient(
        token=bot.slack_bot_token.get_secret_value(), base_url=bot.slack_api_url, timeout=timeout_seconds, logger=_QUIET
    )
