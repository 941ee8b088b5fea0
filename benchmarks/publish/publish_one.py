"""One publisher, as a process of its own: publishes stored files from this machine's disk, and says what it used.

Everything but the store is the product's: `replay_engine.publish.shard_loop`, its read-ahead and its Kafka producers.
Run: ``python -m benchmarks.publish.publish_one BROKER TOPIC GROUP transactions|at-least-once FILE …``.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import timedelta
from pathlib import Path
from typing import cast

from benchmarks.tools.usage import Working
from replay_engine.adapters.clock import SystemClock
from replay_engine.adapters.kafka.topic import KafkaTopic
from replay_engine.model import Blob, OnBadLine, Pace, Publishing
from replay_engine.ports import BlobStore, ShardProducer
from replay_engine.publish.read_ahead import read_ahead
from replay_engine.publish.shard_loop import Shard, open_shard, publish_shard
from replay_engine.publish.transform import Transform

_CHUNK_BYTES = 4 << 20


class Files:
    """Stored files on disk: as much of a `BlobStore` as a publisher needs."""

    def read(self, name: str, etag: str | None = None, most_bytes: int | None = None) -> Iterator[bytes]:  # noqa: ARG002
        """In chunks as large as the SDK's."""
        with Path(name).open("rb") as file:
            while chunk := file.read(_CHUNK_BYTES):
                yield chunk


class FullSpeed:
    """Orders that never say anything else."""

    def pace(self) -> Pace:
        return Pace()

    def stopped(self) -> bool:
        return False


def blob(path: str) -> Blob:
    """The file as a manifest would name it."""
    return Blob(path, Path(path).stat().st_size, "", "")


def shard(broker: str, topic: str, group: str, *, transactions: bool, blobs: Sequence[Blob], store: BlobStore) -> Shard:
    """The shard, its position at the beginning, as a run loop leaves it."""
    kafka = KafkaTopic(broker, {})
    facts = kafka.check(topic)

    def producer() -> ShardProducer:
        return kafka.producer(topic, group, facts, transactions=transactions, headers={})

    open_shard(producer())
    return Shard(
        blobs=blobs,
        store=store,
        producer=producer(),
        transform=Transform(Publishing(), facts.max_line_bytes),
        on_bad_line=OnBadLine.FAIL,
        set_aside=lambda *_: None,
        clock=SystemClock(),
        orders=FullSpeed(),
        on_progress=lambda _: None,
        read_ahead=read_ahead,
        commit_interval=timedelta(seconds=5),
    )


def main(broker: str, topic: str, group: str, how: str, files: Sequence[str]) -> None:
    """Publish them; what the run loop does before (opening the shard) is not the publisher's work."""
    store = cast(BlobStore, Files())
    blobs = [blob(path) for path in files]
    given = shard(broker, topic, group, transactions=how == "transactions", blobs=blobs, store=store)
    working = Working()
    publish_shard(given)
    working.say()


if __name__ == "__main__":
    broker, topic, group, how, *files = sys.argv[1:]
    main(broker, topic, group, how, files)
