"""The locks of a day: one for each sink and for the source, in the state container.

A lock belongs to the replay, not to a process: if the process dies the lock stays until that replay is
carried on, restored or released. Nothing here takes a lock that another replay holds, or deletes one.
"""

import json
from collections.abc import Iterator

from replay_engine import names
from replay_engine.day import Day
from replay_engine.errors import Claimed
from replay_engine.journal import read_document
from replay_engine.model import SinkType
from replay_engine.ports import BlobExists


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
        if found is not None and _holder(day, lock) == day.replay_id:
            day.world.state.delete([(lock, found[0].etag)])


def _locks(day: Day) -> Iterator[str]:
    spec, date = day.spec, day.plan.day
    yield names.folder_lock(spec.container, spec.file_path or spec.folder, date)
    for prefix in spec.sink_prefixes(SinkType.AZURE):
        yield names.folder_lock(spec.container, prefix, date)
    for datasource in spec.sink_prefixes(SinkType.DRUID):
        yield names.datasource_lock(datasource, date)


def _take(day: Day, lock: str) -> None:
    document = json.dumps({"replay": day.replay_id, "since": day.now().isoformat()}).encode()
    try:
        day.world.state.create(lock, document)
    except BlobExists:
        holder = _holder(day, lock)
        if holder != day.replay_id:
            raise Claimed(
                f"Replay {holder} holds {lock.removeprefix(names.STATE + '/locks/')}.",
                advice=f"Wait for it, or carry it on with: replay resume {holder}",
            ) from None


def _holder(day: Day, lock: str) -> str:
    document = read_document(day.world.state, lock)
    return str(json.loads(document)["replay"]) if document else ""
