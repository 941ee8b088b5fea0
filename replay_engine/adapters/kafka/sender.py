"""How a producer hands its lines to librdkafka: in batches, never larger than the topic takes, waiting for room.

Nothing is kept here: what librdkafka had not sent when the process dies is not committed either.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from confluent_kafka import KafkaError, KafkaException, Producer

from replay_engine.adapters.kafka.client import NOT_ALLOWED, no_answer
from replay_engine.errors import LineRefused, NotAllowed, Superseded, TryAgain
from replay_engine.ports import TopicFacts

_QUEUE = "queue.buffering.max.kbytes"
FAST: Mapping[str, Any] = {
    "compression.type": "lz4",
    "linger.ms": 20,
    "batch.size": 1 << 20,
    _QUEUE: 32 << 10,
}
#: What librdkafka takes as ``message.max.bytes``; topics may say more, and mean no limit.
_LEAST_MESSAGE_BYTES, _MOST_MESSAGE_BYTES = 1000, 1_000_000_000
#: More than any line that is cut (`replay_engine.publish.lines`).
_LARGEST_LINE_BYTES = 72 << 20
_NEVER = {KafkaError.MSG_SIZE_TOO_LARGE, KafkaError.INVALID_MSG, KafkaError.INVALID_RECORD}
_FENCED = {KafkaError._FENCED, KafkaError.INVALID_PRODUCER_EPOCH, KafkaError.PRODUCER_FENCED, KafkaError._FATAL}
_FULL_QUEUE_SECONDS = 0.05


def sized(config: Mapping[str, Any], facts: TopicFacts) -> dict[str, Any]:
    """No batch larger than the topic takes: librdkafka does not split one that is refused.

    And a queue that takes the largest line: one that does not fit would wait for room for ever.
    """
    if facts.max_message_bytes is None:
        return dict(config)
    limit = min(max(facts.max_message_bytes, _LEAST_MESSAGE_BYTES), _MOST_MESSAGE_BYTES)
    return {
        **config,
        "message.max.bytes": limit,
        "batch.size": min(int(config["batch.size"]), limit),
        _QUEUE: max(int(config[_QUEUE]), min(limit, _LARGEST_LINE_BYTES) // 1024 + 1),
    }


class Sender:
    """One producer's way to its topic."""

    def __init__(self, producer: Producer, topic: str, headers: Mapping[str, bytes]) -> None:
        """``headers`` are put on every message."""
        self._producer, self._topic = producer, topic
        self._headers: list[tuple[str, str | bytes | None]] = list(headers.items())

    def send(self, lines: Sequence[bytes], keys: Sequence[bytes | None] | None) -> None:
        """Hand them all over; waits while the queue is full."""
        try:
            self._hand_over(lines, keys)
            self._producer.poll(0)
        except KafkaException as error:
            raise failure(error.args[0], self._topic) from error

    def _hand_over(self, lines: Sequence[bytes], keys: Sequence[bytes | None] | None) -> None:
        if self._headers:
            self._one_by_one(lines, keys)
        elif keys is None:
            self._together([{"value": line} for line in lines])
        else:
            self._together([{"value": line, "key": key} for line, key in zip(lines, keys, strict=True)])

    def _together(self, messages: list[dict[str, Any]]) -> None:
        while self._producer.produce_batch(self._topic, messages) < len(messages):
            messages = [message for message in messages if "_error" in message]
            for message in messages:
                error = message.pop("_error")
                if error.code() != KafkaError._QUEUE_FULL:
                    raise failure(error, self._topic)
            self._producer.poll(_FULL_QUEUE_SECONDS)

    def _one_by_one(self, lines: Sequence[bytes], keys: Sequence[bytes | None] | None) -> None:
        """There are no headers in a batch."""
        for number, line in enumerate(lines):
            key = keys[number] if keys else None
            while True:
                try:
                    self._producer.produce(self._topic, line, key, headers=self._headers)
                    break
                except BufferError:
                    self._producer.poll(_FULL_QUEUE_SECONDS)


def failure(error: KafkaError, topic: str) -> LineRefused | NotAllowed | TryAgain | Superseded:
    """What an error of a producer means for its shard."""
    if error.code() in _FENCED:
        return Superseded("Another publisher has this shard.", advice="Let it work.")
    if error.code() in _NEVER:
        return LineRefused(
            f"Kafka refuses a line for {topic}: {error.str()}.",
            advice="Raise the topic's max.message.bytes (and the client's message.max.bytes), then replay the day.",
        )
    if error.code() in NOT_ALLOWED:
        return no_answer(error)
    return TryAgain(f"Kafka did not take a line for {topic}: {error.str()}.")
