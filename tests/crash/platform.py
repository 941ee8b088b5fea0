"""A small platform on real parts for one life: a day in its source and its sinks, and the pipeline after the topic."""

import gzip
import json
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date
from importlib.resources import files
from pathlib import Path

from azure.storage.blob import BlobServiceClient, ContainerClient
from confluent_kafka import Consumer, KafkaError, TopicPartition

from sandbox.azurite import Azurite
from sandbox.druid.stand_in import Druid
from sandbox.kafka.tansu import READER, Broker
from sandbox.world import telemetry
from sandbox.world.losses import Rules
from sandbox.world.pipeline import GROUP, Pipeline, running
from sandbox.world.sinks import VALID, Landing, blob_name, gzip_lines, upload_all, upload_times, write

DAY = date(2019, 12, 1)
SINKS = ("unique", "channel", "telemetry-denormalized")
_EVENTS, _FILES = 4_000, 5
_EACH_ONCE = Rules(dedup_window=2 * _EVENTS)


@dataclass(frozen=True, slots=True)
class Platform:
    """What is there before anything is replayed, and how to look at it afterwards."""

    environment: Mapping[str, str]
    container: ContainerClient
    druid: Druid
    broker: Broker
    topic: str
    lines: tuple[bytes, ...]
    before: Mapping[str, bytes]
    segments_before: frozenset[str]

    def stored(self) -> dict[str, bytes]:
        """Every file of the day in the sinks."""
        return {
            name: self.container.download_blob(name).readall()
            for sink in SINKS
            for name in self.container.list_blob_names(name_starts_with=f"{sink}/")
        }

    def segments(self) -> frozenset[str]:
        """The used segments."""
        state = self.druid.state
        return frozenset(segment.id for name in state.datasources() for segment in state.used(name))

    def published(self) -> Counter[bytes]:
        """Every message of the topic, up to where a reader finds its end."""
        config = {"bootstrap.servers": self.broker.bootstrap, "group.id": "check", "enable.partition.eof": True}
        consumer = Consumer({**config, **READER, "enable.auto.commit": False})
        found: Counter[bytes] = Counter()
        waiting = set(consumer.list_topics(timeout=10).topics[self.topic].partitions)
        consumer.assign([TopicPartition(self.topic, partition, 0) for partition in waiting])
        while waiting:
            for message in consumer.consume(5_000, timeout=0.5):
                error = message.error()
                if error is None:
                    found[message.value() or b""] += 1
                else:
                    assert error.code() == KafkaError._PARTITION_EOF, error
                    waiting.discard(int(message.partition() or 0))
        consumer.close()
        return found

    def quarantined(self) -> dict[str, Counter[bytes]]:
        """The lines that were set aside, of each sink."""
        found: dict[str, Counter[bytes]] = {sink: Counter() for sink in SINKS}
        account = BlobServiceClient.from_connection_string(self.environment["REPLAY_AZURE_CONNECTION_STRING"])
        with account, account.get_container_client(self.environment["REPLAY_STATE_CONTAINER"]) as state:
            for name in state.list_blob_names(name_starts_with="quarantine/"):
                sink = next(sink for sink in SINKS if f"/{sink}/" in name)
                found[sink].update(gzip.decompress(state.download_blob(name).readall()).splitlines())
        return found

    def check(self, stage: str) -> int:
        """Every promise of a closed or a restored day; returns how many messages were repeats.

        The embedded broker shows its readers what was aborted, too; the pipeline lands each event once.
        """
        published = self.published()
        repeats = published.total() - len(published)
        once = Counter(dict.fromkeys(published, 1))
        if stage == "restored":
            assert self.stored() == self.before
            assert self.segments() == self.segments_before
            aside = self.quarantined()
            assert {sink: aside[sink] for sink in SINKS} == dict.fromkeys(SINKS, once)
            return repeats
        assert stage == "closed"
        missing, foreign = set(self.lines) - published.keys(), published.keys() - set(self.lines)
        assert not missing and not foreign, f"{len(missing)} lines are missing in the topic, {len(foreign)} are foreign"
        for sink in SINKS:
            landed = Counter(
                line
                for name, content in self.stored().items()
                if name.startswith(f"{sink}/")
                for line in gzip.decompress(content).splitlines()
            )
            assert landed == once, f"{sink} does not hold what is in the topic"
        assert not self.segments() & self.segments_before
        assert self.druid.state.kills == []
        return repeats


@contextmanager
def platform(
    directory: Path,
    azurite: Azurite,
    broker: Broker,
    druid: Druid,
    container: ContainerClient,
    prefix: str,
    seed: int,
    rules: Rules = _EACH_ONCE,
) -> Iterator[Platform]:
    """A seeded platform with its pipeline running; every second seed has a source file that ends too early."""
    lines = telemetry.events(DAY, _EVENTS, seed)
    times = upload_times(1_575_300_000_000 + seed)
    blobs = {blob_name("raw", DAY, next(times)): gzip_lines(lines[n::_FILES]) for n in range(_FILES)}
    if seed % 2:
        last = max(blobs)
        blobs[last] = blobs[last][: len(blobs[last]) * 9 // 10]
    upload_all(container, blobs)
    landing = Landing()
    for event in telemetry.parse_lines(lines[: _EVENTS // 2]):
        landing.add(VALID, event)
    write(landing, container, druid.state, times)
    pipeline = Pipeline(
        broker.bootstrap,
        azurite.connection_string,
        container.container_name,
        druid.state,
        topic_prefix=prefix,
        rules=rules,
    )
    with running(pipeline):
        seeded = Platform(
            _environment(directory, azurite, broker, druid, container, prefix),
            container,
            druid,
            broker,
            prefix + VALID,
            tuple(lines),
            {},
            frozenset(),
        )
        yield replace(seeded, before=seeded.stored(), segments_before=seeded.segments())


def _environment(
    directory: Path, azurite: Azurite, broker: Broker, druid: Druid, container: ContainerClient, prefix: str
) -> dict[str, str]:
    document = json.loads((files("replay_engine") / "replay_config.json").read_text())
    config = directory / "replay_config.json"
    waiting = {name: {**entry, "settle": [{"consumerGroup": GROUP}]} for name, entry in document.items()}
    config.write_text(json.dumps(waiting))
    return {
        "REPLAY_CONFIG": str(config),
        "REPLAY_BUCKET": container.container_name,
        "REPLAY_AZURE_CONNECTION_STRING": azurite.connection_string,
        "REPLAY_BROKER_LIST": broker.bootstrap,
        "REPLAY_TOPIC_PREFIX": prefix,
        "REPLAY_DRUID_URL": druid.url,
        "REPLAY_STATE_CONTAINER": f"state-{container.container_name[5:25]}",
        "REPLAY_LEASE_SECONDS": "15",
        "REPLAY_QUIET_MINUTES": "0",
    }
