"""How large a line may be, who refuses a larger one, and what is left of its transaction."""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import Any

import pytest
from confluent_kafka import KafkaError, Message, Producer
from confluent_kafka.admin import ConfigResource, ResourceType  # type: ignore[attr-defined]

from replay_engine.adapters.kafka.topic import KafkaTopic
from replay_engine.errors import LineRefused
from replay_engine.model import OnBadLine, Pace, Publishing
from replay_engine.ports import Committed
from replay_engine.publish.shard_loop import Shard, open_shard, publish_shard
from replay_engine.publish.transform import Transform
from sandbox.kafka.apache import RealBroker
from tests.fakes.account import Account
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.clock import MemoryClock
from tests.real.clients import ANSWER_SECONDS, admin, begun, noise, read, refusal

pytestmark = pytest.mark.real

LIMIT = 2000
NAME = "raw/2019-12-01-1.json"
HEADERS = {"replay-id": b"r20191201-101500-0a1b2c", "replay-day": b"2019-12-01"}
both_deliveries = pytest.mark.parametrize("transactions", [True, False], ids=["exactly once", "at least once"])
#: A batch of one line, without key and headers: 61 bytes for the batch and 9 for the record, at this size.
AROUND_THE_LINE = 70


@pytest.fixture
def narrow(real_broker: RealBroker, topic: str) -> str:
    """A topic that takes 2000 bytes."""
    name = f"{topic}-narrow"
    real_broker.create_topics([name], partitions=1, config={"max.message.bytes": str(LIMIT)})
    return name


def test_the_limit_can_be_asked(real_broker: RealBroker, topic: str, narrow: str) -> None:
    """describe_configs gives max.message.bytes of each topic, the broker's default included."""
    assert [_limit(real_broker, name) for name in (topic, narrow)] == [1_048_588, LIMIT]


def test_the_limit_is_of_the_batch(real_broker: RealBroker, narrow: str) -> None:
    """One line alone may have 70 bytes less than the limit; one more is MSG_SIZE_TOO_LARGE (10) from the broker."""
    assert _outcomes(real_broker, narrow, [noise(LIMIT - AROUND_THE_LINE)]) == {None}
    assert _outcomes(real_broker, narrow, [noise(LIMIT - AROUND_THE_LINE + 1)]) == {KafkaError.MSG_SIZE_TOO_LARGE}


def test_the_limit_is_of_the_compressed_batch(real_broker: RealBroker, narrow: str) -> None:
    """A line fifty times the limit passes when it shrinks enough on the wire."""
    line = bytes(50 * LIMIT)
    assert _outcomes(real_broker, narrow, [line]) == {KafkaError.MSG_SIZE_TOO_LARGE}
    assert _outcomes(real_broker, narrow, [line], {"compression.type": "lz4"}) == {None}


def test_small_lines_are_refused_when_their_batch_is_too_large(real_broker: RealBroker, narrow: str) -> None:
    """librdkafka splits nothing: its own message.max.bytes (or batch.size) must stay within the topic's limit."""
    lines = [noise(300) for _ in range(20)]
    together = {"linger.ms": 200}
    assert _outcomes(real_broker, narrow, lines, together) == {KafkaError.MSG_SIZE_TOO_LARGE}
    assert _outcomes(real_broker, narrow, lines, {**together, "message.max.bytes": LIMIT}) == {None}


def test_a_line_the_client_refuses_costs_nothing(real_broker: RealBroker, narrow: str, shard: str) -> None:
    """Beyond the client's message.max.bytes, produce itself raises MSG_SIZE_TOO_LARGE; the transaction goes on."""
    producer = begun(real_broker, shard, {"message.max.bytes": LIMIT})
    producer.produce(narrow, b"before")
    error = refusal(lambda: producer.produce(narrow, noise(LIMIT + 1)))
    assert (error.code(), error.fatal()) == (KafkaError.MSG_SIZE_TOO_LARGE, False)
    producer.produce(narrow, b"after")
    producer.commit_transaction(ANSWER_SECONDS)
    assert read(real_broker, narrow).lines == [b"before", b"after"]


def test_a_line_the_broker_refuses_costs_the_transaction(real_broker: RealBroker, narrow: str, shard: str) -> None:
    """flush returns 0 as if all were well; the commit raises, and so does the next transaction's of that producer."""
    producer = begun(real_broker, shard)
    producer.produce(narrow, b"before")
    assert producer.flush(ANSWER_SECONDS) == 0
    producer.produce(narrow, noise(2 * LIMIT))
    assert producer.flush(ANSWER_SECONDS) == 0
    _assert_must_abort(producer, KafkaError.MSG_SIZE_TOO_LARGE)
    producer.begin_transaction()
    producer.produce(narrow, b"after")
    _assert_must_abort(producer, KafkaError.OUT_OF_ORDER_SEQUENCE_NUMBER)
    assert read(real_broker, narrow).lines == []


def test_a_new_producer_takes_over_after_a_refused_line(real_broker: RealBroker, narrow: str, shard: str) -> None:
    """init_transactions by another producer of the shard is a clean start."""
    refused = begun(real_broker, shard)
    refused.produce(narrow, noise(2 * LIMIT))
    assert refused.flush(ANSWER_SECONDS) == 0
    fresh = begun(real_broker, shard)
    fresh.produce(narrow, b"fresh")
    fresh.commit_transaction(ANSWER_SECONDS)
    assert read(real_broker, narrow).lines == [b"fresh"]


@both_deliveries
def test_our_limit_leaves_room_for_headers_and_key(
    real_broker: RealBroker, narrow: str, shard: str, transactions: bool
) -> None:
    """The largest line that is sent at all passes, with everything that may go with it, and so do many small ones."""
    cluster = KafkaTopic(real_broker.bootstrap, {})
    facts = cluster.check(narrow)
    assert facts.max_message_bytes == LIMIT
    key = noise(36)
    lines = [noise(facts.max_line_bytes - len(key)), *[noise(300)] * 50]
    producer = cluster.producer(narrow, shard, facts, transactions=transactions, headers=HEADERS)
    producer.begin()
    producer.send(lines, [key] * len(lines))
    producer.commit(Committed(len(lines)))
    producer.close()
    assert read(real_broker, narrow).lines == lines


@both_deliveries
def test_our_publisher_names_a_line_that_is_too_large(
    real_broker: RealBroker, narrow: str, shard: str, transactions: bool
) -> None:
    """By its own count, before Kafka could refuse it together with others; it is set aside where that is wanted."""
    lines = [b"one", noise(LIMIT).replace(b"\n", b" "), b"three"]
    aside: list[tuple[str, int, bytes]] = []
    for on_bad_line in OnBadLine:
        work = _shard(real_broker, narrow, shard, lines, transactions=transactions, on_bad_line=on_bad_line)
        work = replace(work, set_aside=lambda blob, number, line: aside.append((blob.name, number, line)))
        if on_bad_line is OnBadLine.FAIL:
            with pytest.raises(LineRefused, match=rf"Line 2 of {NAME} is larger than the topic takes"):
                publish_shard(work)
        else:
            assert publish_shard(work).set_aside_lines == 1
    assert aside == [(NAME, 2, lines[1])]
    assert read(real_broker, narrow).lines == [b"one", b"three"]


def _shard(
    broker: RealBroker, topic: str, group: str, lines: list[bytes], *, transactions: bool, on_bad_line: OnBadLine
) -> Shard:
    """Those lines in a file in memory, its position opened."""
    account = Account({"data": {}})
    account.put("data", NAME, b"\n".join(lines))
    store, cluster = MemoryBlobs(account, "data"), KafkaTopic(broker.bootstrap, {})
    facts = cluster.check(topic)
    producer = partial(cluster.producer, topic, group, facts, transactions=transactions, headers={})
    open_shard(producer())
    return Shard(
        blobs=list(store.list("")),
        store=store,
        producer=producer(),
        transform=Transform(Publishing(), facts.max_line_bytes),
        on_bad_line=on_bad_line,
        set_aside=lambda *_: None,
        clock=MemoryClock(),
        orders=FullSpeed(),
        on_progress=lambda _: None,
        read_ahead=iter,
        commit_interval=timedelta(seconds=5),
    )


class FullSpeed:
    """Orders of a publisher that nobody slows down or stops."""

    def pace(self) -> Pace:
        return Pace()

    def stopped(self) -> bool:
        return False


def _assert_must_abort(producer: Producer, code: int) -> None:
    error = refusal(lambda: producer.commit_transaction(ANSWER_SECONDS))
    assert (error.code(), error.txn_requires_abort(), error.fatal()) == (code, True, False)
    producer.abort_transaction(ANSWER_SECONDS)


def _limit(broker: RealBroker, topic: str) -> int:
    asked = ConfigResource(ResourceType.TOPIC, topic)
    client = admin(broker)
    return int(client.describe_configs([asked])[asked].result(ANSWER_SECONDS)["max.message.bytes"].value)


def _outcomes(
    broker: RealBroker, topic: str, lines: list[bytes], config: Mapping[str, Any] | None = None
) -> set[int | None]:
    """The error codes of the lines' deliveries; None is an acknowledgement."""
    outcomes: list[int | None] = []

    def delivered(error: KafkaError | None, _message: Message) -> None:
        outcomes.append(error.code() if error is not None else None)

    producer = Producer({"bootstrap.servers": broker.bootstrap, "on_delivery": delivered, **(config or {})})
    for line in lines:
        producer.produce(topic, line)
    assert producer.flush(ANSWER_SECONDS) == 0
    assert len(outcomes) == len(lines)
    return set(outcomes)
