"""Can this source bring back what the sinks hold? Asked before anything is backed up or cleared. Reads only.

Some files of each leaf folder are compared with the sampled ids of the source. A folder of which none is there is not
cleared; one of which a part is missing, more than the sink may miss, keeps the day from being replayed.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace

from replay_engine.day.context import Day
from replay_engine.day.id_reading import Reading, Wanted
from replay_engine.day.landing_proof import by_folder, folder_of
from replay_engine.errors import Refused
from replay_engine.event_ids import share
from replay_engine.model import Blob, Inventory
from replay_engine.state.source_ids import SourceIds

#: So many files of a folder are read: the first by name, the last, and those between at equal distances.
_FILES = 3


@dataclass(frozen=True, slots=True)
class Coverage:
    """``left_out`` are folders that the source cannot bring back; ``unknown`` those without an id to be read."""

    left_out: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()


def coverage(day: Day, inventory: Inventory, ids: SourceIds) -> Coverage:
    """Look at every folder; raises `Refused` for one that would come back only in part."""
    wanted = [
        (sink, folder, blobs) for sink, found in inventory.sinks.items() for folder, blobs in by_folder(found).items()
    ]
    shares = _shares(day, {folder: blobs for _, folder, blobs in wanted}, ids)
    for sink, folder, _ in sorted(wanted):
        part = shares[folder]
        if part and part < 1.0 - day.spec.landing.tolerance.get(sink, 0.0):
            raise Refused(
                f"Of the events in {folder} this source has only {part:.1%}: the others would be lost.",
                advice=f"Narrow the sinks to folders that {day.spec.source} fills, or give {sink} a tolerance.",
            )
    return Coverage(
        tuple(sorted(folder for folder, part in shares.items() if part == 0.0)),
        tuple(sorted(folder for folder, part in shares.items() if part is None)),
    )


def without(inventory: Inventory, folders: Collection[str]) -> Inventory:
    """What is there but for those folders of the sinks: they are neither backed up nor cleared."""
    kept = {
        sink: tuple(blob for blob in blobs if folder_of(blob.name) not in folders)
        for sink, blobs in inventory.sinks.items()
    }
    return replace(inventory, sinks=kept)


def _shares(day: Day, folders: Mapping[str, Sequence[Blob]], ids: SourceIds) -> dict[str, float | None]:
    """Which part of each folder's events the source has; ``None`` where none of its files has an id."""
    files = [
        Wanted(folder, day.world.data, blob)
        for folder, blobs in folders.items()
        for blob in _spread(sorted(blobs, key=lambda blob: blob.name))
    ]
    reading = Reading(day.world, ids.event_id, ids.modulus, day.check_cancelled)
    found = {folder: next(iter(samples.values())).ids for folder, samples in reading.by_owner(files)}
    return {folder: share(those, ids.numbers) if len(those) else None for folder, those in found.items()}


def _spread(blobs: Sequence[Blob]) -> Sequence[Blob]:
    if len(blobs) <= _FILES:
        return blobs
    return [blobs[round(n * (len(blobs) - 1) / (_FILES - 1))] for n in range(_FILES)]
