"""How far a group is, on the embedded broker, where nobody else can be, and in memory (real Kafka: tests/real)."""

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from uuid import uuid4

import pytest

from replay_engine.adapters.kafka.topic import KafkaTopic
from sandbox.kafka.tansu import Broker
from tests.adapters.lag_contract import LagContract, Others, OtherTransaction, PassedContract, read_offsets
from tests.adapters.topic_contract import PARTITIONS, Ground, Message, commit_offsets, read_all
from tests.fakes.topics import MemoryTopic


class TestEmbedded(PassedContract):
    """It keeps no markers, and hides nothing."""

    @pytest.fixture
    def ground(self, broker: Broker) -> Ground:
        name = uuid4().hex
        topic = f"lag-{name}"
        broker.create_topics([topic], PARTITIONS)
        return Ground(
            KafkaTopic(broker.bootstrap, {}),
            topic,
            f"shard-{name}",
            partial(read_all, broker.bootstrap, topic),
            lambda consumers, offsets: commit_offsets(broker.bootstrap, consumers, topic, offsets),
            keeps_notes=False,
            hides_uncommitted=False,
        )

    @pytest.fixture
    def last(self, broker: Broker, ground: Ground) -> Callable[[], Mapping[int, int]]:
        return partial(read_offsets, broker.bootstrap, ground.topic)


class TestMemory(LagContract):
    """The fake, with all that others do."""

    @pytest.fixture
    def memory(self) -> MemoryTopic:
        return MemoryTopic(["lag"], PARTITIONS)

    @pytest.fixture
    def ground(self, memory: MemoryTopic) -> Ground:
        return Ground(
            memory,
            "lag",
            "shard",
            lambda: [Message(line) for line in memory.seen("lag")],
            lambda consumers, offsets: memory.commit(consumers, "lag", offsets),
        )

    @pytest.fixture
    def last(self, memory: MemoryTopic) -> Callable[[], Mapping[int, int]]:
        def after_last(lines: Sequence[bytes | None]) -> int:
            return max((number + 1 for number, line in enumerate(lines) if line is not None), default=0)

        return lambda: {number: after_last(lines) for number, lines in enumerate(memory.topics["lag"])}

    @pytest.fixture
    def others(self, memory: MemoryTopic) -> Others:
        def begin(lines: Sequence[bytes]) -> OtherTransaction:
            theirs = memory.begin_transaction("lag", lines)
            return OtherTransaction(theirs.commit, theirs.abort)

        return Others(begin, lambda before: memory.expire("lag", before))
