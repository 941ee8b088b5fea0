"""The bot process: listens to Slack over Socket Mode, or over HTTP where a port is set.

It runs no replay: if it dies, running replays go on. It prints ``ready`` when Slack can reach it.
"""

import signal
import sys
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import uvicorn
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.starlette.handler import SlackRequestHandler
from slack_sdk.errors import SlackApiError
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from bot import logs, settings
from bot.access import Access
from bot.app import build_app
from bot.jobs import Jobs, web_client
from bot.records import Records
from bot.services import Services
from bot.settings import BotSettings
from replay_engine import BadConfig, Engine, Refused, load_settings


def main() -> None:
    """Run until a signal comes; a wrong setting is one sentence on stderr and exit 2."""
    logs.configure()
    try:
        _run(settings.load())
    except Refused as error:
        sys.exit(_told(error))


def _told(error: Refused) -> int:
    sys.stderr.write(f"{error}\n")
    return 2


def _run(bot: BotSettings) -> None:
    client = web_client(bot)
    redis_url = bot.redis_url.get_secret_value()
    services = Services(Engine(load_settings()), Access(bot.operator_ids()), Jobs(redis_url), Records(redis_url))
    try:
        client.auth_test()
    except SlackApiError as error:
        raise BadConfig(f"Slack rejects SLACK_BOT_TOKEN: {error.response['error']}.", advice="Copy it anew.") from None
    app = build_app(bot, client, services)
    if bot.http_port is not None:
        _serve_http(app, bot.http_host, bot.http_port)
    elif bot.slack_app_token is not None:
        _serve_socket(app, bot.slack_app_token.get_secret_value())


def _serve_socket(app: App, app_token: str) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    handler = SocketModeHandler(app, app_token)
    handler.connect()  # type: ignore[no-untyped-call]
    _ready()
    stop.wait()
    handler.close()  # type: ignore[no-untyped-call]


def http_app(app: App) -> Starlette:
    """The same app behind ``POST /slack/events``, where Bolt checks every signature."""
    handler = SlackRequestHandler(app)

    async def events(request: Request) -> Response:
        return await handler.handle(request)

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"])], lifespan=_say_ready)


@asynccontextmanager
async def _say_ready(_app: Starlette) -> AsyncIterator[None]:
    _ready()
    yield


def _serve_http(app: App, host: str, port: int) -> None:
    uvicorn.run(http_app(app), host=host, port=port, log_level="warning")


def _ready() -> None:
    sys.stdout.write("ready\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
