"""A `Topic` and its `ShardProducer`s in memory: a cluster with its topics, positions and consumer groups.

As on Kafka every commit leaves a marker behind the last line of each partition it wrote to, and the marker takes
an offset.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence

from replay_engine.errors import LineRefused, NotThere, Superseded, TryAgain, Unreachable
from replay_engine.ports import Committed, ShardProducer, TopicFacts

Partition = list[bytes | None]


class MemoryTopic:
    """A cluster. ``refuses`` says which lines it will never take; ``away`` is how often it still does not answer."""

    def __init__(self, topics: Sequence[str] = (), partitions: int = 2) -> None:
        self.topics: dict[str, list[Partition]] = {name: [[] for _ in range(partitions)] for name in topics}
        self.groups: dict[tuple[str, str], dict[int, int]] = {}
        self.positions: dict[str, Committed] = {}
        self.epochs: Counter[str] = Counter()
        self.keys: dict[bytes, bytes | None] = {}
        self.headers: list[Mapping[str, bytes]] = []
        self.refuses: Callable[[bytes], bool] = lambda _: False
        self.max_message_bytes: int | None = 1 << 20
        self.transactional = True
        self.keeps_notes = True
        self.reachable = True
        #: Of a topic's partitions the first offset that has not expired, and the first that an open transaction hides.
        self.begins: dict[tuple[str, int], int] = {}
        self.hidden_from: dict[tuple[str, int], int] = {}
        self.away = 0

    def check(self, topic: str) -> TopicFacts:
        if not self.reachable:
            raise Unreachable("No broker answers.", field="brokerList")
        return TopicFacts(len(self._partitions(topic)), self.max_message_bytes)

    def has_transactions(self, group: str, topic: str) -> bool:
        self.answer()
        return self.transactional

    def check_positions(self, group: str, topic: str) -> None:
        self.answer()
        self._partitions(topic)

    def producer(
        self, topic: str, group: str, facts: TopicFacts, *, transactions: bool, headers: Mapping[str, bytes]
    ) -> ShardProducer:
        self.headers.append(headers)
        return MemoryProducer(self, topic, group, transactions=transactions)

    def forget(self, groups: Iterable[str]) -> None:
        self.answer()
        for group in groups:
            self.positions.pop(group, None)

    def begin_offsets(self, topic: str) -> Mapping[int, int]:
        self.answer()
        return {number: self.begins.get((topic, number), 0) for number in range(len(self._partitions(topic)))}

    def end_offsets(self, topic: str) -> Mapping[int, int]:
        self.answer()
        return {number: len(lines) for number, lines in enumerate(self._partitions(topic))}

    def committed(self, consumer_group: str, topic: str) -> Mapping[int, int]:
        self.answer()
        self._partitions(topic)
        if consumer_group in self.positions:
            return {0: self.positions[consumer_group].line}
        return dict(self.groups.get((consumer_group, topic), {}))

    def holds_message(self, topic: str, partition: int, first: int, end: int) -> bool:
        self.answer()
        stable = self.hidden_from.get((topic, partition), end)
        return stable < end or any(line is not None for line in self._partitions(topic)[partition][first:end])

    def commit(self, consumer_group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """What a consumer does."""
        self.groups.setdefault((consumer_group, topic), {}).update(offsets)

    def begin_transaction(self, topic: str, lines: Sequence[bytes]) -> "OtherTransaction":
        """What somebody else writes to each partition, and has not ended yet."""
        return OtherTransaction(self, topic, lines)

    def expire(self, topic: str, before: Mapping[int, int]) -> None:
        """Retention takes each partition's messages before that offset; offsets stay what they are."""
        for number, offset in before.items():
            self._partitions(topic)[number][:offset] = [None] * offset
            self.begins[topic, number] = offset

    def seen(self, topic: str) -> list[bytes]:
        """What a reader of committed messages gets."""
        ends = [self.hidden_from.get((topic, number)) for number in range(len(self._partitions(topic)))]
        parts = [part[:end] for part, end in zip(self._partitions(topic), ends, strict=True)]
        return [line for part in parts for line in part if line is not None]

    def lines(self, topic: str) -> list[bytes]:
        """Everything in the topic, partition by partition."""
        return [line for partition in self.topics[topic] for line in partition if line is not None]

    def answer(self) -> None:
        """Be away if the test says so."""
        if self.away:
            self.away -= 1
            raise TryAgain("Kafka does not answer.")

    def _partitions(self, topic: str) -> list[Partition]:
        if topic not in self.topics:
            raise NotThere(f"There is no topic {topic}.", field="topic")
        return self.topics[topic]


class MemoryProducer:
    """Lines wait until `commit`; `close` drops what waits."""

    def __init__(self, cluster: MemoryTopic, topic: str, group: str, *, transactions: bool) -> None:
        self._cluster, self._topic, self._group = cluster, topic, group
        self._transactions = transactions
        self._queue: list[bytes] = []
        self._epoch = -1

    def begin(self) -> Committed | None:
        self._cluster.answer()
        if self._transactions:
            self._cluster.epochs[self._group] += 1
        self._epoch = self._cluster.epochs[self._group]
        return self._cluster.positions.get(self._group)

    def send(self, lines: Sequence[bytes], keys: Sequence[bytes | None] | None = None) -> None:
        for line in lines:
            if self._cluster.refuses(line):
                raise LineRefused(f"Kafka refuses a line for {self._topic}.")
        self._queue.extend(lines)
        self._cluster.keys.update(zip(lines, keys or [None] * len(lines), strict=True))

    def commit(self, position: Committed) -> None:
        self._cluster.answer()
        if self._epoch != self._cluster.epochs[self._group]:
            raise Superseded("Another publisher has this shard.")
        self._deliver(len(self._queue))
        note = position.note if self._cluster.keeps_notes else ""
        self._cluster.positions[self._group] = Committed(position.line, note)

    def deliver_half(self) -> None:
        """What a death in the middle of a commit leaves: with transactions nothing, without them some lines."""
        if not self._transactions:
            self._deliver(len(self._queue) // 2)

    def _deliver(self, number: int) -> None:
        partitions = self._cluster.topics[self._topic]
        touched = set()
        for index, line in enumerate(self._queue[:number]):
            partitions[index % len(partitions)].append(line)
            touched.add(index % len(partitions))
        for index in touched if self._transactions else ():
            partitions[index].append(None)
        del self._queue[:number]

    def close(self) -> None:
        self._queue.clear()


class OtherTransaction:
    """Its lines take their offsets at once, and hide what is behind them until it is ended."""

    def __init__(self, cluster: MemoryTopic, topic: str, lines: Sequence[bytes]) -> None:
        self._cluster, self._topic, self._lines = cluster, topic, lines
        self._first = {number: len(part) for number, part in enumerate(cluster.topics[topic])}
        for number, part in enumerate(cluster.topics[topic]):
            part.extend([None] * len(lines))
            cluster.hidden_from[topic, number] = self._first[number]

    def commit(self) -> None:
        for number, first in self._first.items():
            self._cluster.topics[self._topic][number][first : first + len(self._lines)] = self._lines
        self.abort()

    def abort(self) -> None:
        for number in self._first:
            self._cluster.topics[self._topic][number].append(None)
            del self._cluster.hidden_from[self._topic, number]
