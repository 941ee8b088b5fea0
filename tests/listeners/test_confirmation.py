"""Between the plan and the start: typed names, double clicks, second thoughts, other people's clicks."""

import pytest
from redis import Redis
from rq import Queue

from bot.queues import RUNS
from sandbox.slack import Message
from tests.helpers.conversation import Conversation, replay_id
from tests.helpers.values import HOSTILE


@pytest.fixture
def plan(conversation: Conversation) -> Message:
    """A plan that could be started; none of these tests lets the worker take it."""
    return conversation.plan("raw 2019-12-30")


def queued(conversation: Conversation) -> list[str]:
    """Which replays wait for the worker."""
    with Redis.from_url(conversation.world.valkey.url) as redis:
        return Queue(RUNS, connection=redis).job_ids


def test_another_name_starts_nothing(conversation: Conversation, plan: Message) -> None:
    """The source's name has to be typed exactly; the form stays as it is and says so."""
    question = conversation.review(plan)
    for typed in ("Raw", "raw2019", "unique", *(text[:500] for text in HOSTILE)):
        question.fill({"typed": typed})
        result = question.submit()
        assert (result.outcome, result.errors["typed"]) == ("errors", "Type raw, the source's name, exactly.")
        assert question.value("typed") == typed
    assert queued(conversation) == []


def test_spaces_around_the_name_do_not_matter(conversation: Conversation, plan: Message) -> None:
    assert conversation.confirm(plan, " raw ").outcome == "closed"
    assert queued(conversation) == [replay_id(plan)]


def test_many_clicks_start_it_once(conversation: Conversation, plan: Message) -> None:
    """The same form sent three times, and the plan confirmed again afterwards, by the same person."""
    question = conversation.review(plan)
    question.fill({"typed": "raw"})
    assert question.submit(clicks=3).outcome == "closed"
    assert conversation.confirm(plan).outcome == "closed"
    assert queued(conversation) == [replay_id(plan)]


def test_a_discarded_plan_is_a_record(conversation: Conversation, plan: Message) -> None:
    """Nothing is left to press, and who discarded it is said."""
    conversation.asha.click(plan, "Discard")
    discarded = "Discarded by @Asha; nothing was touched."
    # The answer to a click comes after its acknowledgement.
    said = conversation.slack.wait_for(
        lambda: text if discarded in (text := conversation.says(plan)) else None, what=discarded
    )
    assert conversation.slack.message(plan.ts).buttons == ()
    assert f"`{replay_id(plan)}`" in said


def test_a_confirmation_that_comes_after_a_discard_starts_nothing(conversation: Conversation, plan: Message) -> None:
    """Two people look at the same plan: the first decision stands, the other hears of it."""
    question = conversation.review(plan)
    question.fill({"typed": "raw"})
    conversation.asha.click(plan, "Discard")
    assert question.submit().outcome == "updated"
    assert "This plan was discarded by @Asha." in conversation.says(question)
    assert queued(conversation) == []


def test_old_buttons_of_a_discarded_plan_only_tell(conversation: Conversation, plan: Message) -> None:
    """A click that was under way when the message changed."""
    conversation.records.decide(replay_id(plan), "discarded", "U00APPROVER")
    conversation.asha.click(plan, "review")
    conversation.hears("This plan was discarded by @Ben.")
    assert conversation.asha.views == ()


def test_a_started_plan_cannot_be_discarded(conversation: Conversation, plan: Message) -> None:
    assert conversation.confirm(plan).outcome == "closed"
    conversation.asha.click(plan, "Discard")
    conversation.hears("This plan was confirmed by @Asha.")
    assert queued(conversation) == [replay_id(plan)]


def test_a_forgotten_plan_has_to_be_made_again(conversation: Conversation, plan: Message) -> None:
    """Expired while the confirmation was open, or before a button was pressed: nothing starts."""
    question = conversation.review(plan)
    question.fill({"typed": "raw"})
    with Redis.from_url(conversation.world.valkey.url) as redis:
        redis.flushdb()
    assert question.submit().outcome == "updated"
    assert "too old to be confirmed" in conversation.says(question)
    for times, button in enumerate(("review", "discard"), 1):
        conversation.asha.click(plan, button)
        conversation.hears("That plan is too old to be confirmed; plan again.", times=times)
    assert queued(conversation) == []
