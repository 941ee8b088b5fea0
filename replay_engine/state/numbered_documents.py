"""Numbered documents of a folder, each written once: several people may add one at the same time, all are kept.

If the process dies here the document is there, whole, or it is not. Nothing here changes or deletes one.
"""

from collections.abc import Callable, Iterator

from replay_engine.ports import BlobExists, BlobStore
from replay_engine.state import names
from replay_engine.state.journal import read_document


def add(state: BlobStore, folder: str, document: bytes, before_act: Callable[[], None] = lambda: None) -> None:
    """Write it behind the last one; twice is once, where an answer was lost and the store was asked again.

    ``before_act`` is called right before each try.
    """
    number = max(map(names.number_of, numbered(state, folder)), default=0) + 1
    while True:
        name = names.numbered(folder, number)
        before_act()
        try:
            return state.create(name, document)
        except BlobExists:
            if read_document(state, name) == document:
                return None
            number += 1


def numbered(state: BlobStore, folder: str) -> Iterator[str]:
    """Their names, in the order in which they were written."""
    return (blob.name for blob in state.list(folder))
