"""Who tells after a death or an outage: nothing is posted twice, nothing is forgotten, nothing stays "running"."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from redis import Redis

from bot.messages.ledger import Ledger, OnRecord, on_record
from bot.messages.poster import Poster
from bot.messages.records import Room
from replay_engine import DayReport, ReplayReport, ReplayState, Stage
from sandbox.slack import SlackStandIn
from tests.bot_parts import UNHURRIED
from tests.helpers.values import FIRST, REPLAY_ID, REQUESTER, closed, days_from, plan, report
from tests.messages.messaging import ROOM, Messaging, planned


@pytest.fixture
def messaging(redis_url: str, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch) -> Messaging:
    """Those who tell one workspace, each a process of its own."""
    environment = slack.environment() | UNHURRIED | {"REPLAY_REDIS_URL": redis_url}
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Messaging(redis_url, environment)


def ended() -> ReplayReport:
    return report([closed(day) for day in days_from(2)], ReplayState.COMPLETED)


def running() -> ReplayReport:
    return report([closed(FIRST), DayReport(days_from(2)[1], Stage.CLEARED, "publish")])


def everything(slack: SlackStandIn) -> list[str]:
    """The first lines of all that was said, in the channel and in the thread."""
    said = [*slack.messages(), *(reply for message in slack.messages() for reply in slack.thread(message.ts))]
    return [message.text.splitlines()[0] for message in said]


def test_a_successor_finds_what_was_posted_and_not_remembered(messaging: Messaging, slack: SlackStandIn) -> None:
    """The first died between every post and its record: its messages are found by what they say of themselves."""
    messaging.sync(plan(2), first=True).tell(running(), REQUESTER, None)
    before = everything(slack)
    with Redis.from_url(messaging.redis_url) as redis:
        redis.flushdb()
    messaging.book.noted.clear()
    messaging.sync(plan(2)).tell(running(), REQUESTER, None)
    assert everything(slack) == before
    messaging.sync(plan(2)).tell(ended(), REQUESTER, None)
    assert len(everything(slack)) == len(before) + 2
    assert "completed, 2 of 2 days closed" in slack.messages()[0].text


def test_two_who_take_turns_post_nothing_twice(messaging: Messaging, slack: SlackStandIn) -> None:
    """The bot told of it, a runner went on, and the bot has its turn again: it looks what was posted meanwhile."""
    bot, runner = messaging.sync(plan(2)), messaging.sync(plan(2))
    bot.tell(report([DayReport(FIRST, Stage.CLEARED), planned(2)[1]], ReplayState.INTERRUPTED), REQUESTER, None)
    runner.tell(running(), REQUESTER, None)
    bot.look_again()
    bot.tell(ended(), REQUESTER, None)
    runner.look_again()
    runner.tell(ended(), REQUESTER, None)
    said = everything(slack)
    assert (len(said), len(set(said))) == (4, 4)


def test_what_runs_by_hand_is_shown_and_nothing_is_posted(messaging: Messaging, slack: SlackStandIn) -> None:
    bot = messaging.sync(plan(2))
    bot.refresh(running())
    assert everything(slack) == []
    bot.tell(report(planned(2), ReplayState.INTERRUPTED), REQUESTER, None)
    bot.refresh(running())
    assert len(everything(slack)) == 1
    assert "running" in slack.messages()[0].text


def test_a_redis_that_was_lost_changes_nothing(messaging: Messaging, slack: SlackStandIn) -> None:
    """The replay's own record knows its messages, without a look into Slack."""
    messaging.sync(plan(2), first=True).tell(running(), REQUESTER, None)
    with Redis.from_url(messaging.redis_url) as redis:
        redis.flushdb()
    messaging.sync(plan(2), first=True).tell(running(), REQUESTER, None)
    assert len(everything(slack)) == 2


def test_a_record_that_was_lost_changes_nothing(messaging: Messaging, slack: SlackStandIn) -> None:
    messaging.sync(plan(2), first=True).tell(running(), REQUESTER, None)
    messaging.book.noted.clear()
    messaging.sync(plan(2), first=True).tell(running(), REQUESTER, None)
    assert len(everything(slack)) == 2


@contextmanager
def losing_answers(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """Slack takes every post, and nobody hears so."""
    post = Poster.post

    def lost(self: Poster, *args: object, **more: object) -> str:
        post(self, *args, **more)  # type: ignore[arg-type]
        raise TimeoutError("the answer was lost")

    with monkeypatch.context() as change:
        change.setattr(Poster, "post", lost)
        yield


def test_a_post_whose_answer_was_lost_is_not_posted_again(
    messaging: Messaging, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every single one of them: the live message, each day's, the summary."""
    sync = messaging.sync(plan(2), first=True)
    for _ in range(4):
        with losing_answers(monkeypatch), pytest.raises(TimeoutError):
            sync.tell(ended(), REQUESTER, None)
        assert len(everything(slack)) == len(set(everything(slack)))
    sync.tell(ended(), REQUESTER, None)
    assert len(everything(slack)) == 4


def test_a_message_of_another_replay_is_not_taken_for_ours(messaging: Messaging, slack: SlackStandIn) -> None:
    other = {"event_type": "replay_message", "event_payload": {"replay": "r20191210-101500-ffffff", "what": "live"}}
    sync = messaging.sync(plan(2))
    client = slack.workspace
    channel = client.channel(ROOM.channel)
    posted = client.post(channel.id, client.user("bot"), "Replay of other: running", metadata=other)
    sync.tell(running(), REQUESTER, None)
    assert slack.message(posted.ts).text == "Replay of other: running"
    assert len(slack.messages()) == 2


def test_a_workspace_without_the_newer_blocks_gets_plain_ones(messaging: Messaging, slack: SlackStandIn) -> None:
    """Slack refuses its plan and chart blocks there: the same is told in sections, and goes on so."""
    slack.workspace.without_blocks = {"plan", "data_visualization"}
    sync = messaging.sync(plan(2), first=True)
    sync.tell(running(), REQUESTER, None)
    sync.tell(ended(), REQUESTER, None)
    kinds = {block["type"] for message in slack.messages() for block in message.blocks}
    assert "plan" not in kinds
    assert "completed, 2 of 2 days closed" in slack.messages()[0].text
    assert len(everything(slack)) == 4


def test_the_record_says_who_asked_and_who_confirmed(messaging: Messaging) -> None:
    """Once, however often a runner begins."""
    for _ in range(2):
        Ledger(messaging.records, messaging.book, REPLAY_ID).begin(ROOM, "U2")
    assert [(audit_entry.what, audit_entry.by) for audit_entry in messaging.book.noted] == [
        ("asked", REQUESTER),
        ("confirmed", "U2"),
    ]
    assert on_record(messaging.book, REPLAY_ID) == OnRecord(Room(ROOM.channel, REQUESTER), "U2", None)


def test_an_end_that_was_told_is_not_told_again(messaging: Messaging, slack: SlackStandIn) -> None:
    """It is off the list of what is to be told, and stays what it was."""
    messaging.records.remember_plan(plan(2), ROOM)
    messaging.records.decide(REPLAY_ID, "confirmed", REQUESTER)
    assert messaging.records.unreported() == {REPLAY_ID}
    messaging.sync(plan(2), first=True).tell(ended(), REQUESTER, None)
    assert messaging.records.unreported() == set()
    before = everything(slack)
    messaging.sync(plan(2)).tell(ended(), REQUESTER, None)
    assert everything(slack) == before
