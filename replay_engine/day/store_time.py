"""The store's own clock: only by it can be told what was written to a sink before, and what after."""

from replay_engine.day.context import Day
from replay_engine.errors import TryAgain
from replay_engine.state import names, progress


def stores_time(day: Day) -> str:
    """Now, in ISO 8601. It begins the day's progress anew, so that the store says when that was written."""
    day.before_act()
    progress.write(day.world.state, day.replay_id, day.plan.day, progress.Recorded(), day.now())
    found = day.world.state.head(names.progress(day.replay_id, day.plan.day))
    if found is None or found[0].modified_at is None:
        raise TryAgain("The store does not say when it wrote a blob.", advice="It is asked again.")
    return found[0].modified_at.isoformat()
