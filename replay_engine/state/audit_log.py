"""What people (or the bot for them) did about a replay: numbered documents beside its journals, never changed.

If the process dies here an entry is on record, whole, or it is not. Entries are for people: nothing is decided by
them, and what came of it the journals say. An entry may be older than the replay's plan.
"""

import getpass
import json
import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from replay_engine.errors import InDoubt
from replay_engine.ports import BlobStore
from replay_engine.state import names, numbered_documents

VERSION = 1


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One act: when, who, a word for what, and small facts of JSON."""

    at: datetime
    by: str
    what: str
    facts: Mapping[str, Any] = field(default_factory=dict)


def note(state: BlobStore, replay_id: str, audit_entry: AuditEntry) -> None:
    """Put it behind the others."""
    numbered_documents.add(state, names.audit_log(replay_id), dump(audit_entry))


def noted(state: BlobStore, replay_id: str) -> tuple[AuditEntry, ...]:
    """All of them, oldest first."""
    return tuple(each_noted(state, replay_id))


def each_noted(state: BlobStore, replay_id: str) -> Iterator[AuditEntry]:
    """The same, each read when it is asked for."""
    for name in numbered_documents.numbered(state, names.audit_log(replay_id)):
        yield load(b"".join(state.read(name)))


def dump(audit_entry: AuditEntry) -> bytes:
    """A document of version 1."""
    document = {
        "version": VERSION,
        "at": audit_entry.at.isoformat(),
        "by": audit_entry.by,
        "what": audit_entry.what,
        "facts": audit_entry.facts,
    }
    return json.dumps(document).encode()


def load(document: bytes) -> AuditEntry:
    """Read it back; `InDoubt` for another version, or what is no entry."""
    try:
        raw = json.loads(document)
        if raw["version"] != VERSION:
            raise InDoubt(
                f"An entry is of version {raw['version']}; this program knows {VERSION}.",
                advice="Read the history with the program that wrote it.",
            )
        return AuditEntry(datetime.fromisoformat(raw["at"]), str(raw["by"]), str(raw["what"]), dict(raw["facts"]))
    except (ValueError, KeyError, TypeError) as error:
        raise InDoubt(
            "An entry cannot be read.", advice="The replay does not depend on it; see: replay status"
        ) from error


def this_account() -> str:
    """The account that runs this process; a container's may have no name."""
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
