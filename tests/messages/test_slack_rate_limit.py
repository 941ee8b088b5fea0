"""Slack is not spoken to too often, whichever process speaks. Time passes only when somebody sleeps."""

from collections.abc import Iterator

import pytest
from redis import Redis

from bot.messages.slack_rate_limit import SlackRateLimit, edit_turns, post_turns
from sandbox.processes import free_port

CHANNEL, TS = "C0DATAREPLAY", "1575158400.000100"
#: So long are turns here that none ends by itself while a test runs.
STRETCHED = 1000.0


class Clock:
    """Passes when somebody sleeps, in Redis, too."""

    def __init__(self, redis: Redis | None = None) -> None:
        self.now = 0.0
        self._redis = redis

    def sleep(self, seconds: float) -> None:
        self.now += seconds
        if self._redis is not None:
            for key in list(self._redis.scan_iter()):
                self._redis.pexpire(key, self._redis.pttl(key) - round(seconds * 1000))


@pytest.fixture
def clock(redis_url: str) -> Iterator[Clock]:
    with Redis.from_url(redis_url) as redis:
        yield Clock(redis)


def pace(redis_url: str, clock: Clock, factor: float = STRETCHED) -> SlackRateLimit:
    """One process' own."""
    return SlackRateLimit(redis_url, factor, clock.sleep, lambda: clock.now)


def test_two_processes_take_turns(redis_url: str, clock: Clock) -> None:
    """The second post in a channel waits for the first one's second, whoever posts it."""
    one, other = pace(redis_url, clock), pace(redis_url, clock)
    one.wait(post_turns(CHANNEL))
    assert clock.now == 0
    other.wait(post_turns(CHANNEL))
    assert clock.now == pytest.approx(STRETCHED, rel=0.01)


def test_what_is_not_limited_together_does_not_wait(redis_url: str, clock: Clock) -> None:
    """Posts in two channels, and an edit beside them."""
    one, other = pace(redis_url, clock), pace(redis_url, clock)
    one.wait(post_turns(CHANNEL))
    other.wait(post_turns("C0ANOTHER"))
    other.wait(edit_turns(TS))
    assert clock.now == 0


def test_edits_of_two_messages_share_the_apps_own_limit(redis_url: str, clock: Clock) -> None:
    one, other = pace(redis_url, clock), pace(redis_url, clock)
    one.wait(edit_turns(TS))
    other.wait(edit_turns("1575158400.000200"))
    assert clock.now == pytest.approx(1.2 * STRETCHED, rel=0.01)


def test_one_that_slack_tells_to_rest_has_all_of_them_rest(redis_url: str, clock: Clock) -> None:
    one, other = pace(redis_url, clock), pace(redis_url, clock)
    one.rest(700)
    other.wait(post_turns(CHANNEL))
    assert clock.now == pytest.approx(700, rel=0.01)


def test_without_redis_each_keeps_the_pace_alone() -> None:
    clock = Clock()
    alone = pace(f"redis://127.0.0.1:{free_port()}/0", clock, factor=1.0)
    for _ in range(3):
        alone.wait(edit_turns(TS))
    assert clock.now == pytest.approx(6.0)


def test_where_nothing_is_limited_nobody_waits(redis_url: str, clock: Clock) -> None:
    unhurried = pace(redis_url, clock, factor=0.0)
    for _ in range(3):
        unhurried.wait(edit_turns(TS))
    assert clock.now == 0
