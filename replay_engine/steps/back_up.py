"""Promise and copy: after this every promised byte is there twice.

If the process dies here the originals are untouched; some copies may be there already and are found again.
It must not change or delete anything in a sink.
"""

from replay_engine import names
from replay_engine.concurrently import each
from replay_engine.copying import copy
from replay_engine.day import Day
from replay_engine.model import Blob


def back_up(day: Day) -> dict[str, object]:
    """Write the manifest, copy every sink blob server-side, wait for it and compare size and MD5."""
    promise = day.promise()
    blobs = promise.sink_blobs
    size_bytes = sum(each(lambda blob: _copy(day, blob), blobs, day.world.width))
    return {"blobs": len(blobs), "size_bytes": size_bytes}


def _copy(day: Day, blob: Blob) -> int:
    day.check_cancelled()
    target = names.backup(day.replay_id, day.plan.day, blob.name)
    return copy(day.world.data, blob, day.world.state, target, day.world.clock).size_bytes
