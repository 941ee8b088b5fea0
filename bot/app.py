"""Builds the Bolt app. No I/O on import, and none here but what a listener needs to answer."""

from concurrent.futures import ThreadPoolExecutor

from slack_bolt import App
from slack_bolt.adapter.starlette.handler import to_bolt_request, to_starlette_response
from slack_sdk import WebClient
from starlette.applications import Starlette
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

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


def http_app(app: App) -> Starlette:
    """The same app behind ``POST /slack/events``, where Bolt checks every signature."""

    async def events(request: Request) -> Response:
        if not request.headers.get("x-slack-request-timestamp", "").isdecimal():
            return PlainTextResponse("not signed", status_code=401)
        try:
            asked = to_bolt_request(request, await request.body())
        except UnicodeDecodeError:
            return PlainTextResponse("not UTF-8", status_code=400)
        # Not Bolt's own handler: it would wait for one listener at a time.
        return to_starlette_response(await run_in_threadpool(app.dispatch, asked))

    return Starlette(routes=[Route("/slack/events", events, methods=["POST"])])
