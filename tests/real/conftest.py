"""One real Apache Kafka for the whole run. Where Java or Maven is missing these tests fail: they are never skipped."""

from collections.abc import Iterator
from uuid import uuid4

import pytest

from sandbox.real_kafka import RealBroker
from sandbox.real_kafka import real_broker as run_real_broker


@pytest.fixture(scope="session")
def real_broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RealBroker]:
    with run_real_broker(tmp_path_factory.mktemp("real-kafka")) as running:
        yield running


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
