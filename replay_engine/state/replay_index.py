"""Which replays there are: by their folders of state and by the marks of those that may still need somebody.

Reads only. A folder or a mark without a plan is no replay: somebody asked, and nobody confirmed yet.
"""

from collections.abc import Iterator
from itertools import islice

from replay_engine.ports import BlobStore, Group
from replay_engine.state import names


def replays(state: BlobStore) -> Iterator[str]:
    """Every replay that was ever confirmed, oldest first."""
    return (replay_id for replay_id in folders(state) if is_kept(state, replay_id))


def latest(state: BlobStore, count: int) -> list[str]:
    """The newest, newest first: one listing, and a look at the plans of those that are returned."""
    newest = sorted(folders(state), reverse=True)
    return list(islice((replay_id for replay_id in newest if is_kept(state, replay_id)), count))


def later(state: BlobStore, replay_id: str) -> list[str]:
    """Whatever was asked for after this replay, oldest first."""
    return sorted(other for other in folders(state) if other > replay_id)


def open_replays(state: BlobStore) -> Iterator[str]:
    """Those that are not known to need nobody any more: few, however many there ever were."""
    for mark in state.list(names.open_mark("")) if state.exists() else ():
        replay_id = names.replay_of_mark(mark.name)
        if is_kept(state, replay_id):
            yield replay_id


def is_kept(state: BlobStore, replay_id: str) -> bool:
    """Whether there is a plan."""
    return state.head(names.plan(replay_id)) is not None


def folders(state: BlobStore) -> Iterator[str]:
    """Whatever was asked for, oldest first: of some of them nobody ever confirmed a plan."""
    for entry in state.walk(f"{names.STATE}/", "/") if state.exists() else ():
        replay_id = names.replay_of_folder(entry.prefix) if isinstance(entry, Group) else None
        if replay_id:
            yield replay_id
