"""The locks of a day: one for each sink and for the source, in the state container.

A lock belongs to the replay, not to a process: if the process dies the lock stays until that replay is
carried on, restored or released. Nothing here takes a lock that another replay holds, or deletes one.
"""

import json
from collections.abc import Iterator, Mapping

from replay_engine import names
from replay_engine.day import Day
from replay_engine.errors import Claimed
from replay_engine.journal import load, read_document
from replay_engine.model import SinkType
from replay_engine.ports import BlobExists
from replay_engine.recall import recall


def take_locks(day: Day) -> tuple[str, ...]:
    """Take every lock; raises `Claimed` with the id of the replay that holds one."""
    locks = sorted(set(_locks(day)))
    for lock in locks:
        _take(day, lock)
    return tuple(locks)


def release_locks(day: Day) -> None:
    """Let go of the locks that are this replay's; others are left alone."""
    for lock in sorted(set(_locks(day))):
        found = day.world.state.head(lock)
        if found is not None and _holder(day, lock).get("replay") == day.replay_id:
            day.world.state.delete([(lock, found[0].etag)])


def _locks(day: Day) -> Iterator[str]:
    spec, date = day.spec, day.plan.day
    yield names.folder_lock(spec.container, spec.file_path or spec.folder, date)
    for prefix in spec.sink_prefixes(SinkType.AZURE):
        yield names.folder_lock(spec.container, prefix, date)
    for datasource in spec.sink_prefixes(SinkType.DRUID):
        yield names.datasource_lock(datasource, date)


def _take(day: Day, lock: str) -> None:
    document = json.dumps({"replay": day.replay_id, "owner": day.runner, "since": day.now().isoformat()}).encode()
    day.before_act()
    try:
        day.world.state.create(lock, document)
    except BlobExists:
        holder = _holder(day, lock)
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


def _holder(day: Day, lock: str) -> Mapping[str, str]:
    """Who holds a lock; nobody, when it was given up just now."""
    document = read_document(day.world.state, lock)
    found: Mapping[str, str] = json.loads(document) if document else {}
    return found
