"""What becomes of a producer that is not the last of its shard: it can change nothing, and hears so on every call."""

import time
from collections.abc import Callable

import pytest
from confluent_kafka import KafkaError, Message, Producer, TopicPartition

from sandbox.kafka.apache import RealBroker
from sandbox.processes import wait_until
from tests.real.clients import ANSWER_SECONDS, begun, position, read, refusal, send_position, transactional

pytestmark = pytest.mark.real


@pytest.fixture
def zombie(real_broker: RealBroker, topic: str, shard: str) -> Producer:
    """A producer with a line and a position in its open transaction; a second one of its shard has begun."""
    zombie = begun(real_broker, shard)
    zombie.produce(topic, b"zombie")
    assert zombie.flush(ANSWER_SECONDS) == 0
    send_position(zombie, real_broker, shard, TopicPartition(topic, 0, 1))
    transactional(real_broker, shard).init_transactions(ANSWER_SECONDS)
    return zombie


def _send_on(producer: Producer, topic: str) -> None:
    producer.produce(topic, b"late")
    producer.flush(ANSWER_SECONDS)


@pytest.mark.parametrize("act", [Producer.commit_transaction, Producer.abort_transaction])
def test_a_fenced_producer_can_end_nothing(zombie: Producer, act: Callable[[Producer, float], None]) -> None:
    """Both raise KafkaException with _FENCED (-144), fatal."""
    _assert_fenced(refusal(lambda: act(zombie, ANSWER_SECONDS)))


def test_a_fenced_producer_can_send_no_position(
    zombie: Producer, real_broker: RealBroker, topic: str, shard: str
) -> None:
    """send_offsets_to_transaction raises the same; the shard's position is as its last owner left it."""
    late = TopicPartition(topic, 0, 99)
    _assert_fenced(refusal(lambda: send_position(zombie, real_broker, shard, late)))
    assert position(real_broker, shard, topic).offset < 0


def test_a_fenced_producer_can_send_no_line(zombie: Producer, real_broker: RealBroker, topic: str) -> None:
    """produce takes the line, the flush (or poll) after it raises, produce after that raises _FATAL."""
    _assert_fenced(refusal(lambda: _send_on(zombie, topic)))
    assert refusal(lambda: zombie.produce(topic, b"later")).code() == KafkaError._FATAL
    _assert_fenced(refusal(lambda: zombie.commit_transaction(ANSWER_SECONDS)))
    assert read(real_broker, topic).lines == []
    assert read(real_broker, topic, "read_uncommitted").lines == [b"zombie"]


def test_a_producer_fenced_before_it_began_hears_it_too(real_broker: RealBroker, topic: str, shard: str) -> None:
    """begin_transaction asks nobody and succeeds; the first line's flush raises."""
    early = transactional(real_broker, shard)
    early.init_transactions(ANSWER_SECONDS)
    transactional(real_broker, shard).init_transactions(ANSWER_SECONDS)
    early.begin_transaction()
    _assert_fenced(refusal(lambda: _send_on(early, topic)))


def test_the_successor_works(zombie: Producer, real_broker: RealBroker, topic: str, shard: str) -> None:
    """What the zombie had sent is aborted, what the newest sends is committed, also while the zombie lives on."""
    newest = begun(real_broker, shard)
    newest.produce(topic, b"newest")
    send_position(newest, real_broker, shard, TopicPartition(topic, 0, 1))
    newest.commit_transaction(ANSWER_SECONDS)
    _assert_fenced(refusal(lambda: zombie.commit_transaction(ANSWER_SECONDS)))
    assert read(real_broker, topic).lines == [b"newest"]
    assert position(real_broker, shard, topic).offset == 1


def test_a_delivery_callback_that_looks_at_the_error_hides_the_fencing(
    real_broker: RealBroker, topic: str, shard: str
) -> None:
    """With one, flush raises SystemError in place of KafkaException (confluent-kafka 2.16): use none here."""

    def delivered(error: KafkaError | None, _message: Message) -> None:
        if error is not None:
            error.code()

    zombie = begun(real_broker, shard, {"on_delivery": delivered})
    zombie.produce(topic, b"zombie")
    assert zombie.flush(ANSWER_SECONDS) == 0
    transactional(real_broker, shard).init_transactions(ANSWER_SECONDS)
    with pytest.raises(SystemError):
        _send_on(zombie, topic)
    _assert_fenced(refusal(lambda: zombie.commit_transaction(ANSWER_SECONDS)))


def test_a_delivery_callback_that_only_keeps_the_error_hides_nothing(
    real_broker: RealBroker, topic: str, shard: str
) -> None:
    """It may assign it to something; already appending it to a list raises SystemError."""
    kept: list[KafkaError] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        nonlocal kept
        if error is not None:
            kept = [error]

    zombie = begun(real_broker, shard, {"on_delivery": delivered})
    zombie.produce(topic, b"zombie")
    assert zombie.flush(ANSWER_SECONDS) == 0
    transactional(real_broker, shard).init_transactions(ANSWER_SECONDS)
    _assert_fenced(refusal(lambda: _send_on(zombie, topic)))
    assert [error.code() for error in kept] == [KafkaError.INVALID_PRODUCER_EPOCH]


def test_a_transaction_left_open_too_long_fences_its_own_producer(
    real_broker: RealBroker, topic: str, shard: str
) -> None:
    """Paused beyond transaction.timeout.ms, it hears _FENCED at its commit, with no successor anywhere."""
    paused = begun(real_broker, shard, {"transaction.timeout.ms": 1000})
    paused.produce(topic, b"paused")
    assert paused.flush(ANSWER_SECONDS) == 0
    wait_until(lambda: read(real_broker, topic).end > 0, "the abort", ANSWER_SECONDS)
    _assert_fenced(refusal(lambda: paused.commit_transaction(ANSWER_SECONDS)))
    assert read(real_broker, topic).lines == []


def test_the_position_can_be_asked_only_after_init_transactions(
    real_broker: RealBroker, topic: str, shard: str
) -> None:
    """While a dead producer's transaction is open, asking for its position waits until the time is over."""
    dead = begun(real_broker, shard)
    send_position(dead, real_broker, shard, TopicPartition(topic, 0, 7))
    began = time.monotonic()
    error = refusal(lambda: position(real_broker, shard, topic, timeout_seconds=1))
    assert (error.code(), time.monotonic() - began >= 1) == (KafkaError._TIMED_OUT, True)
    transactional(real_broker, shard).init_transactions(ANSWER_SECONDS)
    assert position(real_broker, shard, topic).offset < 0


def _assert_fenced(error: KafkaError) -> None:
    assert (error.code(), error.fatal()) == (KafkaError._FENCED, True)
