"""What people are shown of a replay, as values: the same for a terminal, JSON and Slack. Frozen; no I/O."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum

from replay_engine.model import Pace, Stage


@dataclass(frozen=True, slots=True)
class DayReport:
    """One day as people see it: a pure function of its journal and its progress.

    ``waiting`` says which outage is waited for, ``slowed`` for whom publishing is slowed down, ``landing`` what has not
    come back yet, and ``landed`` how it was told that everything has: proved, refilled or accepted. ``landing_missing``
    is what has not by folder, the first of ``landing_missing_folders``; ``landing_overdue`` means that people are to be
    told. ``blobs_left`` are files that their owner had replaced and that a restore left in place; ``may_land`` says
    that what was published before a restore may land after it.
    """

    day: date
    stage: Stage
    step: str = ""
    lines_published: int = 0
    bytes_published: int = 0
    empty_lines: int = 0
    filtered_lines: int = 0
    set_aside_lines: int = 0
    at_least_once: bool = False
    source_bytes: int = 0
    source_bytes_done: int = 0
    bytes_compared: int = 0
    bytes_to_compare: int = 0
    pace: Pace = Pace()
    bytes_per_second: float = 0.0
    seconds_left: float | None = None
    blobs_deleted: Mapping[str, int] = field(default_factory=dict)
    blobs_restored: int = 0
    blobs_quarantined: int = 0
    blobs_left: int = 0
    may_land: bool = False
    segments_deleted: Mapping[str, int] = field(default_factory=dict)
    segments_quarantined: int = 0
    seconds: float = 0.0
    error: str = ""
    advice: str = ""
    waiting: str = ""
    slowed: str = ""
    landing: str = ""
    landing_since: datetime | None = None
    landing_missing: Mapping[str, str] = field(default_factory=dict)
    landing_missing_folders: int = 0
    landing_overdue: bool = False
    landed: str = ""
    accepted_by: str = ""
    next_step: str = ""
    runner: str = ""
    last_at: datetime | None = None
    backup_kept_until: datetime | None = None

    @property
    def text(self) -> str:
        """Where it stands, as people read it; a day ends closed, restored, not begun or held."""
        if self.stage is Stage.PLANNED and self.error:
            return "not begun"
        if self.landing:
            return "published, waiting to land"
        return self.stage.replace("_", " ")


class ReplayState(StrEnum):
    """Where a whole replay stands. The values are written to JSON: never change one. People read ``text``."""

    RUNNING = "running"
    COMPLETED = "completed"
    COMPLETED_WITH_FAILURES = "failed"
    CANCELLED = "cancelled"
    HELD = "waiting"
    INTERRUPTED = "interrupted"
    LANDING = "landing"

    @property
    def text(self) -> str:
        """The same words in Slack, in the terminal and in the documentation."""
        return "waits for landing" if self is ReplayState.LANDING else self.name.replace("_", " ").lower()


@dataclass(frozen=True, slots=True)
class ReplayReport:
    """A replay as people see it."""

    replay_id: str
    source: str
    topic: str
    state: ReplayState
    days: tuple[DayReport, ...]

    @property
    def needs_a_worker(self) -> bool:
        """Whether a worker has something to do for it: nobody carries it on, or days of it wait for their landing."""
        waits = any(day.landing for day in self.days)
        return self.state is ReplayState.INTERRUPTED or (waits and self.state is not ReplayState.RUNNING)
