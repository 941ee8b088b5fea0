"""Promise and copy: after this every promised byte is there twice.

If the process dies here the originals are untouched; some copies may be there already and are found again.
It must not change or delete anything in a sink.
"""

from collections.abc import Iterator, Sequence, Set

from replay_engine import names
from replay_engine.concurrently import each
from replay_engine.copying import copy, ended, equal, start
from replay_engine.day import Day
from replay_engine.model import Blob
from replay_engine.ports import CopyState


def back_up(day: Day) -> dict[str, object]:
    """Write the manifest, copy every sink blob server-side, wait for it and compare size and MD5."""
    blobs = day.promise().sink_blobs
    earlier = {there.name for there in _copies(day)}
    # Most copies end at once: those are compared together, from a listing, and not with a request each.
    _compare(day, [blob for blob in each(lambda blob: _copy(day, blob, earlier), blobs, day.world.width) if blob])
    return {"blobs": len(blobs), "size_bytes": sum(blob.size_bytes for blob in blobs)}


def _copy(day: Day, blob: Blob, earlier: Set[str]) -> Blob | None:
    """The blob, if its copy has ended and is yet to be compared."""
    day.check_cancelled()
    world, target = day.world, _target(day, blob)
    if target in earlier:
        copy(world.data, blob, world.state, target, world.clock)
        return None
    if start(world.data, blob, world.state, target) is CopyState.SUCCESS:
        return blob
    ended(world.state, blob, target, world.clock)
    return None


def _compare(day: Day, blobs: Sequence[Blob]) -> None:
    """Hold what is there now against the originals."""
    originals = {_target(day, blob): blob for blob in blobs}
    found = ((there, originals.pop(there.name)) for there in _copies(day) if there.name in originals)
    for _ in each(lambda pair: equal(day.world.state, *pair), found, day.world.width):
        day.check_cancelled()
    for original in originals.values():
        equal(day.world.state, None, original)


def _copies(day: Day) -> Iterator[Blob]:
    return day.world.state.list(names.backup(day.replay_id, day.plan.day, ""))


def _target(day: Day, blob: Blob) -> str:
    return names.backup(day.replay_id, day.plan.day, blob.name)
