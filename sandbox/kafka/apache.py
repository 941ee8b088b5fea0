"""A real Apache Kafka: one node that is broker and controller (KRaft), on loopback, killed and restarted at will.

For what the embedded broker (``sandbox/kafka/tansu.py``) cannot show: aborted transactions, fencing, restarts. It
needs Java and, on first use, Maven. Everything that does not make one node start quickly is left at Kafka's
own defaults, so what is measured here holds elsewhere.

The data outlives a killed broker: `RealBroker.restart` starts on it again, on the same ports. The broker dies
with the *thread* that started it (see ``tether``), so start and restart it from one that lives as long.
"""

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from types import MappingProxyType

from sandbox import maven
from sandbox.kafka.tansu import create_topics, lists_topics
from sandbox.processes import Child, PartFailedError, answers, child, free_port

JARS = Path(__file__).with_name("apache")
#: At most; a quarter of it to begin with.
HEAP_MB = 512
_START_SECONDS = 120
_CLUSTER_ID = "YSBzYW5kYm94IGJyb2tlcg"
_NONE: Mapping[str, str] = MappingProxyType({})


class RealBroker:
    """A broker that can die; its address and its data stay."""

    def __init__(self, directory: Path, java: Path, port: int) -> None:
        """Nothing runs before `restart`."""
        self.bootstrap = f"127.0.0.1:{port}"
        self._directory, self._java, self._port = directory, java, port
        self._running = ExitStack()
        self._child: Child | None = None
        self._starts = 0

    @property
    def pid(self) -> int:
        """The running broker's, to pause it or to look at its memory."""
        assert self._child is not None, "the broker has not been started"  # noqa: S101
        return self._child.pid

    def create_topics(self, names: Iterable[str], partitions: int = 2, config: Mapping[str, str] = _NONE) -> None:
        """Create the topics; returns when the broker has them and leads each of their partitions."""
        create_topics(self.bootstrap, names, partitions, config)

    def kill(self) -> None:
        """SIGKILL; returns when it is dead. What it had written stays, its clients wait for it."""
        os.killpg(self.pid, signal.SIGKILL)
        self._running.close()

    def restart(self) -> None:
        """Start on the same data and ports; ends it first, in good order, where it still runs."""
        self._running.close()
        self._starts += 1
        command = [*_java(self._java), "kafka.Kafka", _properties(self._directory)]
        run = child(
            "Apache Kafka",
            command,
            log=self._directory / f"kafka-{self._starts}.log",
            ready=self._ready,
            timeout_seconds=_START_SECONDS,
        )
        self._child = self._running.enter_context(run)

    def close(self) -> None:
        """End it in good order, wherever it stands."""
        self._running.close()

    def _ready(self, _: Child) -> bool:
        return answers(self._port) and lists_topics(self.bootstrap)


@contextmanager
def real_broker(directory: Path, config: Mapping[str, str] = _NONE) -> Iterator[RealBroker]:
    """Run it until the context ends, on data in ``directory``; ``config`` goes over the broker's properties."""
    java = fetch()
    broker_port, controller_port = free_port(), free_port()
    _write_properties(directory, broker_port, controller_port, config)
    _format_storage(java, directory)
    broker = RealBroker(directory, java, broker_port)
    try:
        broker.restart()
        yield broker
    finally:
        broker.close()


def fetch() -> Path:
    """Have all that a broker needs; returns the Java to run it with. `PartFailedError` says what to install."""
    java = maven.java()
    maven.fetch_jars(JARS)
    return java


def _properties(directory: Path) -> Path:
    return directory / "server.properties"


def _write_properties(directory: Path, broker: int, controller: int, config: Mapping[str, str]) -> None:
    properties = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "listeners": f"BROKER://127.0.0.1:{broker},CONTROLLER://127.0.0.1:{controller}",
        "listener.security.protocol.map": "BROKER:PLAINTEXT,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "BROKER",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.bootstrap.servers": f"127.0.0.1:{controller}",
        "log.dirs": str(directory / "data"),
        # A misspelt topic shall be an error, as on any cluster that is looked after.
        "auto.create.topics.enable": "false",
        # One node, and its internal topics made quickly.
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "4",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "4",
        "group.initial.rebalance.delay.ms": "0",
        # How long a killed broker keeps its restarted self out.
        "broker.session.timeout.ms": "2000",
        "broker.heartbeat.interval.ms": "500",
        # Little memory and disk: the defaults take 128 MB of heap, and 10 MB of index a segment.
        "log.cleaner.dedupe.buffer.size": str(4 << 20),
        "log.index.size.max.bytes": str(1 << 20),
        "log.segment.bytes": str(64 << 20),
        **config,
    }
    _properties(directory).write_text("".join(f"{key}={value}\n" for key, value in properties.items()))


def _format_storage(java: Path, directory: Path) -> None:
    tool = [*_java(java), "kafka.tools.StorageTool", "format", "--standalone", "--cluster-id", _CLUSTER_ID]
    done = subprocess.run(
        [*tool, "--config", _properties(directory)],
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise PartFailedError(f"Kafka's storage could not be formatted:\n{(done.stdout + done.stderr).strip()}")


def _java(java: Path) -> list[str | Path]:
    class_path = JARS / "jars" / "*"
    # The serial collector: this machine's cores are for the publishers.
    options = [f"-Xms{HEAP_MB // 4}m", f"-Xmx{HEAP_MB}m", "-XX:+UseSerialGC", "-Dlog4j2.level=WARN"]
    return [java, *options, "-cp", class_path]


if __name__ == "__main__":
    try:
        fetch()
    except PartFailedError as error:
        sys.exit(str(error))
