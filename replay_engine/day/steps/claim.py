"""Claim the day: from here on no other replay can touch what this one touches.

If the process dies here some locks are taken; they are this replay's and taking them again is harmless.
"""

from replay_engine.day.context import Day
from replay_engine.day.locks import take_locks


def claim(day: Day) -> dict[str, object]:
    """Take every lock; raises `Claimed` with the id of the replay that holds one."""
    return {"locks": list(take_locks(day, len(day.journal.entries) - 1))}
