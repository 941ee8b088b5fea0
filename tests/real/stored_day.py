"""A day of stored files, confirmed to be published to a real Kafka, and what a reader there finds of it."""

import gzip
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from azure.storage.blob import ContainerClient

from replay_engine import Engine, Pace, Request, load_settings
from replay_engine.adapters.kafka.topic import KafkaTopic
from sandbox.azurite import Azurite
from sandbox.kafka.apache import RealBroker
from sandbox.world.sinks import blob_name, upload_all
from tests.real.clients import ANSWER_SECONDS, admin, read_partition

DAY = date(2019, 12, 1)
COMMIT_SECONDS = 0.3
PARTITIONS = 2
_CUTS = (0, 500, 1_500, 3_000, 4_500, 6_500, 9_000)


@dataclass(frozen=True, slots=True)
class StoredDay:
    """A replay of one day; its plan is kept, its pace can be ordered, nothing of it has begun."""

    engine: Engine
    replay_id: str
    broker: RealBroker
    topic: str
    lines: Counter[bytes]
    directory: Path

    def order(self, **pace: Any) -> None:
        """From now on, for whoever publishes it."""
        self.engine.set_pace(self.replay_id, replace(Pace(), **pace))

    def published(self, isolation: str = "read_committed") -> Counter[bytes]:
        """What a reader of committed messages gets, up to the end."""
        found: Counter[bytes] = Counter()
        for partition in range(PARTITIONS):
            found.update(read_partition(self.broker, self.topic, partition, isolation).lines)
        return found

    def ends(self) -> Mapping[int, int]:
        """Where such a reader ends, without reading."""
        return KafkaTopic(self.broker.bootstrap, {}).end_offsets(self.topic)

    def groups(self) -> set[str]:
        """The consumer groups that are the replay's: its positions."""
        # The client must outlive its answer.
        client = admin(self.broker)
        listing = client.list_consumer_groups().result(ANSWER_SECONDS)
        assert not listing.errors
        return {group.group_id for group in listing.valid if group.group_id.startswith(self.replay_id)}

    def check_at_most_once(self) -> Counter[bytes]:
        """While it is under way: no line twice, and none that was not stored."""
        published = self.published()
        assert not published - self.lines, "a line is there twice, or was never stored"
        return published

    def check_exactly_once(self) -> int:
        """When it is over: every line once, byte for byte, and no position is left. Returns how many were aborted."""
        assert self.published() == self.lines
        assert self.groups() == set()
        return self.published("read_uncommitted").total() - self.lines.total()


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a test may ask of its day: a delivery, and every line so many times, to publish for longer."""

    delivery: str | None = None
    times: int = 1


@pytest.fixture
def stored_day(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    azurite: Azurite,
    real_broker: RealBroker,
    container: ContainerClient,
) -> StoredDay:
    """6 files of different sizes, hence 6 shards, for 2 publishers at once."""
    wanted: Wanted = getattr(request, "param", Wanted())
    lines = [_line(number) for number in range(_CUTS[-1])]
    stored = [gzip.compress(b"\n".join([*lines[a:b], b""])) * wanted.times for a, b in pairwise(_CUTS)]
    upload_all(container, {blob_name("raw", DAY, 1_575_300_000_000 + n): content for n, content in enumerate(stored)})
    topic = f"day-{uuid4().hex}"
    real_broker.create_topics([topic], partitions=PARTITIONS)
    for name, value in environment(azurite, real_broker, container).items():
        monkeypatch.setenv(name, value)
    engine = Engine(load_settings())
    asked = Request("raw", str(DAY), str(DAY), topic=topic, delete_backups=False, delivery=wanted.delivery)
    plan = engine.plan(asked)
    engine.keep(plan)
    counted = Counter(dict.fromkeys(lines, wanted.times))
    return StoredDay(engine, plan.replay_id, real_broker, topic, counted, tmp_path)


def _line(number: int) -> bytes:
    """About 300 bytes that are no text, and a number that must not be reformatted."""
    return b'{"mid":"%d","ets":1.566239401226E12,"rest":"%s"}\xff' % (number, bytes([65 + number % 26]) * 250)


def environment(azurite: Azurite, broker: RealBroker, container: ContainerClient) -> dict[str, str]:
    """Many small shards, commits that come often, and leases that end soon."""
    return {
        "REPLAY_BUCKET": container.container_name,
        "REPLAY_STATE_CONTAINER": f"state-{container.container_name[5:25]}",
        "REPLAY_AZURE_CONNECTION_STRING": azurite.connection_string,
        "REPLAY_BROKER_LIST": broker.bootstrap,
        "REPLAY_PUBLISHERS": "2",
        "REPLAY_SHARD_BYTES": "1",
        "REPLAY_COMMIT_SECONDS": str(COMMIT_SECONDS),
        "REPLAY_LEASE_SECONDS": "15",
    }
