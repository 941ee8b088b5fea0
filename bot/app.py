"""Builds the Bolt app. No I/O on import, and none in a request but what a listener needs to answer."""

import asyncio
from concurrent.futures import ThreadPoolExecutor

from slack_bolt import App
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from slack_sdk import WebClient
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from bot import listeners
from bot.services import Services
from bot.settings import BotSettings

#: A listener that waits for Slack holds its thread, and one that finds none acknowledges too late. Bolt's own pool
#: has 5; a thread is made only when it is needed, and one that waits costs next to nothing.
_LISTENER_THREADS = 256
#: Those that wait for an acknowledgement. They never wait for Slack.
REQUEST_THREADS = 64


def build_app(settings: BotSettings, client: WebClient, services: Services) -> App:
    """The app with every listener registered. Slack is asked once who it is, so that no request has to ask."""
    secret = settings.slack_signing_secret
    app = App(
        client=client,
        signing_secret=secret.get_secret_value() if secret else None,
        listener_executor=ThreadPoolExecutor(_LISTENER_THREADS, thread_name_prefix="listener"),
        raise_error_for_unhandled_request=False,
    )
    listeners.register(app, services)
    return app


def http_app(app: App) -> Starlette:
    """The same app behind ``POST /slack/events``, where Bolt checks every signature."""
    waiting = ThreadPoolExecutor(REQUEST_THREADS, thread_name_prefix="request")

    async def events(request: Request) -> Response:
        if not request.headers.get("x-slack-request-timestamp", "").isdecimal():
            return PlainTextResponse("not signed", status_code=401)
        try:
            asked = to_bolt_request(request, await request.body())
        except UnicodeDecodeError:
            return PlainTextResponse("not UTF-8", status_code=400)
        # Not Bolt's own handler: it would wait for one listener at a time.
        return to_starlette_response(await asyncio.get_running_loop().run_in_executor(waiting, app.dispatch, asked))

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"])])
