"""Promise and copy: after this every promised byte is there twice, and it is on record which copies count.

If the process dies here the originals are untouched; some copies may be there already and are found again.
It must not change or delete anything in a sink, and never writes over a copy.
"""

from collections.abc import Iterator, Mapping, Sequence, Set

from replay_engine.concurrently import each
from replay_engine.day.backups import record_copies
from replay_engine.day.context import Day
from replay_engine.day.verified_copy import copy, ended, start, with_md5
from replay_engine.model import Blob
from replay_engine.ports import CopyState
from replay_engine.state import names


def back_up(day: Day) -> dict[str, object]:
    """Write the manifest, copy every sink blob server-side, wait for it, compare, and record the copies."""
    promise = day.promise()
    blobs = promise.sink_blobs
    earlier = {copied.name for copied in _copies(day)}
    # Most copies end at once: those are compared together, from a listing, and not with a request each.
    begun = list(each(lambda blob: (blob, _copy(day, blob, earlier)), blobs, day.world.width))
    looked_at = {blob.name: copied for blob, copied in begun if copied is not None}
    record_copies(day, promise, {**looked_at, **_equal(day, [blob for blob, copied in begun if copied is None])})
    return {"blobs": len(blobs), "size_bytes": sum(blob.size_bytes for blob in blobs)}


def _copy(day: Day, blob: Blob, earlier: Set[str]) -> Blob | None:
    """The copy, compared; ``None`` if it has ended well at once, and is yet to be."""
    day.check_cancelled()
    world, target = day.world, _target(day, blob)
    if target in earlier:
        return copy(world.data, blob, world.state, target, world.clock, day.before_act)
    if start(world.data, blob, world.state, target) is CopyState.SUCCESS:
        return None
    return ended(world.state, blob, target, world.clock)


def _equal(day: Day, originals: Sequence[Blob]) -> Mapping[str, Blob]:
    """Of these originals the copies that are equal to them; the others are looked at one by one."""
    by_target = {_target(day, blob): blob for blob in originals}
    pairs = ((copied, by_target[copied.name]) for copied in _copies(day) if copied.name in by_target)
    equal = {}
    for copied, original in each(lambda pair: (with_md5(day.world.state, pair[0]), pair[1]), pairs, day.world.width):
        day.check_cancelled()
        if copied.same_content(original):
            equal[original.name] = copied
    return equal


def _copies(day: Day) -> Iterator[Blob]:
    return day.world.state.list(names.backup(day.replay_id, day.plan.day, ""))


def _target(day: Day, blob: Blob) -> str:
    return names.backup(day.replay_id, day.plan.day, blob.name)
