"""What is there for one day: every blob of the source and of each sink, every segment of each datasource.

Reads only. Planning and `back_up` use the same function, so that what was confirmed and what is promised
can be compared by one fingerprint.
"""

import hashlib
from collections.abc import Iterator
from datetime import date

from replay_engine.model import Blob, Inventory, ReplaySpec, SinkType
from replay_engine.ports import BlobStore, Group, SegmentStore
from replay_engine.state import names


def take(spec: ReplaySpec, day: date, data: BlobStore, segments: SegmentStore | None) -> Inventory:
    """Look at everything the replay of this day would read or delete."""
    sinks = {p: day_blobs(data, p, day) for p in spec.sink_prefixes(SinkType.AZURE)}
    datasources = spec.sink_prefixes(SinkType.DRUID)
    found = {d: segments.used(d, day) for d in datasources} if segments else {}
    return Inventory(source_blobs(spec, day, data), sinks, found)


def source_blobs(spec: ReplaySpec, day: date, data: BlobStore) -> tuple[Blob, ...]:
    """The blobs that would be published for the day."""
    if spec.file_path is None:
        return day_blobs(data, spec.folder, day)
    found = data.head(spec.file_path)
    return (found[0],) if found else ()


def day_blobs(data: BlobStore, folder: str, day: date) -> tuple[Blob, ...]:
    """The day's blobs at every depth under a folder, in name order."""
    return tuple(sorted(_search(data, f"{folder}/", day), key=lambda blob: blob.name))


def _search(data: BlobStore, prefix: str, day: date) -> Iterator[Blob]:
    """Find a day's files without listing other days.

    Names are listed up to their next ``-``: years of files collapse into one entry a year, then a year's into
    one a month, and only the wanted day is listed one by one.
    """
    for entry in data.walk(prefix, "-"):
        if isinstance(entry, Group):
            yield from _search_group(data, entry.prefix, day)


def _search_group(data: BlobStore, group: str, day: date) -> Iterator[Blob]:
    """The day's files among names that begin alike.

    A folder whose own name begins with another month or day is taken to hold that one only.
    """
    folder_ = group[: group.rindex("/") + 1]
    if group == f"{folder_}{day:%Y-%m}-":
        yield from (blob for blob in data.list(f"{folder_}{day}") if names.day_of(blob.name) == day)
    elif names.is_year(group):
        yield from _search(data, group, day)
    elif not names.is_month(group):
        yield from _search_dashed(data, group, day)


def _search_dashed(data: BlobStore, prefix: str, day: date) -> Iterator[Blob]:
    """Folders with a ``-`` in their own name (a UUID, say) are searched one by one."""
    for entry in data.walk(prefix, "/"):
        if isinstance(entry, Group):
            yield from _search(data, entry.prefix, day)


def fingerprint(inventory: Inventory) -> str:
    """SHA-256 over exactly which blobs (name, size, ETag) and segments were seen."""
    digest = hashlib.sha256()
    for role, blobs in (("source", inventory.source), *sorted(inventory.sinks.items())):
        for blob in blobs:
            digest.update(f"{role}\t{blob.name}\t{blob.size_bytes}\t{blob.etag}\n".encode())
    for datasource, found in sorted(inventory.segments.items()):
        for segment_id in sorted(s.id for s in found):
            digest.update(f"{datasource}\t{segment_id}\n".encode())
    return digest.hexdigest()
