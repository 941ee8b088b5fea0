"""The journal of one day: what was intended, what was proved. The truth; a log is only for people.

Append blobs of JSON lines in the state container, one part after the other: a blob takes 50,000 appends, and a part
is ended long before that. Every append is made under the lease of its part and names the position it expects, so a
runner that has been overtaken is refused and stops. If the process dies between two appends the next reader finds
exactly the entries that were acknowledged, or one more; if it dies between two parts the next is begun anew.
"""

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any

from replay_engine.errors import InDoubt, TryAgain
from replay_engine.model import Stage
from replay_engine.ports import Background, BlobChanged, BlobExists, BlobMissing, BlobStore, Clock, LeaseHeld, LeaseLost
from replay_engine.state import names
from replay_engine.state.lease import Lease, hold, superseded

#: What is written. Version 1 is read, too: it knew no ``called_off``, no ``continued``, and noted no ``giving_up``.
VERSION = 2
_READ = (1, 2)
#: A part ends with this many entries; Azure takes 50,000 appends to a blob.
PART_ENTRIES = 20_000


class Kind(StrEnum):
    """What an entry says. The values are on disk: never change one."""

    TAKEN_UP = "taken_up"
    INTENT = "intent"
    NOTE = "note"
    PROOF = "proof"
    TURNED_BACK = "turned_back"
    HELD = "held"
    RELEASED = "released"
    LET_GO = "let_go"
    CALLED_OFF = "called_off"
    WAITS = "waits"
    ACCEPTED = "accepted"
    CONTINUED = "continued"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line. ``step`` is the step it belongs to; ``stage`` is set by a proof: what is true from here on."""

    number: int
    at: datetime
    kind: Kind
    step: str = ""
    stage: Stage | None = None
    facts: Mapping[str, Any] = field(default_factory=dict)
    version: int = VERSION


def dump(entry: Entry) -> bytes:
    """One line, of the entry's version."""
    document = {
        "v": entry.version,
        "n": entry.number,
        "at": entry.at.isoformat(),
        "kind": entry.kind,
        "step": entry.step,
        "stage": entry.stage,
        "facts": entry.facts,
    }
    return (json.dumps(document, separators=(",", ":"), ensure_ascii=True) + "\n").encode()


def load(document: bytes, first: int = 0) -> tuple[Entry, ...]:
    """Read all entries of a part, which begins with number ``first``.

    Raises `InDoubt` for another version, a hole, or anything that is not an entry.
    """
    if not document.endswith(b"\n") and document:
        raise _damaged("its last entry is not whole")
    entries = []
    for number, line in enumerate(document.decode(errors="replace").splitlines(), first):
        entry = _entry(line)
        if entry.number != number:
            raise _damaged(f"entry {number} is missing")
        entries.append(entry)
    return tuple(entries)


def read_entries(store: BlobStore, name: str) -> tuple[Entry, ...]:
    """All entries of a journal, of all its parts; empty where there is none. Raises as `load` does."""
    return _Parts(store, name).entries


def read_lines(store: BlobStore, name: str) -> tuple[bytes, ...]:
    """The entries of a journal as they are stored, of all its parts. Raises as `load` does."""
    return tuple(line for part in _Parts(store, name).documents for line in part.splitlines(keepends=True))


def _entry(line: str) -> Entry:
    try:
        raw = json.loads(line)
        if raw["v"] not in _READ:
            raise InDoubt(
                f"The journal is of version {raw['v']}; this program knows {VERSION}.",
                advice="Carry this replay on with the program that began it.",
            )
        stage = Stage(raw["stage"]) if raw["stage"] else None
        at = datetime.fromisoformat(raw["at"])
        return Entry(raw["n"], at, Kind(raw["kind"]), raw["step"], stage, raw["facts"], raw["v"])
    except (ValueError, KeyError, TypeError) as error:
        raise _damaged("a line is not an entry") from error


def _damaged(reason: str) -> InDoubt:
    return InDoubt(
        f"The journal is damaged: {reason}.", advice="Keep the backup and ask for help; nothing was touched."
    )


class _Parts:
    """A journal as it is stored: its entries, and where the next one belongs."""

    def __init__(self, store: BlobStore, name: str) -> None:
        self.entries: tuple[Entry, ...] = ()
        self.documents: list[bytes] = []
        self.number = 0
        document = read_document(store, name)
        self.exists = document is not None
        while True:
            part = load(document or b"", len(self.entries))
            self.name, self.length, self.size = names.journal_part(name, self.number), len(document or b""), len(part)
            self.entries += part
            self.documents.append(document or b"")
            if not part or part[-1].kind is not Kind.CONTINUED:
                return
            self.number += 1
            document = read_document(store, names.journal_part(name, self.number))
            if document is None:
                raise _damaged(f"its part {self.number} is gone")


class Journal:
    """A day's journal: read by anybody, appended to only in a block of `held`."""

    def __init__(self, store: BlobStore, name: str, clock: Clock) -> None:
        """Read what is there; the log is made when it is first held."""
        self._store, self._name, self._clock = store, name, clock
        self._lease: Lease | None = None
        self._lost: Entry | None = None
        self._read()

    def _read(self) -> None:
        parts = _Parts(self._store, self._name)
        self._exists, self._part, self._number = parts.exists, parts.name, parts.number
        self._position, self._size = parts.length, parts.size
        self.entries = parts.entries
        self._lost = None

    @contextmanager
    def held(self, seconds: int, background: Background, *, take_over: bool = False) -> Iterator[None]:
        """Be the one runner of this day; raises `Superseded` while another lives.

        What another runner has written before is read again first.
        """
        if not self._exists:
            with suppress(BlobExists):
                self._store.create_log(self._name)
        with (
            self._parts_present(),
            hold(self._store, self._name, seconds, self._clock, background, take_over=take_over) as self._lease,
        ):
            self._read()
            yield

    @contextmanager
    def _parts_present(self) -> Iterator[None]:
        """A journal that was there and is gone is not begun anew as if nothing had happened."""
        try:
            yield
        except BlobMissing as error:
            raise InDoubt(f"The journal {self._name} is gone.", advice="Keep the backup and ask for help.") from error

    def check_held(self) -> None:
        """Raise `Superseded` unless the day is surely still ours. Asked before every act."""
        self._kept().check()

    def _kept(self) -> Lease:
        if self._lease is None:
            raise superseded(self._name)
        return self._lease

    def append(
        self, kind: Kind, step: str = "", stage: Stage | None = None, facts: Mapping[str, Any] | None = None
    ) -> int:
        """Write one entry, acknowledged when this returns its number; `Superseded` if the day is not ours any more."""
        self.check_held()
        self._settle_lost()
        if self._size >= PART_ENTRIES - 1:
            self._begin_part()
        return self._add(kind, step, stage, facts or {})

    def _begin_part(self) -> None:
        """The next part is there before this one says so."""
        following = names.journal_part(self._name, self._number + 1)
        with suppress(BlobExists):
            self._store.create_log(following)
        self._add(Kind.CONTINUED, "", None, {"part": self._number + 1})
        self._part, self._number, self._position, self._size = following, self._number + 1, 0, 0

    def _add(self, kind: Kind, step: str, stage: Stage | None, facts: Mapping[str, Any]) -> int:
        entry = Entry(len(self.entries), self._clock.now(), kind, step, stage, facts)
        self._write(entry)
        self._count(entry)
        return entry.number

    def _count(self, entry: Entry) -> None:
        self.entries, self._size = (*self.entries, entry), self._size + 1

    def _write(self, entry: Entry) -> None:
        """Append at the known position."""
        line = dump(entry)
        try:
            with self._parts_present():
                self._store.append(self._part, line, self._position, self._kept().lease_of(self._part))
        except TryAgain:
            self._lost = entry
            raise
        except (BlobChanged, LeaseHeld, LeaseLost) as error:
            # A request that was repeated may have been acknowledged into the void: then our own line stands there.
            # Until that is read nobody knows; but a lease that was refused is over in any case.
            self._lost = entry
            if not isinstance(error, BlobChanged):
                self._kept().lost()
            if self._tail() != line:
                raise self._kept().lost() from error
            self._lost = None
        self._position += len(line)

    def _settle_lost(self) -> None:
        """An append whose answer was lost either happened, and counts, or it did not."""
        if self._lost is None:
            return
        tail = self._tail()
        if tail == dump(self._lost):
            self._position += len(tail)
            self._count(self._lost)
        elif tail:
            raise self._kept().lost()
        ended, self._lost = self.entries[-1].kind is Kind.CONTINUED if self.entries else False, None
        if ended:
            self._read()

    def _tail(self) -> bytes:
        return (read_document(self._store, self._part) or b"")[self._position :]


def read_document(store: BlobStore, name: str) -> bytes | None:
    """A small state document, whole; ``None`` if there is none."""
    try:
        return b"".join(store.read(name))
    except BlobMissing:
        return None
