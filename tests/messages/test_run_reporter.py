"""A running replay told in Slack: nothing lost, nothing twice, never "running" when it is not."""

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from itertools import pairwise

import pytest

from bot.messages.run_reporter import stopped
from replay_engine import DayReport, ReplayReport, ReplayState, Stage, TryAgain
from sandbox.slack import Message, SlackStandIn, slack_stand_in
from tests.bot_parts import UNHURRIED
from tests.helpers.values import FIRST, REPLAY_ID, REQUESTER, closed, days_from, plan, report
from tests.messages.messaging import Messaging, planned

MessagingOf = Callable[[SlackStandIn], Messaging]


@pytest.fixture
def messaging_of(redis_url: str, monkeypatch: pytest.MonkeyPatch) -> MessagingOf:
    """Those who tell a workspace that has limits, at Slack's pace."""

    def messaging(slack: SlackStandIn) -> Messaging:
        environment = slack.environment() | {"REPLAY_REDIS_URL": redis_url}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        return Messaging(redis_url, environment)

    return messaging


@pytest.fixture
def messaging(messaging_of: MessagingOf, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch) -> Messaging:
    """Those who tell a workspace without limits."""
    for name, value in UNHURRIED.items():
        monkeypatch.setenv(name, value)
    return messaging_of(slack)


def thread(slack: SlackStandIn) -> list[str]:
    """What is said of each day."""
    live = slack.messages()[0]
    said = [message.text.splitlines()[0] for message in slack.thread(live.ts)]
    return [text for text in said if "Replay of" not in text]


def summaries(slack: SlackStandIn) -> list[str]:
    """What is said of the whole, at the end."""
    return [message.text for message in slack.thread(slack.messages()[0].ts) if "Replay of" in message.text]


def test_every_day_is_told_once_under_slacks_limits(messaging_of: MessagingOf) -> None:
    """Seven days in quick succession, more than Slack takes at once: each has its one message, in order.

    Slack never has to say that it is asked too often.
    """
    with slack_stand_in(limits=True) as slack:
        days = list(planned(7))
        with messaging_of(slack).watch(plan(7)) as watch:
            for number, day in enumerate(days):
                days[number] = closed(day.day)
                watch.saw(report(days))
            watch.saw(report(days, ReplayState.COMPLETED))
        assert slack.rate_limited == 0
        assert thread(slack) == [f":white_check_mark: *{day.day} closed*" for day in days]
        (live,) = slack.messages()
        assert "*Replay of raw* · completed" in slack.text_of(live)
        edits = [version.at for version in slack.history_of(live.ts)[1:]]
        assert all(later - earlier > 2.9 for earlier, later in pairwise(edits))


def test_telling_the_same_again_posts_nothing_twice(messaging: Messaging, slack: SlackStandIn) -> None:
    """Whoever tells, and however often: ids of messages are on record."""
    said = report([closed(FIRST), DayReport(days_from(2)[1], Stage.CLEARED, "publish")])
    for _ in range(3):
        messaging.sync(plan(2)).tell(said, REQUESTER, None)
    assert (len(slack.messages()), len(thread(slack))) == (1, 1)


def test_a_closed_day_is_told_with_its_receipt(messaging: Messaging, slack: SlackStandIn) -> None:
    """Once, and the store is asked for it once; a day that is not closed has none."""
    asked = []

    def receipt(replay_id: str, day: date) -> bytes:
        asked.append((replay_id, day))
        return b'{"day": "x"}'

    messaging.receipts = receipt
    restored = DayReport(days_from(2)[1], Stage.RESTORED)
    for _ in range(2):
        messaging.sync(plan(2)).tell(report([closed(FIRST), restored]), REQUESTER, None)
    said = [message.text for message in slack.thread(slack.messages()[0].ts)]
    assert [("Receipt, SHA-256 " in text, 'day: "x"' in text) for text in said] == [(True, True), (False, False)]
    assert asked == [(REPLAY_ID, FIRST)]


def test_a_receipt_that_cannot_be_read_keeps_no_day_from_being_told(messaging: Messaging, slack: SlackStandIn) -> None:
    def away(replay_id: str, day: date) -> bytes:
        raise TryAgain("The store is away.")

    messaging.receipts = away
    messaging.sync(plan(1)).tell(report([closed(FIRST)]), REQUESTER, None)
    assert thread(slack) == [f":white_check_mark: *{FIRST} closed*"]


def test_what_was_shown_while_slack_was_away_is_told_afterwards(messaging: Messaging, slack: SlackStandIn) -> None:
    """The runner is not kept waiting, and no message is missing in the end."""
    with slack.away():
        watch = messaging.watch(plan(2)).__enter__()
        watch.saw(report([closed(FIRST), *planned(2)[1:]]))
        watch.saw(report([closed(day) for day in days_from(2)], ReplayState.COMPLETED))
    watch.__exit__(None, None, None)
    assert thread(slack) == [f":white_check_mark: *{day} closed*" for day in days_from(2)]
    assert "completed, 2 of 2 days closed" in slack.messages()[0].text
    assert len(summaries(slack)) == 1


def gone_message(slack: SlackStandIn, live: Message) -> None:
    slack.person("operator").delete(live)


def archived_channel(slack: SlackStandIn, _live: Message) -> None:
    slack.archive()


@pytest.mark.parametrize("happens", [gone_message, archived_channel])
def test_a_message_that_is_gone_stops_nothing(
    messaging: Messaging,
    slack: SlackStandIn,
    happens: Callable[[SlackStandIn, Message], None],
) -> None:
    """A deleted message or an archived channel: the watch ends at once and raises nothing."""
    days = [closed(FIRST), *planned(2)[1:]]
    with messaging.watch(plan(2)) as watch:
        watch.saw(report(days))
        happens(slack, slack.wait_for(lambda: next(iter(slack.messages()), None)))
        watch.saw(report([closed(day) for day in days_from(2)], ReplayState.COMPLETED))


def test_a_cancel_is_shown_without_any_progress(messaging: Messaging, slack: SlackStandIn) -> None:
    """The switch is seen while the engine is busy, and the button disappears."""
    messaging.records.decide(REPLAY_ID, "confirmed", REQUESTER)
    with messaging.watch(plan(1)) as watch:
        watch.saw(report([DayReport(FIRST, Stage.CLEARED, "publish")]))
        live = slack.wait_for(lambda: next(iter(slack.messages()), None))
        assert (watch.cancelled(), live.buttons) == (False, ("Cancel", "Pause", "Slower", "Faster"))
        messaging.records.cancel(REPLAY_ID, "U00APPROVER")
        slack.wait_for(lambda: "cancelled by @Ben" in slack.text_of(slack.message(live.ts)))
        assert (watch.cancelled(), slack.message(live.ts).buttons) == (True, ())


def test_a_replay_cancelled_in_the_queue_is_cancelled_from_its_first_moment(
    messaging: Messaging, slack: SlackStandIn
) -> None:
    messaging.records.decide(REPLAY_ID, "confirmed", REQUESTER)
    messaging.records.cancel(REPLAY_ID, REQUESTER)
    with messaging.watch(plan(1)) as watch:
        assert watch.cancelled()


def test_a_runner_that_breaks_off_never_leaves_running_behind(messaging: Messaging, slack: SlackStandIn) -> None:
    """The day it was at says why, and what to do."""
    days = [closed(FIRST), DayReport(days_from(2)[1], Stage.CLEARED, "publish")]
    with messaging.watch(plan(2)) as watch:
        watch.saw(report(days))
        watch.broke("The worker broke off.", "replay resume it")
    (live,) = slack.messages()
    assert "interrupted, 1 of 2 days closed" in live.text
    assert live.buttons == ("Resume",)
    assert slack.thread(live.ts)[-1].text.splitlines()[:2] == [
        ":warning: *2019-12-02 interrupted* · cleared",
        "The worker broke off. replay resume it",
    ]


@pytest.mark.parametrize(
    ("days", "state"),
    [
        (planned(2), ReplayState.COMPLETED_WITH_FAILURES),
        ((closed(FIRST), *planned(2)[1:]), ReplayState.INTERRUPTED),
        ((DayReport(FIRST, Stage.PUBLISHED, "settle"), *planned(2)[1:]), ReplayState.INTERRUPTED),
    ],
)
def test_only_the_day_at_which_it_stopped_is_told(days: tuple[DayReport, ...], state: ReplayState) -> None:
    """Days that were done stay done, and days that were not begun have no message of their own."""
    result = stopped(report(days), "gone", "resume")
    assert result.state is state
    at = next(number for number, day in enumerate(days) if day.stage is not Stage.CLOSED)
    assert result.days[at] == replace(days[at], step="", error="gone", advice="resume")
    assert [day for day in result.days if day.error] == [result.days[at]]


def test_a_day_that_waits_is_not_where_it_stopped() -> None:
    """But the one after it, which was being published."""
    days = (
        DayReport(FIRST, Stage.SETTLED, landing="Not everything has landed.", next_step="land"),
        DayReport(days_from(2)[1], Stage.CLEARED, "publish"),
    )
    told = stopped(report(days), "The worker broke off.", "")
    assert [day.error for day in told.days] == ["", "The worker broke off."]
    assert told.state is ReplayState.INTERRUPTED


def test_what_had_ended_stays_as_it_ended() -> None:
    """Breaking off after the last day changes nothing of what is told."""
    done: ReplayReport = report([closed(FIRST)], ReplayState.COMPLETED)
    assert stopped(done, "gone", "resume") == done
