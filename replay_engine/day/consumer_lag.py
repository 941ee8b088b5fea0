"""Wait until the downstream consumers have passed what is in their topics now. Reads only."""

from collections.abc import Mapping

from replay_engine.day.context import Day
from replay_engine.errors import InDoubt
from replay_engine.model import LandingWait

_POLL_SECONDS = 1.0


def wait_for_consumers(day: Day) -> int:
    """Wait for each configured group in pipeline order; returns how many there were.

    A group has passed when its committed offset of every partition that holds anything is at the end it had
    when the wait for it began: the pipeline commits only after it has written its sinks. Raises `InDoubt`
    after the configured time.
    """
    for wait in day.spec.landing_waits:
        _wait(day, wait)
    return len(day.spec.landing_waits)


def _wait(day: Day, wait: LandingWait) -> None:
    topic, clock = day.world.topic, day.world.clock
    ends = topic.end_offsets(wait.topic)
    waited, before = 0.0, -1
    while behind := _behind(ends, topic.committed(wait.consumer_group, wait.topic)):
        if sum(behind.values()) == before and not _anything_left(day, wait.topic, behind, ends):
            return
        before = sum(behind.values())
        if waited >= day.world.landing_timeout_seconds:
            raise InDoubt(
                f"{wait.consumer_group} is still {before} offsets behind on {wait.topic} after {waited:.0f} s.",
                advice=f"See that it runs, then: replay resume {day.replay_id}",
            )
        clock.sleep(_POLL_SECONDS)
        waited += _POLL_SECONDS


def _behind(ends: Mapping[int, int], committed: Mapping[int, int]) -> dict[int, int]:
    """How many offsets are left to each partition; those without any are left out."""
    lags = {partition: end - committed.get(partition, 0) for partition, end in ends.items()}
    return {partition: lag for partition, lag in lags.items() if lag > 0}


def _anything_left(day: Day, topic: str, behind: Mapping[int, int], ends: Mapping[int, int]) -> bool:
    """A group that stands still may have nothing left: the markers of transactions take offsets, and so does what
    was aborted or has expired.
    """
    holds = day.world.topic.holds_message
    return any(holds(topic, partition, ends[partition] - lag, ends[partition]) for partition, lag in behind.items())
