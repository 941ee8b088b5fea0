"""Give up the locks of a day that a person takes care of.

If the process dies here some locks are left; they are locks of a day that has ended, and count no more. It must not
touch a sink or the backup.
"""

from replay_engine.day.context import Day
from replay_engine.day.locks import release_locks


def release(day: Day) -> dict[str, object]:
    """Let go of what is this replay's."""
    release_locks(day)
    return {}
