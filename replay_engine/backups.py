"""Delete a day's backup: exactly the copies the manifest names, once they are needed no more."""

from replay_engine import names
from replay_engine.day import Day
from replay_engine.manifest import Manifest

_BATCH = 256


def delete_backup(day: Day, promise: Manifest) -> int:
    """Delete the copies that are still there; returns how many that were."""
    state = day.world.state
    wanted = {names.backup(day.replay_id, day.plan.day, blob.name) for blob in promise.sink_blobs}
    prefix = names.backup(day.replay_id, day.plan.day, "")
    copies = [(copy.name, copy.etag) for copy in state.list(prefix) if copy.name in wanted]
    for start in range(0, len(copies), _BATCH):
        state.delete(copies[start : start + _BATCH])
    return len(copies)
