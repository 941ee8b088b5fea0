"""The `Topic` and `Publisher` contract: of the adapter on the embedded broker, and of the one in memory."""

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from uuid import uuid4

import pytest
from confluent_kafka import OFFSET_BEGINNING, Consumer, KafkaError, TopicPartition

from replay_engine.adapters.kafka_topic import KafkaTopic
from replay_engine.errors import NotThere
from replay_engine.ports import Topic
from sandbox.kafka import Broker
from tests.fakes.topics import MemoryTopic

PARTITIONS = 2
LINES = [
    b"plain",
    b"\x00\xff not text",
    "मिश्रित €".encode(),
    b" leading and trailing \r",
    b"1.566239401226E12",
    b"x" * 50_000,
]


@dataclass(frozen=True, slots=True)
class Ground:
    """The port, a topic of its own there, how its messages are read, and how a consumer group commits."""

    port: Topic
    topic: str
    messages: Callable[[], Sequence[bytes]]
    commit: Callable[[str, dict[int, int]], object]


@pytest.fixture(params=["kafka", "memory"])
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    topic = f"contract-{uuid4().hex}"
    if request.param == "kafka":
        broker: Broker = request.getfixturevalue("broker")
        broker.create_topics([topic], PARTITIONS)
        port = KafkaTopic(broker.bootstrap, {})
        yield Ground(
            port, topic, lambda: read_all(broker, topic), lambda group, offsets: commit(broker, group, topic, offsets)
        )
    else:
        memory = MemoryTopic([topic], PARTITIONS)
        yield Ground(
            memory, topic, lambda: memory.lines(topic), lambda group, offsets: memory.commit(group, topic, offsets)
        )


def read_all(broker: Broker, topic: str) -> list[bytes]:
    """Every message, by a client that is not ours, to the end of every partition."""
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": "reader", "enable.partition.eof": True})
    consumer.assign([TopicPartition(topic, number, OFFSET_BEGINNING) for number in range(PARTITIONS)])
    lines, open_partitions = [], PARTITIONS
    while open_partitions:
        message = consumer.poll(20)
        assert message is not None, "the broker fell silent"
        error = message.error()
        if error is None:
            assert message.key() is None
            lines.append(message.value() or b"")
        else:
            assert error.code() == KafkaError._PARTITION_EOF, error
            open_partitions -= 1
    consumer.close()
    return lines


def commit(broker: Broker, group: str, topic: str, offsets: dict[int, int]) -> None:
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": group})
    consumer.commit(offsets=[TopicPartition(topic, *pair) for pair in offsets.items()], asynchronous=False)
    consumer.close()


def publish(ground: Ground, *batches: list[bytes]) -> None:
    publisher = ground.port.publisher(ground.topic)
    for lines in batches:
        publisher.send(lines)
    publisher.flush()
    publisher.close()


def test_what_was_flushed_is_in_the_topic(ground: Ground) -> None:
    """Every line once, byte for byte, without a key, in however many batches it was sent."""
    publish(ground, LINES[:2], [], LINES[2:])
    assert Counter(ground.messages()) == Counter(LINES)


def test_many_lines_arrive_once(ground: Ground) -> None:
    """More than fit into one request."""
    lines = [f"{number:06}".encode() * 20 for number in range(20_000)]
    publish(ground, lines)
    assert Counter(ground.messages()) == Counter(lines)


def test_flushing_nothing_is_harmless(ground: Ground) -> None:
    """Also twice, also after something."""
    publisher = ground.port.publisher(ground.topic)
    publisher.flush()
    publisher.send([b"line"])
    publisher.flush()
    publisher.flush()
    publisher.close()
    assert list(ground.messages()) == [b"line"]


def test_the_end_is_where_a_reader_stops(ground: Ground) -> None:
    """The sum of the ends grows by what was published."""
    assert ground.port.end_offsets(ground.topic) == {0: 0, 1: 0}
    publish(ground, LINES)
    ends = ground.port.end_offsets(ground.topic)
    assert set(ends) == {0, 1}
    assert sum(ends.values()) == len(LINES)
    publish(ground, LINES)
    assert sum(ground.port.end_offsets(ground.topic).values()) == 2 * len(LINES)


def test_committed_offsets_are_those_of_the_group(ground: Ground) -> None:
    """A partition it has not committed is left out; other groups are not mixed in."""
    publish(ground, LINES)
    group = f"group-{ground.topic}"
    assert ground.port.committed(group, ground.topic) == {}
    ground.commit(group, {1: 2})
    ground.commit(f"other-{ground.topic}", {0: 1})
    assert ground.port.committed(group, ground.topic) == {1: 2}
    ground.commit(group, {0: 1, 1: 3})
    assert ground.port.committed(group, ground.topic) == {0: 1, 1: 3}


def test_a_topic_is_looked_up_and_never_made(ground: Ground) -> None:
    """What is there passes; what is not is refused, in `check` and after, and is not there afterwards either."""
    ground.port.check(ground.topic)
    missing = ground.topic + "-missing"
    for act in (ground.port.check, ground.port.end_offsets, lambda topic: ground.port.committed("group", topic)):
        with pytest.raises(NotThere, match=f"There is no topic {missing}") as refused:
            act(missing)
        assert refused.value.field == "topic"
