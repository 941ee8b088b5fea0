"""The journal of one day: what was intended, what was proved. The truth; a log is only for people.

An append blob of JSON lines in the state container. Every append names the position it expects, so a runner
that has been overtaken is refused and stops. If the process dies between two appends the next reader finds
exactly the entries that were acknowledged, or one more.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from replay_engine.errors import InDoubt, Superseded
from replay_engine.model import Stage
from replay_engine.ports import BlobChanged, BlobExists, BlobMissing, BlobStore, Clock

VERSION = 1


class Kind(StrEnum):
    """What an entry says. The values are on disk: never change one."""

    INTENT = "intent"
    NOTE = "note"
    PROOF = "proof"
    TURNED_BACK = "turned_back"
    HELD = "held"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. ``step`` is the step it belongs to; ``stage`` is set by a proof: what is true from here on."""

    number: int
    at: datetime
    kind: Kind
    step: str = ""
    stage: Stage | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)


def dump(entry: Entry) -> bytes:
    """One line of version 1."""
    document = {
        "v": VERSION,
        "n": entry.number,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "step": entry.step,
        "stage": entry.stage,
        "facts": entry.facts,
    }
    return (json.dumps(document, separators=(",", ":"), ensure_ascii=True) + "\n").encode()


def load(document: bytes) -> tuple[Entry, ...]:
    """Read all entries; `InDoubt` for another version, a hole, or anything that is not an entry."""
    if not document.endswith(b"\n") and document:
        raise _damaged("its last entry is not whole")
    entries = []
    for number, line in enumerate(document.decode(errors="replace").splitlines()):
        entry = _entry(line)
        if entry.number != number:
            raise _damaged(f"entry {number} is missing")
        entries.append(entry)
    return tuple(entries)


def _entry(line: str) -> Entry:
    try:
        raw = json.loads(line)
        if raw["v"] != VERSION:
            raise InDoubt(
                f"The journal is of version {raw['v']}; this program knows {VERSION}.",
                advice="Carry this replay on with the program that began it.",
            )
        stage = Stage(raw["stage"]) if raw["stage"] else None
        at = datetime.fromisoformat(raw["at"])
        return Entry(raw["n"], at, Kind(raw["kind"]), raw["step"], stage, raw["facts"])
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged("a line is not an entry") from error


def _damaged(how: str) -> InDoubt:
    return InDoubt(f"The journal is damaged: {how}.", advice="Keep the backup and ask for help; nothing was touched.")


class Journal:
    """A day's journal, open for appending."""

    def __init__(self, store: BlobStore, name: str, clock: Clock) -> None:
        """Read what is there; the log is made when the first entry is appended."""
        self._store, self._name, self._clock = store, name, clock
        document = read_document(store, name)
        self._exists, self._position = document is not None, len(document or b"")
        self.entries = load(document or b"")

    def append(
        self, kind: Kind, step: str = "", stage: Stage | None = None, facts: Mapping[str, Any] | None = None
    ) -> None:
        """Write one entry, acknowledged when this returns; `Superseded` if somebody else has written."""
        entry = Entry(len(self.entries), self._clock.now(), kind, step, stage, facts or {})
        line = dump(entry)
        if not self._exists:
            with suppress(BlobExists):
                self._store.create_log(self._name)
            self._exists = True
        try:
            self._store.append(self._name, line, self._position)
        except BlobMissing as error:
            raise InDoubt(f"The journal {self._name} is gone.", advice="Keep the backup and ask for help.") from error
        except BlobChanged as error:
            # A retried request may have been acknowledged into the void: then our own line stands there.
            if (read_document(self._store, self._name) or b"")[self._position :] != line:
                raise Superseded(f"Another runner writes to {self._name}.", advice="Look at its status.") from error
        self._position += len(line)
        self.entries = (*self.entries, entry)


def read_document(store: BlobStore, name: str) -> bytes | None:
    """A small state document, whole; ``None`` if there is none."""
    try:
        return b"".join(store.read(name))
    except BlobMissing:
        return None
