"""The rules by which a day may not be replayed."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_engine.errors import EmptySource, Refused, StalePlan, UnsafeSegments
from replay_engine.model import Blob, Inventory, Segment
from replay_engine.plan.safety import (
    check_inventory,
    check_segments,
    check_unchanged,
    day_bounds,
    hidden_by_removal,
    written_anew,
)
from sandbox.druid.state import DruidStandIn
from tests.helpers.scene import DAY, EVENTS, Scene

START = datetime(2019, 12, 1, tzinfo=UTC)
HOUR, WHOLE = timedelta(hours=1), timedelta(days=1)
FILE = Blob("raw/2019-12-01-1.json.gz", 10, "0x1")


def segment(
    start: datetime = START, length: timedelta = WHOLE, *, partition: int = 0, core: int = 0, version: str = "v1"
) -> Segment:
    return Segment(f"{start}-{version}-{partition}", EVENTS, start, start + length, version, partition, core)


def test_a_day_is_utc_midnight_to_midnight() -> None:
    """As Druid has it, up to the last day there may be."""
    assert day_bounds(DAY) == (START, START + WHOLE)
    assert day_bounds(date(9998, 12, 31))[1] == datetime(9999, 1, 1, tzinfo=UTC)


@pytest.mark.parametrize("inside", [segment(), segment(length=HOUR), segment(START + 23 * HOUR, HOUR)])
def test_segments_inside_the_day_may_go(inside: Segment) -> None:
    """Of a day, of an hour."""
    check_segments(DAY, [inside])


@pytest.mark.parametrize(
    "beyond",
    [
        segment(START - HOUR, WHOLE),
        segment(START + HOUR, WHOLE),
        segment(START - 6 * WHOLE, 7 * WHOLE),
        segment(length=31 * WHOLE),
        segment(START - timedelta(hours=5, minutes=30), WHOLE),
        replace(segment(), start=datetime.min.replace(tzinfo=UTC), end=datetime.max.replace(tzinfo=UTC)),
    ],
    ids=["begins earlier", "ends later", "week", "month", "another time zone", "all"],
)
def test_segments_that_hold_other_days_may_not(beyond: Segment) -> None:
    """Among good ones too; the refusal names the segment and the way out."""
    with pytest.raises(UnsafeSegments, match="reaches beyond 2019-12-01") as refused:
        check_segments(DAY, [segment(), beyond])
    assert beyond.id in refused.value.message
    assert EVENTS in refused.value.advice


def test_compacted_segments_may_not_go() -> None:
    """What the replay appends would share their version and vanish with it."""
    with pytest.raises(UnsafeSegments, match="would hide"):
        check_segments(DAY, [segment(core=1)])


@pytest.mark.parametrize(
    ("one", "mixes"),
    [
        (segment(partition=7), False),
        (segment(partition=7, version="v0"), False),
        (segment(START - WHOLE, version="v2"), False),
        (segment(START + WHOLE, version="v2"), False),
        (segment(partition=7, core=1), True),
        (segment(version="v2"), True),
        (segment(START + HOUR, HOUR, version="v2"), True),
        (segment(START - 6 * WHOLE, 7 * WHOLE, version="v2"), True),
    ],
    ids=["appended", "older", "day before", "day after", "core set", "newer", "newer hour", "newer week"],
)
def test_what_a_compaction_made_may_hold_old_rows(one: Segment, *, mixes: bool) -> None:
    """What ingestion appends does not; nor does anything that is recorded itself."""
    old = [segment(), segment(partition=1)]
    assert written_anew([*old, one], old) == ((one.id,) if mixes else ())
    assert written_anew([*old, one], [*old, one]) == ()


SEGMENTS = st.lists(
    st.tuples(
        st.sampled_from(["v1", "v2"]), st.integers(0, 3), st.integers(0, 3), st.sampled_from([START, START + HOUR])
    ),
    max_size=8,
    unique_by=lambda drawn: (drawn[0], drawn[1], drawn[3]),
)


@given(SEGMENTS, st.data())
def test_what_a_removal_hides_is_what_druid_stops_showing(
    drawn: list[tuple[str, int, int, datetime]], data: st.DataObject
) -> None:
    """Against the stand-in's own model of a timeline: no segment vanishes that was not foretold."""
    druid = DruidStandIn()
    cores = {(version, start): core for version, _, core, start in drawn}
    used = []
    for version, partition, _, start in drawn:
        core = cores[version, start]
        kept = druid.add_segment(
            EVENTS, start.isoformat(), (start + HOUR).isoformat(), version=version, core_partitions=core
        )
        number = kept.partition
        used.append(Segment(kept.id, EVENTS, start, start + HOUR, version, number, core))
        assert partition >= 0
    doomed = frozenset(data.draw(st.sets(st.sampled_from([s.id for s in used]))) if used else ())
    before = {s.id for s in druid.visible(EVENTS)}
    druid.mark_unused(EVENTS, lambda s: s.id in doomed)
    vanished = before - {s.id for s in druid.visible(EVENTS)} - doomed
    assert vanished <= set(hidden_by_removal(used, doomed))
    if not doomed:
        incomplete = set(hidden_by_removal(used, doomed))
        assert not incomplete & before


def test_nothing_is_hidden_where_no_version_has_a_core() -> None:
    """Of Kafka-only data any part may go."""
    used = [segment(partition=number) for number in range(4)]
    assert hidden_by_removal(used, frozenset({used[0].id, used[2].id})) == ()


def test_a_version_without_one_of_its_core_is_hidden_whole() -> None:
    """Appended segments included; other versions and other hours are not touched."""
    core = [segment(partition=number, core=2) for number in range(3)]
    others = [segment(partition=0, version="v2"), segment(START + HOUR, HOUR, core=1)]
    assert hidden_by_removal([*core, *others], frozenset({core[0].id})) == (core[1].id, core[2].id)
    assert hidden_by_removal([*core, *others], frozenset({core[2].id})) == ()


@pytest.mark.parametrize("source", [(), (replace(FILE, size_bytes=0),), (replace(FILE, size_bytes=0),) * 2])
def test_a_day_without_anything_to_replay_is_refused(scene: Scene, source: tuple[Blob, ...]) -> None:
    """No files, or only empty ones: its sinks would be cleared for nothing."""
    with pytest.raises(EmptySource, match="2019-12-01 has nothing to replay in raw"):
        check_inventory(scene.spec(), DAY, Inventory(source, {}, {}))


def test_an_empty_file_among_others_is_no_reason(scene: Scene) -> None:
    """It holds no line; the others do."""
    check_inventory(scene.spec(), DAY, Inventory((FILE, replace(FILE, size_bytes=0)), {}, {}))


@pytest.mark.parametrize("name", ["raw/2019-12-01-1.csv", "raw/2019-12-01-1.avro.gz", "raw/2019-12-01"])
def test_a_file_that_cannot_be_read_is_refused_before_anything(scene: Scene, name: str) -> None:
    """Not found out after the sinks were cleared."""
    with pytest.raises(Refused, match=name):
        check_inventory(scene.spec(), DAY, Inventory((FILE, replace(FILE, name=name)), {}, {}))


def test_a_plan_is_stale_when_what_is_seen_is_not_what_was_confirmed(scene: Scene) -> None:
    """And only then."""
    (day,) = scene.plan().days
    check_unchanged(day, day.fingerprint)
    with pytest.raises(StalePlan, match="2019-12-01"):
        check_unchanged(day, "another")
