"""Mutants of the world: a store, or a cluster, that forgets one of the conditions which the promises rest on."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import Any
from unittest import mock

from tests.fakes.blobs import MemoryBlobs
from tests.fakes.topics import MemoryProducer
from tests.simulation.mutants.mutant import Mutant


class _Inside:
    """While ``around`` is under way a check of the store says yes."""

    def __init__(self, around: str) -> None:
        self.real, self.depth = getattr(MemoryBlobs, around), 0

    def method(self) -> Callable[..., Any]:
        def entered(store: Any, *args: Any, **kwargs: Any) -> Any:
            self.depth += 1
            try:
                return self.real(store, *args, **kwargs)
            finally:
                self.depth -= 1

        return entered


@contextmanager
def _without_check(check: str, around: str) -> Iterator[None]:
    real, inside = getattr(MemoryBlobs, check), _Inside(around)

    def maybe(store: Any, *args: Any) -> Any:
        return None if inside.depth else real(store, *args)

    with mock.patch.object(MemoryBlobs, around, inside.method()), mock.patch.object(MemoryBlobs, check, maybe):
        yield


@contextmanager
def _ignoring_etag(around: str) -> Iterator[None]:
    real, inside = MemoryBlobs._at, _Inside(around)

    def anything(store: Any, name: str, etag: str | None) -> Any:
        return real(store, name, None if inside.depth else etag)

    with mock.patch.object(MemoryBlobs, around, inside.method()), mock.patch.object(MemoryBlobs, "_at", anything):
        yield


def _delete_anything(self: Any, items: Sequence[tuple[str, str]]) -> Any:
    there = self._blobs()
    real = [(name, there[name].etag if name in there else etag) for name, etag in items]
    return _DELETE(self, real)


_DELETE = MemoryBlobs.delete
_APPEND = MemoryBlobs.append


def _append_anywhere(self: Any, name: str, data: bytes, position: int, lease: str) -> None:
    _APPEND(self, name, data, len(self._at(name, None).data), lease)


def _commit_anyway(self: Any, position: Any) -> None:
    self._epoch = self._cluster.epochs[self._group]
    _COMMIT(self, position)


_COMMIT = MemoryProducer.commit


def _begin_without_fencing(self: Any) -> Any:
    self._epoch = self._cluster.epochs[self._group]
    return self._cluster.positions.get(self._group)


def _touch_nothing(self: Any, name: str, etag: str) -> Any:
    return self._at(name, etag).blob(name)


#: Each with the method of the stores in which it tells.
_STORES: tuple[tuple[str, str, Callable[[], AbstractContextManager[object]]], ...] = (
    ("delete ignores the ETag", "delete", lambda: mock.patch.object(MemoryBlobs, "delete", _delete_anything)),
    ("copy overwrites", "start_copy", lambda: _without_check("_check_free", "start_copy")),
    ("copy ignores the ETag of its source", "start_copy", lambda: _ignoring_etag("start_copy")),
    ("create overwrites", "create", lambda: _without_check("_check_free", "create")),
    ("a log is begun anew", "create_log", lambda: _without_check("_check_free", "create_log")),
    ("append ignores the position", "append", lambda: mock.patch.object(MemoryBlobs, "append", _append_anywhere)),
    ("append ignores the lease", "append", lambda: _without_check("_check_lease", "append")),
    ("a lease that was lost is renewed", "renew", lambda: _without_check("_check_lease", "renew")),
    ("commit ignores that it is fenced", "commit", lambda: mock.patch.object(MemoryProducer, "commit", _commit_anyway)),
    ("begin does not fence", "begin", lambda: mock.patch.object(MemoryProducer, "begin", _begin_without_fencing)),
    ("touch ignores the ETag", "touch", lambda: _ignoring_etag("touch")),
    ("touch changes no ETag", "touch", lambda: mock.patch.object(MemoryBlobs, "touch", _touch_nothing)),
)


def of_stores() -> Iterator[Mutant]:
    """One for every condition of `_STORES`."""
    for name, method, made in _STORES:
        yield Mutant(f"store: {name}", "store", made, method)
