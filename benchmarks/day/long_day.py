"""A day of millions of lines through the sandbox: planned, backed up, cleared, published, landed, closed.

Run: ``python -m benchmarks.day.long_day [LINES]``. Says how long each step took, how much memory the run and its
publishers had at most, and whether every line is in the topic and in a sink once.
"""

import gzip
import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from datetime import date, datetime
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from azure.storage.blob import BlobServiceClient
from confluent_kafka import Consumer, TopicPartition

from sandbox.world import telemetry
from sandbox.world.parts import CONTAINER, TOPIC_PREFIX, World, world
from sandbox.world.pipeline import Pipeline, running
from sandbox.world.sinks import VALID, blob_name, gzip_lines, upload_times

DAY = date(2019, 12, 1)
LINES_A_FILE = 50_000
_FLUSH_EVENTS = 50_000


def main(lines: int) -> None:
    """Print what was found."""
    with TemporaryDirectory(prefix="long-day-") as directory, world(Path(directory), pipeline=False) as running_world:
        stored = Counter(_seed(running_world, lines))
        _say(f"{stored.total():,} lines are stored")
        with running(_pipeline(running_world)):
            report = _replay(running_world)
        (day,) = report["days"]
        _say(f"{day['stage']}: {day['lines_published']:,} lines, {day['bytes_published'] / 1e9:.2f} GB of lines")
        _say(f"journal: {_steps(running_world)}")
        _say(f"in the topic each exactly once: {Counter(map(hash, _topic(running_world))) == stored}")
        _say(f"in the sink unique each exactly once: {Counter(map(hash, _sink(running_world))) == stored}")


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _seed(where: World, lines: int) -> Iterator[int]:
    """Store the day, a file after the other; the hash of each line."""
    times = upload_times(1_575_300_000_000)
    for number in range(0, lines, LINES_A_FILE):
        part = telemetry.events(DAY, min(LINES_A_FILE, lines - number), number)
        where.container.upload_blob(blob_name("raw", DAY, next(times)), gzip_lines(part))
        yield from map(hash, part)


def _pipeline(where: World) -> Pipeline:
    return Pipeline(
        where.broker.bootstrap,
        where.azurite.connection_string,
        CONTAINER,
        where.druid.state,
        topic_prefix=TOPIC_PREFIX,
        flush_events=_FLUSH_EVENTS,
    )


def _replay(where: World) -> dict[str, list[dict[str, Any]]]:
    """As an operator does it; the memory of the run and of its publishers is watched."""
    command = [sys.executable, "-m", "replay_engine", "run", "raw", "--start-date", str(DAY), "--end-date", str(DAY)]
    began = time.monotonic()
    process = subprocess.Popen(
        [*command, "--yes", "--json"], env={**os.environ, **where.environment()}, stdout=subprocess.PIPE, text=True
    )
    most: Counter[str] = Counter()
    while process.poll() is None:
        for pid, name in ((process.pid, "the run"), *((child, "a publisher") for child in _children(process.pid))):
            most[name] = max(most[name], _resident_mb(pid))
        time.sleep(0.5)
    output, _ = process.communicate()
    memory = ", ".join(f"{name} {megabytes} MB" for name, megabytes in most.items())
    _say(f"took {time.monotonic() - began:.0f} s; at most {memory}")
    document: dict[str, list[dict[str, Any]]] = json.loads(output)
    return document


def _children(pid: int) -> list[int]:
    try:
        texts = [task.joinpath("children").read_text() for task in Path(f"/proc/{pid}/task").iterdir()]
    except OSError:
        return []
    return [int(child) for text in texts for child in text.split()]


def _resident_mb(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE") >> 20
    except (OSError, IndexError):
        return 0


def _steps(where: World) -> str:
    """How long each step took, by the day's journal."""
    state = where.environment()["REPLAY_STATE_CONTAINER"]
    account = BlobServiceClient.from_connection_string(where.azurite.connection_string)
    with account, account.get_container_client(state) as container:
        (name,) = (name for name in container.list_blob_names() if name.endswith("journal.jsonl"))
        entries = [json.loads(line) for line in container.download_blob(name).readall().splitlines()]
    at = {(entry["kind"], entry["step"]): datetime.fromisoformat(entry["at"]).timestamp() for entry in entries}
    steps = [step for kind, step in at if kind == "proof"]
    return ", ".join(f"{step} {at['proof', step] - at['intent', step]:.1f} s" for step in steps)


def _topic(where: World) -> Iterator[bytes]:
    """Every message of the topic, to the end of each partition."""
    topic = TOPIC_PREFIX + VALID
    config = {"bootstrap.servers": where.broker.bootstrap, "group.id": "check", "enable.partition.eof": True}
    consumer = Consumer({**config, "enable.auto.commit": False})
    waiting = set(consumer.list_topics(timeout=10).topics[topic].partitions)
    consumer.assign([TopicPartition(topic, partition, 0) for partition in waiting])
    while waiting:
        for message in consumer.consume(10_000, timeout=1.0):
            if message.error() is not None:
                waiting.discard(int(message.partition() or 0))
            else:
                yield message.value() or b""
    consumer.close()


def _sink(where: World) -> Iterator[bytes]:
    for name in where.container.list_blob_names(name_starts_with="unique/"):
        yield from gzip.decompress(where.container.download_blob(name).readall()).splitlines()


if __name__ == "__main__":
    main(int(sys.argv[1]) if len(sys.argv) > 1 else 5_000_000)
