"""The receipt of a closed day: what was read, published, deleted and found to be back, in one document for people.

It is derived from the journal as it stood when the day closed, the confirmed plan and the manifest, and from nothing
else: whoever derives it again gets the same bytes, so it can be written late, twice, or by another process, and held
against them at any time. What comes after, a swept backup or an undo, changes nothing of it. If the process dies before
it is written, whoever looks at the replay next writes it. Receipts of a version are compared byte by byte: what a
version says never changes, it gets a next one.
"""

import hashlib
import json
import platform
from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import date
from functools import cache
from importlib import metadata
from typing import Any

from replay_engine.day.recall import Standing, recall
from replay_engine.errors import InDoubt, NotThere, ReplayError
from replay_engine.model import Plan
from replay_engine.ports import BlobExists, BlobStore
from replay_engine.state import audit_log, manifest, names
from replay_engine.state.journal import Entry, Kind, load, read_document, read_lines
from replay_engine.state.manifest import Manifest
from replay_engine.state.progress import counts_of

VERSION = 1
_PACKAGES = {"replay": "replay-bot", "confluent-kafka": "confluent-kafka"}
#: Whoever asked and confirmed is on record beside the journals; it is copied into the day's when it closes.
_ASKED = ("asked", "confirmed")
_LANDED = ("ids", "folders", "sinks", "missing", "missing_folders")


def chain(lines: Iterable[bytes]) -> str:
    """The digest of a journal's entries as they are stored, each hashed together with the digest of those before it."""
    digest = b""
    for line in lines:
        digest = hashlib.sha256(digest + line).digest()
    return digest.hex()


def closed_at(entries: Sequence[Entry]) -> int | None:
    """The number of the entry with which a day closed; ``None`` for one that never did."""
    return next((e.number for e in entries if e.kind is Kind.PROOF and e.step == "clean_up"), None)


def derive(plan: Plan, day: date, lines: Sequence[bytes], promise: bytes) -> bytes:
    """The receipt, from a journal's lines and a manifest as they are stored.

    Raises `NotThere` for a day that never closed, `InDoubt` where journal or manifest is damaged.
    """
    entries = load(b"".join(lines))
    last = closed_at(entries)
    if last is None:
        raise NotThere(f"{day} of {plan.replay_id} is not closed: it has no receipt.", advice="See: replay status")
    entries = entries[: last + 1]
    standing, made = recall(entries), manifest.load(promise)
    document = {
        "version": VERSION,
        "replay_id": plan.replay_id,
        "day": str(day),
        "source": _source(plan, made),
        "topic": plan.spec.topic,
        "delivery": plan.spec.publishing.delivery,
        "lines": _lines(standing),
        "landed": _landed(standing),
        "deleted": _deleted(plan, standing, made),
        "left_out": list(made.left_out),
        "put_back": _put_back(entries),
        "backup": _backup(standing),
        "people": _people(standing),
        "times": _times(plan, entries),
        "versions": standing.proofs["clean_up"].get("versions", {}),
        "plan": plan.hash,
        "manifest": hashlib.sha256(promise).hexdigest(),
        "journal": {"entries": len(entries), "chain": chain(lines[: len(entries)])},
    }
    return (json.dumps(document, indent=1) + "\n").encode()


def _source(plan: Plan, made: Manifest) -> dict[str, Any]:
    blobs = made.inventory.source
    return {
        "name": plan.spec.source,
        "container": plan.spec.container,
        "read": plan.spec.file_path or plan.spec.folder,
        "files": len(blobs),
        "bytes": sum(blob.size_bytes for blob in blobs),
    }


def _lines(standing: Standing) -> dict[str, Any]:
    """What the check counted before anything was cleared, and what the publishers read and committed."""
    counts = counts_of(standing.proofs.get("publish", {}))
    skipped = counts.empty_lines + counts.filtered_lines + counts.set_aside_lines
    return {
        "checked": standing.proofs.get("check", {}).get("lines"),
        "read": counts.lines + skipped,
        "empty": counts.empty_lines,
        "filtered": counts.filtered_lines,
        "set_aside": counts.set_aside_lines,
        "committed": counts.lines,
        "committed_bytes": counts.bytes,
    }


def _landed(standing: Standing) -> dict[str, Any]:
    facts = standing.proofs.get("land", {})
    found = {name: facts[name] for name in _LANDED if facts.get(name)}
    if "ids" in found:
        # One id of so many was compared.
        found["sample"] = standing.proofs.get("check", {}).get("sample", 1)
    groups = standing.proofs.get("settle", {}).get("consumer_groups", 0)
    return {"kind": facts.get("kind", "not looked at"), "consumer_groups": groups, **found}


def _deleted(plan: Plan, standing: Standing, made: Manifest) -> dict[str, Any]:
    files = {
        sink: {"files": len(blobs), "bytes": sum(blob.size_bytes for blob in blobs)}
        for sink, blobs in (made.inventory.sinks if plan.spec.destructive else {}).items()
    }
    return {"files": files, "segments": dict(standing.proofs["clean_up"].get("segments_deleted", {}))}


def _put_back(entries: Sequence[Entry]) -> dict[str, Any]:
    """How many files of each folder that never could come back were put back."""
    notes = [entry.facts for entry in entries if entry.kind is Kind.NOTE and entry.step == "put_back"]
    return {folder: files for facts in notes for folder, files in facts["folders"].items()}


def _backup(standing: Standing) -> dict[str, Any]:
    facts = standing.proofs["clean_up"]
    kept = {"kept_until": facts["backup_kept_until"]} if "backup_kept_until" in facts else {}
    return {"copies_deleted": facts.get("backups_deleted", 0), **kept}


def _people(standing: Standing) -> dict[str, str | None]:
    people: Mapping[str, str] = standing.proofs["clean_up"].get("people", {})
    named = {what: people.get(what) for what in _ASKED}
    return {**named, "accepted": standing.accepted_by or None, "ran": standing.runner or None}


def _times(plan: Plan, entries: Sequence[Entry]) -> dict[str, str]:
    stages = {str(entry.stage): entry.at.isoformat() for entry in entries if entry.kind is Kind.PROOF and entry.stage}
    return {"planned": plan.created_at.isoformat(), "began": entries[0].at.isoformat(), **stages}


def closing_facts(state: BlobStore, replay_id: str) -> dict[str, Any]:
    """What a receipt says that only the process knows that closes the day: put into the journal, with its proof."""
    return {"versions": dict(_versions()), "people": _on_record(state, replay_id)}


@cache
def _versions() -> Mapping[str, str]:
    """Of the program and of what it stands on."""
    found = {"python": platform.python_version()}
    for name, package in _PACKAGES.items():
        with suppress(metadata.PackageNotFoundError):
            found[name] = metadata.version(package)
    return found


def _on_record(state: BlobStore, replay_id: str) -> dict[str, str]:
    """Who asked for a replay and who confirmed it, the first of each; a record that cannot be read names nobody."""
    people: dict[str, str] = {}
    with suppress(InDoubt):
        for entry in audit_log.each_noted(state, replay_id):
            if entry.what in _ASKED:
                people.setdefault(entry.what, entry.by)
            if "confirmed" in people:
                # On the command line one person does both, and only confirms on record.
                people.setdefault("asked", people["confirmed"])
                break
    return people


def stored(state: BlobStore, replay_id: str, day: date) -> bytes | None:
    """The receipt as it was written, if it was."""
    return read_document(state, names.receipt(replay_id, day))


def from_state(state: BlobStore, plan: Plan, day: date) -> bytes:
    """The receipt as it is derived now; raises as `derive` does."""
    promise = read_document(state, names.manifest(plan.replay_id, day))
    lines = read_lines(state, names.journal(plan.replay_id, day))
    if promise is None and closed_at(load(b"".join(lines))) is not None:
        raise InDoubt("The manifest is gone.", advice="Nobody can say what was promised.")
    return derive(plan, day, lines, promise or b"")


def leave(state: BlobStore, plan: Plan, day: date, known: Sequence[Entry]) -> bool:
    """Write the receipt of a day that closed, by the ``known`` entries; false when it has to be tried again.

    Whoever comes second changes nothing. A day that an older program closed has none, and one whose journal or manifest
    is damaged gets none: `replay verify` says so.
    """
    closed = closed_at(known)
    if closed is None or "versions" not in known[closed].facts:
        return True
    try:
        if state.head(names.receipt(plan.replay_id, day)) is None:
            with suppress(BlobExists):
                state.create(names.receipt(plan.replay_id, day), from_state(state, plan, day))
    except InDoubt:
        return True
    except ReplayError:
        return False
    return True
