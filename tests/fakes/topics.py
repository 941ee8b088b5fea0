"""A `Topic` and its `Publisher` in memory: a cluster with its topics and what consumer groups have committed."""

from collections.abc import Callable, Mapping, Sequence

from replay_engine.errors import LineRefused, NotThere, TryAgain, Unreachable


class MemoryTopic:
    """A cluster. ``refuses`` says which lines it will never take; ``away`` is how often it still does not answer."""

    def __init__(self, topics: Sequence[str] = (), partitions: int = 2) -> None:
        self.topics: dict[str, list[list[bytes]]] = {name: [[] for _ in range(partitions)] for name in topics}
        self.groups: dict[tuple[str, str], dict[int, int]] = {}
        self.refuses: Callable[[bytes], bool] = lambda _: False
        self.reachable = True
        self.away = 0

    def check(self, topic: str) -> None:
        if not self.reachable:
            raise Unreachable("No broker answers.", field="brokerList")
        self._partitions(topic)

    def publisher(self, topic: str) -> "MemoryPublisher":
        return MemoryPublisher(self, topic)

    def end_offsets(self, topic: str) -> Mapping[int, int]:
        self.answer()
        return {number: len(lines) for number, lines in enumerate(self._partitions(topic))}

    def committed(self, consumer_group: str, topic: str) -> Mapping[int, int]:
        self.answer()
        self._partitions(topic)
        return dict(self.groups.get((consumer_group, topic), {}))

    def commit(self, consumer_group: str, topic: str, offsets: Mapping[int, int]) -> None:
        """What a consumer does."""
        self.groups.setdefault((consumer_group, topic), {}).update(offsets)

    def lines(self, topic: str) -> list[bytes]:
        """Everything in the topic, partition by partition."""
        return [line for partition in self.topics[topic] for line in partition]

    def answer(self) -> None:
        """Be away if the test says so."""
        if self.away:
            self.away -= 1
            raise TryAgain("Kafka does not answer.")

    def _partitions(self, topic: str) -> list[list[bytes]]:
        if topic not in self.topics:
            raise NotThere(f"There is no topic {topic}.", field="topic")
        return self.topics[topic]


class MemoryPublisher:
    """Lines wait in a queue until `flush`; `close` drops what waits."""

    def __init__(self, cluster: MemoryTopic, topic: str) -> None:
        self._cluster, self._topic = cluster, topic
        self._queue: list[bytes] = []
        self._sent = 0

    def send(self, lines: Sequence[bytes]) -> None:
        for line in lines:
            if self._cluster.refuses(line):
                raise LineRefused(f"Kafka refuses a line for {self._topic}.")
            self._queue.append(line)

    def flush(self) -> None:
        self._cluster.answer()
        self._deliver(len(self._queue))

    def flush_half(self) -> None:
        """What a death in the middle of a flush leaves: some lines are in the topic."""
        self._deliver(len(self._queue) // 2)

    def _deliver(self, number: int) -> None:
        partitions = self._cluster.topics[self._topic]
        for line in self._queue[:number]:
            partitions[self._sent % len(partitions)].append(line)
            self._sent += 1
        del self._queue[:number]

    def close(self) -> None:
        self._queue.clear()
