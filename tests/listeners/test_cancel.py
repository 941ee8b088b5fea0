"""Cancelling in the middle of a day, and Slack going away in the middle of one."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

import pytest

from replay_engine import ReplayState
from replay_engine.errors import NotThere
from sandbox.processes import wait_until
from sandbox.slack import Message
from tests.bot_parts import FreshDays
from tests.helpers.conversation import Conversation
from tests.helpers.gate import Gate, gate


@contextmanager
def in_the_middle(
    conversation: Conversation, plan: Message, held_name: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Gate]:
    """A confirmed replay that is reading its source and waits before one file."""
    with gate(conversation.world.azurite, held_name) as (standing, connection_string), ThreadPoolExecutor(1) as worker:
        monkeypatch.setenv("REPLAY_AZURE_CONNECTION_STRING", connection_string)
        assert conversation.confirm(plan).outcome == "closed"
        run = worker.submit(conversation.run)
        assert standing.reached.wait(30)
        yield standing
        standing.opened.set()
        run.result()


def test_cancel_restores_the_running_day_and_begins_no_other(
    conversation: Conversation, fresh_days: FreshDays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pressed while a day is being published: what had landed is set aside, its sinks are as before."""
    first, second = fresh_days(2)
    last_file = conversation.seeded.days[first].source_blobs[-1]
    plan = conversation.plan(f"raw {first} {second} check-source=heads")
    with in_the_middle(conversation, plan, last_file, monkeypatch) as standing:
        live = conversation.live()
        assert not conversation.is_as_seeded(first)
        conversation.asha.click(live, "Cancel")
        conversation.carry_out()
        conversation.slack.wait_for(lambda: "stopping: cancelled by @Asha" in conversation.says(live))
        standing.opened.set()
    said = conversation.says(live)
    assert "*Replay of raw* · cancelled by @Asha" in said
    assert f"{first} · restored" in said
    assert f"{second} · not begun" in said
    assert "· cancelled by @Asha" in conversation.summaries()[-1]
    restored, not_begun = conversation.thread()
    assert f"*{first} restored* · cancelled" in restored
    assert "Somebody asked to cancel." in restored
    assert not_begun.startswith(f":white_circle: *{second} not begun*\nCancelled before it began.")
    assert conversation.whispered()[-1].startswith("Stopping at the next safe point; the running day is restored")
    assert conversation.problems(restored=(first,)) == ()
    assert conversation.is_as_seeded(second)


def test_slack_away_does_not_stop_a_replay(conversation: Conversation, fresh_days: FreshDays) -> None:
    """The day ends while nobody can be told, and is told when Slack is back."""
    (day,) = fresh_days(1)
    plan = conversation.plan(f"raw {day}")
    assert conversation.confirm(plan).outcome == "closed"
    with ThreadPoolExecutor(1) as worker:
        with conversation.slack.away():
            run = worker.submit(conversation.run)
            wait_until(lambda: has_ended(conversation, plan), "the replay's end", 30)
            assert (run.done(), len(conversation.slack.messages())) == (False, 1)
        run.result()
    assert "Started by @Asha" in conversation.says(plan)
    assert "*Replay of raw* · completed" in conversation.says(conversation.live())
    assert [text.splitlines()[0] for text in conversation.thread()] == [f":white_check_mark: *{day} closed*"]


def has_ended(conversation: Conversation, plan: Message) -> bool:
    """Whether the journals say so; before the run has kept its plan there are none."""
    try:
        return conversation.status(plan).state is ReplayState.COMPLETED
    except NotThere:
        return False
