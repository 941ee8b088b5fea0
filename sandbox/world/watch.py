"""The world as the page's panel shows it: files per folder and day, used segments, messages in the topics.

It only looks, but for the one thing that a newcomer may break on purpose. Nothing is kept: a look counts anew,
and only messages, which never become fewer, are counted on from the last look.
"""

import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from datetime import date
from typing import Any

from azure.storage.blob import BlobServiceClient, ContainerClient
from confluent_kafka import Consumer, KafkaError, KafkaException, TopicPartition

from sandbox.kafka.tansu import READER
from sandbox.world.parts import STATE_CONTAINER, TOPIC_PREFIX, World
from sandbox.world.seed import DAYS, damage_file
from sandbox.world.sinks import TOPICS

Json = dict[str, Any]

SOURCES = ("ingest", "raw", "failed")
SINKS = ("unique", "channel", "telemetry-denormalized")
ASIDE = ("backup", "quarantine")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_READ_MESSAGES = 5_000
_READ_SECONDS = 0.05


class WorldWatch:
    """Looks at one running world. Safe to use from several threads."""

    def __init__(self, world: World, days: Sequence[date] = DAYS) -> None:
        self._world = world
        self._days = [str(day) for day in days]
        self._messages = TopicCounts(world.broker.bootstrap, [TOPIC_PREFIX + topic for topic in TOPICS])

    def look(self) -> Json:
        tables: list[Json] = [
            {"title": "Files", "rows": self._files()},
            {"title": "Druid segments, and their events", "rows": self._segments()},
        ]
        counted = self._messages.count()
        topics = [{"name": name, "messages": number} for name, number in counted.items()]
        return {"days": self._days, "tables": tables, "topics": topics}

    def damage(self, day: str) -> str:
        """Cut the end off the last stored file of ``raw`` for the day; LookupError when it has none."""
        names = sorted(self._world.container.list_blob_names(name_starts_with=f"raw/{day}-"))
        if day not in self._days or not names:
            raise LookupError(f"There is no file of {day} to damage.")
        damage_file(self._world.container, names[-1])
        return f"{names[-1]} now ends too early."

    def close(self) -> None:
        self._messages.close()

    def _files(self) -> list[Json]:
        stored = Tally(self._days, _sized(self._world.container))
        aside = Tally(self._days, _sized_aside(self._world.azurite.connection_string))
        return [
            *stored.rows(SOURCES, "source"),
            *stored.rows(SINKS, "sink"),
            *aside.rows(ASIDE, "aside", always=True),
        ]

    def _segments(self) -> list[Json]:
        druid = self._world.druid.state
        rows: list[Json] = []
        for name in druid.datasources():
            cells: list[Json] = []
            used = druid.used(name)
            for day in self._days:
                there = [segment for segment in used if segment.interval.start.startswith(day)]
                events = sum(len(segment.rows) for segment in there)
                cells.append({"count": len(there), "note": f"{events:,}"})
            rows.append({"name": name, "kind": "sink", "cells": cells})
        return [row for row in rows if any(cell["count"] for cell in row["cells"])] or rows


class Tally:
    """Counts files and bytes by folder and day."""

    def __init__(self, days: Sequence[str], files: Iterable[tuple[str, str, int]]) -> None:
        self._days = days
        self._count: Counter[tuple[str, str]] = Counter()
        self._bytes: Counter[tuple[str, str]] = Counter()
        for folder, day, size_bytes in files:
            self._count[folder, day] += 1
            self._bytes[folder, day] += size_bytes

    def rows(self, folders: Iterable[str], kind: str, *, always: bool = False) -> list[Json]:
        """A row for each folder; ``always`` also for those that hold nothing."""
        return [self._row(folder, kind) for folder in folders if always or kind == "sink" or self._holds(folder)]

    def _holds(self, folder: str) -> bool:
        return any(self._count[folder, day] for day in self._days)

    def _row(self, folder: str, kind: str) -> Json:
        cells = [{"count": self._count[folder, day], "note": _size(self._bytes[folder, day])} for day in self._days]
        return {"name": folder, "kind": kind, "cells": cells}


def _sized(container: ContainerClient) -> Iterator[tuple[str, str, int]]:
    """Folder, day and size of every stored file: the day leads its base name."""
    for blob in container.list_blobs():
        folder, _, rest = blob.name.partition("/")
        found = _DAY.match(rest.rpartition("/")[2])
        if found:
            yield folder, found[0], blob.size


def _sized_aside(connection_string: str) -> Iterator[tuple[str, str, int]]:
    """The same of what the engine keeps aside, where the day is a folder of its own."""
    with BlobServiceClient.from_connection_string(connection_string) as account:
        names = [found.name for found in account.list_containers()]
        if STATE_CONTAINER not in names:
            return
        with account.get_container_client(STATE_CONTAINER) as container:
            for folder in ASIDE:
                for blob in container.list_blobs(name_starts_with=f"{folder}/"):
                    day = next((part for part in blob.name.split("/") if _DAY.fullmatch(part)), "")
                    yield folder, day, blob.size


def _size(size_bytes: int) -> str:
    for unit, factor in (("MB", 1_000_000), ("kB", 1_000)):
        if size_bytes >= factor:
            return f"{size_bytes / factor:.1f} {unit}"
    return f"{size_bytes} B"


class TopicCounts:
    """How many messages a reader finds in each topic, read on from where the last count ended."""

    def __init__(self, bootstrap: str, topics: Sequence[str]) -> None:
        self._config = {"bootstrap.servers": bootstrap, "group.id": "world-watch", "enable.auto.commit": False}
        self._counts = dict.fromkeys(topics, 0)
        self._lock = threading.Lock()
        self._closed = False
        self._consumer: Consumer | None = None

    def count(self) -> dict[str, int]:
        """What is there; once it is closed, what was there last."""
        with self._lock:
            if self._closed:
                return dict(self._counts)
            consumer = self._consumer or self._begin()
            while messages := consumer.consume(_READ_MESSAGES, timeout=_READ_SECONDS):
                for message in messages:
                    error = message.error()
                    if error is None:
                        self._counts[str(message.topic())] += 1
                    elif error.code() != KafkaError._PARTITION_EOF:
                        raise KafkaException(error)
            return dict(self._counts)

    def close(self) -> None:
        with self._lock:
            self._closed = True
            if self._consumer is not None:
                self._consumer.close()
                self._consumer = None

    def _begin(self) -> Consumer:
        self._consumer = Consumer({**self._config, **READER})
        found = self._consumer.list_topics(timeout=10).topics
        there = [TopicPartition(topic, part, 0) for topic in self._counts for part in found[topic].partitions]
        self._consumer.assign(there)
        return self._consumer
