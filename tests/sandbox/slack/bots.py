"""Little Bolt apps and the ways to connect them to the stand-in, for the tests of the stand-in itself."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from slack_bolt import Ack, App
from slack_bolt.adapter.socket_mode import SocketModeHandler
from slack_bolt.adapter.starlette import SlackRequestHandler
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from starlette.applications import Starlette
from starlette.routing import Route

from sandbox.serving import serve
from sandbox.slack import OpenView, SignedRequests, SlackStandIn

Json = dict[str, Any]


class Clock:
    """A clock that only the test moves."""

    def __init__(self) -> None:
        self.now = 1_575_158_400.0

    def __call__(self) -> float:
        return self.now


def web_client(slack: SlackStandIn) -> WebClient:
    return WebClient(token=slack.workspace.bot_token, base_url=f"{slack.url}/api/")


def bolt_app(slack: SlackStandIn) -> App:
    return App(client=web_client(slack), signing_secret=slack.workspace.signing_secret)


@contextmanager
def by_socket(slack: SlackStandIn, app: App) -> Iterator[SocketModeHandler]:
    """The app, connected by Socket Mode."""
    handler = SocketModeHandler(app, slack.workspace.app_token)

    def hurry(_message: str) -> None:
        # The SDK's client holds its socket's lock while it reads, and close() waits for that: 3 s, if left alone.
        session = handler.client.current_session
        if session is not None and session.sock is not None:
            session.sock.settimeout(0.02)

    handler.client.on_message_listeners.append(hurry)
    greeted = slack.socket_mode.greeted
    handler.connect()  # type: ignore[no-untyped-call]
    slack.wait_for(lambda: slack.socket_mode.greeted > greeted)
    try:
        yield handler
    finally:
        handler.client.closed = True
        handler.client.enqueue_message("")  # wakes the SDK's worker, which else looks up once a second
        handler.close()  # type: ignore[no-untyped-call]


@contextmanager
def by_http(slack: SlackStandIn, app: App) -> Iterator[SignedRequests]:
    """The app, behind a request URL."""
    route = Route("/slack/events", SlackRequestHandler(app).handle, methods=["POST"])
    with serve(Starlette(routes=[route])) as url:
        yield slack.use_http(f"{url}/slack/events")


def opened(slack: SlackStandIn, view: Json) -> OpenView:
    """A form that the operator has before them."""
    asha = slack.person("operator")
    web_client(slack).views_open(trigger_id=slack.desk.tickets.trigger(asha.id), view=view)
    return asha.wait_for_view()


def answering(slack: SlackStandIn, answer: Callable[[Ack], object]) -> App:
    """An app that answers every submission in this way."""
    app = bolt_app(slack)

    @app.view("form")
    def submitted(ack: Ack) -> None:
        answer(ack)

    return app


def refusal_of(call: Callable[..., object], **arguments: Any) -> tuple[str, list[str]]:
    """The error code and the details with which Slack refuses a call."""
    try:
        call(**arguments)
    except SlackApiError as error:
        metadata = error.response.get("response_metadata") or {}
        return error.response["error"], metadata.get("messages", [])
    raise AssertionError("Slack accepted the call")


def text(words: str, kind: str = "plain_text") -> Json:
    return {"type": kind, "text": words}


def section(words: str = "words", **more: Any) -> Json:
    return {"type": "section", "text": text(words, "mrkdwn"), **more}


def actions(*elements: Json, block_id: str = "acts") -> Json:
    return {"type": "actions", "block_id": block_id, "elements": list(elements)}


def button(words: str = "Cancel", action_id: str = "cancel", **more: Any) -> Json:
    return {"type": "button", "text": text(words), "action_id": action_id, **more}


def option(value: str, words: str = "") -> Json:
    return {"text": text(words or value), "value": value}


def select(action_id: str, *values: str, kind: str = "static_select", **more: Any) -> Json:
    return {"type": kind, "action_id": action_id, "options": [option(value) for value in values], **more}


def field(label: str, element: Json, **more: Any) -> Json:
    """An input block whose block_id is its label in small letters."""
    return {"type": "input", "block_id": label.lower(), "label": text(label), "element": element, **more}


def typed(action_id: str = "typed", **more: Any) -> Json:
    return {"type": "plain_text_input", "action_id": action_id, **more}


def modal(*blocks: Json, title: str = "Form", **more: Any) -> Json:
    base = {"type": "modal", "callback_id": "form", "title": text(title), "submit": text("Go")}
    return {**base, "blocks": list(blocks) or [section()], **more}
