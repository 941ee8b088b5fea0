"""The downstream pipeline: consumes the output topics and refills the dependent sinks, as the platform's own
does.

It flushes after many events or a moment of quiet, and commits its consumer-group offsets only after
everything up to them is written: whoever sees the offsets pass a point knows that all before it has landed.
It drops no duplicates, so that an event which was published twice is seen twice. `Rules` make it like those that
drop what is old or known, that lose events, or whose files appear after their offsets.

When it dies between writing and committing, a successor writes those events again, as a real one would.
"""

import threading
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager

from azure.storage.blob import BlobServiceClient
from confluent_kafka import Consumer, KafkaError, KafkaException, Message, TopicPartition

from sandbox.druid.state import DruidStandIn
from sandbox.kafka.tansu import READER
from sandbox.processes import PartFailedError
from sandbox.world.losses import Filter, Rules
from sandbox.world.sinks import TOPICS, Landing, upload_times, write
from sandbox.world.telemetry import parse_line

GROUP = "downstream"
_POLL_SECONDS = 0.05
_POLL_MESSAGES = 500

Position = dict[tuple[str, int], int]


class Pipeline:
    """The pipeline's thread. ``failure`` is what it died of, if it did."""

    def __init__(
        self,
        bootstrap: str,
        connection_string: str,
        container: str,
        druid: DruidStandIn,
        *,
        topic_prefix: str = "",
        flush_events: int = 2000,
        quiet_seconds: float = 0.5,
        rules: Rules | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self.failure: BaseException | None = None
        self.landed_events = 0
        self._druid = druid
        self._prefix = topic_prefix
        self._flush_events = flush_events
        self._quiet_seconds = quiet_seconds
        self._clock = clock
        self._rules = rules or Rules()
        self._filter = Filter(self._rules)
        self._late: deque[tuple[float, Landing]] = deque()
        self._times = upload_times(int(time.time() * 1000))
        self._store = BlobServiceClient.from_connection_string(connection_string)
        self._container = self._store.get_container_client(container)
        self._consumer = _consumer(bootstrap)
        self._committed: Position = {}
        self._position: Position = {}
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._live, name="pipeline", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        """End after the flush under way; raise what the pipeline died of, if it did."""
        self._stopping.set()
        self._thread.join()
        self.check()

    def check(self) -> None:
        """Raise what the pipeline died of, if it did."""
        if self.failure is not None:
            raise PartFailedError(f"the downstream pipeline died: {self.failure!r}") from self.failure

    @property
    def dropped(self) -> Mapping[str, int]:
        """How many events did not pass, by reason."""
        return dict(self._filter.dropped)

    def _live(self) -> None:
        try:
            self._assign()
            self._consume()
            self._write_late(everything=True)
        except BaseException as error:  # noqa: BLE001 - kept for whoever asks; a thread has nobody above it
            self.failure = error
        finally:
            self._consumer.close()
            self._store.close()

    def _assign(self) -> None:
        """Take every partition, from where the group left off or its beginning: subscribing is slow here."""
        found = self._consumer.list_topics(timeout=10).topics
        wanted = [
            TopicPartition(topic, partition)
            for topic in (self._prefix + name for name in TOPICS)
            if topic in found
            for partition in found[topic].partitions
        ]
        known = self._consumer.committed(wanted, timeout=30)
        self._committed = {(p.topic, p.partition): p.offset for p in known if p.offset >= 0}
        self._position = {(p.topic, p.partition): max(p.offset, 0) for p in known}
        self._consumer.assign([TopicPartition(*where, offset) for where, offset in self._position.items()])

    def _consume(self) -> None:
        landing, heard = Landing(), self._clock()
        while not self._stopping.is_set():
            messages = self._consumer.consume(_POLL_MESSAGES, timeout=_POLL_SECONDS)
            taken = [self._take(message, landing) for message in messages]
            if any(taken):
                heard = self._clock()
            quiet = self._clock() - heard >= self._quiet_seconds
            if landing.events >= self._flush_events or (quiet and self._position != self._committed):
                self._flush(landing)
                landing = Landing()
            self._write_late()

    def _take(self, message: Message, landing: Landing) -> bool:
        """Note a message's place, gather its events; whether it had any."""
        topic, partition, offset = (
            str(message.topic()),
            int(message.partition() or 0),
            int(message.offset() or 0),
        )
        error = message.error()
        if error is not None:
            if error.code() != KafkaError._PARTITION_EOF:
                raise KafkaException(error)
            # The end lies past the markers of transactions, which are never seen as messages.
            self._position[topic, partition] = max(offset, self._position[topic, partition])
            return False
        for event in parse_line(message.value() or b""):
            if self._filter.passes(event):
                landing.add(topic.removeprefix(self._prefix), event)
        self._position[topic, partition] = offset + 1
        return True

    def _flush(self, landing: Landing) -> None:
        if self._rules.slow_seconds:
            self._late.append((self._clock() + self._rules.slow_seconds, landing))
        else:
            self._write(landing)
        passed = [TopicPartition(*where, offset) for where, offset in self._position.items()]
        self._consumer.commit(offsets=passed, asynchronous=False)
        self._committed = dict(self._position)

    def _write_late(self, *, everything: bool = False) -> None:
        """Write what was committed long enough ago; ``everything`` when it ends, since nobody would read it again."""
        while self._late and (everything or self._late[0][0] <= self._clock()):
            self._write(self._late.popleft()[1])

    def _write(self, landing: Landing) -> None:
        write(landing, self._container, self._druid, self._times)
        self.landed_events += landing.events


def _consumer(bootstrap: str) -> Consumer:
    return Consumer(
        {
            "bootstrap.servers": bootstrap,
            "group.id": GROUP,
            "enable.auto.commit": False,
            "enable.partition.eof": True,
            "auto.offset.reset": "earliest",
            **READER,
        }
    )


@contextmanager
def running(pipeline: Pipeline) -> Iterator[Pipeline]:
    """Run the pipeline until the context ends; a failure of its own is raised then."""
    pipeline.start()
    try:
        yield pipeline
    finally:
        pipeline.stop()
