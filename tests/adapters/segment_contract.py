"""The `SegmentStore` contract, for whoever can lend it a ground: a cluster, and ways to fill and change it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Protocol

from replay_engine.ports import SegmentStore
from sandbox.processes import wait_until

DAY, NEXT, THIRD = date(2019, 12, 1), date(2019, 12, 2), date(2019, 12, 3)
MONDAY = date(2019, 11, 25)
_PATIENCE_SECONDS = 60


class SegmentWorld(Protocol):
    """What others do to a cluster: pipelines, compactions, operators."""

    def append(self, datasource: str, start: date, end: date) -> str:
        """A segment of its own, appended to the newest version there; returns its id."""

    def append_of_all_time(self, datasource: str) -> str:
        """The same, with the ALL granularity."""

    def write_anew(self, datasource: str, day: date, partitions: int) -> Sequence[str]:
        """The UTC day in a new version, with that many core partitions; returns their ids."""

    def begin(self, datasource: str, kind: str) -> str:
        """A task of this kind (compact, index_parallel, kill) that does not end; returns its id."""


@dataclass(frozen=True, slots=True)
class Ground:
    """The port, what lies behind it, and two datasources of the test's own.

    ``is_slow``: what is done is seen with the Coordinator's next poll, as the port's docstring warns.
    """

    port: SegmentStore
    world: SegmentWorld
    events: str
    others: str
    is_slow: bool = False

    def used(self, day: date = DAY) -> list[str]:
        return [segment.id for segment in self.port.used(self.events, day)]

    def sees(self, wanted: Sequence[str], day: date = DAY) -> None:
        """The day's used segments are exactly these."""
        if self.is_slow:
            wait_until(lambda: self.used(day) == list(wanted), f"{wanted} in Druid's list", _PATIENCE_SECONDS)
        assert self.used(day) == list(wanted)


class SegmentStoreContract:
    """Asked of every `SegmentStore`."""

    def test_segments_are_told_whole(self, ground: Ground) -> None:
        """Bounds in UTC, version, partition number and the core partitions of their version."""
        ids = ground.world.write_anew(ground.events, DAY, partitions=2)
        ground.sees(sorted(ids))
        midnight, next_midnight = datetime(2019, 12, 1, tzinfo=UTC), datetime(2019, 12, 2, tzinfo=UTC)
        for number, (told, wanted) in enumerate(zip(ground.port.used(ground.events, DAY), sorted(ids), strict=True)):
            assert told.version
            assert told.id == f"{ground.events}_{_text(midnight)}_{_text(next_midnight)}_{told.version}" + (
                f"_{number}" if number else ""
            )
            found: tuple[Any, ...] = (told.id, told.datasource, told.start, told.end)
            assert found == (wanted, ground.events, midnight, next_midnight)
            assert (told.partition_num, told.core_partitions) == (number, 2)

    def test_appended_segments_belong_to_no_core(self, ground: Ground) -> None:
        """They take the version that is there, and the next number."""
        ids = [ground.world.append(ground.events, DAY, NEXT) for _ in range(2)]
        ground.sees(sorted(ids))
        found = ground.port.used(ground.events, DAY)
        assert [(one.partition_num, one.core_partitions) for one in found] == [(0, 0), (1, 0)]
        assert len({one.version for one in found}) == 1

    def test_used_segments_that_overlap_the_day(self, ground: Ground) -> None:
        """Those that reach beyond it too, in id order; none of the days beside it."""
        week = ground.world.append(ground.others, MONDAY, NEXT)
        day = ground.world.append(ground.events, DAY, NEXT)
        before = ground.world.append(ground.events, date(2019, 11, 30), DAY)
        after = ground.world.append(ground.events, NEXT, THIRD)
        ground.sees([day])
        ground.sees([before], date(2019, 11, 30))
        ground.sees([after], NEXT)
        assert [segment.id for segment in ground.port.used(ground.others, DAY)] == [week]

    def test_whether_a_datasource_has_any(self, ground: Ground) -> None:
        """Of any day; one whose segments are all unused has none."""
        only = ground.world.append(ground.events, NEXT, THIRD)
        ground.sees([only], NEXT)
        assert (ground.port.holds_any(ground.events), ground.port.holds_any(ground.others)) == (True, False)
        ground.port.mark_unused(ground.events, [only])
        ground.sees([], NEXT)
        if ground.is_slow:
            wait_until(lambda: not ground.port.holds_any(ground.events), "the Coordinator's poll", _PATIENCE_SECONDS)
        assert not ground.port.holds_any(ground.events)

    def test_segments_of_all_time_reach_beyond_every_day(self, ground: Ground) -> None:
        """Their bounds are in no calendar."""
        only = ground.world.append_of_all_time(ground.events)
        ground.sees([only])
        (segment,) = ground.port.used(ground.events, DAY)
        assert (segment.start.year, segment.end.year) == (1, 9999)

    def test_exactly_the_named_are_marked_unused(self, ground: Ground) -> None:
        """Segments of the same version and day stay; ids that nobody knows are passed over; again is harmless."""
        old = [ground.world.append(ground.events, DAY, NEXT) for _ in range(3)]
        ground.sees(sorted(old))
        for _ in range(2):
            ground.port.mark_unused(ground.events, [old[0], old[2], _nobody(ground)])
            ground.sees([old[1]])

    def test_exactly_the_named_are_marked_used_again(self, ground: Ground) -> None:
        """Marking unused is no end: each segment is there, and can be used again, though none is used by now."""
        old = [ground.world.append(ground.events, DAY, NEXT) for _ in range(3)]
        ground.sees(sorted(old))
        ground.port.mark_unused(ground.events, old)
        ground.sees([])
        for _ in range(2):
            ground.port.mark_used(ground.events, [old[0], old[1], _nobody(ground)])
            ground.sees([old[0], old[1]])

    def test_an_overshadowed_segment_is_not_marked_used(self, ground: Ground) -> None:
        """Nothing is said of it."""
        old = ground.world.append(ground.events, DAY, NEXT)
        ground.sees([old])
        ground.port.mark_unused(ground.events, [old])
        ground.sees([])
        new = ground.world.write_anew(ground.events, DAY, partitions=1)
        ground.sees(new)
        ground.port.mark_used(ground.events, [old])
        ground.sees(new)

    def test_who_writes_a_datasource_anew(self, ground: Ground) -> None:
        """Batch tasks of this one, also those that wait; what kills touches unused segments only."""
        writing = ground.world.begin(ground.events, "index_parallel")
        ground.world.begin(ground.others, "index_parallel")
        assert ground.port.written_by(ground.events) == (writing,)
        assert ground.port.written_by("nobody") == ()

    def test_a_datasource_that_nobody_knows(self, ground: Ground) -> None:
        """It has no segments, and marking some does nothing."""
        assert ground.port.used("nobody", DAY) == ()
        ground.port.mark_unused("nobody", ["nobody_2019-12-01T00:00:00.000Z_2019-12-02T00:00:00.000Z_v"])
        assert ground.port.used("nobody", DAY) == ()


def _nobody(ground: Ground) -> str:
    """An id such as Druid's own, of a segment that never was."""
    return f"{ground.events}_2019-12-01T00:00:00.000Z_2019-12-02T00:00:00.000Z_2001-01-01T00:00:00.000Z"


def _text(moment: datetime) -> str:
    return moment.strftime("%Y-%m-%dT%H:%M:%S.000Z")
