"""A `SegmentStore` in memory: the Druid stand-in's state, asked without HTTP."""

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta

from replay_engine.model import Segment
from sandbox.druid.state import ETERNITY, DruidStandIn, interval
from sandbox.druid.state import Segment as Kept


class MemorySegments:
    """Used segments by id. ``ignores_marks`` is a Druid that says yes and does nothing."""

    def __init__(self, state: DruidStandIn | None = None) -> None:
        self.state = state or DruidStandIn()
        self.ignores_marks = False

    def used(self, datasource: str, day: date) -> tuple[Segment, ...]:
        whole_day = interval(day, day + timedelta(days=1))
        found = [_segment(kept) for kept in self.state.used(datasource) if whole_day.overlaps(kept.interval)]
        return tuple(sorted(found, key=lambda segment: segment.id))

    def holds_any(self, datasource: str) -> bool:
        return datasource in self.state.datasources()

    def written_by(self, datasource: str) -> tuple[str, ...]:
        found = [one for one in self.state.tasks if one.datasource == datasource]
        return tuple(sorted(one.id for one in found if one.type not in {"index_kafka", "kill"}))

    def mark_unused(self, datasource: str, ids: Iterable[str]) -> None:
        wanted = frozenset(ids)
        if not self.ignores_marks:
            self.state.mark_unused(datasource, lambda kept: kept.id in wanted)

    def mark_used(self, datasource: str, ids: Iterable[str]) -> None:
        wanted = frozenset(ids)
        if not self.ignores_marks:
            self.state.mark_used(datasource, lambda kept: kept.id in wanted)


def _segment(kept: Kept) -> Segment:
    return Segment(
        id=kept.id,
        datasource=kept.datasource,
        start=_instant(kept.interval.start),
        end=_instant(kept.interval.end),
        version=kept.version,
        partition_num=kept.partition,
        core_partitions=kept.core_partitions,
    )


def _instant(text: str) -> datetime:
    if text in ETERNITY:
        return (datetime.min if text == ETERNITY[0] else datetime.max).replace(tzinfo=UTC)
    return datetime.fromisoformat(text)
