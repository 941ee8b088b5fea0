"""A shard's position in Kafka: who comes later fences who was before, and one that is gone or wrong is a doubt."""

import pytest

from replay_engine.errors import InDoubt, Stopped, Superseded
from replay_engine.model import Counts
from replay_engine.ports import Committed
from replay_engine.publish.shard_loop import close_shard, open_shard
from replay_engine.publish.shards import position
from tests.publish.bench import CONTENTS, GROUP, Bench, events


def test_a_position_that_is_gone_is_a_doubt() -> None:
    """It was opened: nobody begins anew."""
    bench = Bench(CONTENTS)
    del bench.cluster.positions[GROUP]
    with pytest.raises(InDoubt, match="position"):
        bench.publish()
    assert bench.lines() == []


@pytest.mark.parametrize("note", ["", "[1,1,31,40,0,0,0,0,0]"], ids=["bare", "in a file"])
def test_a_position_beyond_the_end_is_a_doubt(note: str) -> None:
    """Somebody else's, perhaps."""
    bench = Bench(CONTENTS)
    bench.cluster.positions[GROUP] = Committed(91, note)
    with pytest.raises(InDoubt, match="beyond its end"):
        bench.publish()
    assert bench.lines() == []


def test_opening_keeps_what_is_there(commits_often: None) -> None:
    """A shard that was opened or begun before stays where it is."""
    bench = Bench(CONTENTS, stop_after=7)
    with pytest.raises(Stopped):
        bench.publish()
    kept = bench.cluster.positions[GROUP]
    assert kept.line > 0
    open_shard(bench.producer())
    assert bench.cluster.positions[GROUP] == kept


def test_a_successor_fences(commits_often: None) -> None:
    """The publisher before it commits nothing more, wherever it was; nothing is there twice."""
    for moment in range(2, 30, 3):
        bench = Bench(CONTENTS)

        def overtake(bench: Bench = bench, moment: int = moment) -> None:
            if bench.asked == moment:
                bench.at_ask = lambda: None
                bench.publish()

        bench.at_ask = overtake
        with pytest.raises(Superseded):
            bench.publish()
        assert bench.lines() == events(CONTENTS)


def test_a_fenced_publisher_commits_nothing_more(commits_often: None) -> None:
    """Closing the shard is enough; nobody has to go on."""
    bench = Bench(CONTENTS)

    def fenced() -> None:
        if bench.asked == 8:
            close_shard(bench.producer())

    bench.at_ask = fenced
    with pytest.raises(Superseded):
        bench.publish()
    closed = position(bench.cluster.positions[GROUP])
    assert (len(bench.lines()), closed.closed) == (closed.line, True)
    assert closed.line == bench.said[-1].lines > 0


def test_who_begins_after_a_shard_was_closed_publishes_nothing(commits_often: None) -> None:
    """A runner that does not know yet that it was overtaken begins one more publisher; that fences the closing one."""
    bench = Bench(CONTENTS, stop_after=8)
    with pytest.raises(Stopped):
        bench.publish()
    lines = bench.lines()
    first, again = close_shard(bench.producer()), close_shard(bench.producer())
    assert first and again and (first.line, first.counts) == (again.line, again.counts) != (0, Counts())
    bench.stop_after = 10**9
    with pytest.raises(Superseded, match="puts the day back"):
        bench.publish()
    assert bench.lines() == lines
