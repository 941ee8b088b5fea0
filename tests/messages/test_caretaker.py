"""What the bot process tells: decisions, plans that went stale, and replays that no living runner tells of."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import date

import pytest
from redis import Redis

from bot.jobs.run import carry_on_replay
from replay_engine import Engine, Nobody, ReplayState, TryAgain, load_settings
from sandbox.slack import Message
from tests.bot_parts import FreshDays
from tests.helpers.conversation import Conversation, caretaker, replay_id
from tests.helpers.gate import gate

ASHA = "U00OPERATOR"


def confirmed(conversation: Conversation, day: date) -> Message:
    """A plan that was started, and that no worker has taken yet."""
    plan = conversation.plan(f"raw {day}")
    assert conversation.confirm(plan).outcome == "closed"
    return plan


def test_a_plan_that_nobody_decides_goes_stale(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    """It becomes a record by itself, and what was clicked too late says so."""
    plan = conversation.plan("raw 2019-12-30")
    question = conversation.review(plan)
    question.fill({"typed": "raw"})
    caretaker().look()
    assert conversation.slack.message(plan.ts).buttons == ("Review and start", "Discard")
    monkeypatch.setenv("REPLAY_PLAN_HOURS", "0.0000001")
    with conversation.slack.away():
        caretaker().look()
    conversation.asha.click(plan, "review")
    conversation.hears("This plan has gone stale; plan again.")
    caretaker().look()
    assert conversation.slack.message(plan.ts).buttons == ()
    assert "This plan has gone stale; nothing was touched." in conversation.says(plan)
    assert question.submit().outcome == "updated"
    assert "gone stale" in conversation.says(question)
    conversation.run()
    assert len(conversation.slack.messages()) == 1


def test_a_confirmation_is_told_at_once(conversation: Conversation) -> None:
    """Before any worker has it; the plan has no buttons any more."""
    plan = confirmed(conversation, date(2019, 12, 30))
    caretaker().look()
    assert "Started by @Asha; it waits for a worker." in conversation.says(plan)
    assert conversation.slack.message(plan.ts).buttons == ()


def test_a_start_that_was_lost_is_mended(conversation: Conversation, fresh_days: FreshDays) -> None:
    """The bot died between the decision and the queue."""
    (day,) = fresh_days(1)
    plan = conversation.plan(f"raw {day}")
    conversation.records.decide(replay_id(plan), "confirmed", ASHA)
    conversation.run()
    assert conversation.slack.messages() == [conversation.slack.message(plan.ts)]
    caretaker().look()
    conversation.run()
    assert "*Replay of raw* · completed" in conversation.says(conversation.live())
    assert "Started by @Asha" in conversation.says(plan)


def test_what_was_never_begun_does_not_wait_for_ever(conversation: Conversation, fresh_days: FreshDays) -> None:
    """Its job broke before the plan was kept, while Slack was away: nothing was touched, and that is said."""
    (day,) = fresh_days(1)
    plan = conversation.plan(f"raw {day}")
    conversation.records.decide(replay_id(plan), "confirmed", ASHA)
    with Redis.from_url(conversation.world.valkey.url) as redis:
        redis.hset(f"replay:{replay_id(plan)}", "decided_at", 0)
    caretaker().look()
    assert "not begun" in conversation.says(conversation.live())
    assert "It was never begun; nothing was touched. Plan again." in conversation.thread()[0]
    assert conversation.is_as_seeded(day)


@contextmanager
def in_the_middle(conversation: Conversation, day: date, monkeypatch: pytest.MonkeyPatch) -> Iterator[Message]:
    """The plan of a replay that is before its last source file; afterwards it goes on to its end."""
    plan = conversation.plan(f"raw {day} check-source=heads")
    with (
        gate(conversation.world.azurite, conversation.seeded.days[day].source_blobs[-1]) as (standing, through),
        ThreadPoolExecutor(1) as hands,
        monkeypatch.context() as change,
    ):
        change.setenv("REPLAY_AZURE_CONNECTION_STRING", through)
        assert conversation.confirm(plan).outcome == "closed"
        run = hands.submit(conversation.run)
        assert standing.reached.wait(30)
        conversation.live()
        yield plan
        standing.opened.set()
        # Its job's own record may be lost with Redis; how the replay went is in the messages.
        run.exception()


def test_a_living_runner_is_left_alone(
    conversation: Conversation, fresh_days: FreshDays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often the bot looks, while and after it runs, everything is there once."""
    (day,) = fresh_days(1)
    with in_the_middle(conversation, day, monkeypatch):
        caretaker().look()
    caretaker().look()
    assert "*Replay of raw* · completed" in conversation.says(conversation.live())
    assert (len(conversation.slack.messages()), len(conversation.thread()), len(conversation.summaries())) == (2, 1, 1)
    assert conversation.records.unreported() == set()


def test_a_redis_that_is_lost_in_the_middle_is_filled_again(
    conversation: Conversation, fresh_days: FreshDays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The replay goes on, its messages are right in the end, and nothing is there twice."""
    (day,) = fresh_days(1)
    with (
        in_the_middle(conversation, day, monkeypatch) as plan,
        Redis.from_url(conversation.world.valkey.url) as redis,
    ):
        redis.flushdb()
    caretaker().look()
    assert conversation.records.unreported() == set()
    assert "*Replay of raw* · completed" in conversation.says(conversation.live())
    assert "Started by @Asha" in conversation.says(plan)
    assert (len(conversation.slack.messages()), len(conversation.thread()), len(conversation.summaries())) == (2, 1, 1)


def test_redis_and_the_end_are_lost_and_told_all_the_same(conversation: Conversation, fresh_days: FreshDays) -> None:
    """Slack is away when the replay ends, and Redis is empty when it is back: the replay's own record is enough."""
    (day,) = fresh_days(1)
    plan = confirmed(conversation, day)
    with conversation.slack.away():
        conversation.run()
    with Redis.from_url(conversation.world.valkey.url) as redis:
        redis.flushdb()
        caretaker().look()
        assert conversation.slack.messages() == [conversation.slack.message(plan.ts)]
        redis.delete(f"replay-telling:{replay_id(plan)}")
    caretaker().look()
    assert "*Replay of raw* · completed" in conversation.says(conversation.live())
    assert "Started by @Asha" in conversation.says(plan)
    assert (len(conversation.slack.messages()), len(conversation.thread()), len(conversation.summaries())) == (2, 1, 1)


def test_what_slack_could_not_be_told_is_told_later(conversation: Conversation, fresh_days: FreshDays) -> None:
    """Slack is away for longer than the worker waits; the bot tells it when Slack is back."""
    (day,) = fresh_days(1)
    plan = confirmed(conversation, day)
    with conversation.slack.away():
        conversation.run()
        caretaker().look()
    assert conversation.status(plan).state is ReplayState.COMPLETED
    assert conversation.slack.messages() == [conversation.slack.message(plan.ts)]
    caretaker().look()
    assert "*Replay of raw* · completed" in conversation.says(conversation.live())
    assert (len(conversation.thread()), len(conversation.summaries())) == (1, 1)
    assert conversation.records.unreported() == set()


def test_a_replay_that_is_carried_on_by_hand_is_told(conversation: Conversation, fresh_days: FreshDays) -> None:
    """From the command line, where nobody knows of Slack."""
    (day,) = fresh_days(1)
    plan = confirmed(conversation, day)
    engine, shown = Engine(load_settings()), conversation.records.plan(replay_id(plan))
    assert shown is not None
    engine.keep(shown)
    engine.run(shown, Nobody())
    caretaker().look()
    assert "*Replay of raw* · completed" in conversation.says(conversation.live())
    assert len(conversation.thread()) == 1


def test_a_carrying_on_that_breaks_off_at_once_says_nothing_untrue(
    conversation: Conversation, fresh_days: FreshDays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The store went away before the engine could say how the replay stands: its messages stay as they were."""
    (day,) = fresh_days(1)
    plan = confirmed(conversation, day)
    conversation.run()
    before = conversation.says(conversation.live()), len(conversation.thread()), len(conversation.summaries())

    def away(*_: object) -> None:
        raise TryAgain("The storage account does not answer.")

    with monkeypatch.context() as change:
        change.setattr(Engine, "run", away)
        carry_on_replay(replay_id(plan))
    after = conversation.says(conversation.live()), len(conversation.thread()), len(conversation.summaries())
    assert after == before
