"""Kafka (confluent-kafka) as the `Topic` port: what a topic is like, where it ends, who has read how far.

Metadata for *one* topic may create it where the brokers auto-create, so existence is looked up in the full list.
Messages are read as a reader of committed ones does (librdkafka's default); where a topic ends is not: an open
transaction, of anybody, hides from such a reader everything that was committed after it began.
"""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from confluent_kafka import OFFSET_END, Consumer, KafkaError, KafkaException, Message, Producer, TopicPartition
from confluent_kafka.admin import AdminClient
from confluent_kafka.admin._config import ConfigResource
from confluent_kafka.admin._resource import ResourceType

from replay_engine.adapters.kafka.client import ANSWER_SECONDS, DEFAULTS, NOT_ALLOWED, consumer, made, no_answer
from replay_engine.adapters.kafka.producer import AtLeastOnceProducer, TransactionalProducer, transactional_config
from replay_engine.errors import NotAllowed, NotThere, TryAgain, Unreachable
from replay_engine.ports import ShardProducer, TopicFacts

_NO_TRANSACTIONS = {KafkaError._UNSUPPORTED_FEATURE, KafkaError.UNSUPPORTED_VERSION}
_NOT_MAY_USE = {
    KafkaError.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    KafkaError.CLUSTER_AUTHORIZATION_FAILED,
    KafkaError.GROUP_AUTHORIZATION_FAILED,
}
#: The group in whose name offsets are asked for; it is one of those that a replay's user may read.
_ASKING = "r2-offsets"
_GONE = {KafkaError.GROUP_ID_NOT_FOUND}
#: A reader that hears of an end, and hears of it soon: a broker makes one wait half a second for more by default.
_TO_THE_END = {"enable.partition.eof": True, "fetch.wait.max.ms": 10}


class KafkaTopic:
    """One cluster."""

    def __init__(self, broker_list: str, properties: Mapping[str, str]) -> None:
        """No connection is made yet."""
        self._brokers = broker_list
        self._config: dict[str, Any] = {**DEFAULTS, **properties, "bootstrap.servers": broker_list}

    def check(self, topic: str) -> TopicFacts:
        """Look the topic up in the cluster's full list, and ask how large its messages may be."""
        errors: list[KafkaError] = []
        client = made(AdminClient, {**self._config, "error_cb": errors.append})
        try:
            topics = client.list_topics(timeout=ANSWER_SECONDS).topics
        except KafkaException as error:
            raise self._unreachable([*errors, error.args[0]]) from None
        if topic not in topics:
            near = [name for name in topics if name.endswith(topic) or topic.endswith(name)]
            raise NotThere(
                f"There is no topic {topic} on {self._brokers}.",
                field="topic",
                advice=f"Did you mean {near[0]}?" if near else "Create it, or check the name and REPLAY_TOPIC_PREFIX.",
            )
        return TopicFacts(len(topics[topic].partitions), _max_message_bytes(client, topic))

    def _unreachable(self, errors: Sequence[KafkaError]) -> NotAllowed | Unreachable:
        if any(error.code() in NOT_ALLOWED for error in errors):
            return NotAllowed(
                f"Kafka at {self._brokers} rejected the credentials.", advice="Check REPLAY_KAFKA_PROPERTIES."
            )
        return Unreachable(
            f"No broker of {self._brokers} answers.",
            field="brokerList",
            advice="Check the broker list and the network.",
        )

    def has_transactions(self, group: str, topic: str) -> bool:
        """Begin one with a position in it, abort it, and delete what Kafka keeps of the group."""
        producer = made(Producer, transactional_config(self._config, group))
        try:
            producer.init_transactions(ANSWER_SECONDS)
            producer.begin_transaction()
            with consumer(self._config, group) as client:
                position = [TopicPartition(topic, 0, 0)]
                producer.send_offsets_to_transaction(position, client.consumer_group_metadata(), ANSWER_SECONDS)
            producer.abort_transaction(ANSWER_SECONDS)
        except KafkaException as error:
            return _has_them(error.args[0])
        self.forget([group])
        return True

    def check_positions(self, group: str, topic: str) -> None:
        """Commit a position as a publisher without transactions does; it asks for Read on topic and group."""
        with consumer(self._config, group) as client:
            client.commit(offsets=[TopicPartition(topic, 0, 0)], asynchronous=False)
        self.forget([group])

    def producer(
        self, topic: str, group: str, facts: TopicFacts, *, transactions: bool, headers: Mapping[str, bytes]
    ) -> ShardProducer:
        """A producer with the group's name as its transactional id, or one without transactions."""
        kind = TransactionalProducer if transactions else AtLeastOnceProducer
        return kind(self._config, topic, group, facts, headers)

    def forget(self, groups: Iterable[str]) -> None:
        """Delete the groups; one that is not there, or is deleted twice, is no harm."""
        wanted = list(groups)
        client = made(AdminClient, self._config)
        for future in client.delete_consumer_groups(wanted, request_timeout=ANSWER_SECONDS).values() if wanted else ():
            try:
                future.result()
            except KafkaException as error:
                if error.args[0].code() not in _GONE:
                    raise no_answer(error.args[0]) from error

    def begin_offsets(self, topic: str) -> Mapping[int, int]:
        """The low watermarks."""
        with consumer(self._config, _ASKING) as client:
            wanted = [TopicPartition(topic, partition) for partition in _partitions(client, topic)]
            return {one.partition: client.get_watermark_offsets(one, timeout=ANSWER_SECONDS)[0] for one in wanted}

    def end_offsets(self, topic: str) -> Mapping[int, int]:
        """Where each partition ends, as a consumer that has read everything, committed or not, finds it.

        Not ListOffsets alone: the embedded broker answers it with the start of the last batch.
        """
        with consumer({**self._config, **_TO_THE_END, "isolation.level": "read_uncommitted"}, _ASKING) as client:
            waiting = set(_partitions(client, topic))
            ends: dict[int, int] = {}
            client.assign([TopicPartition(topic, partition, OFFSET_END) for partition in waiting])
            while waiting:
                message = _next(client, topic)
                if _is_end(message) and message.partition() in waiting:
                    waiting.discard(int(message.partition() or 0))
                    ends[int(message.partition() or 0)] = message.offset() or 0
            return ends

    def committed(self, consumer_group: str, topic: str) -> Mapping[int, int]:
        """What the group has committed."""
        with consumer(self._config, consumer_group) as client:
            wanted = [TopicPartition(topic, partition) for partition in _partitions(client, topic)]
            found = client.committed(wanted, timeout=ANSWER_SECONDS)
            return {entry.partition: entry.offset for entry in found if entry.offset >= 0}

    def holds_message(self, topic: str, partition: int, first: int, end: int) -> bool:
        """Read on from there: markers of transactions and aborted messages take offsets, and no reader gets them.

        The end that such a reader is told is the last stable offset: before ``end`` something is hidden.
        """
        with consumer({**self._config, **_TO_THE_END, "auto.offset.reset": "earliest"}, _ASKING) as client:
            client.assign([TopicPartition(topic, partition, first)])
            return (_next(client, topic).offset() or 0) < end


def _max_message_bytes(client: AdminClient, topic: str) -> int | None:
    """``None`` where the question is not allowed or not known."""
    resource = ConfigResource(ResourceType.TOPIC, topic)
    try:
        found = client.describe_configs([resource], request_timeout=ANSWER_SECONDS)[resource].result()
    except KafkaException:
        return None
    entry = found.get("max.message.bytes")
    return int(entry.value) if entry is not None and entry.value else None


def _has_them(error: KafkaError) -> bool:
    """What a failed trial says: that nobody may, that nobody answers, or that there is no such thing."""
    if error.code() in _NOT_MAY_USE:
        raise NotAllowed(
            f"Kafka does not allow this user transactions: {error.str().rstrip('.')}.",
            field="delivery",
            advice="Allow Write on transactional ids and Read on groups that begin with r2, or say: at_least_once.",
        ) from None
    if error.code() in _NO_TRANSACTIONS:
        return False
    raise no_answer(error) from None


def _next(client: Consumer, topic: str) -> Message:
    """The next message, or a partition's end."""
    message = client.poll(ANSWER_SECONDS)
    if message is None:
        raise TryAgain(f"Kafka does not say where {topic} ends.")
    error = message.error()
    if error is not None and error.code() != KafkaError._PARTITION_EOF:
        raise KafkaException(error)
    return message


def _is_end(message: Message) -> bool:
    return message.error() is not None


def _partitions(client: Consumer, topic: str) -> list[int]:
    found = client.list_topics(timeout=ANSWER_SECONDS).topics.get(topic)
    if found is None:
        raise NotThere(f"There is no topic {topic} any more.", field="topic", advice="Create it again.")
    return sorted(found.partitions)
