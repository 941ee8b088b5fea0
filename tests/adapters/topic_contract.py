"""The `Topic` and `ShardProducer` contract, for whoever can lend it a ground: a cluster and ways to look at it."""

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from replay_engine.errors import NotThere, Superseded
from replay_engine.ports import Committed, ShardProducer, Topic
from replay_engine.publish.shard_loop import close_shard
from replay_engine.publish.shards import position

PARTITIONS = 2
LINES = [
    b"plain",
    b"\x00\xff not text",
    "मिश्रित €".encode(),
    b" leading and trailing \r",
    b"1.566239401226E12",
    b"x" * 50_000,
]
NO_HEADERS: Mapping[str, bytes] = {}
both_deliveries = pytest.mark.parametrize("transactions", [True, False], ids=["exactly once", "at least once"])


@dataclass(frozen=True, slots=True)
class Message:
    """As a reader of committed messages gets it."""

    value: bytes
    key: bytes | None = None
    headers: tuple[tuple[str, bytes], ...] = ()


@dataclass(frozen=True, slots=True)
class Ground:
    """The port, a topic and a group of the test's own there, and how others read and commit.

    The embedded broker keeps no notes, and shows what was never committed: those flags are false there.
    """

    port: Topic
    topic: str
    group: str
    messages: Callable[[], Sequence[Message]]
    commit: Callable[[str, dict[int, int]], object]
    keeps_notes: bool = True
    hides_uncommitted: bool = True

    @contextmanager
    def producer(
        self, *, transactions: bool = True, headers: Mapping[str, bytes] = NO_HEADERS
    ) -> Iterator[ShardProducer]:
        """A producer of the group's shard."""
        facts = self.port.check(self.topic)
        producer = self.port.producer(self.topic, self.group, facts, transactions=transactions, headers=headers)
        try:
            yield producer
        finally:
            producer.close()

    def publish(self, *batches: Sequence[bytes], line: int = 0, transactions: bool = True) -> None:
        """Send in so many batches, and commit as ``line``."""
        with self.producer(transactions=transactions) as producer:
            producer.begin()
            for lines in batches:
                producer.send(lines)
            producer.commit(Committed(line))

    def position(self, *, transactions: bool = True) -> Committed | None:
        """What the next publisher of the shard begins with."""
        with self.producer(transactions=transactions) as producer:
            return producer.begin()

    def values(self) -> Counter[bytes]:
        """The lines of the topic."""
        return Counter(message.value for message in self.messages())


def read_all(bootstrap: str, topic: str) -> list[Message]:
    """Every committed message, by a client that is not ours, to the end of every partition."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": "reader", "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(PARTITIONS)])
    messages, open_partitions = [], PARTITIONS
    while open_partitions:
        message = consumer.poll(20)
        assert message is not None, "the broker fell silent"
        error = message.error()
        if error is None:
            # The type stub of `headers` names what may be given, not what comes back.
            headers: Any = message.headers() or []
            messages.append(Message(message.value() or b"", message.key(), tuple(headers)))
        else:
            assert error.code() == KafkaError._PARTITION_EOF, error
            open_partitions -= 1
    consumer.close()
    return messages


def commit_offsets(bootstrap: str, group: str, topic: str, offsets: Mapping[int, int]) -> None:
    """What a consumer of the pipeline does."""
    consumer = Consumer({"bootstrap.servers": bootstrap, "group.id": group})
    consumer.commit(offsets=[TopicPartition(topic, *pair) for pair in offsets.items()], asynchronous=False)
    consumer.close()


class TopicContract:
    """Publishing: what is committed is there, once, with its position; what is not committed never was."""

    @both_deliveries
    def test_what_was_committed_is_in_the_topic(self, ground: Ground, transactions: bool) -> None:
        """Every line once, byte for byte, without key and headers, in however many batches it was sent."""
        ground.publish(LINES[:2], [], LINES[2:], transactions=transactions)
        assert Counter(ground.messages()) == Counter(map(Message, LINES))

    @both_deliveries
    def test_many_lines_arrive_once(self, ground: Ground, transactions: bool) -> None:
        """More than fit into one request, or into the producer's queue."""
        lines = [f"{number:06}".encode() * 350 for number in range(20_000)]
        ground.publish(lines, transactions=transactions)
        assert ground.values() == Counter(lines)

    @both_deliveries
    def test_commits_follow_each_other(self, ground: Ground, transactions: bool) -> None:
        """Of one producer, also without a line between them; the last position counts."""
        with ground.producer(transactions=transactions) as producer:
            producer.begin()
            producer.commit(Committed(0))
            producer.send(LINES[:2])
            producer.commit(Committed(2))
            producer.commit(Committed(3))
            producer.send(LINES[2:])
            producer.commit(Committed(7))
        position = ground.position(transactions=transactions)
        assert (ground.values(), position and position.line) == (Counter(LINES), 7)

    @both_deliveries
    def test_a_position_is_there_for_the_next_one(self, ground: Ground, transactions: bool) -> None:
        """None before the first commit, and 0 is one; the note comes back where the cluster keeps it."""
        assert ground.position(transactions=transactions) is None
        ground.publish(transactions=transactions)
        assert ground.position(transactions=transactions) == Committed(0)
        with ground.producer(transactions=transactions) as producer:
            producer.begin()
            producer.commit(Committed(12, note := '[1, "blob €"]'))
        assert ground.position(transactions=transactions) == Committed(12, note if ground.keeps_notes else "")

    @both_deliveries
    def test_a_closed_shard_is_closed_for_whoever_begins_later(self, ground: Ground, transactions: bool) -> None:
        """Its position is far beyond any offset of the topic; closing it again changes nothing."""
        ground.publish([b"before"], line=1, transactions=transactions)
        for _ in range(2):
            with ground.producer(transactions=transactions) as producer:
                found = close_shard(producer)
                assert found and found.line == 1
        kept = ground.position(transactions=transactions)
        assert kept and (position(kept).line, position(kept).closed) == (1, True)

    @both_deliveries
    def test_keys_and_headers_go_with_each_line(self, ground: Ground, transactions: bool) -> None:
        """A line may have no key; the headers are the same on all."""
        headers = {"replay-id": b"r1", "replay-day": b"2019-12-01"}
        with ground.producer(transactions=transactions, headers=headers) as producer:
            producer.begin()
            producer.send(LINES[:3], [b"key", None, b"\x00\xff"])
            producer.commit(Committed(3))
        keys = (b"key", None, b"\x00\xff")
        assert set(ground.messages()) == {
            Message(line, key, tuple(headers.items())) for line, key in zip(LINES, keys, strict=False)
        }

    @both_deliveries
    def test_keys_go_without_headers(self, ground: Ground, transactions: bool) -> None:
        """Batches are handed over another way then."""
        with ground.producer(transactions=transactions) as producer:
            producer.begin()
            producer.send(LINES[:2], [b"key", None])
            producer.commit(Committed(2))
        assert set(ground.messages()) == {Message(LINES[0], b"key"), Message(LINES[1])}

    def test_what_was_not_committed_never_happened(self, ground: Ground) -> None:
        """Neither its lines nor a position, whether its producer lets go or another one begins."""
        ground.publish([b"before"], line=1)
        with ground.producer() as producer:
            producer.begin()
            producer.send([b"lost"])
        assert ground.position() == Committed(1)
        if ground.hides_uncommitted:
            assert ground.values() == Counter([b"before"])

    def test_a_successor_ends_its_predecessor(self, ground: Ground) -> None:
        """It begins where the last commit stands; the other one's next commit is refused, and nothing of it stays."""
        with ground.producer() as zombie, ground.producer() as successor:
            assert zombie.begin() is None
            zombie.send([b"committed"])
            zombie.commit(Committed(1))
            zombie.send([b"lost"])
            assert successor.begin() == Committed(1)
            with pytest.raises(Superseded):
                zombie.commit(Committed(99))
            successor.send([b"also committed"])
            successor.commit(Committed(2))
        assert ground.position() == Committed(2)
        if ground.hides_uncommitted:
            assert ground.values() == Counter([b"committed", b"also committed"])

    def test_groups_do_not_end_each_other(self, ground: Ground) -> None:
        """Two shards at once."""
        facts = ground.port.check(ground.topic)
        other = ground.port.producer(
            ground.topic, f"{ground.group}-other", facts, transactions=True, headers=NO_HEADERS
        )
        with ground.producer() as producer:
            producer.begin()
            assert other.begin() is None
            producer.send([b"one"])
            other.send([b"two"])
            producer.commit(Committed(1))
            other.commit(Committed(2))
        other.close()
        assert (ground.position(), ground.values()) == (Committed(1), Counter([b"one", b"two"]))

    def test_closing_is_harmless(self, ground: Ground) -> None:
        """Before anything was begun."""
        for transactions in (True, False):
            with ground.producer(transactions=transactions):
                pass
        assert ground.messages() == []

    def test_trying_transactions_leaves_nothing(self, ground: Ground) -> None:
        """However often; the group it was tried under has no position."""
        assert ground.port.has_transactions(ground.group, ground.topic)
        assert ground.port.has_transactions(ground.group, ground.topic)
        assert (ground.position(), ground.messages()) == (None, [])

    @both_deliveries
    def test_forgotten_positions_are_gone(self, ground: Ground, transactions: bool) -> None:
        """Those that are named, and no other; those that never were, or are gone already, are no harm."""
        ground.publish([b"line"], line=1, transactions=transactions)
        ground.port.forget([f"{ground.group}-never-was"])
        assert ground.position(transactions=transactions) == Committed(1)
        assert ground.port.committed(ground.group, ground.topic) == {0: 1}
        for _ in range(2):
            ground.port.forget([ground.group, f"{ground.group}-never-was"])
        ground.port.forget([])
        assert ground.port.committed(ground.group, ground.topic) == {}
        assert ground.position(transactions=transactions) is None
        assert ground.values() == Counter([b"line"])

    @both_deliveries
    def test_no_message_is_beyond_the_end(self, ground: Ground, transactions: bool) -> None:
        """Ends grow with what is published; a message is found before the end, and none after the last one."""
        ends = [ground.port.end_offsets(ground.topic)]
        assert ends == [{0: 0, 1: 0}]
        for _ in range(2):
            ground.publish(LINES * 5, transactions=transactions)
            ends.append(ground.port.end_offsets(ground.topic))
        assert [sum(end.values()) >= n * len(LINES) * 5 for n, end in enumerate(ends)] == [True] * 3
        for partition, end in ends[-1].items():
            assert ground.port.holds_message(ground.topic, partition, 0, end) == (end > 0)
            assert not ground.port.holds_message(ground.topic, partition, end, end)

    def test_committed_offsets_are_those_of_the_group(self, ground: Ground) -> None:
        """A partition it has not committed is left out; other groups are not mixed in."""
        ground.publish(LINES)
        group = f"consumer-of-{ground.topic}"
        assert ground.port.committed(group, ground.topic) == {}
        ground.commit(group, {1: 2})
        ground.commit(f"other-{group}", {0: 1})
        assert ground.port.committed(group, ground.topic) == {1: 2}
        ground.commit(group, {0: 1, 1: 3})
        assert ground.port.committed(group, ground.topic) == {0: 1, 1: 3}

    def test_a_topic_is_looked_up_and_never_made(self, ground: Ground) -> None:
        """What is there is told; what is not is refused, in `check` and after, and is not there afterwards either."""
        facts = ground.port.check(ground.topic)
        assert (facts.partitions, facts.max_line_bytes > len(max(LINES, key=len))) == (PARTITIONS, True)
        missing = ground.topic + "-missing"
        for act in (ground.port.check, ground.port.end_offsets, lambda topic: ground.port.committed("group", topic)):
            with pytest.raises(NotThere, match=f"There is no topic {missing}") as refused:
                act(missing)
            assert refused.value.field == "topic"
