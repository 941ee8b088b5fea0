"""The things of a workspace as values: users, channels, messages and their versions, views, changes.

Values are replaced, never altered, so that a snapshot which somebody holds stays what it was.
"""

from dataclasses import dataclass
from typing import Any, Literal

from sandbox.slack.workspace.elements import buttons_of

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class User:
    """Somebody of the workspace. ``key`` is what tests and the demo call them; the bot has one too."""

    id: str
    key: str
    name: str
    bot_id: str = ""


@dataclass(frozen=True, slots=True)
class UserGroup:
    """Some people under one handle."""

    id: str
    handle: str
    members: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Channel:
    id: str
    name: str
    members: frozenset[str]
    archived: bool = False
    direct_with: str = ""

    def as_json(self) -> Json:
        """The channel as ``conversations.info`` shows it."""
        if self.direct_with:
            return {
                "id": self.id,
                "is_im": True,
                "is_channel": False,
                "user": self.direct_with,
                "is_archived": False,
            }
        return {
            "id": self.id,
            "name": self.name,
            "name_normalized": self.name,
            "is_channel": True,
            "is_im": False,
            "is_private": False,
            "is_archived": self.archived,
            "num_members": len(self.members),
        }


@dataclass(frozen=True, slots=True)
class Version:
    """What a message said from ``at`` on."""

    at: float
    text: str
    blocks: tuple[Json, ...]


@dataclass(frozen=True, slots=True)
class Message:
    """A message as it is now, and everything that it has said before. Deleted ones stay on record."""

    channel: str
    ts: str
    author: User
    text: str
    blocks: tuple[Json, ...] = ()
    thread_ts: str = ""
    metadata: Json | None = None
    only_for: str = ""
    versions: tuple[Version, ...] = ()
    deleted: bool = False
    reactions: tuple[tuple[str, str], ...] = ()

    @property
    def is_reply(self) -> bool:
        return bool(self.thread_ts) and self.thread_ts != self.ts

    @property
    def edited(self) -> bool:
        return len(self.versions) > 1

    @property
    def buttons(self) -> tuple[str, ...]:
        """What stands on the message's buttons, in order."""
        return buttons_of(self.blocks)


@dataclass(frozen=True, slots=True)
class View:
    """A modal or home tab as the workspace holds it. ``state`` is what the person has put in so far."""

    id: str
    owner: str
    content: Json
    hash: str
    root_id: str
    previous_id: str | None
    state: Json
    errors: tuple[tuple[str, str], ...] = ()

    @property
    def title(self) -> str:
        return str(self.content.get("title", {}).get("text", ""))

    @property
    def blocks(self) -> tuple[Json, ...]:
        return tuple(self.content["blocks"])


Kind = Literal[
    "typed", "clicked", "submitted", "closed_view",
    "posted", "whispered", "edited", "deleted", "reacted",
    "opened_view", "changed_view", "view_gone", "told_errors", "published_home", "refused", "archived",
]  # fmt: skip


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that happened: what a person did (the first four kinds) or what came of it."""

    kind: Kind
    at: float
    who: User
    channel: str = ""
    text: str = ""
    message: Message | None = None
    view: View | None = None
