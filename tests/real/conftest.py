"""One real Kafka and one real Druid for the run. Without Java or Maven these tests fail: they are never skipped."""

from collections.abc import Iterator
from uuid import uuid4

import pytest
from confluent_kafka import KafkaException

from sandbox.druid.apache import RealDruid
from sandbox.druid.apache import real_druid as run_real_druid
from sandbox.kafka.apache import RealBroker
from sandbox.kafka.apache import real_broker as run_real_broker
from sandbox.processes import wait_until
from tests.real.clients import ANSWER_SECONDS, begun, position
from tests.real.stored_day import stored_day

__all__ = ["stored_day"]


@pytest.fixture(scope="session")
def real_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBroker]:
    with run_real_broker(tmp_path_factory.mktemp("real-kafka")) as running:
        # The first question for a position makes Kafka's internal topic, and may be told to come back later.
        running.create_topics(["warm-up"], partitions=1)
        wait_until(lambda: has_coordinators(running), "the coordinators")
        yield running


@pytest.fixture(scope="session")
def real_druid(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealDruid]:
    with run_real_druid(tmp_path_factory.mktemp("real-druid")) as running:
        yield running


def has_coordinators(broker: RealBroker) -> bool:
    """Whether the broker keeps positions and transactions by now."""
    try:
        begun(broker, "warm-up").abort_transaction(ANSWER_SECONDS)
        position(broker, "warm-up", "warm-up")
    except KafkaException:
        return False
    return True


@pytest.fixture
def topic(real_broker: RealBroker) -> str:
    """A topic of the test's own, empty, with one partition: every line has one place."""
    name = f"topic-{uuid4().hex}"
    real_broker.create_topics([name], partitions=1)
    return name


@pytest.fixture
def shard() -> str:
    """A transactional id and group id of the test's own."""
    return f"shard-{uuid4().hex}"
