"""Compares the world after a replay of ``raw`` with what was seeded: counts and digests, not the bot's words.

Every check gives a sentence for what is off; none when all is as promised.
"""

import gzip
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import md5

from azure.storage.blob import BlobServiceClient, ContainerClient
from confluent_kafka import Consumer, TopicPartition

from sandbox.kafka.tansu import READER
from sandbox.world.parts import STATE_CONTAINER, TOPIC_PREFIX, World
from sandbox.world.seed import Seeded, SeededDay
from sandbox.world.sinks import VALID, datasource
from sandbox.world.telemetry import parse_lines

_READ_SECONDS = 10.0


@dataclass(frozen=True, slots=True)
class Checked:
    """What was looked at, in numbers, and what was found to be off."""

    events: int
    blobs: int
    problems: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compared:
    """One sink of one day, by event ids: what it held before the replay against what it holds now."""

    day: date
    sink: str
    before: int
    back: int
    doubled: int
    new: int

    @property
    def lost(self) -> int:
        return self.before - self.back


def compare(container: ContainerClient, seeded: Seeded) -> Iterator[Compared]:
    """Every sink of every day, read anew."""
    for day in seeded.days.values():
        before = set(day.sink_mids)
        for sink in day.sink_blobs:
            now = _mids(container, sink, day.day)
            doubled = sum(number > 1 for number in now.values())
            yield Compared(day.day, sink, len(before), len(before & now.keys()), doubled, len(now.keys() - before))


def check(world: World, seeded: Seeded, restored: Collection[date] = ()) -> Checked:
    """Look at every sink, the topic, Druid, quarantine and what must not have been touched."""
    published = Counter(_topic_lines(world))
    problems: list[str] = []
    for day in seeded.days.values():
        as_before = day.damaged_blob or day.day in restored
        problems += _restored(world, day, published) if as_before else _refilled(world, day, published)
    problems += _untouched(world, seeded)
    problems += _left_over(world)
    return Checked(sum(published.values()), len(list(world.container.list_blob_names())), tuple(problems))


def _refilled(world: World, day: SeededDay, published: Counter[bytes]) -> Iterator[str]:
    """A good day: each line once in the topic, each event once in each sink, no old file or segment left."""
    if off := [line for line in day.lines if published[line] != 1]:
        yield f"{day.day}: {len(off)} lines are not in the topic exactly once"
    for sink, old in day.sink_blobs.items():
        stored = {name for name, _ in _stored(world.container, sink, day.day)}
        mids = _mids(world.container, sink, day.day)
        if mids != Counter(day.mids):
            yield f"{day.day}: {sink} does not hold each event once ({mids.total()} of {len(day.mids)})"
        if left := old.keys() & stored:
            yield f"{day.day}: {sink} still has {len(left)} old files"
    expected: dict[str, Counter[str]] = {name: Counter() for name in day.segments}
    for event in parse_lines(day.lines):
        expected.setdefault(datasource(event), Counter())[event.mid] += 1
    for name, rows in expected.items():
        if Counter(world.druid.state.rows(name, day.day)) != rows:
            yield f"{day.day}: Druid's {name} does not hold each event once"


def _restored(world: World, day: SeededDay, published: Counter[bytes]) -> Iterator[str]:
    """A day that was restored: every sink is byte for byte as before, and what landed is in quarantine.

    This broker shows readers what was aborted, so it lands; how much there is of it depends on the moment.
    """
    for sink, before in day.sink_blobs.items():
        now = {name: _md5(world, name) for name, _ in _stored(world.container, sink, day.day)}
        if now != dict(before):
            yield f"{day.day}: {sink} is not as it was"
    for name, ids in day.segments.items():
        used = {segment.id for segment in world.druid.state.used(name) if segment.interval.start[:10] == str(day.day)}
        if used != set(ids):
            yield f"{day.day}: Druid's {name} does not use what it used"
    state = _state_names(world)
    aside = any(name.startswith("quarantine/") and f"/{day.day}/" in name for name in state)
    if any(published[line] for line in day.lines) and not aside:
        yield f"{day.day}: nothing that landed is in quarantine"


def _untouched(world: World, seeded: Seeded) -> Iterator[str]:
    now = {name: _md5(world, name) for name in world.container.list_blob_names() if name in seeded.other_blobs}
    if now != dict(seeded.other_blobs):
        yield "a file of another day or system was touched"
    sources = {name for day in seeded.days.values() for name in day.source_blobs}
    if not sources <= set(world.container.list_blob_names()):
        yield "a source file is gone"
    used = {s.id for name in world.druid.state.datasources() for s in world.druid.state.used(name)}
    if not set(seeded.other_segments) <= used:
        yield "a segment of another day was touched"


def _left_over(world: World) -> Iterator[str]:
    state = _state_names(world)
    if any(name.startswith("backup/") for name in state):
        yield "a backup was left behind"
    if any(name.startswith("state/locks/") for name in state):
        yield "a lock was left behind"
    if world.druid.state.kills:
        yield "Druid was asked for a permanent kill"


def _stored(container: ContainerClient, sink: str, day: date) -> Iterator[tuple[str, bytes]]:
    for name in container.list_blob_names(name_starts_with=f"{sink}/"):
        if name.rpartition("/")[2].startswith(str(day)):
            yield name, gzip.decompress(container.download_blob(name).readall())


def _mids(container: ContainerClient, sink: str, day: date) -> Counter[str]:
    files = (content for _, content in _stored(container, sink, day))
    return Counter(event.mid for content in files for event in parse_lines(content.splitlines()))


def _md5(world: World, name: str) -> str:
    return md5(world.container.download_blob(name).readall(), usedforsecurity=False).hexdigest()


def _state_names(world: World) -> list[str]:
    account = BlobServiceClient.from_connection_string(world.azurite.connection_string)
    with account, account.get_container_client(STATE_CONTAINER) as state:
        return list(state.list_blob_names())


def _topic_lines(world: World) -> Iterator[bytes]:
    """Every message of the topic, up to where a reader finds each partition's end."""
    topic = TOPIC_PREFIX + VALID
    config = {"bootstrap.servers": world.broker.bootstrap, "group.id": "check", "enable.partition.eof": True}
    consumer = Consumer({**config, **READER, "enable.auto.commit": False})
    try:
        open_partitions = set(consumer.list_topics(timeout=_READ_SECONDS).topics[topic].partitions)
        consumer.assign([TopicPartition(topic, partition, 0) for partition in open_partitions])
        while open_partitions:
            for message in consumer.consume(10_000, timeout=_READ_SECONDS / 10):
                if message.error() is not None:
                    open_partitions.discard(int(message.partition() or 0))
                else:
                    yield message.value() or b""
    finally:
        consumer.close()
