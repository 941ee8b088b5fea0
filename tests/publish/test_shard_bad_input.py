"""Damaged or changed files, and lines that cannot be sent."""

from dataclasses import replace

import pytest

from replay_engine.errors import CorruptSource, LineRefused, StalePlan, Stopped
from replay_engine.model import OnBadLine
from replay_engine.publish import shard_loop as publishing
from replay_engine.publish.shard_loop import publish_shard
from tests.helpers.scene import DATA
from tests.publish.bench import CONTENTS, Bench


def test_a_damaged_file_is_named_and_what_was_committed_stays() -> None:
    """The commits before it count."""
    bench = Bench(CONTENTS)
    name = bench.blobs()[1].name
    bench.account.change(DATA, name, lambda data: data[:-6])
    with pytest.raises(CorruptSource, match=name) as corrupt:
        bench.publish()
    assert corrupt.value.advice
    assert bench.lines() == []


@pytest.mark.parametrize("what", ["rewritten", "gone"])
def test_a_file_that_changes_meanwhile_is_not_published(what: str) -> None:
    """What was confirmed is what is sent, or nothing."""
    bench = Bench(CONTENTS)
    shard = bench.shard()
    if what == "gone":
        bench.account.remove(DATA, bench.blobs()[2].name)
    else:
        bench.account.change(DATA, bench.blobs()[2].name, lambda data: data)
    with pytest.raises(StalePlan):
        publish_shard(shard)


def test_a_line_that_cannot_be_sent_fails_the_shard() -> None:
    """It is named; nothing is left out silently."""
    bench = Bench([b"ok\n\n" + b"x" * 2000 + b"\nok"])
    with pytest.raises(LineRefused, match=r"Line 3 of raw/2019-12-01-0.json.gz is larger than the topic takes"):
        bench.publish()
    assert bench.lines() == []


def test_a_line_that_cannot_be_sent_is_set_aside_whole(commits_often: None) -> None:
    """Where that is wanted: counted, the rest is published; the same after any death."""
    big = b"x" * 2000
    contents = [b"a\n" + big + b"\nb", b"\n" + big]
    for death in range(2, 12):
        bench = Bench(contents, replace(Bench([]).publishing, on_bad_line=OnBadLine.SET_ASIDE))
        bench.stop_after = death
        try:
            counts = bench.publish()
        except Stopped:
            bench.stop_after = 10**9
            counts = bench.publish()
        assert bench.lines() == [b"a", b"b"]
        assert (counts.lines, counts.empty_lines, counts.set_aside_lines) == (2, 1, 2)
        assert bench.aside == {"raw/2019-12-01-0.json.gz:2": big, "raw/2019-12-01-1.json.gz:2": big}


def test_so_many_bad_lines_are_no_accident(monkeypatch: pytest.MonkeyPatch) -> None:
    """A wrong config must not turn a day into a heap of small files."""
    monkeypatch.setattr(publishing, "_MOST_SET_ASIDE", 3)
    bench = Bench([b"x" * 2000 + b"\n"] * 5, replace(Bench([]).publishing, on_bad_line=OnBadLine.SET_ASIDE))
    with pytest.raises(LineRefused, match="3 lines were set aside"):
        bench.publish()
