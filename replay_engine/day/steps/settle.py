"""Where configured, see that the downstream consumers have read what was published. Reads only.

If the process dies here nothing has changed; the ends that have to be passed are in the journal, from the first look.
"""

from replay_engine.day.consumer_lag import check_passed
from replay_engine.day.context import Day
from replay_engine.day.recall import recall


def settle(day: Day) -> dict[str, object]:
    """Raises `NotLanded` while a configured group is behind, unless a person has accepted that."""
    standing = recall(day.journal.entries)
    if standing.accepted_by:
        return {"accepted_by": standing.accepted_by}
    return {"consumer_groups": check_passed(day, standing.notes.get("settle", {}).get("ends", {}))}
