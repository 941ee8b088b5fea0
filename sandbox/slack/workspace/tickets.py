"""The short-lived rights that an interaction gives an app: a trigger to open one view, a URL to answer to."""

import secrets
from dataclasses import dataclass

from sandbox.slack.errors import SlackRefusalError
from sandbox.slack.workspace.state import TEAM_ID, Workspace

TRIGGER_SECONDS = 3
ANSWER_SECONDS = 30 * 60
ANSWERS = 5


@dataclass(slots=True)
class Trigger:
    user: str
    issued_at: float
    view_id: str = ""
    used: bool = False


@dataclass(slots=True)
class AnswerUrl:
    """Where an app may answer. ``message_ts`` is the message that was clicked, if one was."""

    user: str
    channel: str
    issued_at: float
    message_ts: str = ""
    uses: int = 0


class Tickets:
    """All triggers and answer URLs that were given out. Guarded by the workspace's lock."""

    def __init__(self, workspace: Workspace) -> None:
        self._workspace = workspace
        self._triggers: dict[str, Trigger] = {}
        self._answers: dict[str, AnswerUrl] = {}

    def trigger(self, user: str, view_id: str = "") -> str:
        ident = f"{secrets.randbelow(10**12)}.{secrets.randbelow(10**12)}.{secrets.token_hex(16)}"
        with self._workspace.changed:
            self._triggers[ident] = Trigger(user, self._workspace.clock(), view_id)
        return ident

    def exchange(self, ident: object) -> Trigger:
        """Use up a trigger: once, and within three seconds."""
        trigger = self._triggers.get(str(ident))
        if trigger is None:
            raise SlackRefusalError("invalid_trigger_id")
        if trigger.used:
            raise SlackRefusalError("exchanged_trigger_id")
        if self._workspace.clock() - trigger.issued_at > TRIGGER_SECONDS:
            raise SlackRefusalError("expired_trigger_id")
        trigger.used = True
        return trigger

    def answer_url(self, user: str, channel: str, message_ts: str = "") -> str:
        ident = secrets.token_urlsafe(18)
        with self._workspace.changed:
            self._answers[ident] = AnswerUrl(user, channel, self._workspace.clock(), message_ts)
        return f"{self._workspace.base_url}/actions/{TEAM_ID}/{ident}"

    def answer(self, ident: str) -> AnswerUrl:
        """Use an answer URL once more; the sixth use and the 31st minute are refused."""
        given = self._answers.get(ident)
        if given is None or self._workspace.clock() - given.issued_at > ANSWER_SECONDS:
            raise SlackRefusalError("expired_url")
        if given.uses >= ANSWERS:
            raise SlackRefusalError("used_url")
        given.uses += 1
        return given
