"""Delete the backup of a closed day whose time to be undone is over.

If the process dies here some copies are deleted, and the journal says that they are; no undo is taken from then on, and
taking the step again finishes it. It must not delete a copy of a day that may still be undone.
"""

from replay_engine.day.backups import delete_backup
from replay_engine.day.context import Day
from replay_engine.day.locks import release_locks


def sweep(day: Day) -> dict[str, object]:
    """Returns how many copies were deleted."""
    deleted = delete_backup(day, day.kept_promise())
    # Those of an undo that died before an older program had it on record.
    release_locks(day)
    return {"backups_deleted": deleted}
