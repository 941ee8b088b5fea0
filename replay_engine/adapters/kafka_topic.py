"""Kafka (confluent-kafka) as the `Topic` and `Publisher` ports.

Facts used, from librdkafka's CONFIGURATION.md: with ``delivery.report.only.error`` the callback hears only of
failures, so a `flush` that leaves 0 messages and no failure means that everything was acknowledged; an
idempotent producer keeps its own retries from writing twice. Metadata for *one* topic may create it where the
brokers auto-create, so existence is looked up in the full list.
"""

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any, TypeVar

from confluent_kafka import (
    OFFSET_END,
    Consumer,
    KafkaError,
    KafkaException,
    Message,
    Producer,
    TopicPartition,
)
from confluent_kafka.admin import AdminClient

from replay_engine.errors import BadConfig, LineRefused, NotAllowed, NotThere, TryAgain, Unreachable

C = TypeVar("C")

_ANSWER_SECONDS = 10.0
_DELIVERY_SECONDS = 120
_OURS = {"bootstrap.servers", "enable.idempotence", "acks", "transactional.id", "group.id"}
_NEVER = {KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_RECORD}
_NOT_ALLOWED = {
    KafkaError._AUTHENTICATION,
    KafkaError.SASL_AUTHENTICATION_FAILED,
    KafkaError.TOPIC_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError._SSL,
}

_DROPPED = {KafkaError._PURGE_QUEUE, KafkaError._PURGE_INFLIGHT}

# librdkafka would print its connection log on stderr; what matters of it is in the errors.
_QUIET = logging.getLogger("replay_engine.kafka")
_QUIET.addHandler(logging.NullHandler())
_QUIET.propagate = False


def read_properties(path: Path | None) -> dict[str, str]:
    """A librdkafka properties file: ``key=value`` lines, ``#`` comments; `BadConfig` names the line, not its value."""
    if path is None:
        return {}
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        why = error.strerror if isinstance(error, OSError) else "it is no text"
        raise BadConfig(f"REPLAY_KAFKA_PROPERTIES cannot be read: {why}.", advice="Check the path.") from None
    properties = {}
    for number, line in enumerate(lines, 1):
        if line.strip() and not line.lstrip().startswith("#"):
            key, equals, value = line.partition("=")
            if not equals or key.strip() in _OURS:
                raise BadConfig(
                    f"Line {number} of REPLAY_KAFKA_PROPERTIES cannot be used.",
                    advice=f"Not settable: {sorted(_OURS)}.",
                )
            properties[key.strip()] = value.strip()
    return properties


class KafkaTopic:
    """One cluster."""

    def __init__(self, broker_list: str, properties: Mapping[str, str]) -> None:
        """No connection is made yet."""
        self._brokers = broker_list
        self._config: dict[str, Any] = {**properties, "bootstrap.servers": broker_list}

    def check(self, topic: str) -> None:
        """Look the topic up in the cluster's full list."""
        heard: list[KafkaError] = []
        client = _made(AdminClient, {**self._config, "error_cb": heard.append, "logger": _QUIET})
        try:
            topics = client.list_topics(timeout=_ANSWER_SECONDS).topics
        except KafkaException as error:
            raise self._unreachable([*heard, error.args[0]]) from None
        if topic not in topics:
            near = [name for name in topics if name.endswith(topic) or topic.endswith(name)]
            raise NotThere(
                f"There is no topic {topic} on {self._brokers}.",
                field="topic",
                advice=f"Did you mean {near[0]}?" if near else "Create it, or check the name and REPLAY_TOPIC_PREFIX.",
            )

    def _unreachable(self, heard: Sequence[KafkaError]) -> NotAllowed | Unreachable:
        if any(error.code() in _NOT_ALLOWED for error in heard):
            return NotAllowed(
                f"Kafka at {self._brokers} rejected the credentials.", advice="Check REPLAY_KAFKA_PROPERTIES."
            )
        return Unreachable(
            f"No broker of {self._brokers} answers.",
            field="brokerList",
            advice="Check the broker list and the network.",
        )

    def publisher(self, topic: str) -> "KafkaPublisher":
        """An idempotent producer that wants every acknowledgement."""
        return KafkaPublisher(self._config, topic)

    def end_offsets(self, topic: str) -> Mapping[int, int]:
        """Where each partition ends, as a consumer that has read everything finds it.

        Not ListOffsets alone: the embedded broker answers it with the start of the last batch.
        """
        config = {**self._config, "enable.partition.eof": True}
        with _consumer(config, "replay-offsets") as consumer:
            waiting = set(_partitions(consumer, topic))
            ends: dict[int, int] = {}
            consumer.assign([TopicPartition(topic, partition, OFFSET_END) for partition in waiting])
            while waiting:
                message = consumer.poll(_ANSWER_SECONDS)
                if message is None:
                    raise TryAgain(f"Kafka does not say where {topic} ends.")
                _note_end(message, ends, waiting)
            return ends

    def committed(self, consumer_group: str, topic: str) -> Mapping[int, int]:
        """What the group has committed."""
        with _consumer(self._config, consumer_group) as consumer:
            wanted = [TopicPartition(topic, partition) for partition in _partitions(consumer, topic)]
            found = consumer.committed(wanted, timeout=_ANSWER_SECONDS)
            return {entry.partition: entry.offset for entry in found if entry.offset >= 0}


@contextmanager
def _consumer(config: Mapping[str, Any], group: str) -> Iterator[Consumer]:
    """A consumer that only asks: it joins no group and commits nothing."""
    client = _made(Consumer, {**config, "group.id": group, "enable.auto.commit": False, "logger": _QUIET})
    try:
        yield client
    except KafkaException as error:
        raise _no_answer(error.args[0]) from error
    finally:
        client.close()


def _note_end(message: Message, ends: dict[int, int], waiting: set[int]) -> None:
    error, partition = message.error(), message.partition()
    if error is not None and error.code() != KafkaError._PARTITION_EOF:
        raise KafkaException(error)
    if error is not None and partition in waiting:
        waiting.discard(partition)
        ends[partition] = message.offset() or 0


def _made(kind: Callable[[dict[str, Any]], C], config: dict[str, Any]) -> C:
    """A client; `BadConfig` for properties that librdkafka does not take."""
    try:
        return kind(config)
    except KafkaException as error:
        raise _unusable(error.args[0].str()) from None
    except (TypeError, ValueError) as error:
        raise _unusable(str(error)) from None


def _unusable(why: str) -> BadConfig:
    return BadConfig(
        f"The broker list or Kafka properties cannot be used: {why.rstrip('.')}.",
        advice="Check REPLAY_BROKER_LIST and REPLAY_KAFKA_PROPERTIES.",
    )


def _no_answer(error: KafkaError) -> NotAllowed | TryAgain:
    if error.code() in _NOT_ALLOWED:
        return NotAllowed("Kafka rejected the credentials.", advice="Check REPLAY_KAFKA_PROPERTIES.")
    return TryAgain(f"Kafka does not answer: {error.str()}.")


def _partitions(consumer: Consumer, topic: str) -> list[int]:
    found = consumer.list_topics(timeout=_ANSWER_SECONDS).topics.get(topic)
    if found is None:
        raise NotThere(f"There is no topic {topic} any more.", field="topic", advice="Create it again.")
    return sorted(found.partitions)


class KafkaPublisher:
    """Sends lines to one topic, without keys."""

    def __init__(self, config: Mapping[str, Any], topic: str) -> None:
        """Starts librdkafka's threads; connects when the first line is sent."""
        self._topic = topic
        self._failures: list[KafkaError] = []
        self._producer = _made(
            Producer,
            {
                "compression.type": "lz4",
                "linger.ms": 50,
                "batch.size": 1 << 20,
                "queue.buffering.max.kbytes": 64 << 10,
                **config,
                "acks": "all",
                "enable.idempotence": True,
                "message.timeout.ms": _DELIVERY_SECONDS * 1000,
                "delivery.report.only.error": True,
                "on_delivery": self._failed,
                "logger": _QUIET,
            },
        )

    def send(self, lines: Sequence[bytes]) -> None:
        """Hand lines to librdkafka, whose queue holds 64 MB; waits for room."""
        for line in lines:
            self._produce(line)
        self._producer.poll(0)
        self._raise_failure()

    def _produce(self, line: bytes) -> None:
        while True:
            try:
                return self._producer.produce(self._topic, line)
            except BufferError:
                self._producer.poll(0.05)
            except KafkaException as error:
                raise _failure(error.args[0], self._topic) from error

    def flush(self) -> None:
        """Wait for every acknowledgement."""
        left = self._producer.flush(_DELIVERY_SECONDS + 10)
        self._raise_failure()
        if left:
            raise TryAgain(f"Kafka has not acknowledged {left} lines yet.")

    def close(self) -> None:
        """Drop what was not flushed."""
        self._producer.purge()
        self._producer.flush(1)

    def _failed(self, error: KafkaError | None, _message: Message) -> None:
        if error is not None and error.code() not in _DROPPED:
            self._failures.append(error)

    def _raise_failure(self) -> None:
        if self._failures:
            raise _failure(self._failures[0], self._topic)


def _failure(error: KafkaError, topic: str) -> LineRefused | NotAllowed | TryAgain:
    if error.code() in _NEVER:
        return LineRefused(
            f"Kafka refuses a line for {topic}: {error.str()}.",
            advice="Raise the topic's max.message.bytes (and the client's message.max.bytes), then replay the day.",
        )
    if error.code() in _NOT_ALLOWED:
        return _no_answer(error)
    return TryAgain(f"Kafka did not take a line for {topic}: {error.str()}.")
