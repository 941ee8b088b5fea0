"""The `SegmentStore` contract: of the adapter on the Druid stand-in, and of the one in memory."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

import pytest

from replay_engine.adapters.druid.segments import DruidSegments
from replay_engine.model import Segment
from replay_engine.ports import SegmentStore
from replay_engine.settings import Settings
from sandbox.druid.stand_in import ETERNITY, Druid, DruidStandIn, druid
from sandbox.druid.state import Task
from tests.fakes.segments import MemorySegments

DAY, NEXT, THIRD = date(2019, 12, 1), date(2019, 12, 2), date(2019, 12, 3)
EVENTS = "telemetry-events"


@dataclass(frozen=True, slots=True)
class Ground:
    """The port, and what lies behind it."""

    port: SegmentStore
    state: DruidStandIn

    def used(self) -> list[str]:
        return [segment.id for segment in self.port.used(EVENTS, DAY)]


@pytest.fixture(scope="module")
def nodes() -> Iterator[dict[str, Druid]]:
    with druid() as new, druid(username="replay", password="replay", version="0.22.1") as old:
        yield {"druid": new, "druid 0.22 with a password": old}


@pytest.fixture(params=["druid", "druid 0.22 with a password", "memory"])
def ground(request: pytest.FixtureRequest, nodes: dict[str, Druid]) -> Ground:
    if request.param == "memory":
        memory = MemorySegments()
        return Ground(memory, memory.state)
    node = nodes[request.param]
    # One server for all tests here, each with a state of its own.
    node.state.__init__()  # type: ignore[misc]
    settings = {"druid_url": node.url, "druid_username": node.username, "druid_password": node.password}
    return Ground(DruidSegments(Settings.model_validate(settings)), node.state)


def test_segments_are_told_whole(ground: Ground) -> None:
    """Bounds in UTC, version, partition number and the core partitions of their version."""
    added = ground.state.add_segment(EVENTS, DAY, NEXT, version="v1", core_partitions=2)
    midnight, next_midnight = datetime(2019, 12, 1, tzinfo=UTC), datetime(2019, 12, 2, tzinfo=UTC)
    expected = Segment(added.id, EVENTS, midnight, next_midnight, "v1", 0, 2)
    assert ground.port.used(EVENTS, DAY) == (expected,)


def test_used_segments_that_overlap_the_day(ground: Ground) -> None:
    """Those that reach beyond it too, in id order; none of the days beside it, and no unused one."""
    inside = [ground.state.add_segment(EVENTS, DAY, NEXT).id for _ in range(3)]
    week = ground.state.add_segment(EVENTS, date(2019, 11, 25), NEXT).id
    ground.state.add_segment(EVENTS, NEXT, THIRD)
    ground.state.add_segment(EVENTS, date(2019, 11, 30), DAY)
    ground.state.add_segment("telemetry-log-events", DAY, NEXT)
    ground.state.mark_unused(EVENTS, lambda segment: segment.id == inside[1])
    assert ground.used() == sorted([inside[0], inside[2], week])


def test_whether_a_datasource_has_any(ground: Ground) -> None:
    """Of any day; one whose segments are all unused has none."""
    ground.state.add_segment(EVENTS, NEXT, THIRD)
    assert (ground.port.holds_any(EVENTS), ground.port.holds_any("telemetry-event")) == (True, False)
    ground.state.mark_unused(EVENTS, lambda _: True)
    assert not ground.port.holds_any(EVENTS)


def test_who_writes_a_datasource_anew(ground: Ground) -> None:
    """Compactions and batch tasks of this one, also those that wait; what appends or kills is none."""
    ground.state.tasks += [
        Task("b", "compact", EVENTS, "waiting"),
        Task("a", "index_parallel", EVENTS),
        Task("p", "index", EVENTS, "pending"),
        Task("k", "index_kafka", EVENTS),
        Task("d", "kill", EVENTS),
        Task("o", "compact", "telemetry-log-events"),
    ]
    assert ground.port.written_by(EVENTS) == ("a", "b", "p")
    assert ground.port.written_by("nobody") == ()


def test_segments_of_all_time_reach_beyond_every_day(ground: Ground) -> None:
    """Their bounds are in no calendar."""
    ground.state.add_segment(EVENTS, *ETERNITY)
    (segment,) = ground.port.used(EVENTS, DAY)
    assert (segment.start.year, segment.end.year) == (1, 9999)


def test_exactly_the_named_are_marked_unused(ground: Ground) -> None:
    """Segments of the same version and day stay; ids that nobody knows are passed over; again is harmless."""
    old = [ground.state.add_segment(EVENTS, DAY, NEXT).id for _ in range(3)]
    for _ in range(2):
        ground.port.mark_unused(EVENTS, [old[0], old[2], f"{EVENTS}_nobody"])
        assert ground.used() == [old[1]]
    assert len(ground.state.unused(EVENTS)) == 2
    assert ground.state.kills == []


def test_exactly_the_named_are_marked_used_again(ground: Ground) -> None:
    """Marking unused is no end: the segment is there, and can be used again."""
    old = [ground.state.add_segment(EVENTS, DAY, NEXT).id for _ in range(3)]
    ground.port.mark_unused(EVENTS, old)
    for _ in range(2):
        ground.port.mark_used(EVENTS, [old[1], f"{EVENTS}_nobody"])
        assert ground.used() == [old[1]]


def test_a_datasource_that_nobody_knows(ground: Ground) -> None:
    """It has no segments, and marking some unused does nothing."""
    assert ground.port.used("nobody", DAY) == ()
    ground.port.mark_unused("nobody", ["nobody_1"])
    assert ground.port.used("nobody", DAY) == ()
