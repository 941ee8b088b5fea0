"""A day's backup: which copies count, and their end.

A copy counts when it was made by a server-side copy of exactly the original (the source's ETag was the condition),
ended in success, and was written by nobody since. That is recorded once, with the copy's own ETag; from then on
nothing is cleared, put back or deleted but under that ETag. If the process dies before the record is written the
copies are looked at again.
"""

import gzip
import hashlib
import json
import zlib
from collections.abc import Iterable, Mapping, Sequence

from replay_engine.concurrently import each
from replay_engine.day.context import Day
from replay_engine.day.verified_copy import ended
from replay_engine.errors import InDoubt
from replay_engine.model import Blob
from replay_engine.ports import BlobExists
from replay_engine.state import names
from replay_engine.state.journal import read_document
from replay_engine.state.manifest import Manifest

_VERSION = 1
#: Azure takes at most 256 deletes in one request.
_BATCH = 256

Copies = Mapping[str, Blob]


def recorded_copies(day: Day) -> Copies | None:
    """Of each original the copy that counts, with its own name and ETag; ``None`` before that was recorded."""
    document = read_document(day.world.state, names.copies(day.replay_id, day.plan.day))
    return None if document is None else _load(document)


def record_copies(day: Day, promise: Manifest, known: Mapping[str, Blob] | None = None) -> Copies:
    """Look at every copy and write down which they are; a record that stands is returned as it is.

    ``known`` are copies that were just seen to have ended well, by the originals' names. Raises `CopyFailed`.
    """
    made = recorded_copies(day)
    if made is not None:
        return made
    known = known or {}
    unknown = [blob for blob in promise.sink_blobs if blob.name not in known]
    looked = each(lambda blob: (blob.name, _look(day, blob)), unknown, day.world.width)
    copies = {**known, **dict(looked)}
    day.before_act()
    try:
        day.world.state.create(names.copies(day.replay_id, day.plan.day), _dump(copies))
    except BlobExists:
        return recorded_copies(day) or copies
    return copies


def _look(day: Day, original: Blob) -> Blob:
    target = names.backup(day.replay_id, day.plan.day, original.name)
    return ended(day.world.state, original, target, day.world.clock)


def check_copies(day: Day, copies: Copies, originals: Iterable[Blob]) -> None:
    """Raise `InDoubt` unless every original's copy still is the one that was recorded."""
    there = {copy.name: copy.etag for copy in day.world.state.list(names.backup(day.replay_id, day.plan.day, ""))}
    for original in originals:
        copy = copies.get(original.name)
        if copy is None or there.get(copy.name) != copy.etag:
            raise InDoubt(
                f"The backup of {original.name} is not there any more, or was written to.",
                advice="Nothing more was deleted; find out why, then restore the day.",
            )


def is_whole(day: Day, promise: Manifest) -> bool:
    """Whether there is a copy of every original, by name and size."""
    prefix = names.backup(day.replay_id, day.plan.day, "")
    copied = {(copy.name.removeprefix(prefix), copy.size_bytes) for copy in day.world.state.list(prefix)}
    return all((blob.name, blob.size_bytes) in copied for blob in promise.sink_blobs)


def delete_backup(day: Day, promise: Manifest) -> int:
    """Delete the copies that are still there; returns how many that were."""
    targets = {names.backup(day.replay_id, day.plan.day, blob.name) for blob in promise.sink_blobs}
    prefix = names.backup(day.replay_id, day.plan.day, "")
    copies = [(copy.name, copy.etag) for copy in day.world.state.list(prefix) if copy.name in targets]
    parts = (copies[start : start + _BATCH] for start in range(0, len(copies), _BATCH))
    return sum(each(lambda part: _delete(day, part), parts, day.world.width))


def _delete(day: Day, part: Sequence[tuple[str, str]]) -> int:
    day.before_act()
    day.world.state.delete(part)
    return len(part)


def _dump(copies: Copies) -> bytes:
    """gzip JSON lines: the version, a line a copy, and the digest of what came before."""
    lines = [json.dumps({"version": _VERSION})]
    lines += [
        json.dumps({"original": name, "copy": copy.name, "etag": copy.etag, "size_bytes": copy.size_bytes})
        for name, copy in sorted(copies.items())
    ]
    body = "".join(line + "\n" for line in lines)
    tail = json.dumps({"sha256": hashlib.sha256(body.encode()).hexdigest()})
    return gzip.compress((body + tail + "\n").encode(), mtime=0)


def _load(document: bytes) -> Copies:
    try:
        head, *lines, tail = gzip.decompress(document).decode().splitlines(keepends=True)
        digest = hashlib.sha256("".join((head, *lines)).encode()).hexdigest()
        if json.loads(head)["version"] != _VERSION or json.loads(tail)["sha256"] != digest:
            raise _unreadable()
        return {raw["original"]: Blob(raw["copy"], raw["size_bytes"], raw["etag"]) for raw in map(json.loads, lines)}
    except (OSError, EOFError, zlib.error, ValueError, KeyError, TypeError) as error:
        raise _unreadable() from error


def _unreadable() -> InDoubt:
    return InDoubt("The record of the backup's copies cannot be read.", advice="Keep the backup; compare it by hand.")
