"""The locks of a day: one for each sink and for the source, in the state container.

A lock belongs to the replay, not to a process: if the process dies the lock stays until that replay is
carried on, restored or released. Nothing here takes a lock that another replay holds, or deletes one.
"""

import json
from collections.abc import Mapping
from datetime import date

from replay_engine import names
from replay_engine.day import Day
from replay_engine.errors import Claimed
from replay_engine.journal import load, read_document
from replay_engine.model import ReplaySpec, SinkType
from replay_engine.ports import BlobExists, BlobStore
from replay_engine.recall import recall


def take_locks(day: Day) -> tuple[str, ...]:
    """Take every lock; raises `Claimed` with the id of the replay that holds one."""
    locks = locks_of(day.spec, day.plan.day)
    for lock in locks:
        _take(day, lock)
    return tuple(locks)


def release_locks(day: Day) -> None:
    """Let go of the locks that are this replay's; others are left alone."""
    for lock in locks_of(day.spec, day.plan.day):
        found = day.world.state.head(lock)
        if found is not None and holder_of(day.world.state, lock).get("replay") == day.replay_id:
            day.world.state.delete([(lock, found[0].etag)])


def locks_of(spec: ReplaySpec, day: date) -> list[str]:
    """The names of a day's locks, in the order in which they are taken."""
    folders = (spec.file_path or spec.folder, *spec.sink_prefixes(SinkType.AZURE))
    locks = {names.folder_lock(spec.container, folder, day) for folder in folders}
    return sorted(locks | {names.datasource_lock(source, day) for source in spec.sink_prefixes(SinkType.DRUID)})


def _take(day: Day, lock: str) -> None:
    document = json.dumps({"replay": day.replay_id, "owner": day.runner, "since": day.now().isoformat()}).encode()
    day.before_act()
    try:
        day.world.state.create(lock, document)
    except BlobExists:
        holder = holder_of(day.world.state, lock)
        if holder.get("replay") != day.replay_id:
            raise _claimed(day, lock, holder) from None


def _claimed(day: Day, lock: str, holder: Mapping[str, str]) -> Claimed:
    other = holder.get("replay", "unknown")
    journal = read_document(day.world.state, names.journal(other, day.plan.day)) or b""
    return Claimed(
        f"Replay {other}, begun by {holder.get('owner', 'unknown')}, holds "
        f"{lock.removeprefix(f'{names.STATE}/locks/')}; its day is {recall(load(journal)).shown_stage}.",
        advice=f"Wait for it, or carry it on with: replay resume {other}",
    )


def holder_of(state: BlobStore, lock: str) -> Mapping[str, str]:
    """Who holds a lock; nobody, when it was given up just now."""
    document = read_document(state, lock)
    found: Mapping[str, str] = json.loads(document) if document else {}
    return found
