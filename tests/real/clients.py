"""Clients as publishing will use them, and the reader that judges them."""

import hashlib
import logging
from collections.abc import Callable, Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass
from typing import Any

from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient

from sandbox.kafka.apache import RealBroker

ANSWER_SECONDS = 60

_QUIET = logging.getLogger("tests.real")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False


@dataclass(frozen=True, slots=True)
class Read:
    """What a reader found: the lines, the offset after the last one, and where the partition ended for it."""

    lines: list[bytes]
    after_last: int
    end: int


def transactional(broker: RealBroker, shard: str, config: Mapping[str, Any] | None = None) -> Producer:
    """A producer of the shard, its transactions not initialised."""
    return Producer(
        {"bootstrap.servers": broker.bootstrap, "transactional.id": shard, "logger": _QUIET, **(config or {})}
    )


def begun(broker: RealBroker, shard: str, config: Mapping[str, Any] | None = None) -> Producer:
    """A producer of the shard inside a transaction; every other one of the shard is fenced now."""
    producer = transactional(broker, shard, config)
    producer.init_transactions(ANSWER_SECONDS)
    producer.begin_transaction()
    return producer


def send_position(producer: Producer, broker: RealBroker, group: str, position: TopicPartition) -> None:
    with consumer(broker, group) as asking:
        producer.send_offsets_to_transaction([position], asking.consumer_group_metadata(), ANSWER_SECONDS)


def position(
    broker: RealBroker,
    group: str,
    topic: str,
    isolation: str = "read_committed",
    timeout_seconds: float = ANSWER_SECONDS,
) -> TopicPartition:
    """The group's committed position in partition 0."""
    with consumer(broker, group, isolation) as asking:
        return asking.committed([TopicPartition(topic, 0)], timeout=timeout_seconds)[0]


def read(broker: RealBroker, topic: str, isolation: str = "read_committed") -> Read:
    """Partition 0 from its beginning to its end."""
    return read_partition(broker, topic, 0, isolation)


def read_partition(broker: RealBroker, topic: str, partition: int, isolation: str = "read_committed") -> Read:
    """A partition from its beginning to its end."""
    lines: list[bytes] = []
    after_last = 0
    with consumer(broker, "reader", isolation) as reader:
        reader.assign([TopicPartition(topic, partition, OFFSET_BEGINNING)])
        while True:
            for message in reader.consume(10_000, 0.05) or [answered(reader)]:
                if _is_end(message):
                    return Read(lines, after_last, message.offset() or 0)
                lines.append(message.value() or b"")
                after_last = (message.offset() or 0) + 1


def answered(reader: Consumer) -> Message:
    """The next message, or the end of the partition."""
    message = reader.poll(ANSWER_SECONDS)
    assert message is not None, "the broker does not answer"
    _is_end(message)
    return message


def _is_end(message: Message) -> bool:
    """Whether the partition ends here; raises any other error."""
    error = message.error()
    if error and error.code() != KafkaError._PARTITION_EOF:
        raise KafkaException(error)
    return error is not None


@contextmanager
def consumer(broker: RealBroker, group: str, isolation: str = "read_committed") -> Iterator[Consumer]:
    config: dict[str, Any] = {
        "bootstrap.servers": broker.bootstrap,
        "group.id": group,
        "isolation.level": isolation,
        "enable.auto.commit": False,
        "enable.partition.eof": True,
        "fetch.wait.max.ms": 20,
        "logger": _QUIET,
    }
    with closing(Consumer(config)) as client:
        yield client


def admin(broker: RealBroker) -> AdminClient:
    config: dict[str, Any] = {"bootstrap.servers": broker.bootstrap, "logger": _QUIET}
    return AdminClient(config)


def refusal(act: Callable[[], object]) -> KafkaError:
    """The error that the act raises."""
    try:
        act()
    except KafkaException as refused:
        error = refused.args[0]
        assert isinstance(error, KafkaError)
        return error
    raise AssertionError("nothing was refused")


def noise(size_bytes: int) -> bytes:
    """Bytes that no compression makes smaller, the same every time."""
    return hashlib.shake_128(str(size_bytes).encode()).digest(size_bytes)
