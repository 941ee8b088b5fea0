"""Where the CLI plays: a container, topics and a Druid of the test's own, and processes that know only settings."""

import gzip
import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any
from uuid import uuid4

from azure.storage.blob import BlobServiceClient, ContainerClient
from confluent_kafka import Consumer, KafkaError, TopicPartition

from replay_engine.request import config_document
from sandbox.azurite import Azurite
from sandbox.druid.stand_in import Druid, druid
from sandbox.kafka.tansu import READER, Broker
from sandbox.processes import wait_until
from sandbox.world.pipeline import GROUP, Pipeline, running
from sandbox.world.seed import Seeded, seed
from sandbox.world.sinks import TOPICS, VALID
from sandbox.world.telemetry import parse_lines

DAY, DAMAGED, LAST = date(2019, 12, 1), date(2019, 12, 2), date(2019, 12, 3)
EVENTS_PER_DAY = 40
PATIENCE_SECONDS = 60


@dataclass(frozen=True, slots=True)
class Done:
    """A process that has ended: its exit code and what it said."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout."""
        return json.loads(self.out)

    @property
    def days(self) -> dict[str, Any]:
        """Its days by date."""
        return {day["date"]: day for day in self.document["days"]}


@dataclass(frozen=True, slots=True)
class Ground:
    """Everything a replay can see and change."""

    azurite: Azurite
    broker: Broker
    druid: Druid
    account: BlobServiceClient
    container: ContainerClient
    state: ContainerClient
    topic_prefix: str
    directory: Path
    seeded: Seeded
    settings: Mapping[str, str] = field(default_factory=dict)

    @property
    def topic(self) -> str:
        return self.topic_prefix + VALID

    def environment(self, changes: Mapping[str, str | None]) -> dict[str, str]:
        """The settings, some of them changed or left out; nothing of the test's own environment but its path."""
        everything = {"PATH": os.environ["PATH"], **self.settings, **changes}
        return {name: value for name, value in everything.items() if value is not None}

    def start(self, *arguments: str, **changes: str | None) -> subprocess.Popen[str]:
        """Begin ``replay`` with these arguments."""
        return subprocess.Popen(
            [sys.executable, "-m", "replay_engine", *arguments],
            env=self.environment(changes),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def replay(self, *arguments: str, **changes: str | None) -> Done:
        """Run ``replay`` to its end."""
        return finish(self.start(*arguments, **changes))

    @contextmanager
    def pipeline(self) -> Iterator[Pipeline]:
        """The pipeline after the topic, while the context lasts."""
        following = Pipeline(
            self.broker.bootstrap,
            self.azurite.connection_string,
            self.container.container_name,
            self.druid.state,
            topic_prefix=self.topic_prefix,
            quiet_seconds=0.1,
        )
        with running(following):
            yield following

    def stored(self, prefix: str = "") -> dict[str, bytes]:
        """The platform's blobs."""
        return {
            n: self.container.download_blob(n).readall()
            for n in self.container.list_blob_names(name_starts_with=prefix)
        }

    def sink_blobs(self, day: date) -> dict[str, bytes]:
        """The day's blobs in the dependent sinks of ``raw``."""
        return {
            name: data
            for sink in ("unique/", "channel/", "telemetry-denormalized/")
            for name, data in self.stored(sink).items()
            if name.rpartition("/")[2].startswith(f"{day}-")
        }

    def sink_mids(self, sink: str, day: date) -> Counter[str]:
        """The ids of the day's events in one sink, each as often as it is there."""
        contents = [gzip.decompress(d) for n, d in self.sink_blobs(day).items() if n.startswith(f"{sink}/")]
        return Counter(event.mid for content in contents for event in parse_lines(content.splitlines()))

    def druid_mids(self, day: date) -> Counter[str]:
        """The ids of the day's events that a query over all datasources sees."""
        state = self.druid.state
        return Counter(row for name in state.datasources() for row in state.rows(name, day))

    def used(self) -> set[str]:
        """All used segments."""
        return {s.id for name in self.druid.state.datasources() for s in self.druid.state.used(name)}

    def kept(self) -> list[str]:
        """The names in the state container; none when there is no such container."""
        return list(self.state.list_blob_names()) if self.state.exists() else []

    def journals(self) -> dict[str, bytes]:
        """What stands in the journals of all days."""
        names = [name for name in self.kept() if "/journal" in name]
        return {name: self.state.download_blob(name).readall() for name in names}

    def published(self) -> Counter[bytes]:
        """Every message of the topic, read to the end of each partition."""
        config = {"bootstrap.servers": self.broker.bootstrap, "group.id": "reader", "enable.partition.eof": True}
        consumer, lines = Consumer({**config, **READER, "enable.auto.commit": False}), []
        waiting = set(consumer.list_topics(timeout=20).topics[self.topic].partitions)
        consumer.assign([TopicPartition(self.topic, partition, 0) for partition in waiting])
        while waiting:
            message = consumer.poll(20)
            assert message is not None, "the broker fell silent"
            error = message.error()
            if error is None:
                lines.append(message.value() or b"")
            else:
                assert error.code() == KafkaError._PARTITION_EOF, error
                waiting.discard(int(message.partition() or 0))
        consumer.close()
        return Counter(lines)

    def snapshot(self) -> tuple[object, ...]:
        """All that a replay that touches nothing leaves as it is; what was asked of it is on record."""
        kept = [name for name in self.kept() if "/deeds/" not in name]
        return self.stored(), kept, self.used(), self.published(), list(self.druid.state.kills)


def finish(process: subprocess.Popen[str]) -> Done:
    """Wait for its end; one that takes too long is killed."""
    with process:
        try:
            out, err = process.communicate(timeout=PATIENCE_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            raise
    return Done(process.returncode, out, err)


def wait_journaled(there: Ground, process: subprocess.Popen[str], entry: bytes) -> None:
    """Until the day's journal has an entry with that in it."""

    def journaled() -> bool:
        assert process.poll() is None, finish(process)
        journals = [name for name in there.kept() if name.endswith("journal.jsonl")]
        return any(entry in there.state.download_blob(name).readall() for name in journals)

    wait_until(journaled, f"an entry with {entry!r}", 30)


@contextmanager
def ground(
    azurite: Azurite,
    broker: Broker,
    directory: Path,
    *,
    days: tuple[date, ...] = (DAY,),
    damage_day: date | None = None,
) -> Iterator[Ground]:
    """A seeded ground of its own on the running parts."""
    name = uuid4().hex
    broker.create_topics(f"{name}.{topic}" for topic in TOPICS)
    with (
        druid(username="replay", password="sandbox") as node,
        BlobServiceClient.from_connection_string(azurite.connection_string) as account,
    ):
        container = account.create_container(f"data-{name}")
        seeded = seed(container, node.state, days=days, events_per_day=EVENTS_PER_DAY, damage_day=damage_day)
        state = account.get_container_client(f"state-{name}")
        made = Ground(azurite, broker, node, account, container, state, f"{name}.", directory, seeded)
        settings = {
            "REPLAY_CONFIG": str(_write_config(directory)),
            "REPLAY_BUCKET": container.container_name,
            "REPLAY_AZURE_CONNECTION_STRING": azurite.connection_string,
            "REPLAY_BROKER_LIST": broker.bootstrap,
            "REPLAY_TOPIC_PREFIX": made.topic_prefix,
            "REPLAY_DRUID_URL": node.url,
            "REPLAY_DRUID_USERNAME": node.username,
            "REPLAY_DRUID_PASSWORD": node.password,
            "REPLAY_STATE_CONTAINER": state.container_name,
            "REPLAY_SETTLE_TIMEOUT_SECONDS": "30",
            "REPLAY_KEEP_BACKUPS_FOR": "0",
            "REPLAY_QUIET_MINUTES": "0",
        }
        yield Ground(azurite, broker, node, account, container, state, made.topic_prefix, directory, seeded, settings)


def _write_config(directory: Path) -> Path:
    """The shipped document, told to wait for the pipeline."""
    shipped = json.loads(config_document.DEFAULT_CONFIG.read_text())
    config = directory / "replay_config.json"
    config.write_text(json.dumps({n: {**e, "settle": [{"consumerGroup": GROUP}]} for n, e in shipped.items()}))
    return config
