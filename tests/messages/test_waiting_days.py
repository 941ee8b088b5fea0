"""Days that wait for their landing for too long: told once, whoever tells, whatever is lost, and until it is over."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from redis import Redis

from replay_engine import DayReport, ReplayReport, ReplayState, Stage
from sandbox.slack import Message, SlackStandIn
from tests.bot_parts import UNHURRIED
from tests.helpers.values import FIRST, REPLAY_ID, closed, days_from, plan, report
from tests.messages.messaging import ROOM, Messaging

SECOND = days_from(2)[1]
CONFIRMER = "U00APPROVER"
WAITS = DayReport(
    FIRST,
    Stage.SETTLED,
    landing="Not everything has landed: unique: no new file, 2 before.",
    landing_since=datetime(2019, 12, 10, tzinfo=UTC),
    next_step="land",
)
LATE = replace(WAITS, landing_overdue=True)


@pytest.fixture
def messaging(redis_url: str, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch) -> Messaging:
    environment = slack.environment() | {"REPLAY_REDIS_URL": redis_url} | UNHURRIED
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return Messaging(redis_url, environment)


def landing(*days: DayReport) -> ReplayReport:
    return report(days, ReplayState.LANDING)


def told(slack: SlackStandIn) -> list[Message]:
    """What stands in the thread."""
    return slack.thread(slack.messages()[0].ts)


def test_it_is_told_once_whoever_tells(messaging: Messaging, slack: SlackStandIn, redis_url: str) -> None:
    """Not before its time; to whoever asked and confirmed; and not again when Redis has forgotten everything."""
    messaging.sync(plan(1), first=True).tell(landing(WAITS), CONFIRMER, None)
    assert told(slack) == []
    for _ in range(3):
        messaging.sync(plan(1)).tell(landing(LATE), CONFIRMER, None)
    with Redis.from_url(redis_url) as redis:
        redis.flushdb()
    messaging.sync(plan(1)).tell(landing(replace(LATE, landing="Other numbers.")), CONFIRMER, None)
    (post,) = told(slack)
    assert slack.text_of(post).startswith(":stopwatch: @Asha @Ben *2019-12-01* of the replay of raw waits")
    assert post.buttons == ("Accept the loss", "Restore")


def test_it_is_told_while_later_days_are_published_too(messaging: Messaging, slack: SlackStandIn) -> None:
    with messaging.watch(plan(2)) as watch:
        watch.saw(report([LATE, DayReport(SECOND, Stage.CLEARED, "publish")]))
    assert [post.buttons for post in told(slack)] == [("Accept the loss", "Restore")]


@pytest.mark.parametrize(
    ("day", "said"),
    [
        (closed(FIRST, landed="proved"), "waits no more, it is closed: proved by event ids"),
        (DayReport(FIRST, Stage.RESTORED), "waits no more: it is restored."),
        (DayReport(FIRST, Stage.HELD, next_step="land"), "waits for a person now: it is held."),
    ],
)
def test_when_it_is_over_the_post_says_so(messaging: Messaging, slack: SlackStandIn, day: DayReport, said: str) -> None:
    """Its buttons go, once; while it is on its way there they stay."""
    messaging.sync(plan(1), first=True).tell(landing(LATE), CONFIRMER, None)
    under_way = DayReport(FIRST, Stage.LANDED, "clean_up", next_step="clean_up")
    messaging.sync(plan(1)).tell(report([under_way]), CONFIRMER, None)
    post = told(slack)[0]
    assert post.buttons != ()
    for _ in range(2):
        messaging.sync(plan(1)).tell(report([day], ReplayState.COMPLETED), CONFIRMER, None)
    assert said in slack.text_of(slack.message(post.ts))
    assert slack.message(post.ts).buttons == ()
    assert len(slack.history_of(post.ts)) == 2


def test_a_second_wait_is_told_anew(messaging: Messaging, slack: SlackStandIn) -> None:
    """After a hold: it is another one, with another beginning."""
    again = replace(LATE, landing_since=LATE.landing_since + timedelta(days=1) if LATE.landing_since else None)
    for day in (LATE, DayReport(FIRST, Stage.HELD, next_step="land"), again):
        messaging.sync(plan(1)).tell(landing(day), CONFIRMER, None)
    first, held, second = told(slack)
    assert (first.buttons, held.buttons, second.buttons) == ((), (), ("Accept the loss", "Restore"))


def test_a_post_whose_answer_was_lost_is_not_posted_again(messaging: Messaging, slack: SlackStandIn) -> None:
    """As when its teller dies before it has written down that it was posted: the next one looks in Slack."""
    messaging.sync(plan(1), first=True).tell(landing(LATE), CONFIRMER, None)
    messaging.book.noted = [one for one in messaging.book.noted if "landing" not in str(one.facts)]
    with Redis.from_url(messaging.redis_url) as redis:
        redis.flushdb()
    messaging.sync(plan(1)).tell(landing(LATE), CONFIRMER, None)
    assert len(told(slack)) == 1


def test_a_replay_that_waits_has_not_ended(messaging: Messaging, slack: SlackStandIn) -> None:
    """There is no summary of it, it stays on the list of what is to be told, and it can be cancelled."""
    messaging.records.bring_back(plan(2), ROOM, CONFIRMER)
    with messaging.watch(plan(2)) as watch:
        watch.saw(landing(WAITS, DayReport(SECOND, Stage.PLANNED)))
    assert told(slack) == []
    assert not messaging.records.ended(REPLAY_ID)
    assert messaging.records.unreported() == {REPLAY_ID}
