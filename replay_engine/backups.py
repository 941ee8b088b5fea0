"""Delete a day's backup: exactly the copies the manifest names, once they are needed no more."""

from collections.abc import Sequence

from replay_engine import names
from replay_engine.concurrently import each
from replay_engine.day import Day
from replay_engine.manifest import Manifest

#: Azure takes at most 256 deletes in one request.
_BATCH = 256


def delete_backup(day: Day, promise: Manifest) -> int:
    """Delete the copies that are still there; returns how many that were."""
    wanted = {names.backup(day.replay_id, day.plan.day, blob.name) for blob in promise.sink_blobs}
    prefix = names.backup(day.replay_id, day.plan.day, "")
    copies = [(copy.name, copy.etag) for copy in day.world.state.list(prefix) if copy.name in wanted]
    parts = (copies[start : start + _BATCH] for start in range(0, len(copies), _BATCH))
    return sum(each(lambda part: _delete(day, part), parts, day.world.width))


def _delete(day: Day, part: Sequence[tuple[str, str]]) -> int:
    day.before_act()
    day.world.state.delete(part)
    return len(part)
