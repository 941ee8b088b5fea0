"""One publisher, one shard: every line once, from wherever the last commit stands."""

from collections.abc import Iterator
from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_engine.errors import Stopped, TryAgain
from replay_engine.model import Counts, Delivery, Publishing
from replay_engine.publish import inflate
from replay_engine.publish import shard_loop as publishing
from replay_engine.publish.shard_loop import Stored, publish_shard
from tests.publish.bench import CONTENTS, GROUP, Bench, events


def test_every_line_is_in_the_topic_once() -> None:
    """Counted, and the position is at the end."""
    bench = Bench(CONTENTS)
    counts = bench.publish()
    assert bench.lines() == events(CONTENTS)
    stored_bytes = sum(blob.size_bytes for blob in bench.blobs())
    assert counts == Counts(90, sum(map(len, events(CONTENTS))), stored_bytes=stored_bytes)
    assert bench.cluster.positions[GROUP].line == 90
    assert bench.said[-1] == counts


def test_publishing_a_finished_shard_again_adds_nothing() -> None:
    """And tells the same counts."""
    bench = Bench(CONTENTS)
    first = bench.publish()
    assert bench.publish() == first
    assert bench.lines() == events(CONTENTS)


@pytest.mark.parametrize("keeps_notes", [True, False], ids=["note", "bare"])
@given(
    contents=st.lists(
        st.lists(st.sampled_from([b"", b"\r", b"a", b"bb\r", b"\x00\xff", b"c" * 30]), max_size=12).map(b"\n".join),
        min_size=1,
        max_size=4,
    ),
    deaths=st.lists(st.integers(1, 12), max_size=6),
)
def test_wherever_a_publisher_stops_the_next_one_goes_on(
    keeps_notes: bool, contents: list[bytes], deaths: list[int]
) -> None:
    """Any bytes, any places of death: every line once in the end, and the counts are those of the whole shard."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(publishing, "COMMIT_BYTES", 1)
        patch.setattr(inflate, "PIECE_BYTES", 16)
        bench = Bench(contents)
        bench.cluster.keeps_notes = keeps_notes
        for death in deaths:
            bench.asked, bench.stop_after = 0, death
            with suppress(Stopped):
                bench.publish()
        bench.asked, bench.stop_after = 0, 10**9
        counts = bench.publish()
    assert bench.lines() == events(contents)
    undisturbed = Bench(contents).publish()
    assert counts == undisturbed


def test_what_is_not_committed_never_happened(commits_often: None) -> None:
    """A cluster that goes away leaves the last position, and the lines up to it."""
    bench = Bench(CONTENTS)
    bench.at_ask = lambda: setattr(bench.cluster, "away", int(bench.asked > 9))
    with pytest.raises(TryAgain):
        bench.publish()
    bench.at_ask, bench.cluster.away = (lambda: None), 0
    assert len(bench.lines()) == bench.cluster.positions[GROUP].line == bench.said[-1].lines > 0


def test_commits_come_by_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Also in the middle of a file."""
    monkeypatch.setattr(inflate, "PIECE_BYTES", 16)
    bench = Bench(CONTENTS)
    bench.at_ask = lambda: bench.clock.tick(2)
    bench.publish()
    told = [counts.lines for counts in bench.said]
    assert len(told) > 5
    assert any(lines % 30 for lines in told)


def test_nothing_to_read_for_long_still_commits() -> None:
    """What was sent is not left in an open transaction while the store is slow."""
    bench = Bench(CONTENTS)

    def slow(chunks: Iterator[Stored]) -> Iterator[Stored | None]:
        for chunk in chunks:
            yield chunk
            bench.clock.tick(10)
            yield None
            told.append(len(bench.lines()))

    told: list[int] = []
    publish_shard(bench.shard(read_ahead=slow))
    # The last line of a file has no newline: only its end ends it.
    assert told == [0, 29, 30, 59, 60, 89]


def test_without_transactions_nothing_is_lost(commits_often: None) -> None:
    """What was handed over and not committed may come again; everything comes."""
    for death in range(2, 30, 4):
        bench = Bench(CONTENTS, Publishing(Delivery.AT_LEAST_ONCE), stop_after=death)
        try:
            bench.publish()
        except Stopped:
            bench.stop_after = 10**9
            bench.publish()
        assert sorted(set(bench.lines())) == events(CONTENTS)
