"""What the tests of the contract share: containers to ask, names that are hard to quote, and short ways to look."""

from collections.abc import Callable
from dataclasses import dataclass

from replay_engine.model import Blob
from replay_engine.ports import BlobStore

NO_LEASE = "00000000-0000-0000-0000-000000000000"
AWKWARD = ["a/b c.json.gz", "a/ä€/%41.json.gz", "a/x#y?z=1&w.json.gz", "a/plus+quote'.json.gz"]


@dataclass(frozen=True, slots=True)
class Stores:
    """Two containers of one account, one that is not there, and how the rest of the world writes to the first."""

    data: BlobStore
    state: BlobStore
    missing: BlobStore
    put: Callable[[str, bytes], object]

    def etag(self, name: str) -> str:
        return head(self.data, name).etag


def head(store: BlobStore, name: str) -> Blob:
    found = store.head(name)
    assert found is not None
    return found[0]


def content(store: BlobStore, name: str) -> bytes:
    return b"".join(store.read(name))
