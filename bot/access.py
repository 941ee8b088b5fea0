"""Who may do what, and where: checked on every command, button and submission. Nobody by default.

Lists hold ids of users and of user groups; an empty list means nobody.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

Members = Callable[[str], frozenset[str]]


class Act(Enum):
    """What a person may be allowed."""

    ASK = "ask for a replay"
    CONFIRM = "confirm a replay"
    STOP = "stop a replay"
    LOOK = "look at a replay"


def nobody(_group: str) -> frozenset[str]:
    """The members of a group that nobody knows."""
    return frozenset()


@dataclass(frozen=True, slots=True)
class Access:
    """Operators may do everything. Approvers may confirm what others asked for, stop it, and look.

    With ``two_person`` only an approver who did not ask may confirm. ``members`` gives a user group's members.
    """

    operators: frozenset[str]
    approvers: frozenset[str] = frozenset()
    channels: frozenset[str] = frozenset()
    two_person: bool = False
    members: Members = nobody

    def refusal(self, user: str, channel: str | None, act: Act) -> str | None:
        """Why this user may not do this here, or ``None`` when they may; no channel is the bot's own Home."""
        allowed = self.operators if act is Act.ASK else self.operators | self.approvers
        if not self._among(user, allowed):
            return self._refused(act, allowed)
        if channel is not None and channel not in self.channels:
            return self._elsewhere(channel)
        return None

    def confirm_refusal(self, user: str, channel: str | None, requester: str) -> str | None:
        """The same for starting what somebody asked for."""
        if refusal := self.refusal(user, channel, Act.CONFIRM):
            return refusal
        if not self.two_person:
            return None
        if not self._among(user, self.approvers):
            return self._refused(Act.CONFIRM, self.approvers)
        if user == requester:
            return f"You asked for this replay; somebody else must confirm it. Ask {_one_of(self.approvers - {user})}."
        return None

    def _among(self, user: str, ids: Iterable[str]) -> bool:
        return any(user == one or (is_group(one) and user in self.members(one)) for one in ids)

    def _refused(self, act: Act, allowed: frozenset[str]) -> str:
        if not allowed:
            setting = "REPLAY_SLACK_APPROVERS" if act is Act.CONFIRM and self.operators else "REPLAY_SLACK_OPERATORS"
            return f"Nobody may {act.value} yet: whoever runs this bot must set {setting}."
        return f"You may not {act.value}. Ask {_one_of(allowed)}."

    def _elsewhere(self, channel: str) -> str:
        if not self.channels:
            return (
                "This bot listens in no channel yet: whoever runs it must set REPLAY_SLACK_CHANNELS, "
                f"for this one to {channel}."
            )
        return f"This bot does not listen here. Go to {', '.join(f'<#{one}>' for one in sorted(self.channels))}."


def is_group(ident: str) -> bool:
    """Whether an id is a user group's: those begin with S, users' with U or W."""
    return ident.startswith("S")


def _one_of(ids: frozenset[str]) -> str:
    shown = [f"<!subteam^{one}>" if is_group(one) else f"<@{one}>" for one in sorted(ids)]
    return f"one of {', '.join(shown)}" if shown else "whoever runs this bot for an approver: there is none but you"
