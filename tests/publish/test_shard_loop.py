"""One publisher, one shard: every line once, from wherever the last commit stands, at the pace that is ordered."""

import gzip
from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_engine.errors import CorruptSource, InDoubt, LineRefused, StalePlan, Stopped, Superseded, TryAgain
from replay_engine.model import Blob, Counts, Delivery, OnBadLine, Pace, Publishing
from replay_engine.ports import Committed, ShardProducer, TopicFacts
from replay_engine.publish import inflate
from replay_engine.publish import shard_loop as publishing
from replay_engine.publish.shard_loop import Shard, Stored, close_shard, open_shard, publish_shard
from replay_engine.publish.shards import position
from replay_engine.publish.transform import Transform
from tests.fakes.account import Account
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.clock import MemoryClock
from tests.fakes.topics import MemoryTopic
from tests.helpers.scene import DATA

TOPIC, GROUP = "topic", "r1.2019-12-01.0"
FACTS = TopicFacts(2, 1 << 20)


@dataclass
class Bench:
    """A store with a shard's files, a cluster, and the orders that a publisher gets."""

    contents: Sequence[bytes]
    publishing: Publishing = Publishing(Delivery.EXACTLY_ONCE)
    max_line_bytes: int = 1000
    orders_pace: Pace = Pace()
    stop_after: int = 10**9
    account: Account = field(default_factory=lambda: Account({DATA: {}}))
    cluster: MemoryTopic = field(default_factory=lambda: MemoryTopic([TOPIC]))
    clock: MemoryClock = field(default_factory=MemoryClock)
    said: list[Counts] = field(default_factory=list)
    aside: dict[str, bytes] = field(default_factory=dict)
    asked: int = 0
    at_ask: Callable[[], object] = lambda: None

    def __post_init__(self) -> None:
        for number, content in enumerate(self.contents):
            self.account.put(DATA, f"raw/2019-12-01-{number}.json.gz", gzip.compress(content, mtime=0))
        open_shard(self.producer())

    @property
    def store(self) -> MemoryBlobs:
        return MemoryBlobs(self.account, DATA)

    def blobs(self) -> list[Blob]:
        return list(self.store.list("raw/"))

    def producer(self) -> ShardProducer:
        transactions = self.publishing.delivery is Delivery.EXACTLY_ONCE
        return self.cluster.producer(TOPIC, GROUP, FACTS, transactions=transactions, headers={})

    def pace(self) -> Pace:
        return self.orders_pace

    def stopped(self) -> bool:
        self.asked += 1
        self.at_ask()
        return self.asked > self.stop_after

    def set_aside(self, blob: Blob, number: int, line: bytes) -> None:
        self.aside[f"{blob.name}:{number}"] = line

    def shard(self, **changes: object) -> Shard:
        return replace(
            Shard(
                blobs=self.blobs(),
                store=self.store,
                producer=self.producer(),
                transform=Transform(self.publishing, self.max_line_bytes),
                on_bad_line=self.publishing.on_bad_line,
                set_aside=self.set_aside,
                clock=self.clock,
                orders=self,
                said=self.said.append,
                ahead=iter,
                commit_interval=timedelta(seconds=5),
            ),
            **changes,  # type: ignore[arg-type]
        )

    def publish(self) -> Counts:
        return publish_shard(self.shard())

    def lines(self) -> list[bytes]:
        return sorted(self.cluster.lines(TOPIC))


def events(contents: Sequence[bytes]) -> list[bytes]:
    return sorted(line for content in contents for line in content.split(b"\n") if line not in (b"", b"\r"))


CONTENTS = [b"\n".join(b"%d:%d" % (blob, line) for line in range(30)) for blob in range(3)]


@pytest.fixture
def commits_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """After every piece, and a piece is small."""
    monkeypatch.setattr(publishing, "COMMIT_BYTES", 1)
    monkeypatch.setattr(inflate, "PIECE_BYTES", 16)


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
    publish_shard(bench.shard(ahead=slow))
    # The last line of a file has no newline: only its end ends it.
    assert told == [0, 29, 30, 59, 60, 89]


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
