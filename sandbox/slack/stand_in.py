"""The stand-in itself: one server that plays Slack, and the hands of the people in it.

Nothing outlives the ``with``: state is in memory only, and the server stops with it.
"""

import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import replace

from starlette.applications import Starlette
from starlette.routing import Route, WebSocketRoute

from sandbox.serving import serve
from sandbox.slack.delivery.socket_mode import SocketMode
from sandbox.slack.delivery.transport import SignedRequests
from sandbox.slack.page.server import WebPage
from sandbox.slack.people.desk import Desk
from sandbox.slack.people.form import OpenView
from sandbox.slack.people.person import Person
from sandbox.slack.web_api.server import WebApi, methods
from sandbox.slack.workspace.model import Change, Message, Version
from sandbox.slack.workspace.state import HOME_CHANNEL, PEOPLE, SLACKBOT, Workspace
from sandbox.slack.workspace.transcript import content_text, narrate, transcript, view_text
from sandbox.slack.workspace.waiting import PATIENCE_SECONDS, T, wait_for


class SlackStandIn:
    """A workspace with a bot in it. Predicates and listeners only look: they must not act or call the app."""

    def __init__(self, workspace: Workspace, ack_seconds: float) -> None:
        self._ack_seconds = ack_seconds
        self.workspace = workspace
        self.socket_mode = SocketMode(workspace, ack_seconds)
        self.desk = Desk(workspace, self.socket_mode)
        self.page = WebPage(self.desk, lambda: self.socket_mode.connected)

    @property
    def url(self) -> str:
        return self.workspace.base_url

    def environment(self) -> dict[str, str]:
        """The settings with which a bot talks to this workspace instead of Slack."""
        return {
            "SLACK_BOT_TOKEN": self.workspace.bot_token,
            "SLACK_APP_TOKEN": self.workspace.app_token,
            "SLACK_SIGNING_SECRET": self.workspace.signing_secret,
            "SLACK_API_URL": f"{self.url}/api/",
            "REPLAY_SLACK_OPERATORS": self.person("operator").id,
            "REPLAY_SLACK_APPROVERS": self.person("approver").id,
            "REPLAY_SLACK_CHANNELS": self.workspace.channel(HOME_CHANNEL).id,
        }

    def person(self, key_or_id: str) -> Person:
        """``operator``, ``approver`` or ``stranger``."""
        return Person(self.desk, self.workspace.user(key_or_id))

    @property
    def people(self) -> tuple[Person, ...]:
        return tuple(Person(self.desk, user) for user in PEOPLE)

    def use_http(self, request_url: str) -> SignedRequests:
        """Deliver signed requests to this URL from now on; the result can also send bad and stale ones."""
        sender = SignedRequests(request_url, self.workspace.signing_secret, self._ack_seconds)
        self.desk.transport = sender
        return sender

    def use_socket_mode(self) -> None:
        self.desk.transport = self.socket_mode

    def messages(self, channel: str = HOME_CHANNEL) -> list[Message]:
        """The channel's own messages, without threads, oldest first."""
        return [m for m in self.workspace.said_in(self.workspace.channel(channel).id) if not m.is_reply]

    def thread(self, ts: str, channel: str = HOME_CHANNEL) -> list[Message]:
        """The replies in a thread, oldest first."""
        said = self.workspace.said_in(self.workspace.channel(channel).id)
        return [m for m in said if m.is_reply and m.thread_ts == ts]

    def message(self, ts: str, channel: str = HOME_CHANNEL) -> Message:
        """A message as it is now, deleted or not."""
        return self.workspace.messages[self.workspace.channel(channel).id, ts]

    def history_of(self, ts: str, channel: str = HOME_CHANNEL) -> tuple[Version, ...]:
        """Everything that a message has said, with the times of its edits."""
        return self.message(ts, channel).versions

    def text_of(self, shown: Message | OpenView | Version) -> str:
        """What a reader sees, as plain text: blocks, names, entities and all."""
        names = self.workspace.names
        if isinstance(shown, OpenView):
            return view_text(shown.view, names)
        return content_text(shown.text, shown.blocks, names)

    def transcript(self, channel: str = HOME_CHANNEL) -> str:
        return transcript(self.workspace, channel)

    def narrate(self, change: Change) -> str:
        """A change as lines for a terminal; empty for what nobody sees."""
        return narrate(self.workspace, change)

    def on_change(self, listener: Callable[[Change], None]) -> AbstractContextManager[None]:
        """Call the listener with every change, in order, while the ``with`` lasts. It must be quick."""
        return self.workspace.listening(listener)

    def wait_for(
        self, predicate: Callable[[], T | None], timeout_seconds: float = PATIENCE_SECONDS, what: str = ""
    ) -> T:
        """Wait until the predicate gives something true, and return that; it is asked after every change."""
        return wait_for(self.workspace, predicate, timeout_seconds, what)

    def wait_until_connected(self, timeout_seconds: float = PATIENCE_SECONDS) -> None:
        """Until the app is connected by Socket Mode."""
        self.wait_for(lambda: self.socket_mode.connected, timeout_seconds, "the app's connection")

    @property
    def rate_limited(self) -> int:
        """How many calls were answered with 429 so far."""
        return self.workspace.limiter.refused.total()

    @property
    def refusals(self) -> list[str]:
        """Every error that the Web API gave, as ``method; error; details``: a healthy bot causes none."""
        with self.workspace.changed:
            return [change.text for change in self.workspace.changes if change.kind == "refused"]

    @contextmanager
    def away(self) -> Iterator[None]:
        """An outage: HTTP calls get 503, connections drop, and people's clicks reach nobody."""
        self.workspace.away = True
        self.socket_mode.drop()
        try:
            yield
        finally:
            self.workspace.away = False

    def slow(self, seconds: float) -> AbstractContextManager[None]:
        """Every answer to the app comes so late, while the ``with`` lasts; what it asks for is done at once."""
        return self.workspace.slowness.slow(seconds)

    def silent(self) -> AbstractContextManager[None]:
        """The same with answers that come only at the end of the ``with``."""
        return self.workspace.slowness.silent()

    @property
    def held_answers(self) -> int:
        """How many of the app's calls wait for Slack to speak again."""
        return self.workspace.slowness.held

    def archive(self, channel: str = HOME_CHANNEL) -> None:
        with self.workspace.changed:
            archived = replace(self.workspace.channel(channel), archived=True)
            self.workspace.channels[archived.id] = archived
            self.workspace.tell("archived", SLACKBOT, channel=archived.id)


@contextmanager
def slack_stand_in(
    *,
    clock: Callable[[], float] = time.time,
    limits: bool = True,
    ack_seconds: float = 3.0,
    port: int = 0,
) -> Iterator[SlackStandIn]:
    """Serve a new workspace. ``clock`` drives message times, rate limits, triggers and answer URLs."""
    workspace = Workspace(clock, limits=limits)
    slack = SlackStandIn(workspace, ack_seconds)
    api = WebApi(workspace, methods(workspace, slack.desk.views, slack.socket_mode.open_connection))
    app = Starlette(
        routes=[
            Route("/api/{method}", api.handle, methods=["GET", "POST"]),
            Route("/actions/{team}/{ident}", slack.desk.answers.handle, methods=["POST"]),
            WebSocketRoute("/link/", slack.socket_mode.serve),
            slack.page.route(),
        ]
    )
    with serve(app, port) as workspace.base_url:
        try:
            yield slack
        finally:
            slack.page.end()
