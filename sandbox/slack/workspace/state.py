"""The state of the pretended workspace: who is there, what was said, and how to wait for more.

One condition guards everything. The Web API writes from the server's threads while people read and wait in
theirs; whoever changes something says so here, and everybody who waits looks again.
"""

import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace

from sandbox.slack.errors import SlackRefusalError
from sandbox.slack.workspace.limits import Limiter
from sandbox.slack.workspace.model import Change, Channel, Json, Kind, Message, User, UserGroup, Version, View
from sandbox.slack.workspace.slowness import Slowness

TEAM_ID = "T00SANDBOX"
TEAM_DOMAIN = "sandbox"
APP_ID = "A0REPLAYBOT"
BOT = User("U0REPLAYBOT", "bot", "Replay Bot", bot_id="B0REPLAYBOT")
SLACKBOT = User("USLACKBOT", "slackbot", "Slackbot")
PEOPLE = (
    User("U00OPERATOR", "operator", "Asha"),
    User("U00APPROVER", "approver", "Ben"),
    User("U00STRANGER", "stranger", "Chen"),
)
USER_GROUPS = (
    UserGroup("S0OPERATORS", "operators", ("U00OPERATOR",)),
    UserGroup("S0APPROVERS", "approvers", ("U00APPROVER", "U00OPERATOR")),
)
HOME_CHANNEL = "data-replay"


def _first_channels() -> dict[str, Channel]:
    everybody = frozenset(user.id for user in PEOPLE)
    with_bot = everybody | {BOT.id}
    channels = [Channel("C0DATAREPLAY", HOME_CHANNEL, with_bot), Channel("C00000RANDOM", "random", everybody)]
    for person in PEOPLE:
        both = frozenset({person.id, BOT.id})
        channels += [Channel("D" + person.id[1:], "", both, direct_with=person.id)]
    return {channel.id: channel for channel in channels}


class Workspace:
    """Everything that Slack would remember. Hold ``changed`` while reading more than one thing."""

    def __init__(self, clock: Callable[[], float], *, limits: bool) -> None:
        self.changed = threading.Condition(threading.RLock())
        self.clock = clock
        self.limiter = Limiter(clock, enforced=limits)
        self.base_url = ""
        self.away = False
        self.slowness = Slowness(self.changed)
        #: Kinds of block that this workspace, or what is paid for it, does not have.
        self.without_blocks: set[str] = set()
        self.bot_token = f"xoxb-{secrets.token_hex(12)}"
        self.app_token = f"xapp-1-{APP_ID}-{secrets.token_hex(12)}"
        self.signing_secret = secrets.token_hex(16)
        self.users = {user.id: user for user in (*PEOPLE, BOT, SLACKBOT)}
        self.user_groups = {group.id: group for group in USER_GROUPS}
        self.channels = _first_channels()
        self.messages: dict[tuple[str, str], Message] = {}
        self.message_states: dict[tuple[str, str], Json] = {}
        self.views: dict[str, View] = {}
        self.stacks: dict[str, list[str]] = {}
        self.homes: dict[str, str] = {}
        self.changes: list[Change] = []
        self._subscribers: list[Callable[[Change], None]] = []
        self._last_ts_micros = 0

    @property
    def names(self) -> dict[str, str]:
        """Ids to the names that people read."""
        users = {user.id: user.name for user in self.users.values()}
        groups = {group.id: group.handle for group in self.user_groups.values()}
        return users | groups | {channel.id: channel.name for channel in self.channels.values()}

    def user(self, key_or_id: str) -> User:
        for user in self.users.values():
            if key_or_id in (user.id, user.key):
                return user
        raise KeyError(key_or_id)

    def channel(self, ident: object) -> Channel:
        """A channel by its id, its name with or without ``#``, or a user's id for their direct messages."""
        for channel in self.channels.values():
            if ident in (channel.id, channel.direct_with) or str(ident).removeprefix("#") == channel.name != "":
                return channel
        raise SlackRefusalError("channel_not_found")

    def new_ts(self) -> str:
        """The next message id: the time, but never one that was given before."""
        self._last_ts_micros = max(int(self.clock() * 1_000_000), self._last_ts_micros + 1)
        seconds, micros = divmod(self._last_ts_micros, 1_000_000)
        return f"{seconds}.{micros:06d}"

    def tell(
        self,
        kind: Kind,
        who: User,
        *,
        channel: str = "",
        text: str = "",
        message: Message | None = None,
        view: View | None = None,
    ) -> None:
        """Record that something happened, and let everybody who waits or listens know."""
        change = Change(kind, self.clock(), who, channel, text, message, view)
        with self.changed:
            self.changes.append(change)
            for subscriber in list(self._subscribers):
                subscriber(change)
            self.changed.notify_all()

    @contextmanager
    def listening(self, subscriber: Callable[[Change], None]) -> Iterator[None]:
        with self.changed:
            self._subscribers.append(subscriber)
        try:
            yield
        finally:
            with self.changed:
                self._subscribers.remove(subscriber)

    def post(
        self,
        channel: str,
        author: User,
        text: str,
        blocks: tuple[Json, ...] = (),
        *,
        thread_ts: str = "",
        metadata: Json | None = None,
        only_for: str = "",
    ) -> Message:
        """Put a new message, or with ``only_for`` an ephemeral one, into a channel."""
        with self.changed:
            first = Version(self.clock(), text, blocks)
            ts = self.new_ts()
            message = Message(channel, ts, author, text, blocks, thread_ts, metadata, only_for, (first,))
            self.messages[channel, ts] = message
            self.tell("whispered" if only_for else "posted", author, channel=channel, message=message)
            return message

    def edit(self, message: Message, text: str, blocks: tuple[Json, ...], metadata: Json | None) -> Message:
        with self.changed:
            version = Version(self.clock(), text, blocks)
            versions = (*message.versions, version)
            edited = replace(message, text=text, blocks=blocks, metadata=metadata, versions=versions)
            self.messages[message.channel, message.ts] = edited
            self.tell("edited", message.author, channel=message.channel, message=edited)
            return edited

    def delete(self, message: Message, who: User) -> None:
        with self.changed:
            gone = replace(message, deleted=True)
            self.messages[message.channel, message.ts] = gone
            self.tell("deleted", who, channel=message.channel, message=gone)

    def react(self, message: Message, who: User, name: str) -> None:
        with self.changed:
            marked = replace(message, reactions=(*message.reactions, (name, who.id)))
            self.messages[message.channel, message.ts] = marked
            self.tell("reacted", who, channel=message.channel, text=name, message=marked)

    def said_in(self, channel: str) -> list[Message]:
        """What everybody can read in a channel, threads included, oldest first."""
        with self.changed:
            there = [m for m in self.messages.values() if m.channel == channel]
            return [m for m in there if not m.only_for and not m.deleted]
