"""The bot process: listens to Slack over Socket Mode, or over HTTP where a port is set.

It runs no replay: if it dies, running replays go on. It prints ``ready`` when Slack can reach it.
"""

import os
import signal
import socket
import sys
import threading

import uvicorn
from slack_bolt import App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError, SlackClientError

from bot import logs, redis_connection, settings
from bot.app import REQUEST_THREADS, build_app, http_app
from bot.messages.caretaker import Caretaker
from bot.services import assemble
from bot.settings import BotSettings
from bot.slack_client import listeners_client
from bot.user_groups import UserGroups
from replay_engine import BadConfig, Engine, Refused, load_settings


def main() -> None:
    """Run until a signal comes; a wrong setting is one sentence on stderr and exit 2."""
    logs.configure()
    try:
        _run(settings.load_for_listening())
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        sys.exit(2)


def _run(bot: BotSettings) -> None:
    engine = Engine(load_settings())
    redis_connection.check(bot)
    client = listeners_client(bot)
    _check_token(bot, client)
    groups = UserGroups(client, bot.group_ids())
    groups.keep_asking()
    services, caretaker = assemble(bot, engine, groups)
    app = build_app(bot, client, services)
    if bot.http_port is not None:
        _serve_http(app, bot.http_host, bot.http_port, caretaker)
    elif bot.slack_app_token is not None:
        _serve_socket(app, bot.slack_app_token.get_secret_value(), caretaker)


def _check_token(bot: BotSettings, client: WebClient) -> None:
    try:
        client.auth_test()
    except SlackApiError as error:
        raise BadConfig(f"Slack rejects SLACK_BOT_TOKEN: {error.response['error']}.", advice="Copy it anew.") from None
    except (SlackClientError, OSError):
        raise BadConfig(f"Slack does not answer at {bot.slack_api_url}.", advice="Check the network.") from None


def _serve_socket(app: App, app_token: str, caretaker: Caretaker) -> None:
    stop = threading.Event()
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: stop.set())
    handler = SocketModeHandler(app, app_token, concurrency=REQUEST_THREADS)
    _connect(app, handler)
    _ready(caretaker)
    stop.wait()
    handler.close()  # type: ignore[no-untyped-call]


def _connect(app: App, handler: SocketModeHandler) -> None:
    app.logger.disabled = True  # the SDK would log the error as well
    try:
        handler.connect()  # type: ignore[no-untyped-call]
    except SlackApiError as error:
        raise BadConfig(f"Slack rejects SLACK_APP_TOKEN: {error.response['error']}.", advice="Copy it anew.") from None
    finally:
        app.logger.disabled = False


def _serve_http(app: App, host: str, port: int, caretaker: Caretaker) -> None:
    try:
        listener = socket.create_server((host, port))
    except OSError as error:
        where = f"{host}:{port}"
        raise BadConfig(
            f"{where} cannot be listened on: {os.strerror(error.errno or 0)}.", advice="Set REPLAY_HTTP_PORT."
        ) from None
    # asyncio sets this only where it made the socket itself; without it answers wait 40 ms for an ACK.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    server = uvicorn.Server(uvicorn.Config(http_app(app), log_level="warning", lifespan="off"))

    def stop(*_: object) -> None:
        server.should_exit = True

    # The server has handlers of its own, but only while it serves, and sends their signals on to these at its end.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    _ready(caretaker)
    server.run(sockets=[listener])


def _ready(caretaker: Caretaker) -> None:
    caretaker.start()
    sys.stdout.write("ready\n")
    sys.stdout.flush()


if __name__ == "__main__":
    main()
