"""The `Topic` contract, of the adapter on the embedded broker and of the one in memory (real Kafka: tests/real)."""

from collections.abc import Iterator
from functools import partial
from uuid import uuid4

import pytest

from replay_engine.adapters.kafka.topic import KafkaTopic
from sandbox.kafka.tansu import Broker
from tests.adapters.topic_contract import PARTITIONS, Ground, Message, TopicContract, commit_offsets, read_all
from tests.fakes.topics import MemoryTopic


@pytest.fixture(params=["kafka", "memory"])
def ground(request: pytest.FixtureRequest) -> Iterator[Ground]:
    name = uuid4().hex
    topic, group = f"contract-{name}", f"shard-{name}"
    if request.param == "kafka":
        broker: Broker = request.getfixturevalue("broker")
        broker.create_topics([topic], PARTITIONS)
        yield Ground(
            KafkaTopic(broker.bootstrap, {}),
            topic,
            group,
            partial(read_all, broker.bootstrap, topic),
            lambda consumers, offsets: commit_offsets(broker.bootstrap, consumers, topic, offsets),
            keeps_notes=False,
            hides_uncommitted=False,
        )
    else:
        memory = MemoryTopic([topic], PARTITIONS)
        yield Ground(
            memory,
            topic,
            group,
            lambda: messages(memory, topic),
            lambda consumers, offsets: memory.commit(consumers, topic, offsets),
        )


def messages(memory: MemoryTopic, topic: str) -> list[Message]:
    headers = tuple(memory.headers[-1].items()) if memory.headers else ()
    return [Message(line, memory.keys[line], headers) for line in memory.lines(topic)]


class TestTopic(TopicContract):
    """On both."""
