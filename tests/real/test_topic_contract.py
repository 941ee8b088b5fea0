"""The `Topic` contract, of the adapter on the real thing."""

from functools import partial
from uuid import uuid4

import pytest

from replay_engine.adapters.kafka.topic import KafkaTopic
from sandbox.kafka.apache import RealBroker
from tests.adapters.topic_contract import PARTITIONS, Ground, TopicContract, commit_offsets, read_all

pytestmark = pytest.mark.real


@pytest.fixture
def ground(real_broker: RealBroker) -> Ground:
    name = uuid4().hex
    topic = f"contract-{name}"
    real_broker.create_topics([topic], PARTITIONS)
    return Ground(
        KafkaTopic(real_broker.bootstrap, {}),
        topic,
        f"shard-{name}",
        partial(read_all, real_broker.bootstrap, topic),
        lambda consumers, offsets: commit_offsets(real_broker.bootstrap, consumers, topic, offsets),
    )


class TestRealTopic(TopicContract):
    """Notes are kept, and aborted lines are hidden."""
