"""A `BlobStore` in memory: one container of an `Account`."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from uuid import uuid4

from replay_engine.errors import CannotProceed, NotThere
from replay_engine.model import Blob
from replay_engine.ports import (
    BlobChanged,
    BlobExists,
    BlobMissing,
    BlobStore,
    CopyState,
    Deletion,
    Group,
    LeaseHeld,
    LeaseLost,
)
from tests.fakes.account import Account, Listing, Stored

_CHUNK_BYTES = 1000


class MemoryBlobs:
    """One container; small chunks, so that reading in pieces is exercised."""

    def __init__(self, account: Account, container: str) -> None:
        self._account = account
        self.container = container
        self._lengths: dict[str, int] = {}

    def exists(self) -> bool:
        with self._account.lock:
            return self.container in self._account.containers

    def ensure(self) -> None:
        with self._account.lock:
            self._account.containers.setdefault(self.container, {})

    def list(self, prefix: str) -> Iterator[Blob]:
        with self._account.lock:
            found = [stored.blob(name) for name, stored in sorted(self._blobs().items()) if name.startswith(prefix)]
            self._listed(prefix, "", found)
        yield from found

    def walk(self, prefix: str, delimiter: str) -> Iterator[Blob | Group]:
        """Groups come before blobs, as in each page of Azure's answer."""
        groups: dict[str, Group] = {}
        blobs: list[Blob] = []
        with self._account.lock:
            for name, stored in sorted(self._blobs().items()):
                if name.startswith(prefix):
                    head, found, _ = name[len(prefix) :].partition(delimiter)
                    if found:
                        groups.setdefault(prefix + head, Group(prefix + head + delimiter))
                    else:
                        blobs.append(stored.blob(name))
            self._listed(prefix, delimiter, [*groups.values(), *blobs])
        yield from groups.values()
        yield from blobs

    def head(self, name: str) -> tuple[Blob, CopyState | None] | None:
        with self._account.lock:
            stored = self._blobs().get(name)
            return (stored.blob(name), stored.copied) if stored else None

    def read(self, name: str, etag: str | None = None, most_bytes: int | None = None) -> Iterator[bytes]:
        start = 0
        first = self._at(name, etag)
        end = len(first.data) if most_bytes is None else min(most_bytes, len(first.data))
        while start < end:
            # Each piece is asked for under the ETag of the first.
            stored = self._at(name, etag or first.etag)
            yield stored.data[start : min(start + _CHUNK_BYTES, end)]
            start += _CHUNK_BYTES

    def create(self, name: str, data: bytes) -> None:
        with self._account.lock:
            self._check_free(name)
            self._account.put(self.container, name, data)

    def put(self, name: str, data: bytes) -> None:
        with self._account.lock:
            self._blobs()
            self._account.put(self.container, name, data)

    def touch(self, name: str, etag: str) -> None:
        with self._account.lock:
            self._account.write(self.container, name, self._at(name, etag))

    def start_copy(self, source: BlobStore, source_name: str, source_etag: str, name: str) -> CopyState:
        with self._account.lock:
            original = MemoryBlobs(self._account, source.container)._at(source_name, source_etag)
            self._check_free(name)
            self._blobs()
            return self._account.copy(original, self.container, name)

    def delete(self, items: Sequence[tuple[str, str]]) -> Sequence[Deletion]:
        with self._account.lock:
            return [self._delete(name, etag) for name, etag in items]

    def create_log(self, name: str) -> None:
        with self._account.lock:
            self._check_free(name)
            self._account.write(self.container, name, Stored(b"", "", is_log=True))

    def append(self, name: str, data: bytes, position: int, lease: str) -> None:
        with self._account.lock:
            stored = self._at(name, None)
            self._check_lease(name, lease)
            if len(stored.data) != position:
                raise BlobChanged(name)
            if self._account.blocks[self.container, name] >= self._account.most_blocks:
                raise CannotProceed(f"The storage account refused {name}: BlockCountExceedsLimit.")
            self._account.blocks[self.container, name] += 1
            self._account.write(self.container, name, replace(stored, data=stored.data + data))

    def lease(self, name: str, seconds: int) -> str:
        with self._account.lock:
            self._at(name, None)
            if self._account.lease_of(self.container, name) is not None:
                raise LeaseHeld(name)
            lease = str(uuid4())
            self._account.leases[self.container, name] = lease, self._account.now() + timedelta(seconds=seconds)
            self._lengths[name] = seconds
            return lease

    def renew(self, name: str, lease: str) -> None:
        with self._account.lock:
            self._check_lease(name, lease)
            until = self._account.now() + timedelta(seconds=self._lengths[name])
            self._account.leases[self.container, name] = lease, until

    def release(self, name: str, lease: str) -> None:
        with self._account.lock:
            if self._account.lease_of(self.container, name) == lease:
                del self._account.leases[self.container, name]

    def break_lease(self, name: str) -> None:
        with self._account.lock:
            self._account.leases.pop((self.container, name), None)

    def leased(self, name: str) -> bool:
        return self._account.lease_of(self.container, name) is not None

    def _check_lease(self, name: str, lease: str) -> None:
        if self._account.lease_of(self.container, name) != lease:
            raise LeaseLost(name)

    def _blobs(self) -> dict[str, Stored]:
        try:
            return self._account.containers[self.container]
        except KeyError:
            raise NotThere(f"There is no container {self.container}.") from None

    def _at(self, name: str, etag: str | None) -> Stored:
        stored = self._blobs().get(name)
        if stored is None:
            raise BlobMissing(name)
        if etag is not None and stored.etag != etag:
            raise BlobChanged(name)
        return stored

    def _check_free(self, name: str) -> None:
        if name in self._blobs():
            raise BlobExists(name)

    def _delete(self, name: str, etag: str) -> Deletion:
        stored = self._blobs().get(name)
        if stored is None:
            return Deletion.MISSING
        if stored.etag != etag:
            return Deletion.CHANGED
        self._account.remove(self.container, name)
        return Deletion.DELETED

    def _listed(self, prefix: str, delimiter: str, found: Sequence[Blob | Group]) -> None:
        names = tuple(entry.prefix if isinstance(entry, Group) else entry.name for entry in found)
        self._account.listings.append(Listing(self.container, prefix, delimiter, names))
