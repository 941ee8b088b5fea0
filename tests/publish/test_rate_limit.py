"""A pace is what people write, is read back, and is kept to: all publishers together never faster."""

from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_engine.errors import BadRequest, InDoubt
from replay_engine.model import Pace
from replay_engine.publish import rate_limit as pace
from replay_engine.publish.rate_limit import RateLimiter, share, with_rate
from replay_engine.publish.rate_orders import order_pace, ordered_pace
from replay_engine.state import names
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.clock import MemoryClock
from tests.helpers.scene import REPLAY, STATE, Scene

LIMITS = st.one_of(st.none(), st.floats(1, 1e9))
PACES = st.builds(Pace, st.booleans(), LIMITS, LIMITS)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20MB/s", Pace(bytes_per_second=20e6)),
        ("1.5 GB/s", Pace(bytes_per_second=1.5e9)),
        ("500kB/s", Pace(bytes_per_second=500e3)),
        ("5000events/s", Pace(events_per_second=5000)),
        (" 5kevents/s ", Pace(events_per_second=5000)),
        ("off", Pace()),
    ],
)
def test_a_rate_as_people_write_it(text: str, expected: Pace) -> None:
    """Bytes or events, with what stands before them."""
    assert with_rate(Pace(), text) == expected


def test_two_limits_hold_together() -> None:
    """One does not take the other away; ``off`` takes both, and a pause stays."""
    both = with_rate(with_rate(Pace(paused=True), "1MB/s"), "10events/s")
    assert both == Pace(paused=True, bytes_per_second=1e6, events_per_second=10)
    assert with_rate(both, "off") == Pace(paused=True)


@pytest.mark.parametrize("text", ["", "fast", "20", "20MB", "0MB/s", "-1MB/s", "20mb/s", "20MiB/s", "1e3B/s"])
def test_what_is_no_rate_is_refused(text: str) -> None:
    """With how to write one."""
    with pytest.raises(BadRequest, match="is no rate") as refused:
        with_rate(Pace(), text)
    assert "20MB/s" in refused.value.advice


@given(PACES)
def test_an_order_is_read_back(value: Pace) -> None:
    """As it was given."""
    assert pace.load(pace.dump(value, "asha")) == value


@pytest.mark.parametrize("document", [b"", b"{}", b"[]", b'{"paused": 1, "bytes_per_second": "x"}'])
def test_an_order_that_cannot_be_read_is_a_doubt(document: bytes) -> None:
    """A pause must not be overlooked."""
    with pytest.raises(InDoubt):
        pace.load(document)


def test_the_last_order_counts(scene: Scene) -> None:
    """None at first; each stays on record; one that somebody else gave at the same time is not overwritten."""
    state = MemoryBlobs(scene.account, STATE)
    assert ordered_pace(state, REPLAY) == Pace()
    for number in range(1, 12):
        order_pace(state, REPLAY, Pace(events_per_second=number), "asha")
        assert ordered_pace(state, REPLAY) == Pace(events_per_second=number)
    assert len(scene.kept(names.pace_orders(REPLAY))) == 11


@given(PACES, st.integers(1, 64))
def test_shares_add_up(value: Pace, publishers: int) -> None:
    """All of them together have the whole, and all of them pause."""
    one = share(value, publishers)
    assert one.paused == value.paused
    for whole, part in (
        (value.bytes_per_second, one.bytes_per_second),
        (value.events_per_second, one.events_per_second),
    ):
        assert part == (None if whole is None else pytest.approx(whole / publishers))


def sent(limits: Pace, lines: Sequence[bytes], seconds: float, naps: float = 0.1) -> int:
    """How many lines go in that time."""
    clock = MemoryClock()
    governor, left = RateLimiter(clock), list(lines)
    for _ in range(round(seconds / naps)):
        left = left[governor.grant(limits, left) :]
        clock.tick(naps)
    return len(lines) - len(left)


@given(st.integers(1, 5_000), st.integers(1, 2_000), st.sampled_from([0.1, 0.5, 2.0]))
def test_bytes_are_kept_to(per_second: int, size: int, naps: float) -> None:
    """Over any time no more than the budget, a burst and one line; and never nothing at all."""
    number = sent(Pace(bytes_per_second=per_second), [b"x" * size] * 2_000, 10.0, naps)
    assert number * size <= per_second * 10 + max(1, per_second / 4) + size
    assert number >= 1


def test_the_budget_is_used() -> None:
    """A limit is not a brake: what may go goes."""
    assert sent(Pace(bytes_per_second=1_000), [b"x" * 10] * 5_000, 10.0) == pytest.approx(1_000, rel=0.05)
    assert sent(Pace(events_per_second=100), [b"x"] * 5_000, 10.0) == pytest.approx(1_000, rel=0.05)
    assert sent(Pace(bytes_per_second=1e6, events_per_second=50), [b"x"] * 5_000, 10.0) == pytest.approx(500, rel=0.05)


def test_without_a_limit_everything_goes() -> None:
    """At once, and a limit that comes later begins without a debt."""
    clock = MemoryClock()
    governor = RateLimiter(clock)
    assert governor.grant(Pace(), [b"x" * 10**6] * 100) == 100
    clock.tick(1)
    limited = Pace(bytes_per_second=1_000)
    assert governor.grant(limited, [b"x" * 10] * 100) == 25
    clock.tick(0.1)
    assert governor.grant(limited, [b"x" * 10] * 100) == 10
