"""The real parts as fixtures: one Azurite, broker and Valkey for a whole run, a fresh Druid stand-in for each test.

Tests that share a part keep apart by their own containers, topics and key prefixes.
"""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient

from sandbox.azurite import Azurite
from sandbox.azurite import azurite as run_azurite
from sandbox.druid.stand_in import Druid
from sandbox.druid.stand_in import druid as run_druid
from sandbox.kafka.tansu import Broker
from sandbox.kafka.tansu import broker as run_broker
from sandbox.valkey import Valkey
from sandbox.valkey import valkey as run_valkey
from sandbox.world.sinks import TOPICS


@pytest.fixture(scope="session")
def parts_directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the parts keep their logs."""
    return tmp_path_factory.mktemp("parts")


@pytest.fixture(scope="session")
def azurite(parts_directory: Path) -> Iterator[Azurite]:
    with run_azurite(parts_directory) as running:
        yield running


@pytest.fixture(scope="session")
def broker(parts_directory: Path) -> Iterator[Broker]:
    with run_broker(parts_directory) as running:
        yield running


@pytest.fixture(scope="session")
def valkey(parts_directory: Path) -> Iterator[Valkey]:
    with run_valkey(parts_directory) as running:
        yield running


@pytest.fixture
def container(azurite: Azurite) -> Iterator[ContainerClient]:
    """A new container of the test's own."""
    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        yield client.create_container(f"test-{uuid4().hex}")


@pytest.fixture
def topic_prefix(broker: Broker) -> str:
    """A prefix of the test's own; its topics are there, empty."""
    prefix = f"test-{uuid4().hex}."
    broker.create_topics(prefix + topic for topic in TOPICS)
    return prefix


@pytest.fixture
def druid() -> Iterator[Druid]:
    with run_druid() as running:
        yield running
