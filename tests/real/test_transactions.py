"""What a transaction holds together, and what a reader sees of it."""

import signal
import subprocess
import sys

import pytest
from confluent_kafka import KafkaError, TopicPartition

from sandbox.kafka.apache import RealBroker
from sandbox.processes import wait_until
from tests.real.clients import (
    ANSWER_SECONDS,
    answered,
    begun,
    consumer,
    position,
    read,
    refusal,
    send_position,
    transactional,
)

pytestmark = pytest.mark.real

#: ``transaction.abort.timed.out.transaction.cleanup.interval.ms`` of the broker, by default.
LOOKS_EVERY_SECONDS = 10


def test_lines_and_position_are_committed_together(real_broker: RealBroker, topic: str, shard: str) -> None:
    """Before the commit neither the lines nor the position are there, after it both are; the position keeps a note."""
    producer = begun(real_broker, shard)
    producer.produce(topic, b"one")
    producer.produce(topic, b"two")
    send_position(producer, real_broker, shard, TopicPartition(topic, 0, 2, "blob 0"))
    assert producer.flush(ANSWER_SECONDS) == 0
    assert read(real_broker, topic).lines == []
    assert position(real_broker, shard, topic, "read_uncommitted").offset < 0
    producer.commit_transaction(ANSWER_SECONDS)
    assert read(real_broker, topic).lines == [b"one", b"two"]
    found = position(real_broker, shard, topic)
    assert (found.offset, found.metadata) == (2, "blob 0")


def test_an_aborted_transaction_leaves_nothing(real_broker: RealBroker, topic: str, shard: str) -> None:
    """Its lines are in the log, but no read_committed reader gets them; its position never was."""
    producer = begun(real_broker, shard)
    producer.produce(topic, b"lost")
    send_position(producer, real_broker, shard, TopicPartition(topic, 0, 1))
    assert producer.flush(ANSWER_SECONDS) == 0
    producer.abort_transaction(ANSWER_SECONDS)
    assert read(real_broker, topic).lines == []
    assert read(real_broker, topic, "read_uncommitted").lines == [b"lost"]
    assert position(real_broker, shard, topic).offset < 0


def test_markers_take_an_offset_each(real_broker: RealBroker, topic: str, shard: str) -> None:
    """The end is one beyond the last line after a commit, and goes on by the lines and one more after an abort."""
    producer = begun(real_broker, shard)
    producer.produce(topic, b"one")
    producer.produce(topic, b"two")
    producer.commit_transaction(ANSWER_SECONDS)
    committed = read(real_broker, topic)
    assert (committed.after_last, committed.end) == (2, 3)
    producer.begin_transaction()
    producer.produce(topic, b"lost")
    assert producer.flush(ANSWER_SECONDS) == 0
    producer.abort_transaction(ANSWER_SECONDS)
    aborted = read(real_broker, topic)
    assert (aborted.after_last, aborted.end) == (2, 5)


def test_an_open_transaction_holds_the_end_back(real_broker: RealBroker, topic: str, shard: str) -> None:
    """A read_committed reader ends before its first line, others' later lines included."""
    producer = begun(real_broker, shard)
    producer.produce(topic, b"open")
    assert producer.flush(ANSWER_SECONDS) == 0
    other = begun(real_broker, f"{shard}-other")
    other.produce(topic, b"committed")
    other.commit_transaction(ANSWER_SECONDS)
    assert (read(real_broker, topic).lines, read(real_broker, topic).end) == ([], 0)
    producer.commit_transaction(ANSWER_SECONDS)
    assert (read(real_broker, topic).lines, read(real_broker, topic).end) == ([b"open", b"committed"], 4)


def test_a_reader_passes_the_marker_only_by_asking_on(real_broker: RealBroker, topic: str, shard: str) -> None:
    """After the last line a librdkafka consumer would commit the marker's offset; at the partition's end, the end."""
    producer = begun(real_broker, shard)
    producer.produce(topic, b"one")
    producer.commit_transaction(ANSWER_SECONDS)
    with consumer(real_broker, shard) as reader:
        reader.assign([TopicPartition(topic, 0, 0)])
        assert answered(reader).value() == b"one"
        assert reader.position([TopicPartition(topic, 0)])[0].offset == 1
        assert answered(reader).error()
        assert reader.position([TopicPartition(topic, 0)])[0].offset == 2


def test_a_position_needs_a_topic_that_exists(real_broker: RealBroker, topic: str, shard: str) -> None:
    """An unknown topic is refused, only when the time is over, and the transaction must be aborted."""
    producer = begun(real_broker, shard)
    producer.produce(topic, b"one")
    with consumer(real_broker, shard) as asking:
        group = asking.consumer_group_metadata()
    nowhere = TopicPartition("no-such-topic", 0, 1)
    error = refusal(lambda: producer.send_offsets_to_transaction([nowhere], group, 3))
    assert (error.code(), error.txn_requires_abort()) == (KafkaError.UNKNOWN_TOPIC_OR_PART, True)
    producer.abort_transaction(ANSWER_SECONDS)


def test_a_killed_producers_transaction_is_aborted(real_broker: RealBroker, topic: str, shard: str) -> None:
    """By the broker itself, on its next round (every 10 s) after transaction.timeout.ms."""
    timeout_seconds = 2
    _die_inside_a_transaction(real_broker, topic, shard, timeout_seconds)
    wait_until(lambda: read(real_broker, topic).end > 0, "the abort", timeout_seconds + LOOKS_EVERY_SECONDS + 10)
    assert (read(real_broker, topic).lines, read(real_broker, topic).end) == ([], 2)


def test_the_successor_aborts_it_at_once(real_broker: RealBroker, topic: str, shard: str) -> None:
    """init_transactions of the same shard does not wait for the dead one's timeout; when it returns, it is aborted."""
    _die_inside_a_transaction(real_broker, topic, shard, timeout_seconds=300)
    assert read(real_broker, topic).end == 0
    transactional(real_broker, shard).init_transactions(ANSWER_SECONDS)
    assert (read(real_broker, topic).lines, read(real_broker, topic).end) == ([], 2)


def test_a_timeout_above_the_brokers_is_refused(real_broker: RealBroker, shard: str) -> None:
    """transaction.max.timeout.ms (15 minutes by default) is the most: init_transactions fails, fatally."""
    producer = transactional(real_broker, shard, {"transaction.timeout.ms": 900_001})
    error = refusal(lambda: producer.init_transactions(ANSWER_SECONDS))
    assert (error.code(), error.fatal()) == (KafkaError.INVALID_TRANSACTION_TIMEOUT, True)


def _die_inside_a_transaction(broker: RealBroker, topic: str, shard: str, timeout_seconds: int) -> None:
    """A producer in a process of its own dies by SIGKILL with a line acknowledged."""
    command = [sys.executable, "-m", "tests.real.dying_producer", broker.bootstrap, topic, shard]
    died = subprocess.run([*command, str(timeout_seconds * 1000)], timeout=ANSWER_SECONDS)
    assert died.returncode == -signal.SIGKILL
