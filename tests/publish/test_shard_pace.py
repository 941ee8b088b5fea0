"""A publisher keeps to the pace that is ordered, and pauses without an open transaction."""

import pytest

from replay_engine.errors import Stopped
from replay_engine.model import Pace
from replay_engine.publish import inflate
from tests.publish.bench import CONTENTS, Bench, events


def test_a_pace_is_kept_to() -> None:
    """Time passes until all is sent: no faster than ordered."""
    bench = Bench(CONTENTS, orders_pace=Pace(events_per_second=10))
    began = bench.clock.now()
    bench.publish()
    assert bench.lines() == events(CONTENTS)
    assert 8 <= (bench.clock.now() - began).total_seconds() <= 10


def test_a_pause_leaves_no_transaction_open(monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything sent is committed first, and the publisher goes on where it was."""
    monkeypatch.setattr(inflate, "PIECE_BYTES", 16)
    bench = Bench(CONTENTS)
    during: list[int] = []

    def later() -> None:
        if bench.asked == 8:
            bench.orders_pace = Pace(paused=True)
        if bench.asked > 9:
            during.append(len(bench.lines()))
        if bench.asked == 15:
            bench.orders_pace = Pace()

    bench.at_ask = later
    bench.publish()
    assert during[0] > 0
    assert len(set(during[:5])) == 1
    assert bench.lines() == events(CONTENTS)
    assert bench.clock.slept


def test_a_paused_publisher_can_be_stopped() -> None:
    """It need not be let go first."""
    bench = Bench(CONTENTS, orders_pace=Pace(paused=True), stop_after=5)
    with pytest.raises(Stopped):
        bench.publish()
