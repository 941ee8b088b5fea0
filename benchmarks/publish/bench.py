"""The ground that publishing is measured on: one real broker, stored files on disk, and the commands to compare."""

import shutil
import subprocess
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from uuid import uuid4

from benchmarks.publish import stored_file
from benchmarks.tools.usage import python, shell
from sandbox.kafka.apache import RealBroker, real_broker
from sandbox.processes import PartFailedError

#: 180 MB when inflated.
LINES = 200_000
TOPIC = "bench"
#: The same for both sides; what the product's producers use (`replay_engine/adapters/kafka/producer.py`).
_SAME = {
    "acks": "all",
    "enable.idempotence": "true",
    "compression.codec": "lz4",
    "linger.ms": "20",
    "batch.size": str(1 << 20),
    "queue.buffering.max.kbytes": str(32 << 10),
}
_BROKER = {
    # Little disk: what was published is thrown away soon.
    "log.retention.bytes": str(256 << 20),
    "log.retention.check.interval.ms": "5000",
    "log.segment.delete.delay.ms": "1000",
    "message.max.bytes": str(8 << 20),
    "replica.fetch.max.bytes": str(8 << 20),
}


@dataclass(frozen=True, slots=True)
class Bench:
    """A broker with a topic, and a folder with stored files."""

    broker: RealBroker
    folder: Path

    @property
    def file(self) -> Path:
        """The file of 180 MB."""
        return self.stored(LINES)

    def stored(self, lines: int, seed: int = 1) -> Path:
        """A stored file of so many lines."""
        path = self.folder / f"{lines}-{seed}.json.gz"
        if not path.exists():
            stored_file.write(path, lines, seed)
        return path

    def kcat(self, file: Path) -> Sequence[str]:
        """What is to be beaten."""
        options = " ".join(f"-X {key}={value}" for key, value in _SAME.items())
        return shell(f"zcat {file} | kcat -P -b {self.broker.bootstrap} -t {TOPIC} {options}")

    def publisher(self, *files: Path, transactions: bool = True) -> Sequence[str]:
        """One publisher with a shard of these files, under a name of its own."""
        how = "transactions" if transactions else "at-least-once"
        return python("benchmarks.publish.publish_one", self.broker.bootstrap, TOPIC, uuid4().hex, how, *files)

    def floor(self, file: Path) -> Sequence[str]:
        """Inflating and nothing else."""
        return python("benchmarks.publish.inflate_one", file)


@contextmanager
def bench() -> Iterator[Bench]:
    """Run the broker; `PartFailedError` says in a sentence what is missing."""
    check_kcat()
    with TemporaryDirectory(prefix="bench-") as folder:
        files, data = Path(folder) / "files", Path(folder) / "kafka"
        files.mkdir()
        data.mkdir()
        with real_broker(data, _BROKER) as broker:
            broker.create_topics([TOPIC], partitions=4)
            yield Bench(broker, files)


def check_kcat() -> None:
    """kcat is compared with."""
    if shutil.which("kcat") is None:
        raise PartFailedError("there is no kcat here to compare with; on Debian and Ubuntu: apt-get install kcat")


def kcat_version() -> str:
    """Its own and its librdkafka's."""
    said = subprocess.run([shutil.which("kcat") or "kcat", "-V"], capture_output=True, text=True, check=True).stdout
    return next(line for line in said.splitlines() if line.startswith("Version"))
