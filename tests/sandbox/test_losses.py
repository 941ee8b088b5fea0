"""The pipeline's switches: each drops what it says, none drops anything by itself, and a bad one is named."""

from datetime import date

import pytest

from sandbox.world.losses import BadSwitchError, Losses, Sieve, from_environment
from sandbox.world.telemetry import Event, events, parse_lines

DAY, OTHER_DAY, TODAY = date(2019, 12, 1), date(2019, 12, 2), date(2019, 12, 4)
EVENTS = parse_lines(events(DAY, 100))


def passed(losses: Losses, found: list[Event]) -> int:
    sieve = Sieve(losses)
    return sum(sieve.passes(event, 0.0, TODAY) for event in found)


def test_nothing_is_dropped_by_default() -> None:
    """Not even an event that comes twice."""
    assert passed(Losses(), EVENTS * 2) == 200
    assert from_environment({}) == Losses()


def test_one_event_of_so_many_of_a_day_is_dropped() -> None:
    """Every other day is left whole."""
    losses = Losses(drop_day=DAY, drop_one_in=50)
    assert passed(losses, EVENTS) == 98
    assert passed(losses, parse_lines(events(OTHER_DAY, 100))) == 100


def test_an_event_is_dropped_within_the_dedup_window() -> None:
    """After the window it passes again, counted from when it passed."""
    sieve = Sieve(Losses(dedup_seconds=60))
    assert [sieve.passes(EVENTS[0], at, TODAY) for at in (0.0, 59.0, 60.0, 61.0)] == [True, False, True, False]


@pytest.mark.parametrize(("days", "passes"), [(2, 0), (3, 100), (0, 100)])
def test_events_older_than_the_cut_off_are_dropped(days: int, passes: int) -> None:
    """An event of three days ago passes a cut-off of three days; none at all lets everything pass."""
    assert passed(Losses(max_age_days=days), EVENTS) == passes


def test_switches_are_read_from_the_environment() -> None:
    """Each has a variable of its own."""
    found = from_environment(
        {
            "SANDBOX_DROP_DAY": "2019-12-02",
            "SANDBOX_DROP_ONE_IN": "3",
            "SANDBOX_DEDUP_SECONDS": "3600",
            "SANDBOX_MAX_AGE_DAYS": "90",
            "SANDBOX_FLUSH_SECONDS": "20",
        }
    )
    assert found == Losses(OTHER_DAY, 3, 3600.0, 90.0, 20.0)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("SANDBOX_DROP_DAY", "tuesday"),
        ("SANDBOX_DROP_ONE_IN", "0"),
        ("SANDBOX_DROP_ONE_IN", "-2"),
        ("SANDBOX_FLUSH_SECONDS", "soon"),
        ("SANDBOX_MAX_AGE_DAYS", "nan"),
        ("SANDBOX_DEDUP_SECONDS", "inf"),
    ],
)
def test_a_switch_that_cannot_be_read_is_named(name: str, value: str) -> None:
    """With what to write instead."""
    with pytest.raises(BadSwitchError, match=f"{name} is .*: "):
        from_environment({name: value})
