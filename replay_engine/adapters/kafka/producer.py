"""The producers of a shard: with transactions, or idempotent and at least once.

Facts used, measured in docs/kafka.md: a transactional producer tells its errors with the commit, and must have no
delivery callback; without transactions the callback hears only of failures, so a `flush` that leaves nothing and
no failure means that everything was acknowledged. The position is asked for after the predecessor is fenced.
"""

import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from typing import Any

from confluent_kafka import Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition

from replay_engine.adapters.kafka.client import ANSWER_SECONDS, made, no_answer
from replay_engine.adapters.kafka.sender import FAST, Sender, failure, sized
from replay_engine.errors import TryAgain
from replay_engine.ports import Committed, TopicFacts

_DELIVERY_SECONDS = 120
#: How long the cluster keeps a transaction open whose producer says nothing.
_TRANSACTION_SECONDS = 60
#: What is left open when the cluster is away is aborted by whoever has the shard next.
_CLOSE_SECONDS = 2.0


def transactional_config(config: Mapping[str, Any], name: str) -> dict[str, Any]:
    """A producer's properties with what makes it transactional under that name."""
    return {
        **FAST,
        **config,
        "acks": "all",
        "enable.idempotence": True,
        "transactional.id": name,
        "transaction.timeout.ms": _TRANSACTION_SECONDS * 1000,
        "message.timeout.ms": _TRANSACTION_SECONDS * 1000,
    }


class TransactionalProducer:
    """Lines and position in one transaction after the other."""

    def __init__(
        self, config: Mapping[str, Any], topic: str, group: str, facts: TopicFacts, headers: Mapping[str, bytes]
    ) -> None:
        """Starts librdkafka's threads; asks nothing yet."""
        self._topic, self._open = topic, False
        self._producer = made(Producer, sized(transactional_config(config, group), facts))
        self._positions = made(Consumer, {**config, "group.id": group, "enable.auto.commit": False})
        self._sender = Sender(self._producer, topic, headers)

    def begin(self) -> Committed | None:
        """`init_transactions` fences the predecessor and waits until its open transaction is aborted."""
        self._patiently(self._producer.init_transactions)
        self._begin()
        return _position(self._positions, self._topic)

    def _begin(self) -> None:
        try:
            self._producer.begin_transaction()
        except KafkaException as error:
            raise failure(error.args[0], self._topic) from error
        self._open = True

    def send(self, lines: Sequence[bytes], keys: Sequence[bytes | None] | None = None) -> None:
        """Into the open transaction."""
        self._sender.send(lines, keys)

    def commit(self, position: Committed) -> None:
        """Position and lines, then the next transaction begins."""
        self._send_position([_offset(self._topic, position)])
        self._patiently(self._producer.commit_transaction)
        self._begin()

    def _send_position(self, offsets: list[TopicPartition]) -> None:
        """On a thread: librdkafka does not keep this call's time (its issue 5456) and might never come back."""
        group = self._positions.consumer_group_metadata()
        sent: Future[None] = Future()

        def send() -> None:
            try:
                self._patiently(lambda seconds: self._producer.send_offsets_to_transaction(offsets, group, seconds))
            except BaseException as error:  # noqa: BLE001 - raised where it is waited for
                sent.set_exception(error)
            else:
                sent.set_result(None)

        threading.Thread(target=send, name="position", daemon=True).start()
        try:
            sent.result(_TRANSACTION_SECONDS)
        except TimeoutError:
            # Nothing more may be asked of that producer; its successor aborts what it has open.
            self._open = False
            raise TryAgain("Kafka does not take the position of a shard.") from None

    def close(self) -> None:
        """Abort what is open, so that no reader waits for it; the broker does it later where that fails."""
        with suppress(KafkaException):
            if self._open:
                self._producer.abort_transaction(_CLOSE_SECONDS)
        self._open = False
        self._producer.purge()
        self._positions.close()

    def _patiently(self, call: Callable[[float], object]) -> None:
        """Call again while librdkafka says that the same call may succeed, within a transaction's time."""
        give_up_at = time.monotonic() + _TRANSACTION_SECONDS
        while True:
            try:
                call(ANSWER_SECONDS)
            except KafkaException as error:
                failed = error.args[0]
                if not failed.retriable() or time.monotonic() > give_up_at:
                    self._open = self._open and not failed.fatal()
                    raise failure(failed, self._topic) from error
            else:
                return


class AtLeastOnceProducer:
    """Lines first, acknowledged by all; their position after them."""

    def __init__(
        self, config: Mapping[str, Any], topic: str, group: str, facts: TopicFacts, headers: Mapping[str, bytes]
    ) -> None:
        """Starts librdkafka's threads; asks nothing yet."""
        self._topic, self._failed_by = topic, list[KafkaError]()
        idempotent = {
            **FAST,
            **config,
            "acks": "all",
            "enable.idempotence": True,
            "message.timeout.ms": _DELIVERY_SECONDS * 1000,
            "delivery.report.only.error": True,
            "on_delivery": self._delivered,
        }
        self._producer = made(Producer, sized(idempotent, facts))
        self._positions = made(Consumer, {**config, "group.id": group, "enable.auto.commit": False})
        self._sender = Sender(self._producer, topic, headers)

    def begin(self) -> Committed | None:
        """Nobody can be fenced without transactions."""
        return _position(self._positions, self._topic)

    def send(self, lines: Sequence[bytes], keys: Sequence[bytes | None] | None = None) -> None:
        """Into librdkafka's queue."""
        self._sender.send(lines, keys)
        self._raise_failure()

    def commit(self, position: Committed) -> None:
        """Wait for every acknowledgement, then keep the position."""
        try:
            unacknowledged = self._producer.flush(_DELIVERY_SECONDS + ANSWER_SECONDS)
        except KafkaException as error:
            raise failure(error.args[0], self._topic) from error
        self._raise_failure()
        if unacknowledged:
            raise TryAgain(f"Kafka has not acknowledged {unacknowledged} lines yet.")
        try:
            self._positions.commit(offsets=[_offset(self._topic, position)], asynchronous=False)
        except KafkaException as error:
            raise no_answer(error.args[0]) from error

    def close(self) -> None:
        """Drop what was not flushed."""
        with suppress(KafkaException):
            self._producer.purge()
            self._producer.flush(_CLOSE_SECONDS)
        self._positions.close()

    def _delivered(self, error: KafkaError | None, _message: Message) -> None:
        """Only kept: with an exception under way, any call into C from here would become a `SystemError`."""
        if error is not None:
            self._failed_by = [error]

    def _raise_failure(self) -> None:
        if self._failed_by:
            raise failure(self._failed_by[0], self._topic)


def _offset(topic: str, position: Committed) -> TopicPartition:
    return TopicPartition(topic, 0, position.line, position.note)


def _position(positions: Consumer, topic: str) -> Committed | None:
    try:
        (found,) = positions.committed([TopicPartition(topic, 0)], timeout=ANSWER_SECONDS)
    except KafkaException as error:
        raise no_answer(error.args[0]) from error
    return Committed(found.offset, found.metadata or "") if found.offset >= 0 else None
