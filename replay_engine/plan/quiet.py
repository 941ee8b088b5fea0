"""Whether a day's files are still being written: a day that is cleared while the pipeline fills it loses events. Pure.

When a file was written is told by the store's clock.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from replay_engine.model import Blob, Inventory, ReplaySpec


@dataclass(frozen=True, slots=True)
class LastWrite:
    """The newest file of the day, and the folder of the source or the sink in which it was found."""

    folder: str
    at: datetime


def last_write(spec: ReplaySpec, inventory: Inventory) -> LastWrite | None:
    """The newest one of source and sinks; ``None`` where the store tells no times."""
    folders: Mapping[str, Sequence[Blob]] = {spec.file_path or spec.folder: inventory.source, **inventory.sinks}
    writes = (
        LastWrite(folder, blob.modified_at)
        for folder, blobs in folders.items()
        for blob in blobs
        if blob.modified_at is not None
    )
    return max(writes, key=lambda write: write.at, default=None)


def too_early(spec: ReplaySpec, day: date, inventory: Inventory, now: datetime, quiet: timedelta) -> tuple[str, str]:
    """Why the day must not be cleared yet, and what a person should know of it; both are empty of a quiet day.

    Today and yesterday are refused, since the pipeline is expected to be at work on them; an older day may have been
    written again for a reason, and is warned of.
    """
    write = last_write(spec, inventory)
    if write is None or now - write.at >= quiet:
        return "", ""
    minutes = max(0, int((now - write.at).total_seconds() // 60))
    what = f"{write.folder} was written to {minutes} min ago: the pipeline may still be at work on {day}."
    if not spec.destructive or day < now.date() - timedelta(days=1):
        return "", what
    again = write.at + quiet
    rest = f"{quiet.total_seconds() / 60:g} min (REPLAY_QUIET_MINUTES)"
    return f"{what} Plan it again after {again:%Y-%m-%d %H:%M} UTC: it must have rested for {rest}.", ""
