"""Who may use the bot."""

from bot.access import Access


def test_nobody_may_by_default() -> None:
    """An empty list is not an open door, and says what to set."""
    refusal = Access(frozenset()).refusal("U00OPERATOR")
    assert refusal is not None
    assert "REPLAY_SLACK_OPERATORS" in refusal


def test_operators_may() -> None:
    assert Access(frozenset({"U1", "U2"})).refusal("U2") is None


def test_everybody_else_hears_whom_to_ask() -> None:
    assert Access(frozenset({"U2", "U1"})).refusal("U3") == "You may not replay. Ask one of <@U1>, <@U2>."
