"""Compares the world after a replay of ``raw`` with what was seeded: counts and digests, not the bot's words.

Every check gives a sentence for what is off; none when all is as promised.
"""

import gzip
from collections import Counter
from collections.abc import Collection, Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import md5

from azure.storage.blob import BlobServiceClient
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


def check(world: World, seeded: Seeded, restored: Collection[date] = ()) -> Checked:
    """Look at every sink, the topic, Druid, quarantine and what must not have been touched.

    A day with a damaged file, and those that were ``restored``, must be as they were.
    """
    published = Counter(_topic_lines(world))
    problems: list[str] = []
    for day in seeded.days.values():
        as_before = day.damaged_blob or day.day in restored
        look = _as_it_was if as_before else _refilled
        problems += look(world, seeded, day, published)
    problems += _untouched(world, seeded)
    problems += _left_over(world)
    return Checked(sum(published.values()), len(list(world.container.list_blob_names())), tuple(problems))


def _refilled(world: World, seeded: Seeded, day: SeededDay, published: Counter[bytes]) -> Iterator[str]:
    """A good day: each line once in the topic, each event once in each sink, no old file or segment left."""
    if off := [line for line in day.lines if published[line] != 1]:
        yield f"{day.day}: {len(off)} lines are not in the topic exactly once"
    for sink, old in day.sink_blobs.items():
        stored = list(_stored(world, seeded, sink, day.day))
        mids = Counter(event.mid for _, content in stored for event in parse_lines(content.splitlines()))
        if mids != Counter(day.mids):
            yield f"{day.day}: {sink} does not hold each event once ({mids.total()} of {len(day.mids)})"
        if left := old.keys() & {name for name, _ in stored}:
            yield f"{day.day}: {sink} still has {len(left)} old files"
    expected: dict[str, Counter[str]] = {name: Counter() for name in day.segments}
    for event in parse_lines(day.lines):
        expected.setdefault(datasource(event), Counter())[event.mid] += 1
    for name, rows in expected.items():
        if Counter(world.druid.state.rows(name, day.day)) != rows:
            yield f"{day.day}: Druid's {name} does not hold each event once"


def _as_it_was(world: World, seeded: Seeded, day: SeededDay, published: Counter[bytes]) -> Iterator[str]:
    """Untouched or restored: every sink is byte for byte as before, and what landed is in quarantine.

    This broker shows readers what was aborted, so it lands; how much there is of it depends on the moment.
    """
    for sink, before in day.sink_blobs.items():
        now = {name: _md5(world, name) for name, _ in _stored(world, seeded, sink, day.day)}
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


def _stored(world: World, seeded: Seeded, sink: str, day: date) -> Iterator[tuple[str, bytes]]:
    """The day's files in the sink that came from ``raw``: what another source brought is compared for itself."""
    for name in world.container.list_blob_names(name_starts_with=f"{sink}/"):
        if name.rpartition("/")[2].startswith(str(day)) and name not in seeded.other_blobs:
            yield name, gzip.decompress(world.container.download_blob(name).readall())


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
