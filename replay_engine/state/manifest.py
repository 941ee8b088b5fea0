"""The promise made before the first delete: every blob (name, size, ETag, MD5) and every segment of a day.

Written once, under If-None-Match, and never changed. gzip JSON lines: a head with the version and the day,
an entry a blob or segment, a tail with the count and digest of what came before, so that half a manifest is
never taken for a whole one.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass
from datetime import date, datetime

from replay_engine.errors import InDoubt
from replay_engine.model import Blob, Inventory, Segment

VERSION = 1


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a day's replay promised to keep."""

    day: date
    fingerprint: str
    inventory: Inventory
    left_out: tuple[str, ...] = ()

    @property
    def sink_blobs(self) -> tuple[Blob, ...]:
        """Every blob that will be backed up and deleted."""
        return tuple(blob for blobs in self.inventory.sinks.values() for blob in blobs)


def dump(manifest: Manifest) -> bytes:
    """The document that `load` reads back as an equal value."""
    body = "".join(json.dumps(entry, sort_keys=True) + "\n" for entry in _entries(manifest))
    tail = {"kind": "end", "sha256": hashlib.sha256(body.encode()).hexdigest()}
    return gzip.compress((body + json.dumps(tail) + "\n").encode(), mtime=0)


def _entries(manifest: Manifest) -> Iterator[Mapping[str, object]]:
    inventory = manifest.inventory
    yield {
        "kind": "manifest",
        "version": VERSION,
        "day": str(manifest.day),
        "fingerprint": manifest.fingerprint,
        "sinks": list(inventory.sinks),
        "datasources": list(inventory.segments),
        **({"left_out": list(manifest.left_out)} if manifest.left_out else {}),
    }
    for blob in inventory.source:
        yield {"kind": "source", **_blob_entry(blob)}
    for prefix, blobs in inventory.sinks.items():
        for blob in blobs:
            yield {"kind": "sink", "prefix": prefix, **_blob_entry(blob)}
    for segments in inventory.segments.values():
        for segment in segments:
            yield {"kind": "segment", **_segment_entry(segment)}


def _blob_entry(blob: Blob) -> dict[str, object]:
    return {"name": blob.name, "size_bytes": blob.size_bytes, "etag": blob.etag, "md5": blob.md5}


def _segment_entry(segment: Segment) -> dict[str, object]:
    return {**asdict(segment), "start": segment.start.isoformat(), "end": segment.end.isoformat()}


def load(document: bytes) -> Manifest:
    """Read a manifest; `InDoubt` when it is not whole or of a version this program does not know."""
    try:
        *body, last = gzip.decompress(document).decode().splitlines(keepends=True)
        if json.loads(last)["sha256"] != hashlib.sha256("".join(body).encode()).hexdigest():
            raise InDoubt("The manifest is damaged.", advice="Keep the backup; compare it with the sinks by hand.")
        head, *entries = map(json.loads, body)
        version = head["version"]
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise InDoubt("The manifest cannot be read.", advice="Keep the backup; compare it by hand.") from error
    if version != VERSION:
        raise InDoubt(
            f"The manifest is of version {version}; this program knows {VERSION}.",
            advice="Carry this replay on with the program that began it.",
        )
    left_out = tuple(head.get("left_out", ()))
    return Manifest(date.fromisoformat(head["day"]), head["fingerprint"], _inventory(head, entries), left_out)


def _inventory(head: Mapping[str, list[str]], entries: Iterable[dict[str, str]]) -> Inventory:
    source: list[Blob] = []
    sinks: dict[str, list[Blob]] = {prefix: [] for prefix in head["sinks"]}
    segments: dict[str, list[Segment]] = {datasource: [] for datasource in head["datasources"]}
    for entry in entries:
        match entry["kind"]:
            case "source":
                source.append(_blob(entry))
            case "sink":
                sinks[entry["prefix"]].append(_blob(entry))
            case "segment":
                segments[entry["datasource"]].append(_segment(entry))
    return Inventory(
        tuple(source),
        {prefix: tuple(blobs) for prefix, blobs in sinks.items()},
        {datasource: tuple(found) for datasource, found in segments.items()},
    )


def _blob(entry: Mapping[str, str]) -> Blob:
    return Blob(entry["name"], int(entry["size_bytes"]), entry["etag"], entry["md5"])


def _segment(entry: Mapping[str, str]) -> Segment:
    return Segment(
        id=entry["id"],
        datasource=entry["datasource"],
        start=datetime.fromisoformat(entry["start"]),
        end=datetime.fromisoformat(entry["end"]),
        version=entry["version"],
        partition_num=int(entry["partition_num"]),
        core_partitions=int(entry["core_partitions"]),
    )
