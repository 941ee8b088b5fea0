"""Where configured, wait until what was published has landed in the sinks. Reads only."""

from replay_engine.day.consumer_lag import wait_for_consumers
from replay_engine.day.context import Day


def settle(day: Day) -> dict[str, object]:
    """Wait for the configured consumer groups; `InDoubt` when they do not come."""
    return {"consumer_groups": wait_for_consumers(day)}
