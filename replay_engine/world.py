"""The world as the days of one replay are given it: its ports, and the limits that the settings set. No I/O here."""

from dataclasses import dataclass
from datetime import timedelta

from replay_engine.ports import Background, BlobStore, Clock, IdReaders, Publishers, SegmentStore, Topic


@dataclass(frozen=True, slots=True)
class World:
    """The ports of one replay. ``segments`` is ``None`` where it touches no Druid.

    ``landing_patience_seconds`` is how long a runner itself waits for what was published to come back; after that
    whoever looks next closes the day. ``keep_proved_for`` is for backups of days whose landing was proved by ids.
    Nothing may have been written for ``quiet`` to a recent day that is to be cleared. Without ``id_readers`` this
    process reads files for their ids itself.
    """

    data: BlobStore
    state: BlobStore
    segments: SegmentStore | None
    topic: Topic
    clock: Clock
    background: Background
    publishers: Publishers
    width: int
    publishers_at_once: int
    shard_bytes: int
    settle_timeout_seconds: float
    landing_timeout_seconds: float
    landing_patience_seconds: float
    days_landing: int
    lease_seconds: int
    keep_backups_for: timedelta
    keep_proved_for: timedelta
    outage_patience: timedelta
    quiet: timedelta
    id_readers: IdReaders | None = None
