"""The engine's Kafka adapters where only the real thing shows it: open transactions, limits, a broker that dies."""

import os
import signal
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from replay_engine.adapters.kafka import producer as kafka_producer
from replay_engine.adapters.kafka import topic as kafka_topic
from replay_engine.adapters.kafka.topic import KafkaTopic
from replay_engine.errors import LineRefused, TryAgain
from replay_engine.ports import Committed, ShardProducer, TopicFacts
from sandbox.kafka.apache import RealBroker
from tests.real.clients import ANSWER_SECONDS, admin, begun, noise, position, read, send_position

pytestmark = pytest.mark.real
both_deliveries = pytest.mark.parametrize("transactions", [True, False], ids=["exactly once", "at least once"])


@pytest.fixture
def cluster(real_broker: RealBroker) -> KafkaTopic:
    return KafkaTopic(real_broker.bootstrap, {})


@contextmanager
def impatience() -> Iterator[None]:
    """Adapters that give a cluster a second."""
    with pytest.MonkeyPatch.context() as patch:
        for module in (kafka_topic, kafka_producer):
            patch.setattr(module, "ANSWER_SECONDS", 0.3)
        patch.setattr(kafka_producer, "_TRANSACTION_SECONDS", 1)
        patch.setattr(kafka_producer, "_DELIVERY_SECONDS", 1)
        yield


@contextmanager
def producing(
    cluster: KafkaTopic, topic: str, shard: str, *, transactions: bool = True, facts: TopicFacts | None = None
) -> Iterator[ShardProducer]:
    """A producer that has begun."""
    producer = cluster.producer(topic, shard, facts or cluster.check(topic), transactions=transactions, headers={})
    try:
        producer.begin()
        yield producer
    finally:
        producer.close()


def test_an_open_transaction_is_nobodys_yet(
    cluster: KafkaTopic, real_broker: RealBroker, topic: str, shard: str
) -> None:
    """No reader gets its lines before the commit; then all of them, in order on one partition, and the marker."""
    with producing(cluster, topic, shard) as producer:
        producer.send([b"one", b"two"])
        assert read(real_broker, topic).lines == []
        producer.commit(Committed(2, "note"))
        assert read(real_broker, topic).lines == [b"one", b"two"]
        assert cluster.end_offsets(topic) == {0: 3}
    found = position(real_broker, shard, topic)
    assert (found.offset, found.metadata) == (2, "note")


def test_closing_lets_other_readers_pass_at_once(
    cluster: KafkaTopic, real_broker: RealBroker, topic: str, shard: str
) -> None:
    """What was open is aborted then, not when its time is over: the end goes on behind it."""
    with producing(cluster, topic, shard) as producer:
        producer.send([b"lost"])
        producer.commit(Committed(1))
        producer.send([b"lost"])
    with producing(cluster, topic, f"{shard}-other") as other:
        other.send([b"other"])
        other.commit(Committed(1))
    assert read(real_broker, topic).lines == [b"lost", b"other"]


def test_a_message_is_looked_for_behind_markers_and_aborted_lines(
    cluster: KafkaTopic, real_broker: RealBroker, topic: str, shard: str
) -> None:
    """Offsets that no reader gets a line at hold none: a group that stands before them has read everything."""
    with producing(cluster, topic, shard) as producer:
        producer.send([b"one"])
        producer.commit(Committed(1))
    aborted = begun(real_broker, shard)
    aborted.produce(topic, b"lost")
    assert aborted.flush(ANSWER_SECONDS) == 0
    aborted.abort_transaction(ANSWER_SECONDS)
    ends = cluster.end_offsets(topic)
    assert ends == {0: 4}
    assert [cluster.holds_message(topic, 0, first, ends[0]) for first in range(5)] == [True, False, False, False, False]


def test_a_trial_of_transactions_leaves_no_group(cluster: KafkaTopic, real_broker: RealBroker, topic: str) -> None:
    """Kafka would list one without positions for minutes."""
    assert cluster.has_transactions(f"{topic}-trial", topic)
    client = admin(real_broker)
    listing = client.list_consumer_groups().result(ANSWER_SECONDS)
    assert [group.group_id for group in listing.valid if group.group_id.startswith(topic)] == listing.errors == []


def test_committed_inside_an_open_transaction_is_try_again(
    cluster: KafkaTopic, real_broker: RealBroker, topic: str, shard: str
) -> None:
    """A pending position is no answer yet; it is one after the commit."""
    producer = begun(real_broker, shard)
    send_position(producer, real_broker, shard, kafka_producer._offset(topic, Committed(7)))
    with impatience(), pytest.raises(TryAgain):
        cluster.committed(shard, topic)
    producer.commit_transaction(ANSWER_SECONDS)
    assert cluster.committed(shard, topic) == {0: 7}


@both_deliveries
def test_a_line_that_only_the_broker_refuses(
    cluster: KafkaTopic, real_broker: RealBroker, topic: str, shard: str, transactions: bool
) -> None:
    """Its limit was lowered since it was asked: nothing of the commit counts, and nobody tries that line again."""
    narrow, facts = f"{topic}-narrow", TopicFacts(1, 1 << 20)
    real_broker.create_topics([narrow], partitions=1, config={"max.message.bytes": "2000"})
    with (
        pytest.raises(LineRefused, match=narrow),
        producing(cluster, narrow, shard, transactions=transactions, facts=facts) as producer,
    ):
        producer.send([noise(3000)])
        producer.commit(Committed(1))
    assert position(real_broker, shard, narrow).offset < 0
    assert read(real_broker, narrow).lines == []


@both_deliveries
@pytest.mark.parametrize(("limit", "line_bytes"), [(2**31 - 1, 1000), (40_000_000, 35_000_000)])
def test_a_topic_that_takes_much(
    cluster: KafkaTopic,
    real_broker: RealBroker,
    topic: str,
    shard: str,
    transactions: bool,
    limit: int,
    line_bytes: int,
) -> None:
    """Without any limit, which is more than librdkafka knows; or lines that are larger than its queue was."""
    wide = f"{topic}-wide"
    real_broker.create_topics([wide], partitions=1, config={"max.message.bytes": str(limit)})
    lines = [bytes(line_bytes), noise(line_bytes)]
    with producing(cluster, wide, shard, transactions=transactions) as producer:
        producer.send(lines)
        producer.commit(Committed(2))
    assert read(real_broker, wide).lines == lines


@both_deliveries
def test_a_broker_that_dies_is_waited_for(
    cluster: KafkaTopic, real_broker: RealBroker, topic: str, shard: str, transactions: bool
) -> None:
    """The same producer goes on when it is back; each line is there once, and so is the position."""
    with producing(cluster, topic, shard, transactions=transactions) as producer:
        producer.send([b"before"])
        producer.commit(Committed(1))
        producer.send([b"under way"])
        real_broker.kill()
        producer.send([b"while away"])
        real_broker.restart()
        producer.commit(Committed(3))
    assert read(real_broker, topic).lines == [b"before", b"under way", b"while away"]
    assert position(real_broker, shard, topic).offset == 3


@both_deliveries
def test_a_broker_that_does_not_answer_is_given_up(
    cluster: KafkaTopic, real_broker: RealBroker, topic: str, shard: str, transactions: bool
) -> None:
    """The commit says that it may be tried again, closing does not wait for it; then nothing of it had happened."""
    with producing(cluster, topic, shard, transactions=transactions) as producer:
        producer.send([b"before"])
        producer.commit(Committed(1))
        with frozen(real_broker), impatience():
            producer.send([b"lost"])
            with pytest.raises(TryAgain):
                producer.commit(Committed(2))
            producer.close()
    with producing(cluster, topic, shard, transactions=transactions) as successor:
        assert position(real_broker, shard, topic).offset == 1
        successor.send([b"after"])
        successor.commit(Committed(2))
    # Without transactions a frozen broker may still find the line in its socket.
    assert [line for line in read(real_broker, topic).lines if transactions or line != b"lost"] == [b"before", b"after"]


@contextmanager
def frozen(broker: RealBroker) -> Iterator[None]:
    """It takes connections, and answers nothing."""
    os.kill(broker.pid, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(broker.pid, signal.SIGCONT)
