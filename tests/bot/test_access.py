"""Who may do what, and where."""

import pytest

from bot.access import Access, Act

OPERATOR, APPROVER, BOTH, STRANGER, CHANNEL = "U1", "U2", "U3", "U4", "C1"
GROUPS = {"S1": frozenset({OPERATOR}), "S2": frozenset({APPROVER, BOTH})}


def members(group: str) -> frozenset[str]:
    return GROUPS.get(group, frozenset())


def access(*, two_person: bool = False, groups: bool = False) -> Access:
    operators = frozenset({"S1", BOTH} if groups else {OPERATOR, BOTH})
    approvers = frozenset({"S2"} if groups else {APPROVER, BOTH})
    return Access(operators, approvers, frozenset({CHANNEL}), two_person, members)


@pytest.mark.parametrize("act", Act)
def test_nobody_may_by_default(act: Act) -> None:
    """An empty list is not an open door, and says what to set."""
    refusal = Access(frozenset()).refusal(OPERATOR, None, act)
    assert refusal is not None
    assert "must set REPLAY_SLACK_OPERATORS" in refusal


def test_no_channel_is_allowed_by_default() -> None:
    refusal = Access(frozenset({OPERATOR})).refusal(OPERATOR, CHANNEL, Act.ASK)
    assert refusal == (
        "This bot listens in no channel yet: whoever runs it must set REPLAY_SLACK_CHANNELS, for this one to C1."
    )


@pytest.mark.parametrize("groups", [False, True])
@pytest.mark.parametrize(
    ("user", "allowed"),
    [
        (OPERATOR, set(Act)),
        (BOTH, set(Act)),
        (APPROVER, {Act.CONFIRM, Act.STOP, Act.LOOK}),
        (STRANGER, set()),
    ],
)
def test_each_may_what_their_list_says(user: str, allowed: set[Act], groups: bool) -> None:
    """By their own id or by a user group's; in an allowed channel and in the bot's own Home."""
    may = access(groups=groups)
    for place in (CHANNEL, None):
        assert {act for act in Act if may.refusal(user, place, act) is None} == allowed
    assert all(may.refusal(user, "C2", act) for act in Act)


def test_everybody_else_hears_whom_to_ask() -> None:
    may = access(groups=True)
    assert may.refusal(STRANGER, CHANNEL, Act.ASK) == "You may not ask for a replay. Ask one of <!subteam^S1>, <@U3>."
    assert may.refusal(OPERATOR, "C2", Act.ASK) == "This bot does not listen here. Go to <#C1>."


@pytest.mark.parametrize(
    ("user", "requester", "may_confirm"),
    [
        (OPERATOR, OPERATOR, False),
        (OPERATOR, BOTH, False),
        (APPROVER, OPERATOR, True),
        (BOTH, OPERATOR, True),
        (BOTH, BOTH, False),
        (STRANGER, OPERATOR, False),
    ],
)
def test_two_persons_are_a_requester_and_another_who_approves(user: str, requester: str, may_confirm: bool) -> None:
    """An operator who is no approver confirms nothing; without the rule operators confirm their own."""
    assert (access(two_person=True).confirm_refusal(user, CHANNEL, requester) is None) == may_confirm
    assert (access().confirm_refusal(user, CHANNEL, requester) is None) == (user != STRANGER)


def test_an_approver_who_asked_hears_who_else_can_confirm() -> None:
    said = access(two_person=True).confirm_refusal(BOTH, CHANNEL, BOTH)
    assert said == "You asked for this replay; somebody else must confirm it. Ask one of <@U2>."


def test_two_persons_without_approvers_is_nobody() -> None:
    """Not a way around the second person."""
    may = Access(frozenset({OPERATOR, BOTH}), frozenset(), frozenset({CHANNEL}), two_person=True)
    said = may.confirm_refusal(BOTH, CHANNEL, OPERATOR)
    assert said == "Nobody may confirm a replay yet: whoever runs this bot must set REPLAY_SLACK_APPROVERS."


def test_a_group_that_nobody_knows_has_no_members() -> None:
    assert Access(frozenset({"S1"}), channels=frozenset({CHANNEL})).refusal("S1x", CHANNEL, Act.LOOK) is not None
