"""Delete exactly the manifest's blobs, each only if it still is the one that was backed up.

If the process dies here some are deleted and some are not; every one of them is in the backup. It must not
delete anything that the manifest does not name with that ETag, nor anything while a copy is not the one on record.
"""

from collections.abc import Iterator, Sequence

from replay_engine.concurrently import each
from replay_engine.day.backups import Copies, check_copies, record_copies
from replay_engine.day.consumer_lag import Ends, wait_until_read
from replay_engine.day.context import Day
from replay_engine.day.landing_proof import folder_of
from replay_engine.day.recall import recall
from replay_engine.errors import CopyFailed, InDoubt, StalePlan
from replay_engine.model import Blob
from replay_engine.plan.inventory import day_blobs
from replay_engine.ports import Deletion
from replay_engine.state import names
from replay_engine.state.journal import Journal
from replay_engine.state.manifest import Manifest

#: Azure takes at most 256 deletes in one request.
_BATCH = 256


def clear(day: Day) -> dict[str, object]:
    """Delete, then look: the sinks hold nothing of the day. Raises `StalePlan` if the world moved.

    Before the first delete the consumers have read what is in their topics, also what this replay did not send.
    """
    read_to = wait_until_read(day, _read_before(day))
    promise = day.kept_promise()
    sinks = promise.inventory.sinks
    check_copies(day, _copies(day, promise), promise.sink_blobs)
    day.check_cancelled()
    for prefix, blobs in sinks.items():
        for outcomes in each(lambda part: _delete(day, part), _parts(blobs), day.world.width):
            if Deletion.CHANGED in outcomes:
                raise _moved(day, prefix)
        present = day_blobs(day.world.data, prefix, day.plan.day)
        if any(folder_of(blob.name) not in promise.left_out for blob in present):
            raise _moved(day, prefix)
    facts: dict[str, object] = {"blobs_deleted": {prefix: len(blobs) for prefix, blobs in sinks.items()}}
    return {**facts, "read_to": read_to} if read_to else facts


def _read_before(day: Day) -> Ends:
    """What the consumers had to read before this replay cleared its first day; what came since is its own."""
    for earlier in (other for other in day.spec.days if other < day.plan.day and day.spec.landing_waits):
        journal = Journal(day.world.state, names.journal(day.replay_id, earlier), day.world.clock)
        if ends := recall(journal.entries).proofs.get("clear", {}).get("read_to"):
            return dict(ends)
    return {}


def _copies(day: Day, promise: Manifest) -> Copies:
    """As `back_up` recorded them; a day that an older program backed up is recorded now."""
    try:
        return record_copies(day, promise)
    except CopyFailed as error:
        raise InDoubt(error.message, advice="Nothing more was deleted; find out why, then restore the day.") from error


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
