"""How far the downstream consumers are: whether they have passed what is in their topics. Reads only.

The end of a topic is its high watermark: what a reader of committed messages is told instead, the last stable offset,
hides everything behind any open transaction. A group has passed when it has committed that end, or when no message is
left between; markers of transactions, aborted messages and what compaction took leave none. Offsets that expired
before the group read them are in doubt, never passed.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from replay_engine.day.context import Day
from replay_engine.errors import InDoubt, NotLanded
from replay_engine.model import LandingWait

_POLL_SECONDS = 1.0

#: Of each group that was waited for, by its number, the ends that it has to pass: partition (as JSON has it) to offset.
Ends = Mapping[str, Mapping[str, int]]


@dataclass(frozen=True, slots=True)
class Lag:
    """A group that is behind: so many offsets in all, and the ends that it has to pass."""

    wait: LandingWait
    offsets: int
    ends: Ends

    @property
    def text(self) -> str:
        """A sentence."""
        return f"{self.wait.consumer_group} is {self.offsets:,} offsets behind on {self.wait.topic}."


def first_lag(day: Day, waits: Sequence[LandingWait], known: Ends) -> tuple[Lag | None, Ends]:
    """The first group, in pipeline order, that has not passed the end that its topic had when it was first waited for.

    ``known`` are the ends of an earlier look, so that what others publish meanwhile does not move them. The end of a
    later stage's topic is taken when the stages before it have passed theirs. Raises `InDoubt` for expired offsets.
    """
    ends = dict(known)
    for number, wait in enumerate(waits):
        found = ends.get(str(number)) or _document(day.world.topic.end_offsets(wait.topic))
        ends[str(number)] = found
        behind = _behind(day, wait, {int(partition): end for partition, end in found.items()})
        if behind:
            return Lag(wait, sum(behind.values()), ends), ends
    return None, ends


def check_passed(day: Day, known: Ends) -> int:
    """Raise `NotLanded` while a configured group is behind; returns how many have passed."""
    lag, _ = first_lag(day, day.spec.landing_waits, known)
    if lag is not None:
        raise NotLanded(lag.text, {"ends": lag.ends, "offsets_behind": lag.offsets})
    return len(day.spec.landing_waits)


def wait_for_consumers(day: Day) -> int:
    """Wait for each configured group in pipeline order; returns how many there were.

    Raises `InDoubt` after the configured time.
    """
    waited = 0.0
    ends: Ends = {}
    while True:
        lag, ends = first_lag(day, day.spec.landing_waits, ends)
        if lag is None:
            return len(day.spec.landing_waits)
        if waited >= day.world.settle_timeout_seconds:
            raise InDoubt(
                f"{lag.wait.consumer_group} is still {lag.offsets} offsets behind on {lag.wait.topic} "
                f"after {waited:.0f} s.",
                advice=f"See that it runs, then: replay resume {day.replay_id}",
            )
        day.world.clock.sleep(_POLL_SECONDS)
        waited += _POLL_SECONDS


def _behind(day: Day, wait: LandingWait, ends: Mapping[int, int]) -> dict[int, int]:
    """How many offsets are left to each partition that holds a message that the group has not read."""
    topic = day.world.topic
    committed, begins = topic.committed(wait.consumer_group, wait.topic), topic.begin_offsets(wait.topic)
    behind = {}
    for partition, end in ends.items():
        begin = begins.get(partition, 0)
        at = _stands_at(committed.get(partition), begin, end)
        if at < begin:
            raise InDoubt(
                f"{begin - at:,} offsets of {wait.topic}, partition {partition}, expired before "
                f"{wait.consumer_group} had read them.",
                advice=f"Nobody knows whether they were ours: replay restore {day.replay_id} --day {day.plan.day}",
            )
        if at < end and topic.holds_message(wait.topic, partition, at, end):
            behind[partition] = end - at
    return behind


def _stands_at(committed: int | None, begin: int, end: int) -> int:
    """A group without a position is yet to begin, unless nothing is left to begin with: it has read none of it then."""
    if committed is None:
        return 0 if begin >= end else begin
    return committed


def _document(ends: Mapping[int, int]) -> dict[str, Any]:
    return {str(partition): end for partition, end in ends.items()}
