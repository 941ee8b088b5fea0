"""The locks of a day: one for each sink and for the source, in the state container.

A lock belongs to the replay, not to a process: if the process dies the lock stays until that replay is carried on,
restored or released. It names the journal entry that took it, and counts from that entry until the day has ended: a
lock of a day that has ended is no lock, whatever request wrote it, and whoever wants it deletes it under its ETag.
Nothing here takes or deletes a lock that counts for another replay.
"""

import json
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import date
from typing import Any

from replay_engine.day.context import Day
from replay_engine.day.recall import Standing, recall
from replay_engine.errors import Claimed, InDoubt, TryAgain
from replay_engine.model import ReplaySpec, SinkType
from replay_engine.ports import BlobExists, BlobStore
from replay_engine.state import names
from replay_engine.state.journal import read_document, read_entries

#: So often a lock that does not count is taken away before somebody else's turn is waited for.
_TRIES = 5


@dataclass(frozen=True, slots=True)
class Lock:
    """A lock as it is stored. ``entry`` is the number of the journal entry that took it, -1 of an old program's."""

    replay_id: str
    owner: str
    entry: int


def take_locks(day: Day, entry: int) -> tuple[str, ...]:
    """Take every lock for that journal entry; raises `Claimed` with the id of the replay that holds one."""
    locks = locks_of(day.spec, day.plan.day)
    for lock in locks:
        _take(day, lock, entry)
    return tuple(locks)


def release_locks(day: Day) -> None:
    """Let go of the locks that are this replay's; others are left alone."""
    for lock in locks_of(day.spec, day.plan.day):
        found = day.world.state.head(lock)
        if found is not None and holder_of(day.world.state, lock).replay_id == day.replay_id:
            day.before_act()
            day.world.state.delete([(lock, found[0].etag)])


def sweep_locks(state: BlobStore) -> int:
    """Delete the locks that do not count; returns how many there were. Harmless to whoever takes one meanwhile."""
    swept = 0
    for blob in list(state.list(names.locks())):
        with suppress(InDoubt):
            day, lock = names.day_of_lock(blob.name), holder_of(state, blob.name)
            if day is not None and lock.replay_id and not counts(state, lock, day):
                state.delete([(blob.name, blob.etag)])
                swept += 1
    return swept


def locks_of(spec: ReplaySpec, day: date) -> list[str]:
    """The names of a day's locks, in the order in which they are taken."""
    folders = (spec.file_path or spec.folder, *spec.sink_prefixes(SinkType.AZURE))
    locks = {names.folder_lock(spec.container, folder, day) for folder in folders}
    return sorted(locks | {names.datasource_lock(source, day) for source in spec.sink_prefixes(SinkType.DRUID)})


def counts(state: BlobStore, lock: Lock, day: date) -> bool:
    """Whether it is a lock: the day of the replay that it names has not ended since it was taken."""
    return _counts(lock, recall(read_entries(state, names.journal(lock.replay_id, day))))


def held_locks(state: BlobStore, spec: ReplaySpec, replay_id: str, day: date, standing: Standing) -> int:
    """How many of a day's locks its replay holds, as far as they count."""
    mine = (holder_of(state, lock) for lock in locks_of(spec, day))
    return sum(lock.replay_id == replay_id and _counts(lock, standing) for lock in mine)


def _counts(lock: Lock, standing: Standing) -> bool:
    return not standing.finished and (lock.entry > standing.ended_at or lock.entry < 0)


def _take(day: Day, lock: str, entry: int) -> None:
    state = day.world.state
    document = {"replay": day.replay_id, "owner": day.runner, "since": day.now().isoformat(), "entry": entry}
    for _ in range(_TRIES):
        day.before_act()
        try:
            return state.create(lock, json.dumps(document).encode())
        except BlobExists:
            found = state.head(lock)
        if found is None:
            continue
        holder = holder_of(state, lock)
        if holder.replay_id == day.replay_id and _holds(day, holder):
            return None
        if holder.replay_id != day.replay_id and counts(state, holder, day.plan.day):
            raise _claimed(day, lock, holder)
        day.before_act()
        state.delete([(lock, found[0].etag)])
    raise TryAgain(f"Others take and give up {_shown(lock)} all the time.", advice="It is asked for again.")


def _holds(day: Day, lock: Lock) -> bool:
    """Whether a lock of this replay's is one that this run of the day took, not one of before its end."""
    ended_at = recall(day.journal.entries).ended_at
    return lock.entry > ended_at or (lock.entry < 0 and ended_at < 0)


def _claimed(day: Day, lock: str, holder: Lock) -> Claimed:
    standing = recall(read_entries(day.world.state, names.journal(holder.replay_id, day.plan.day)))
    return Claimed(
        f"Replay {holder.replay_id}, begun by {holder.owner}, holds {_shown(lock)}; its day is {standing.shown_stage}.",
        advice=f"Wait for it, or carry it on with: replay resume {holder.replay_id}",
    )


def _shown(lock: str) -> str:
    return lock.removeprefix(names.locks())


def holder_of(state: BlobStore, lock: str) -> Lock:
    """Who holds a lock; nobody, with an empty id, when it was given up just now. `InDoubt` for what is no lock."""
    document = read_document(state, lock)
    if document is None:
        return Lock("", "", -1)
    try:
        found: Mapping[str, Any] = json.loads(document)
        return Lock(str(found["replay"]), str(found.get("owner", "unknown")), int(found.get("entry", -1)))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise InDoubt(f"The lock {_shown(lock)} cannot be read.", advice="Look at it; it is in the state.") from error
