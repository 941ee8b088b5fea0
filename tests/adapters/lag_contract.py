"""How far a group is, as the `Topic` port tells it: ends, beginnings, and whether a message is left in between."""

from collections.abc import Callable, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from tests.adapters.topic_contract import LINES, PARTITIONS, Ground


@dataclass(frozen=True, slots=True)
class OtherTransaction:
    """One of somebody else that has written to every partition, and is still open."""

    commit: Callable[[], object]
    abort: Callable[[], object]


@dataclass(frozen=True, slots=True)
class Others:
    """What else happens to the ground's topic: others' transactions, and messages that expire before an offset."""

    begin: Callable[[Sequence[bytes]], OtherTransaction]
    expire: Callable[[Mapping[int, int]], object]


def read_offsets(bootstrap: str, topic: str) -> Mapping[int, int]:
    """Where a group stands that has got the last message of each partition, and asked for no more."""
    config = {"bootstrap.servers": bootstrap, "group.id": "offsets", "enable.partition.eof": True}
    found, waiting = dict.fromkeys(range(PARTITIONS), 0), PARTITIONS
    with closing(Consumer(config)) as consumer:
        consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in found])
        while waiting:
            message = consumer.poll(20)
            assert message is not None, "the broker fell silent"
            error = message.error()
            assert error is None or error.code() == KafkaError._PARTITION_EOF, error
            if error is None:
                found[message.partition() or 0] = (message.offset() or 0) + 1
            else:
                waiting -= 1
    return found


def left(ground: Ground, at: Mapping[int, int], ends: Mapping[int, int]) -> set[int]:
    """The partitions that still hold a message for a group that stands there."""
    return {
        number
        for number, end in ends.items()
        if at.get(number, 0) < end and ground.port.holds_message(ground.topic, number, at.get(number, 0), end)
    }


class PassedContract:
    """Where nobody else writes to the topic."""

    def test_who_has_the_last_message_has_passed(self, ground: Ground, last: Callable[[], Mapping[int, int]]) -> None:
        """Also before the marker of its transaction, which no reader gets; one that is a message behind has not."""
        for _ in range(2):
            ground.publish(LINES * 5)
        ends, at = ground.port.end_offsets(ground.topic), last()
        assert sum(at.values()) >= 2 * len(LINES) * 5
        if ground.hides_uncommitted:
            assert ends == {number: offset + 1 if offset else 0 for number, offset in at.items()}
        assert left(ground, at, ends) == set()
        touched = {number for number, offset in at.items() if offset}
        assert left(ground, {number: offset - 1 for number, offset in at.items()}, ends) >= touched
        assert left(ground, {}, ends) == touched

    def test_a_topic_begins_at_its_first_message(self, ground: Ground) -> None:
        """Whatever was published."""
        assert ground.port.begin_offsets(ground.topic) == dict.fromkeys(range(PARTITIONS), 0)
        ground.publish(LINES)
        assert ground.port.begin_offsets(ground.topic) == dict.fromkeys(range(PARTITIONS), 0)


class LagContract(PassedContract):
    """Where others write, and messages expire."""

    def test_an_open_transaction_hides_nothing_that_was_committed(self, ground: Ground, others: Others) -> None:
        """What is behind it counts in the end; a group that stands before it has not passed, until it is committed."""
        theirs = others.begin([b"theirs"])
        before = ground.port.end_offsets(ground.topic)
        ground.publish(LINES * 5)
        ends = ground.port.end_offsets(ground.topic)
        assert sum(ends.values()) >= sum(before.values()) + len(LINES) * 5
        assert ground.values().total() == 0
        assert left(ground, {}, ends) == set(ends)
        theirs.commit()
        assert ground.values().total() == len(LINES) * 5 + PARTITIONS
        assert left(ground, {}, ends) == set(ends)
        assert left(ground, ends, ends) == set()

    def test_an_open_transaction_alone_is_in_doubt_until_it_ends(self, ground: Ground, others: Others) -> None:
        """Nobody can tell what it will leave: aborted, it leaves nothing to wait for."""
        theirs = others.begin([b"theirs"])
        ends = ground.port.end_offsets(ground.topic)
        assert min(ends.values()) > 0
        assert left(ground, {}, ends) == set(ends)
        theirs.abort()
        assert left(ground, {}, ends) == set()

    def test_aborted_messages_leave_nothing_to_wait_for(
        self, ground: Ground, others: Others, last: Callable[[], Mapping[int, int]]
    ) -> None:
        """However many of them lie behind the last message that was read."""
        ground.publish(LINES * 5)
        at = last()
        for _ in range(3):
            others.begin([b"lost"] * 10).abort()
        ends = ground.port.end_offsets(ground.topic)
        assert [ends[number] - offset > 3 * 10 for number, offset in at.items()] == [True] * PARTITIONS
        assert left(ground, at, ends) == set()

    def test_what_expired_is_told_by_the_beginning(self, ground: Ground, others: Others) -> None:
        """The end stays, the beginning goes on to it, and offsets before it are the group's own no more."""
        ground.publish(LINES * 5)
        ends = ground.port.end_offsets(ground.topic)
        ground.commit("late", {0: 0, 1: 0})
        others.expire(ends)
        assert ground.port.begin_offsets(ground.topic) == ground.port.end_offsets(ground.topic) == ends
        assert ground.port.committed("late", ground.topic) == {0: 0, 1: 0}
        assert ground.values().total() == 0
