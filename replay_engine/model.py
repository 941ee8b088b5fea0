"""The values everything else speaks in. Frozen; no I/O; no vendor types. Units stand last in a name."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum


class Stage(StrEnum):
    """Where a day stands. The values are written to journals: never change one."""

    PLANNED = "planned"
    CLAIMED = "claimed"
    CHECKED = "checked"
    BACKED_UP = "backed_up"
    CLEARED = "cleared"
    PUBLISHED = "published"
    SETTLED = "settled"
    LANDED = "landed"
    CLOSED = "closed"
    RESTORED = "restored"
    HELD = "held"


class SinkType(StrEnum):
    """The kinds of store a dependent sink can live in."""

    AZURE = "azure"
    DRUID = "druid"


@dataclass(frozen=True, slots=True)
class Sink:
    """A store the pipeline fills: a folder of the container, or a Druid datasource."""

    type: SinkType
    prefix: str


@dataclass(frozen=True, slots=True)
class LandingWait:
    """A consumer group that must pass a topic's end before what was published counts as landed.

    ``max_lag`` is how many offsets it may be behind while a day is published; ``None``: that slows nobody down.
    """

    consumer_group: str
    topic: str
    max_lag: int | None = None


class Delivery(StrEnum):
    """What a reader of the topic may count on. The values are in kept plans: never change one."""

    EXACTLY_ONCE = "exactly_once"
    AT_LEAST_ONCE = "at_least_once"


class OnBadLine(StrEnum):
    """What becomes of a line that cannot be sent."""

    FAIL = "fail"
    SET_ASIDE = "set-aside"


class CheckSource(StrEnum):
    """How much of the source is read before anything is cleared."""

    HEADS = "heads"
    FULL = "full"


class Condition(StrEnum):
    """What a filter asks of a field."""

    IS_NULL = "is_null"
    EQUALS = "equals"
    IN = "in"


@dataclass(frozen=True, slots=True)
class Filter:
    """Only lines whose ``field`` (dots go inward: ``edata.type``) meets the condition are published.

    A field that is missing is null.
    """

    field: str
    condition: Condition
    values: tuple[str | int | float | bool, ...] = ()


@dataclass(frozen=True, slots=True)
class Publishing:
    """How lines are published. The default sends every line as it is, without key and headers.

    ``delivery`` is ``None`` until planning has asked the cluster. ``check_source`` is ``None`` where nobody chose and
    nothing will be deleted, which then means the heads.
    """

    delivery: Delivery | None = None
    key: str | None = None
    filters: tuple[Filter, ...] = ()
    headers: bool = False
    on_bad_line: OnBadLine = OnBadLine.FAIL
    check_source: CheckSource | None = None


@dataclass(frozen=True, slots=True)
class Pace:
    """How fast a whole replay may publish; ``None`` is as fast as it goes. Bytes are those of the lines."""

    paused: bool = False
    bytes_per_second: float | None = None
    events_per_second: float | None = None


@dataclass(frozen=True, slots=True)
class Counts:
    """How much of a shard, or of a day, is committed. ``stored_bytes`` are bytes of the stored files."""

    lines: int = 0
    bytes: int = 0
    empty_lines: int = 0
    filtered_lines: int = 0
    set_aside_lines: int = 0
    stored_bytes: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        """Field by field."""
        return Counts(*(getattr(self, name) + getattr(other, name) for name in Counts.__slots__))


@dataclass(frozen=True, slots=True)
class Request:
    """What a person asked for, in the mission's words. ``None`` means: take it from config and settings."""

    source: str
    start_date: str | None = None
    end_date: str | None = None
    bucket: str | None = None
    prefix: str | None = None
    file_path: str | None = None
    topic: str | None = None
    broker_list: str | None = None
    delete_backups: bool | None = None
    delivery: str | None = None
    on_bad_line: str | None = None
    check_source: str | None = None
    again: bool | None = None


@dataclass(frozen=True, slots=True)
class LandingRules:
    """When what was published counts as come back.

    ``event_id`` is where an event's id stands, ``mid`` or ``events[].mid``; empty: looked for in the lines. One id of
    ``sample`` is compared. ``tolerance`` is, of each sink, the part of its ids that may be missing, 0 by default.
    Where no id is known a folder must hold at least ``smallest`` of the bytes that it held before. A sink that holds
    more than ``largest`` times the source's bytes of a day is not cleared where no id is known.
    """

    event_id: str = ""
    sample: int = 16
    tolerance: Mapping[str, float] = field(default_factory=dict)
    smallest: float = 0.5
    largest: float = 100.0


@dataclass(frozen=True, slots=True)
class Canary:
    """The first ``lines`` events of a day go to ``topic`` before it is cleared, and must be seen within ``minutes``.

    Seen means: ``consumer_group`` has read them, files of ``folder`` hold their ids; empty: that is not looked at.
    """

    topic: str
    consumer_group: str = ""
    folder: str = ""
    lines: int = 1000
    minutes: float = 15.0

    @property
    def text(self) -> str:
        """In a plan's words."""
        read = f"{self.consumer_group} has read them" if self.consumer_group else ""
        seen = " and ".join(filter(None, [read, f"they stand in {self.folder}" if self.folder else ""]))
        return f"the first {self.lines:,} events of a day go to {self.topic}; it is cleared when {seen}"


@dataclass(frozen=True, slots=True)
class ReplaySpec:
    """A request resolved against config and settings: nothing left to look up, nothing secret in it.

    ``cautions`` are what a person should weigh before they confirm. ``again`` means that a person wants the days
    whatever earlier replays did; for ``dedup_hours`` the pipeline drops an event that it has seen. Only a
    replay that deletes something has a ``canary``.
    """

    source: str
    container: str
    folder: str
    file_path: str | None
    days: tuple[date, ...]
    topic: str
    broker_list: str
    delete_backups: bool
    sinks: tuple[Sink, ...]
    landing_waits: tuple[LandingWait, ...] = ()
    cautions: tuple[str, ...] = ()
    publishing: Publishing = Publishing()
    landing: LandingRules = LandingRules()
    again: bool = False
    dedup_hours: float = 0.0
    canary: Canary | None = None

    @property
    def destructive(self) -> bool:
        """Whether anything stored will be deleted."""
        return self.delete_backups and bool(self.sinks)

    def sink_prefixes(self, type_: SinkType) -> tuple[str, ...]:
        """The prefixes of this replay's sinks of one type; empty when nothing is to be deleted."""
        return tuple(s.prefix for s in self.sinks if s.type is type_) if self.destructive else ()


@dataclass(frozen=True, slots=True)
class Blob:
    """One stored file. ``md5`` is the hex digest the store keeps, or empty when it keeps none.

    The digest is a label that a copy carries along, right or wrong. ``modified_at`` is by the store's own clock, and
    only known of what was listed or looked at.
    """

    name: str
    size_bytes: int
    etag: str
    md5: str = ""
    modified_at: datetime | None = field(default=None, compare=False)

    def same_content(self, other: "Blob") -> bool:
        """Equal size and, where both are known, equal MD5."""
        return self.size_bytes == other.size_bytes and (not self.md5 or not other.md5 or self.md5 == other.md5)


@dataclass(frozen=True, slots=True)
class Segment:
    """One used Druid segment. ``core_partitions`` is N of its version's core set; 0 for Kafka-only data."""

    id: str
    datasource: str
    start: datetime
    end: datetime
    version: str
    partition_num: int
    core_partitions: int


@dataclass(frozen=True, slots=True)
class Inventory:
    """What is there for one day: the source's blobs, each sink's blobs, each datasource's used segments."""

    source: tuple[Blob, ...]
    sinks: Mapping[str, tuple[Blob, ...]]
    segments: Mapping[str, tuple[Segment, ...]]


@dataclass(frozen=True, slots=True)
class Amount:
    """A number of blobs and their stored size."""

    blobs: int
    size_bytes: int


@dataclass(frozen=True, slots=True)
class EarlierDay:
    """What an earlier replay of the same source and topic did to a day: where it stands there, and when that was said.

    ``unfinished`` and ``landing`` may still change it.
    """

    replay_id: str
    text: str
    lines_published: int = 0
    last_at: datetime | None = None
    unfinished: bool = False
    landing: bool = False


@dataclass(frozen=True, slots=True)
class DayPlan:
    """What would be done for one day, in numbers; ``fingerprint`` binds it to the exact blobs and segments.

    ``folders`` are the leaf folders of the sinks that hold files of the day.
    """

    day: date
    source: Amount
    sinks: Mapping[str, Amount]
    segments: Mapping[str, int]
    fingerprint: str
    refusal: str = ""
    warnings: tuple[str, ...] = ()
    earlier: tuple[EarlierDay, ...] = ()
    folders: Mapping[str, Amount] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Plan:
    """What would be done, shown to a person before anything is. ``hash`` is what they confirm."""

    replay_id: str
    spec: ReplaySpec
    days: tuple[DayPlan, ...]
    created_at: datetime
    hash: str

    @property
    def refused(self) -> bool:
        """Whether no day of it can run."""
        return all(day.refusal for day in self.days)
