"""What the Druid stand-in knows: segments, which of them are used, and which of those a query would see.

Modelled on what Druid's metadata store and timeline do, as far as a replay can notice:

- an appended segment takes the version its interval already has, and the next partition number;
- a version of an interval whose core partitions are not all used is invisible, its appended segments
  included;
- a used segment covered by a complete newer version is overshadowed: invisible, and not marked used again.

Thread-safe: the pipeline adds segments while a server thread answers.
"""

import threading
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

Instant = str | date

# The bounds of the ALL granularity, as Druid writes them; no calendar has these years.
ETERNITY = ("-146136543-09-08T08:23:32.096Z", "146140482-04-24T15:36:27.903Z")


@dataclass(frozen=True, slots=True)
class Interval:
    """A half-open time interval: what Druid writes, and the milliseconds it means."""

    start: str
    end: str
    start_ms: int
    end_ms: int

    def __str__(self) -> str:
        return f"{self.start}/{self.end}"

    def overlaps(self, other: "Interval") -> bool:
        return self.start_ms < other.end_ms and other.start_ms < self.end_ms

    def contains(self, other: "Interval") -> bool:
        return self.start_ms <= other.start_ms and other.end_ms <= self.end_ms


def interval(start: Instant, end: Instant) -> Interval:
    """The interval between two ISO instants or days (midnight UTC); ValueError when they are not."""
    (start_text, start_ms), (end_text, end_ms) = _instant(start), _instant(end)
    if start_ms > end_ms:
        raise ValueError("The end instant must be greater than the start instant")
    return Interval(start_text, end_text, start_ms, end_ms)


def _instant(value: Instant) -> tuple[str, int]:
    if value in ETERNITY:
        return str(value), (-1 if value == ETERNITY[0] else 1) * 10**18
    moment = datetime.fromisoformat(value if isinstance(value, str) else value.isoformat())
    moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    return _joda(moment), int(moment.timestamp() * 1000)


def _joda(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


@dataclass(frozen=True, slots=True)
class Segment:
    """One segment, and the ids (``mid``) of the events in it."""

    datasource: str
    interval: Interval
    version: str
    partition: int
    core_partitions: int
    rows: tuple[str, ...]

    @property
    def id(self) -> str:
        suffix = f"_{self.partition}" if self.partition else ""
        return f"{self.datasource}_{self.interval.start}_{self.interval.end}_{self.version}{suffix}"


@dataclass(frozen=True, slots=True)
class Task:
    """A task that has not ended: ``state`` is running, pending or waiting."""

    id: str
    type: str
    datasource: str
    state: str = "running"


class DruidStandIn:
    """The state of the stand-in, and what tests and the pipeline may do to it."""

    def __init__(self) -> None:
        self._lock = threading.RLock()
        self._segments: dict[str, Segment] = {}
        self._used: set[str] = set()
        self.tasks: list[Task] = []
        """Those that have not ended."""
        self.kills: list[tuple[str, str]] = []
        """Every (datasource, interval) a permanent kill was asked for. A replay must never ask."""

    def add_segment(
        self,
        datasource: str,
        interval_start: Instant,
        interval_end: Instant,
        *,
        version: str | None = None,
        core_partitions: int = 0,
        rows: Iterable[str] = (),
    ) -> Segment:
        """Add a used segment, as ingestion does; without a version it is appended to the newest one there."""
        where = interval(interval_start, interval_end)
        with self._lock:
            siblings = [s for s in self._of(datasource) if s.interval == where]
            version = version or self._append_version(siblings, where)
            taken = [s.partition for s in siblings if s.version == version]
            partition = max(taken, default=-1) + 1
            added = Segment(datasource, where, version, partition, core_partitions, tuple(rows))
            self._segments[added.id] = added
            self._used.add(added.id)
        return added

    def _append_version(self, siblings: Sequence[Segment], where: Interval) -> str:
        used = [s.version for s in siblings if s.id in self._used]
        if known := used or [s.version for s in siblings]:
            return max(known)
        if where.start in ETERNITY:
            return "2019-12-01T05:31:00.000Z"
        # A real version is the moment the interval's first segment was allocated; this one is repeatable.
        return _joda(datetime.fromtimestamp(where.start_ms / 1000, UTC) + timedelta(hours=5, minutes=31))

    def _of(self, datasource: str) -> list[Segment]:
        return [s for s in self._segments.values() if s.datasource == datasource]

    def datasources(self) -> list[str]:
        """Names of the datasources that have used segments, in order."""
        with self._lock:
            return sorted({self._segments[i].datasource for i in self._used})

    def used(self, datasource: str) -> list[Segment]:
        """The used segments, overshadowed ones included, by interval, version and partition."""
        return self._select(datasource, lambda s: s.id in self._used)

    def unused(self, datasource: str) -> list[Segment]:
        return self._select(datasource, lambda s: s.id not in self._used)

    def visible(self, datasource: str) -> list[Segment]:
        """The used segments that a query would read."""
        with self._lock:
            whole = [s for s in self.used(datasource) if self._core_complete(s)]
            return [s for s in whole if not self._overshadowed(s)]

    def rows(self, datasource: str, day: date) -> list[str]:
        """The ids of the events a query over the UTC day would see; one ingested twice is there twice."""
        whole_day = interval(day, day + timedelta(days=1))
        return [row for s in self.visible(datasource) if whole_day.contains(s.interval) for row in s.rows]

    def mark_unused(self, datasource: str, chosen: Callable[[Segment], bool]) -> int:
        """Mark the chosen segments unused; how many changed."""
        with self._lock:
            changing = {s.id for s in self.used(datasource) if chosen(s)}
            self._used -= changing
            return len(changing)

    def mark_used(self, datasource: str, chosen: Callable[[Segment], bool]) -> int:
        """Mark the chosen segments used, but silently not the overshadowed ones; how many changed."""
        with self._lock:
            changing = {s.id for s in self.unused(datasource) if chosen(s) and not self._overshadowed(s)}
            self._used |= changing
            return len(changing)

    def kill(self, datasource: str, where: Interval) -> None:
        """Remove the unused segments inside the interval for good, and remember that somebody asked."""
        with self._lock:
            self.kills.append((datasource, str(where)))
            for doomed in self.unused(datasource):
                if where.contains(doomed.interval):
                    del self._segments[doomed.id]

    def _select(self, datasource: str, wanted: Callable[[Segment], bool]) -> list[Segment]:
        with self._lock:
            found = [s for s in self._of(datasource) if wanted(s)]
        return sorted(found, key=lambda s: (s.interval.start_ms, s.interval.end_ms, s.version, s.partition))

    def _core_complete(self, segment: Segment) -> bool:
        peers = [
            s
            for s in self._of(segment.datasource)
            if s.id in self._used and (s.interval, s.version) == (segment.interval, segment.version)
        ]
        core = max((s.core_partitions for s in peers), default=0)
        return set(range(core)) <= {s.partition for s in peers}

    def _overshadowed(self, segment: Segment) -> bool:
        return any(
            newer.version > segment.version and newer.interval.contains(segment.interval) and self._core_complete(newer)
            for newer in self._of(segment.datasource)
            if newer.id in self._used
        )
