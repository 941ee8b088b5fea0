"""The position of a shard, a committed group offset: how long it lasts, and how it goes."""

import pytest
from confluent_kafka import KafkaError, Producer, TopicPartition

from sandbox.kafka.apache import RealBroker
from tests.real.clients import ANSWER_SECONDS, admin, begun, position, read, refusal, send_position

pytestmark = pytest.mark.real


def test_positions_survive_a_killed_broker(real_broker: RealBroker, topic: str, shard: str) -> None:
    """After SIGKILL of the broker and a restart, lines and position are there; an open transaction is still open."""
    producer = begun(real_broker, shard)
    _commit(producer, real_broker, topic, shard, line=b"one", offset=1)
    producer.begin_transaction()
    producer.produce(topic, b"two")
    send_position(producer, real_broker, shard, TopicPartition(topic, 0, 2))
    assert producer.flush(ANSWER_SECONDS) == 0
    real_broker.kill()
    real_broker.restart()
    assert read(real_broker, topic).lines == [b"one"]
    assert position(real_broker, shard, topic, "read_uncommitted").offset == 1
    producer.commit_transaction(ANSWER_SECONDS)
    assert read(real_broker, topic).lines == [b"one", b"two"]
    assert position(real_broker, shard, topic).offset == 2


def test_a_group_is_deleted_by_name(real_broker: RealBroker, topic: str, shard: str) -> None:
    """No consumer ever joined it, so it can go at any time; a second time it is GROUP_ID_NOT_FOUND (69)."""
    _commit(begun(real_broker, shard), real_broker, topic, shard, line=b"one", offset=1)
    _delete(real_broker, shard)
    assert position(real_broker, shard, topic).offset < 0
    assert refusal(lambda: _delete(real_broker, shard)).code() == KafkaError.GROUP_ID_NOT_FOUND


def test_deleting_a_group_takes_the_position_of_an_open_transaction(
    real_broker: RealBroker, topic: str, shard: str
) -> None:
    """Nothing refuses it: the transaction commits its lines, and its position is lost. Delete only when it is over."""
    producer = begun(real_broker, shard)
    producer.produce(topic, b"one")
    send_position(producer, real_broker, shard, TopicPartition(topic, 0, 1))
    _delete(real_broker, shard)
    producer.commit_transaction(ANSWER_SECONDS)
    assert read(real_broker, topic).lines == [b"one"]
    assert position(real_broker, shard, topic).offset < 0


def _commit(producer: Producer, broker: RealBroker, topic: str, shard: str, *, line: bytes, offset: int) -> None:
    producer.produce(topic, line)
    send_position(producer, broker, shard, TopicPartition(topic, 0, offset))
    producer.commit_transaction(ANSWER_SECONDS)


def _delete(broker: RealBroker, group: str) -> None:
    client = admin(broker)
    client.delete_consumer_groups([group])[group].result(ANSWER_SECONDS)
