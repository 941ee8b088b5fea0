"""Where events land in the sandbox's platform: which folders, which Druid datasource, and writing them there.

The same rules fill the sinks when the world is seeded and when the pipeline refills them.
"""

import gzip
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import count

from azure.storage.blob import ContainerClient

from sandbox.druid.state import DruidStandIn, Segment
from sandbox.world.telemetry import NO_DAY, Event

RAW, VALID, SINK = "telemetry.raw", "telemetry.valid", "telemetry.sink"
TOPICS = (RAW, VALID, SINK)

#: Derived from a day's events and kept in ``wfs``: only a replay of ``wfs`` brings back what the summary folders hold.
WORKFLOW_SUMMARY = "ME_WORKFLOW_SUMMARY"

# A stage further on fills fewer sinks: what lies before it was filled on the way to it.
_FOLDERS_ON_THE_WAY = {RAW: ("raw", "unique"), VALID: ("unique",), SINK: ()}
_DATASOURCES = {
    "LOG": "telemetry-log-events",
    "ERROR": "telemetry-error-events",
    "FEEDBACK": "telemetry-feedback-events",
    WORKFLOW_SUMMARY: "summary-events",
}
_UPLOADS_AT_ONCE = 8


def folders(topic: str, event: Event) -> list[str]:
    """The folders that an event of the topic is stored in."""
    kind = "summary" if event.eid == WORKFLOW_SUMMARY else "raw"
    return [*_FOLDERS_ON_THE_WAY[topic], f"channel/{event.channel}/{kind}", f"telemetry-denormalized/{kind}"]


def datasource(event: Event) -> str:
    """The Druid datasource that an event is ingested into."""
    return _DATASOURCES.get(event.eid, "telemetry-events")


def blob_name(folder: str, day: date, upload_ms: int, partition: int | None = None) -> str:
    """A stored file's name: with the Kafka partition where one uploader a partition writes it."""
    middle = "" if partition is None else f"-{partition}"
    return f"{folder}/{day}{middle}-{upload_ms}.json.gz"


def gzip_lines(lines: Iterable[bytes], *, last_newline: bool = True) -> bytes:
    """The lines as a stored file; the same lines always give the same bytes."""
    return gzip.compress(b"\n".join(lines) + (b"\n" if last_newline else b""), compresslevel=3, mtime=0)


def upload_times(first_ms: int) -> Iterator[int]:
    """Upload times that never repeat, so that no file overwrites another."""
    return count(first_ms)


@dataclass(slots=True)
class Landing:
    """Events gathered for one flush: the lines of each file and the rows of each segment to be written."""

    lines: defaultdict[tuple[str, date], list[bytes]] = field(default_factory=lambda: defaultdict(list))
    rows: defaultdict[tuple[str, date], list[str]] = field(default_factory=lambda: defaultdict(list))
    events: int = 0

    def add(self, topic: str, event: Event) -> None:
        for folder in folders(topic, event):
            self.lines[folder, event.day].append(event.line)
        if event.day != NO_DAY:
            self.rows[datasource(event), event.day].append(event.mid)
        self.events += 1


@dataclass(frozen=True, slots=True)
class Landed:
    """What a flush wrote."""

    blobs: dict[str, bytes]
    segments: tuple[Segment, ...]


def write(landing: Landing, container: ContainerClient, druid: DruidStandIn, times: Iterator[int]) -> Landed:
    """Write a file for each folder and day, and append a segment for each datasource and day."""
    blobs = {blob_name(folder, day, next(times)): gzip_lines(lines) for (folder, day), lines in landing.lines.items()}
    upload_all(container, blobs)
    segments = [
        druid.add_segment(name, day, day + timedelta(days=1), rows=rows) for (name, day), rows in landing.rows.items()
    ]
    return Landed(blobs, tuple(segments))


def upload_all(container: ContainerClient, blobs: dict[str, bytes]) -> None:
    """Upload the files, several at once; a name that is taken is an error."""
    upload: Callable[[tuple[str, bytes]], object] = lambda blob: container.upload_blob(blob[0], blob[1])  # noqa: E731
    with ThreadPoolExecutor(_UPLOADS_AT_ONCE) as pool:
        list(pool.map(upload, blobs.items()))
