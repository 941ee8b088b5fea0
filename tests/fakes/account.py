"""The state of a storage account in memory: what several containers share, and what a test may do to it.

ETags change with every write, a copy is of one moment of its source, and a copy that is pending is a blob of
no bytes until it ends, as Azure has it.
"""

import hashlib
import threading
from collections import Counter, deque
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from replay_engine.model import Blob
from replay_engine.ports import CopyState


@dataclass(frozen=True, slots=True)
class Stored:
    """One blob. ``has_md5`` is false for one that was uploaded in blocks: the store keeps no MD5 then."""

    data: bytes
    etag: str
    has_md5: bool = True
    is_log: bool = False
    copied: CopyState | None = None
    modified_at: datetime = datetime(2020, 1, 1, tzinfo=UTC)

    def blob(self, name: str) -> Blob:
        md5 = md5_of(self.data) if self.has_md5 and not self.is_log else ""
        return Blob(name, len(self.data), self.etag, md5, self.modified_at)


@dataclass(frozen=True, slots=True)
class Listing:
    """One listing that was asked for, and every name it gave."""

    container: str
    prefix: str
    delimiter: str
    names: tuple[str, ...]


@dataclass(slots=True)
class _PendingCopy:
    container: str
    name: str
    etag: str
    ending: Stored


def md5_of(data: bytes) -> str:
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


@dataclass(slots=True)
class Account:
    """All containers of one account, under one lock."""

    containers: dict[str, dict[str, Stored]] = field(default_factory=dict)
    lock: threading.RLock = field(default_factory=threading.RLock)
    listings: list[Listing] = field(default_factory=list)
    copies: deque[CopyState] = field(default_factory=deque)
    """How the next copies begin; ``success`` when it is empty."""
    corrupt: Callable[[bytes], bytes] = lambda data: data
    """What a copy makes of the bytes; a store that keeps its word changes nothing."""
    pending: list[_PendingCopy] = field(default_factory=list)
    leases: dict[tuple[str, str], tuple[str, datetime]] = field(default_factory=dict)
    """Of each leased blob, the lease's id and when it runs out."""
    now: Callable[[], datetime] = lambda: datetime(2020, 1, 10, 8, 30, tzinfo=UTC)
    most_blocks: int = 50_000
    """How many appends a log takes."""
    blocks: Counter[tuple[str, str]] = field(default_factory=Counter)
    _writes: int = 0

    def put(self, container: str, name: str, data: bytes, *, has_md5: bool = True) -> Stored:
        """Write a blob, whatever was there: what the rest of the platform does."""
        return self.write(container, name, Stored(data, "", has_md5))

    def write(self, container: str, name: str, stored: Stored) -> Stored:
        with self.lock:
            self._writes += 1
            written = replace(stored, etag=f"0x{self._writes:015X}", modified_at=self.now())
            self.containers[container][name] = written
            return written

    def remove(self, container: str, name: str) -> None:
        with self.lock:
            del self.containers[container][name]

    def contents(self, container: str, prefix: str = "") -> dict[str, bytes]:
        """The bytes of every blob whose name begins so."""
        with self.lock:
            found = self.containers[container]
            return {name: stored.data for name, stored in sorted(found.items()) if name.startswith(prefix)}

    def copy(self, source: Stored, container: str, name: str) -> CopyState:
        """Make a copy in the way that ``copies`` says."""
        with self.lock:
            state = self.copies.popleft() if self.copies else CopyState.SUCCESS
            whole = replace(source, data=self.corrupt(source.data), copied=CopyState.SUCCESS)
            begun = whole if state is CopyState.SUCCESS else replace(source, data=b"", copied=state)
            written = self.write(container, name, begun)
            if state is CopyState.PENDING:
                self.pending.append(_PendingCopy(container, name, written.etag, whole))
            return state

    def end_copies(self, how: CopyState = CopyState.SUCCESS) -> None:
        """Let every pending copy end; those that were overwritten or deleted meanwhile end as nothing."""
        with self.lock:
            ended, self.pending = self.pending, []
            for copy in ended:
                there = self.containers[copy.container].get(copy.name)
                if there is not None and there.etag == copy.etag:
                    failed = replace(there, copied=how)
                    self.write(copy.container, copy.name, copy.ending if how is CopyState.SUCCESS else failed)

    def lease_of(self, container: str, name: str) -> str | None:
        """The lease that runs on a blob, if one does."""
        with self.lock:
            lease, until = self.leases.get((container, name), ("", self.now()))
            return lease if until > self.now() else None

    def change(self, container: str, name: str, how: Callable[[bytes], bytes]) -> None:
        """Rewrite one blob's bytes, as a fault would: a copy that is written to is a copy no more."""
        with self.lock:
            stored = self.containers[container][name]
            self.write(container, name, replace(stored, data=how(stored.data), copied=None))
