"""Whatever the cluster does, what comes out of the adapters is one of our errors."""

from collections.abc import Callable
from pathlib import Path
from uuid import uuid4

import pytest

from replay_engine.adapters.kafka import producer as kafka_producer
from replay_engine.adapters.kafka import topic as kafka_topic
from replay_engine.adapters.kafka.client import read_properties
from replay_engine.adapters.kafka.topic import KafkaTopic
from replay_engine.errors import BadConfig, LineRefused, ReplayError, TryAgain, Unreachable
from replay_engine.ports import Committed, ShardProducer, Topic, TopicFacts
from sandbox.kafka.tansu import Broker
from sandbox.processes import free_port

Act = Callable[[Topic], object]
Step = Callable[[ShardProducer], object]

FACTS = TopicFacts(partitions=1, max_message_bytes=None)
STEPS: dict[str, Step] = {
    "begin": lambda producer: producer.begin(),
    "send": lambda producer: producer.send([b"line"] * 2),
    "commit": lambda producer: producer.commit(Committed(2)),
    "close": lambda producer: producer.close(),
}


def publish(cluster: Topic, *, transactions: bool) -> None:
    """One step after the other, as a publisher takes them."""
    producer = cluster.producer("topic", "group", FACTS, transactions=transactions, headers={})
    try:
        for step in STEPS.values():
            step(producer)
    finally:
        producer.close()


ACTS: dict[str, Act] = {
    "check": lambda cluster: cluster.check("topic"),
    "has_transactions": lambda cluster: cluster.has_transactions("group", "topic"),
    "check_positions": lambda cluster: cluster.check_positions("group", "topic"),
    "producer": lambda cluster: publish(cluster, transactions=True),
    "producer without transactions": lambda cluster: publish(cluster, transactions=False),
    "forget": lambda cluster: cluster.forget(["group"]),
    "begin_offsets": lambda cluster: cluster.begin_offsets("topic"),
    "end_offsets": lambda cluster: cluster.end_offsets("topic"),
    "committed": lambda cluster: cluster.committed("group", "topic"),
    "holds_message": lambda cluster: cluster.holds_message("topic", 0, 0, 1),
}
every_act = pytest.mark.parametrize("act", ACTS.values(), ids=ACTS)


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same waits, shorter."""
    for module in (kafka_topic, kafka_producer):
        monkeypatch.setattr(module, "ANSWER_SECONDS", 0.3)
    monkeypatch.setattr(kafka_producer, "_TRANSACTION_SECONDS", 1)
    monkeypatch.setattr(kafka_producer, "_DELIVERY_SECONDS", 1)


def test_every_method_is_tried() -> None:
    """A method that is added to a port must be added here."""
    assert {name.partition(" ")[0] for name in ACTS} == {name for name in vars(Topic) if not name.startswith("_")}
    assert set(STEPS) == {name for name in vars(ShardProducer) if not name.startswith("_")}


@every_act
def test_nobody_listens(impatient: None, act: Act) -> None:
    """Unreachable while planning, later something that may pass."""
    port = free_port()
    with pytest.raises((Unreachable, TryAgain)) as away:
        act(KafkaTopic(f"127.0.0.1:{port}", {}))
    if isinstance(away.value, Unreachable):
        assert (away.value.field, f"127.0.0.1:{port}" in away.value.message) == ("brokerList", True)


@every_act
@pytest.mark.parametrize(
    "properties",
    [
        {"no.such.property": "1"},
        {"security.protocol": "hush"},
        {"sasl.mechanisms": "PLAIN", "security.protocol": "ssl", "ssl.ca.location": "/nowhere"},
    ],
    ids=["unknown", "no value of it", "no such file"],
)
def test_properties_that_librdkafka_does_not_take(act: Act, properties: dict[str, str]) -> None:
    """They are a setting to mend, whoever notices first."""
    with pytest.raises(BadConfig, match="cannot be used"):
        act(KafkaTopic("127.0.0.1:1", properties))


@pytest.mark.parametrize("transactions", [True, False])
@pytest.mark.parametrize("headers", [{}, {"replay-id": b"r1"}], ids=["", "headers"])
def test_a_line_that_the_topic_never_takes(broker: Broker, transactions: bool, headers: dict[str, bytes]) -> None:
    """Larger than the topic's limit: that line will never go, however often it is tried."""
    topic = f"errors-{uuid4().hex}"
    broker.create_topics([topic])
    facts = TopicFacts(partitions=2, max_message_bytes=1000)
    producer = KafkaTopic(broker.bootstrap, {}).producer(
        topic, topic, facts, transactions=transactions, headers=headers
    )
    producer.begin()
    with pytest.raises(LineRefused, match=topic):
        producer.send([b"fits", b"x" * 2000])
    producer.close()


def test_a_properties_file_is_read(tmp_path: Path) -> None:
    """``key=value`` lines; comments and blank lines are none; a value may hold an equals sign."""
    path = tmp_path / "kafka.properties"
    path.write_text("# how to log in\n\nsecurity.protocol = SASL_SSL\n sasl.password=a=b \n")
    assert read_properties(path) == {"security.protocol": "SASL_SSL", "sasl.password": "a=b"}
    assert read_properties(None) == {}


@pytest.mark.parametrize("line", ["hush", "acks=0", "enable.idempotence=false", "bootstrap.servers=hush:9092"])
def test_a_line_that_must_not_stand_there(tmp_path: Path, line: str) -> None:
    """What the promises rest on is not settable; the line is named by its number, its text is not told."""
    path = tmp_path / "kafka.properties"
    path.write_text(f"client.id=me\n{line}\n")
    with pytest.raises(BadConfig, match="Line 2 of REPLAY_KAFKA_PROPERTIES") as refused:
        read_properties(path)
    assert "hush" not in str(refused.value)


@pytest.mark.parametrize("make", [Path.exists, Path.mkdir, lambda path: path.write_bytes(b"\xff")])
def test_a_properties_file_that_cannot_be_read(tmp_path: Path, make: Callable[[Path], object]) -> None:
    """Missing, a folder, no text."""
    path = tmp_path / "kafka.properties"
    make(path)
    with pytest.raises(ReplayError, match="REPLAY_KAFKA_PROPERTIES cannot be read"):
        read_properties(path)
