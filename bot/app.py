"""Builds the Bolt app. No I/O on import, and none here but what a listener needs to answer."""

from concurrent.futures import ThreadPoolExecutor

from slack_bolt import App
from slack_sdk import WebClient

from bot import listeners
from bot.services import Services
from bot.settings import BotSettings

#: Bolt's own pool has 5 threads; slow answers of Slack would starve the acknowledgements.
_LISTENER_THREADS = 32


def build_app(settings: BotSettings, client: WebClient, services: Services) -> App:
    """The app with every listener registered; it does not talk to Slack yet."""
    secret = settings.slack_signing_secret
    app = App(
        client=client,
        signing_secret=secret.get_secret_value() if secret else None,
        listener_executor=ThreadPoolExecutor(_LISTENER_THREADS, thread_name_prefix="listener"),
        token_verification_enabled=False,
        raise_error_for_unhandled_request=False,
    )
    listeners.register(app, services)
    return app
