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
from replay_engine.day.recall import recall
from replay_engine.errors import CannotProceed, InDoubt, NotLanded
from replay_engine.model import LandingWait
from replay_engine.ports import Topic

_POLL_SECONDS = 1.0
#: Before anything is cleared it is not waited for longer: the day ends untouched then.
_QUIET_PATIENCE_SECONDS, _QUIET_POLL_SECONDS = 300.0, 5.0

#: Of each group that was waited for, by its number, the ends that it has to pass: partition (as JSON has it) to offset.
Ends = Mapping[str, Mapping[str, int]]


#: Of each partition the offset at which a group begins that has committed nothing.
Began = Mapping[int, int]


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


def wait_until_read(day: Day, known: Ends) -> Ends:
    """Wait until each configured group has read what its topic holds: later it would land in cleared sinks.

    The ends are those of the first look, so that a topic that others write to all the time does not keep the day, or
    the ``known`` ones of an earlier day of this replay: what it published itself is of that day. What expired unread
    never lands. Returns the ends; raises `CannotProceed` after some minutes, when nothing was cleared yet.
    """
    waited = 0.0
    ends = known
    while True:
        lag, ends = first_lag(day, day.spec.landing_waits, ends, {}, expired_counts=False)
        if lag is None:
            return ends
        if waited >= _QUIET_PATIENCE_SECONDS:
            raise CannotProceed(
                f"{lag.text} What it has not read would land in the cleared sinks, and be there twice.",
                advice="See that it runs, wait until it has read the topic, and plan again.",
            )
        day.check_cancelled()
        day.world.clock.sleep(_QUIET_POLL_SECONDS)
        waited += _QUIET_POLL_SECONDS


def first_lag(
    day: Day, waits: Sequence[LandingWait], known: Ends, started: Ends, *, expired_counts: bool = True
) -> tuple[Lag | None, Ends]:
    """The first group, in pipeline order, that has not passed the end that its topic had when it was first waited for.

    ``known`` are the ends of an earlier look, so that what others publish meanwhile does not move them. The end of a
    later stage's topic is taken when the stages before it have passed theirs. ``started`` are the ends before anything
    was published: there a group begins that has committed nothing. Raises `InDoubt` for expired offsets, where they
    count.
    """
    ends = dict(known)
    for number, wait in enumerate(waits):
        found = ends.get(str(number)) or _document(day.world.topic.end_offsets(wait.topic))
        ends[str(number)] = found
        of_partitions = {int(partition): end for partition, end in found.items()}
        behind = _behind(day, wait, of_partitions, started.get(str(number), {}), expired_counts=expired_counts)
        if behind:
            return Lag(wait, sum(behind.values()), ends), ends
    return None, ends


def check_passed(day: Day, known: Ends) -> int:
    """Raise `NotLanded` while a configured group is behind; returns how many have passed."""
    lag, _ = first_lag(day, day.spec.landing_waits, known, _started(day))
    if lag is not None:
        raise NotLanded(lag.text, {"ends": lag.ends, "offsets_behind": lag.offsets})
    return len(day.spec.landing_waits)


def wait_for_consumers(day: Day) -> int:
    """Wait for each configured group in pipeline order; returns how many there were.

    Raises `InDoubt` after the configured time.
    """
    waited = 0.0
    ends: Ends = {}
    started = _started(day)
    while True:
        lag, ends = first_lag(day, day.spec.landing_waits, ends, started)
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


def where_begun(day: Day, wait: LandingWait) -> Began:
    """Where a group without a position begins with this day: at the topic's end before anything was published.

    Of a day that clears nothing that is not on record: at the end that the topic has now.
    """
    for number, other in enumerate(day.spec.landing_waits):
        if other == wait and (known := _started(day).get(str(number))):
            return {int(partition): end for partition, end in known.items()}
    return day.world.topic.end_offsets(wait.topic)


def offsets_behind(topic: Topic, wait: LandingWait, began: Began) -> int:
    """How many offsets are left to the group in all partitions; those that expired are none."""
    committed, begins = topic.committed(wait.consumer_group, wait.topic), topic.begin_offsets(wait.topic)
    ends = topic.end_offsets(wait.topic)
    stands = {part: max(committed.get(part, began.get(part, 0)), begins.get(part, 0)) for part in ends}
    return sum(max(0, end - stands[part]) for part, end in ends.items())


def _started(day: Day) -> Ends:
    """What the groups had read when the sinks were cleared."""
    return dict(recall(day.journal.entries).proofs.get("clear", {}).get("read_to", {}))


def _behind(
    day: Day, wait: LandingWait, ends: Mapping[int, int], started: Mapping[str, int], *, expired_counts: bool
) -> dict[int, int]:
    """How many offsets are left to each partition that holds a message that the group has not read."""
    topic = day.world.topic
    committed, begins = topic.committed(wait.consumer_group, wait.topic), topic.begin_offsets(wait.topic)
    behind = {}
    for partition, end in ends.items():
        begin = begins.get(partition, 0)
        at = _stands_at(committed.get(partition), started.get(str(partition)), begin, end)
        if at < begin and expired_counts:
            raise InDoubt(
                f"{begin - at:,} offsets of {wait.topic}, partition {partition}, expired before "
                f"{wait.consumer_group} had read them.",
                advice=f"Nobody knows whether they were ours: replay restore {day.replay_id} --day {day.plan.day}",
            )
        at = max(at, begin)
        if at < end and topic.holds_message(wait.topic, partition, at, end):
            behind[partition] = end - at
    return behind


def _stands_at(committed: int | None, started: int | None, begin: int, end: int) -> int:
    """Where a group without a position began: where the topic ended before anything was published, if that is known.

    Else at the topic's begin, unless nothing is left there: it has read none of it then.
    """
    if committed is not None:
        return committed
    if started is not None:
        return started
    return 0 if begin >= end else begin


def _document(ends: Mapping[int, int]) -> dict[str, Any]:
    return {str(partition): end for partition, end in ends.items()}
