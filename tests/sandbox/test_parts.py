"""The parts are what the rest relies on: real answers on loopback, installed by themselves, pinned without a host."""

import json
from collections.abc import Mapping
from uuid import uuid4

import pytest
import redis
from azure.storage.blob import ContainerClient
from confluent_kafka import Consumer, KafkaError, Producer, TopicPartition

from sandbox import node
from sandbox.kafka.tansu import READER, Broker
from sandbox.valkey import Valkey


def test_azurite_copies_blobs_on_the_server(container: ContainerClient) -> None:
    """What a backup needs: a server-side copy with the MD5 of the original."""
    source = container.upload_blob("raw/2019-12-01-1.json.gz", b"some bytes")
    target = container.get_blob_client("backup/raw/2019-12-01-1.json.gz")
    target.start_copy_from_url(source.url)
    copied = target.get_blob_properties()
    assert copied.copy.status == "success"
    assert copied.content_settings.content_md5 == source.get_blob_properties().content_settings.content_md5


def test_broker_keeps_messages_and_offsets(broker: Broker) -> None:
    """What was produced is read back by assignment, and a committed offset is found again."""
    topic = f"topic-{uuid4().hex}"
    broker.create_topics([topic], partitions=1)
    producer = Producer({"bootstrap.servers": broker.bootstrap, "enable.idempotence": True})
    producer.produce(topic, b"a line")
    assert producer.flush(30) == 0
    consumer = Consumer({"bootstrap.servers": broker.bootstrap, "group.id": topic, "enable.auto.commit": False})
    try:
        consumer.assign([TopicPartition(topic, 0, 0)])
        message = consumer.poll(30)
        assert message is not None
        assert message.value() == b"a line"
        consumer.commit(offsets=[TopicPartition(topic, 0, 1)], asynchronous=False)
        assert [p.offset for p in consumer.committed([TopicPartition(topic, 0)], timeout=30)] == [1]
    finally:
        consumer.close()


def test_a_reader_of_the_broker_sees_all_that_is_committed(broker: Broker) -> None:
    """Also what two transactional ids commit to one partition each, after both left an open transaction behind."""
    topic, ids = f"topic-{uuid4().hex}", (uuid4().hex, uuid4().hex)
    broker.create_topics([topic], partitions=2)
    left_open = [_transaction(broker, one, topic, {0: 1, 1: 1}) for one in ids]
    for partition, one in enumerate(ids):
        _transaction(broker, one, topic, {partition: 2}).commit_transaction(30)
    committed = {f"{one} {partition} {number}".encode() for partition, one in enumerate(ids) for number in range(2)}
    assert committed <= set(_read(broker, topic))
    del left_open


def _transaction(broker: Broker, transactional_id: str, topic: str, messages: Mapping[int, int]) -> Producer:
    """An open one, with so many messages in each partition."""
    producer = Producer({"bootstrap.servers": broker.bootstrap, "transactional.id": transactional_id})
    producer.init_transactions(30)
    producer.begin_transaction()
    for partition, count in messages.items():
        for number in range(count):
            producer.produce(topic, f"{transactional_id} {partition} {number}", partition=partition)
    assert producer.flush(30) == 0
    return producer


def _read(broker: Broker, topic: str) -> list[bytes]:
    config = {"bootstrap.servers": broker.bootstrap, "group.id": topic, "enable.partition.eof": True, **READER}
    consumer, found, open_partitions = Consumer(config), [], 2
    consumer.assign([TopicPartition(topic, partition, 0) for partition in range(open_partitions)])
    while open_partitions:
        for message in consumer.consume(100, timeout=0.5):
            error = message.error()
            if error is None:
                found.append(message.value() or b"")
            else:
                assert error.code() == KafkaError._PARTITION_EOF, error
                open_partitions -= 1
    consumer.close()
    return found


def test_valkey_answers(valkey: Valkey) -> None:
    """A Redis client works with the URL as it stands."""
    with redis.Redis.from_url(valkey.url) as client:
        client.set("a", "1")
        assert client.get("a") == b"1"


def test_lock_file_names_no_host() -> None:
    """Any mirror of the npm registry can serve the pinned packages; each is checked by its hash."""
    lock = json.loads((node.PACKAGES / "package-lock.json").read_text())
    packages = [package for name, package in lock["packages"].items() if name]
    assert not [package for package in packages if "resolved" in package]
    assert all(package["integrity"].startswith("sha512-") for package in packages)


def test_an_installation_is_not_repeated(capsys: pytest.CaptureFixture[str]) -> None:
    """Only the first start on a machine waits for packages."""
    node.install_packages()
    capsys.readouterr()
    assert node.install_packages() == node.NODE_MODULES
    assert capsys.readouterr().err == ""
