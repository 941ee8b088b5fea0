"""Who may use the bot: checked on every command, button and submission. Nobody by default."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Access:
    """The users who may plan, confirm and cancel."""

    operators: frozenset[str]

    def refusal(self, user_id: str) -> str | None:
        """Why this user may not, or ``None`` when they may."""
        if user_id in self.operators:
            return None
        if not self.operators:
            return "Nobody may replay yet: whoever runs this bot must set REPLAY_SLACK_OPERATORS."
        asked = ", ".join(f"<@{operator}>" for operator in sorted(self.operators))
        return f"You may not replay. Ask one of {asked}."
