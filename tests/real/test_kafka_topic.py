"""The engine's Kafka adapter on the real thing."""

from collections.abc import Iterator
from contextlib import closing

import pytest
from confluent_kafka import TopicPartition

from replay_engine.adapters.kafka_topic import KafkaPublisher, KafkaTopic
from replay_engine.errors import LineRefused, NotThere, TryAgain, Unreachable
from sandbox.processes import free_port
from sandbox.real_kafka import RealBroker
from tests.real.clients import ANSWER_SECONDS, begun, consumer, noise, read, send_position

pytestmark = pytest.mark.real


@pytest.fixture
def cluster(real_broker: RealBroker) -> KafkaTopic:
    return KafkaTopic(real_broker.bootstrap, {})


@pytest.fixture
def publisher(cluster: KafkaTopic, topic: str) -> Iterator[KafkaPublisher]:
    with closing(cluster.publisher(topic)) as publisher:
        yield publisher


def test_check_finds_the_topic_or_says_what_is_near(cluster: KafkaTopic, topic: str) -> None:
    """A missing topic is refused, and looking for it does not create it."""
    cluster.check(topic)
    for _ in range(2):
        with pytest.raises(NotThere):
            cluster.check(f"{topic}-missing")


def test_check_without_a_broker_is_unreachable() -> None:
    """Nothing listens there: refused after the adapter's own patience."""
    with pytest.raises(Unreachable):
        KafkaTopic(f"127.0.0.1:{free_port()}", {}).check("any")


def test_bytes_travel_untouched(
    publisher: KafkaPublisher, cluster: KafkaTopic, real_broker: RealBroker, topic: str
) -> None:
    """Any bytes, in order on one partition; without transactions the end is one after the last line."""
    lines = [b'{"a": 1.566239401226E12}', b"\x00\xff\xfe", b" trailing \r"]
    publisher.send(lines)
    publisher.flush()
    assert read(real_broker, topic).lines == lines
    assert cluster.end_offsets(topic) == {0: 3}


def test_every_partition_has_an_end(cluster: KafkaTopic, real_broker: RealBroker, topic: str) -> None:
    """Empty partitions end at 0."""
    real_broker.create_topics([f"{topic}-wide"], partitions=3)
    assert cluster.end_offsets(f"{topic}-wide") == {0: 0, 1: 0, 2: 0}


def test_end_offsets_count_the_marker(cluster: KafkaTopic, real_broker: RealBroker, topic: str, shard: str) -> None:
    """After a transaction of one line the end is 2: the marker has an offset too."""
    producer = begun(real_broker, shard)
    producer.produce(topic, b"one")
    producer.commit_transaction(ANSWER_SECONDS)
    assert cluster.end_offsets(topic) == {0: 2}


def test_committed_finds_what_a_consumer_committed(cluster: KafkaTopic, real_broker: RealBroker, topic: str) -> None:
    """Nothing for a group that never was; the offset once it is committed."""
    assert cluster.committed(topic, topic) == {}
    with consumer(real_broker, topic) as downstream:
        downstream.commit(offsets=[TopicPartition(topic, 0, 5)], asynchronous=False)
    assert cluster.committed(topic, topic) == {0: 5}


def test_committed_inside_an_open_transaction_is_try_again(
    cluster: KafkaTopic, real_broker: RealBroker, topic: str, shard: str
) -> None:
    """A pending position is no answer yet; it is one after the commit."""
    producer = begun(real_broker, shard)
    send_position(producer, real_broker, shard, TopicPartition(topic, 0, 7))
    with pytest.raises(TryAgain):
        cluster.committed(shard, topic)
    producer.commit_transaction(ANSWER_SECONDS)
    assert cluster.committed(shard, topic) == {0: 7}


def test_a_line_too_large_for_the_topic_is_refused(cluster: KafkaTopic, real_broker: RealBroker, topic: str) -> None:
    """The broker's refusal comes as LineRefused at the flush."""
    narrow = f"{topic}-narrow"
    real_broker.create_topics([narrow], partitions=1, config={"max.message.bytes": "2000"})
    with closing(cluster.publisher(narrow)) as publisher:
        publisher.send([noise(3000)])
        with pytest.raises(LineRefused):
            publisher.flush()


def test_lines_sent_while_the_broker_is_away_arrive_once(
    publisher: KafkaPublisher, real_broker: RealBroker, topic: str
) -> None:
    """The idempotent producer waits for a killed broker and writes each line once."""
    publisher.send([b"before"])
    publisher.flush()
    real_broker.kill()
    publisher.send([b"while away"])
    real_broker.restart()
    publisher.flush()
    assert read(real_broker, topic).lines == [b"before", b"while away"]
