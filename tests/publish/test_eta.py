"""The time to go is right where it matters: within 20 % in the second half of a long day."""

import random
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import pytest

from replay_engine.publish.eta import Eta

BEGAN = datetime(2020, 1, 10, tzinfo=UTC)
GB = 10**9

#: How fast a day of an hour or so goes, in stored bytes a second, by the second.
SPEEDS: dict[str, Callable[[float], float]] = {
    "steady": lambda _: 25e6,
    "slow at first": lambda second: 5e6 if second < 600 else 30e6,
    "ever slower": lambda second: 30e6 - second * 500,
    "uneven": lambda second: 10e6 + 30e6 * random.Random(int(second)).random(),  # noqa: S311 - no secret
    "a rest in between": lambda second: 0 if 1200 <= second < 1260 else 25e6,
}


@pytest.mark.parametrize("speed", SPEEDS.values(), ids=SPEEDS)
@pytest.mark.parametrize("commit_seconds", [1, 7])
def test_the_time_to_go_in_the_second_half(speed: Callable[[float], float], commit_seconds: int) -> None:
    """Looked at every second, commits come every few: off by at most 20 %, or by half a minute at the very end."""
    total, done, second = 72 * GB, 0.0, 0
    eta, told = Eta(total), []
    while done < total:
        if second % commit_seconds == 0:
            committed = done
        eta.saw(BEGAN + timedelta(seconds=second), int(committed), int(committed * 7))
        if committed > total / 2:
            told.append((second, eta.seconds_left))
        done += speed(second)
        second += 1
    assert len(told) > 500
    for at, left in told:
        assert left is not None
        assert left == pytest.approx(second - at, rel=0.2, abs=30)


def test_nobody_can_know_at_first() -> None:
    """One look says nothing, nor does a standstill."""
    eta = Eta(GB)
    assert (eta.bytes_per_second, eta.seconds_left) == (0.0, None)
    eta.saw(BEGAN, 0, 0)
    assert eta.seconds_left is None
    eta.saw(BEGAN + timedelta(seconds=10), 0, 0)
    assert (eta.bytes_per_second, eta.seconds_left) == (0.0, None)


def test_what_was_there_before_is_not_counted_as_speed() -> None:
    """A day that is resumed begins with what was committed."""
    eta = Eta(1000)
    eta.saw(BEGAN, 900, 9000)
    eta.saw(BEGAN + timedelta(seconds=10), 910, 9100)
    assert (eta.bytes_per_second, eta.seconds_left) == (10.0, 90.0)


def test_a_pause_does_not_count() -> None:
    """The speed after it is the speed."""
    eta = Eta(1000)
    for second in range(10):
        eta.saw(BEGAN + timedelta(seconds=second), second * 10, second * 10)
    eta.rested()
    assert eta.seconds_left is None
    for second in range(100, 110):
        eta.saw(BEGAN + timedelta(seconds=second), 90 + (second - 100) * 10, 0)
    assert eta.seconds_left == pytest.approx(82)
