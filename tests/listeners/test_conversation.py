"""The main job as a person does it in Slack, on real parts, with the bot behind signed requests."""

import pytest

from tests.bot_parts import FreshDays
from tests.helpers.conversation import Conversation, with_wrong_key
from tests.helpers.values import HOSTILE, assert_harmless


def test_from_the_command_to_refilled_sinks(conversation: Conversation, fresh_days: FreshDays) -> None:
    """Text, plan, confirmation, thread, done; and each event is once in the topic, every sink and Druid."""
    (day,) = fresh_days(1)
    assert "Looking at what is there" in conversation.asha.slash("/replay", f"raw {day}").text
    conversation.make_plans()
    (plan,) = conversation.slack.messages()
    assert f"`{day}` 6 files" in str(plan.blocks)
    assert conversation.confirm(plan).outcome == "closed"
    assert conversation.is_as_seeded(day)
    conversation.run()
    assert "*Replay of raw* · completed" in conversation.says(conversation.live())
    (said,) = conversation.thread()
    assert said.startswith(f":white_check_mark: *{day} closed*\nEvents published: 40 (")
    assert f"Replay date: {day}" in said
    assert "Started by @Asha" in conversation.says(plan)
    assert conversation.slack.message(plan.ts).buttons == ()
    assert conversation.problems(day) == ()
    assert [refusal for refusal in conversation.slack.refusals if "ratelimited" not in refusal] == []


def test_a_replay_without_deleting_only_publishes(conversation: Conversation, fresh_days: FreshDays) -> None:
    """Nothing is typed to confirm, nothing is deleted, and the sinks get what they never had."""
    (day,) = fresh_days(1)
    plan = conversation.plan(f"failed {day} delete-backups=no")
    assert "*Delete* nothing" in conversation.says(plan)
    question = conversation.review(plan)
    assert "typed" not in str(question.blocks)
    assert question.submit().outcome == "closed"
    conversation.run()
    assert "*Replay of failed* · completed" in conversation.says(conversation.live())
    before = {name for blobs in conversation.seeded.days[day].sink_blobs.values() for name in blobs}
    assert before <= set(conversation.world.container.list_blob_names())


def test_a_plan_that_has_gone_stale_destroys_nothing(conversation: Conversation, fresh_days: FreshDays) -> None:
    """A file that came after the plan was shown was not confirmed: the day fails unchanged, and says so."""
    (day,) = fresh_days(1)
    plan = conversation.plan(f"raw {day}")
    late = f"unique/{day}-9999999999999.json.gz"
    conversation.world.container.upload_blob(late, b"late")
    assert conversation.confirm(plan).outcome == "closed"
    conversation.run()
    assert "*Replay of raw* · completed with failures" in conversation.says(conversation.live())
    (said,) = conversation.thread()
    assert f"Files or segments of {day} have changed since the plan was made." in said
    conversation.world.container.delete_blob(late)
    assert conversation.is_as_seeded(day)


def test_a_store_that_is_refused_at_the_start_is_told(
    conversation: Conversation, fresh_days: FreshDays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The run ends before anything is touched, and neither the plan nor the live message goes on saying otherwise."""
    days = fresh_days(2)
    plan = conversation.plan(f"raw {days[0]} {days[1]}")
    assert conversation.confirm(plan).outcome == "closed"
    with monkeypatch.context() as change:
        change.setenv("REPLAY_AZURE_CONNECTION_STRING", with_wrong_key(conversation))
        conversation.run()
    assert "*Replay of raw* · not begun" in conversation.says(conversation.live())
    (said,) = conversation.thread()
    assert said.startswith(f":white_circle: *{days[0]} not begun*\nNothing was touched: ")
    assert [conversation.is_as_seeded(day) for day in days] == [True, True]


def test_the_help_shows_how_it_is_written(conversation: Conversation) -> None:
    for text in ("help", "HELP"):
        assert "/replay raw 2019-12-01 2019-12-03" in conversation.asha.slash("/replay", text).text


def test_hostile_text_gets_a_quiet_answer(conversation: Conversation) -> None:
    """What cannot be meant is answered to its author alone, harmless and short enough for Slack."""
    for text in HOSTILE:
        ack = conversation.asha.slash("/replay", text)
        assert (ack.failure, ack.text.startswith("Not understood: `/replay ")) == ("", True)
        assert_harmless(ack.text)
    conversation.make_plans()
    assert conversation.slack.messages() == []
