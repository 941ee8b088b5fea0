"""Delete exactly the manifest's blobs, each only if it still is the one that was backed up.

If the process dies here some are deleted and some are not; every one of them is in the backup. It must not
delete anything that the manifest does not name with that ETag.
"""

from collections.abc import Iterator, Sequence

from replay_engine import names
from replay_engine.concurrently import each
from replay_engine.day import Day
from replay_engine.errors import InDoubt, StalePlan
from replay_engine.inventory import day_blobs
from replay_engine.model import Blob
from replay_engine.ports import Deletion

#: Azure takes at most 256 deletes in one request.
_BATCH = 256


def clear(day: Day) -> dict[str, object]:
    """Delete, then look: the sinks hold nothing of the day. Raises `StalePlan` if the world moved."""
    sinks = day.kept_promise().inventory.sinks
    _check_backup(day, [blob for blobs in sinks.values() for blob in blobs])
    day.check_cancelled()
    for prefix, blobs in sinks.items():
        for outcomes in each(lambda part: _delete(day, part), _parts(blobs), day.world.width):
            if Deletion.CHANGED in outcomes:
                raise _moved(day, prefix)
        if day_blobs(day.world.data, prefix, day.plan.day):
            raise _moved(day, prefix)
    return {"blobs_deleted": {prefix: len(blobs) for prefix, blobs in sinks.items()}}


def _check_backup(day: Day, blobs: Sequence[Blob]) -> None:
    """The copies were verified when they were made; a copy that is gone since must stop the first delete."""
    prefix = names.backup(day.replay_id, day.plan.day, "")
    sizes = {copy.name: copy.size_bytes for copy in day.world.state.list(prefix)}
    for blob in blobs:
        if sizes.get(names.backup(day.replay_id, day.plan.day, blob.name)) != blob.size_bytes:
            raise InDoubt(
                f"The backup of {blob.name} is not there any more.",
                advice="Nothing more was deleted; find out why.",
            )


def _delete(day: Day, blobs: Sequence[Blob]) -> Sequence[Deletion]:
    day.before_act()
    return day.world.data.delete([(blob.name, blob.etag) for blob in blobs])


def _parts(blobs: Sequence[Blob]) -> Iterator[Sequence[Blob]]:
    return (blobs[start : start + _BATCH] for start in range(0, len(blobs), _BATCH))


def _moved(day: Day, prefix: str) -> StalePlan:
    return StalePlan(
        f"Something wrote to {prefix} for {day.plan.day} while it was cleared.",
        advice="Stop the writer (or wait for it) and plan again.",
    )
