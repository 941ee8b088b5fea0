"""One shard and everything around its publisher: a store with its files, a cluster, a clock, orders."""

import gzip
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import timedelta

from replay_engine.model import Blob, Counts, Delivery, Pace, Publishing
from replay_engine.ports import ShardProducer, TopicFacts
from replay_engine.publish.shard_loop import Shard, open_shard, publish_shard
from replay_engine.publish.transform import Transform
from tests.fakes.account import Account
from tests.fakes.blobs import MemoryBlobs
from tests.fakes.clock import MemoryClock
from tests.fakes.topics import MemoryTopic
from tests.helpers.scene import DATA

TOPIC, GROUP = "topic", "r1.2019-12-01.0"
FACTS = TopicFacts(2, 1 << 20)


@dataclass
class Bench:
    """A store with a shard's files, a cluster, and the orders that a publisher gets."""

    contents: Sequence[bytes]
    publishing: Publishing = Publishing(Delivery.EXACTLY_ONCE)
    max_line_bytes: int = 1000
    orders_pace: Pace = Pace()
    stop_after: int = 10**9
    account: Account = field(default_factory=lambda: Account({DATA: {}}))
    cluster: MemoryTopic = field(default_factory=lambda: MemoryTopic([TOPIC]))
    clock: MemoryClock = field(default_factory=MemoryClock)
    said: list[Counts] = field(default_factory=list)
    aside: dict[str, bytes] = field(default_factory=dict)
    asked: int = 0
    at_ask: Callable[[], object] = lambda: None

    def __post_init__(self) -> None:
        for number, content in enumerate(self.contents):
            self.account.put(DATA, f"raw/2019-12-01-{number}.json.gz", gzip.compress(content, mtime=0))
        open_shard(self.producer())

    @property
    def store(self) -> MemoryBlobs:
        return MemoryBlobs(self.account, DATA)

    def blobs(self) -> list[Blob]:
        return list(self.store.list("raw/"))

    def producer(self) -> ShardProducer:
        transactions = self.publishing.delivery is Delivery.EXACTLY_ONCE
        return self.cluster.producer(TOPIC, GROUP, FACTS, transactions=transactions, headers={})

    def pace(self) -> Pace:
        return self.orders_pace

    def stopped(self) -> bool:
        self.asked += 1
        self.at_ask()
        return self.asked > self.stop_after

    def set_aside(self, blob: Blob, number: int, line: bytes) -> None:
        self.aside[f"{blob.name}:{number}"] = line

    def shard(self, **changes: object) -> Shard:
        return replace(
            Shard(
                blobs=self.blobs(),
                store=self.store,
                producer=self.producer(),
                transform=Transform(self.publishing, self.max_line_bytes),
                on_bad_line=self.publishing.on_bad_line,
                set_aside=self.set_aside,
                clock=self.clock,
                orders=self,
                on_progress=self.said.append,
                read_ahead=iter,
                commit_interval=timedelta(seconds=5),
            ),
            **changes,  # type: ignore[arg-type]
        )

    def publish(self) -> Counts:
        return publish_shard(self.shard())

    def lines(self) -> list[bytes]:
        return sorted(self.cluster.lines(TOPIC))


def events(contents: Sequence[bytes]) -> list[bytes]:
    return sorted(line for content in contents for line in content.split(b"\n") if line not in (b"", b"\r"))


CONTENTS = [b"\n".join(b"%d:%d" % (blob, line) for line in range(30)) for blob in range(3)]
