"""What *Slower* and *Faster* order, and what the person hears: the number that the live message then shows."""

import pytest

from bot.jobs.rate_steps import faster, slower
from replay_engine import Pace


@pytest.mark.parametrize(
    ("limit", "speed", "wanted", "said"),
    [
        (5e5, 0.0, 2.5e5, "0.25 MB/s"),
        (None, 12_345_678.0, 6.2e6, "6.2 MB/s"),
        (4e7, 12_345_678.0, 2e7, "20 MB/s"),
        (1.2e5, 0.0, 1e5, "0.1 MB/s"),
    ],
)
def test_slower_halves_the_limit_or_the_speed(limit: float | None, speed: float, wanted: float, said: str) -> None:
    """Of a limit, where there is one; and never so far that nothing moves any more."""
    before = Pace(paused=True, bytes_per_second=limit, events_per_second=7.0)
    after = Pace(paused=True, bytes_per_second=wanted, events_per_second=7.0)
    assert slower(before, speed) == (after, f"Slower: at most {said} from now on.")


def test_nothing_can_be_halved_where_nothing_is_published() -> None:
    before, said = slower(Pace(), 0.0)
    assert before == Pace()
    assert "/replay rate ID 20MB/s" in said


def test_faster_doubles_the_limit_until_there_is_none() -> None:
    assert faster(Pace()) == (Pace(), "It goes as fast as it can already.")
    assert faster(Pace(bytes_per_second=2.5e5)) == (
        Pace(bytes_per_second=5e5),
        "Faster: at most 0.5 MB/s from now on.",
    )
    assert faster(Pace(bytes_per_second=6e8)) == (Pace(), "Faster: without a limit from now on.")
