"""Whether a day may be replayed at all: pure rules over what was seen, shared by planning and by the steps."""

from collections import Counter
from collections.abc import Iterable
from datetime import UTC, date, datetime, time, timedelta

from replay_engine.errors import EmptySource, Refused, StalePlan, UnsafeSegments
from replay_engine.model import DayPlan, Inventory, ReplaySpec, Segment
from replay_engine.state import names


def check_inventory(spec: ReplaySpec, day: date, inventory: Inventory) -> None:
    """Raise the `Refused` that says why this day must not be replayed; nothing if it may."""
    where = spec.file_path or spec.folder
    if not inventory.source or not any(blob.size_bytes for blob in inventory.source):
        raise EmptySource(
            f"{day} has nothing to replay in {where}.",
            advice="Check the folder and the date; its sinks were left alone.",
        )
    for blob in inventory.source:
        if not names.is_readable(blob.name):
            raise Refused(
                f"{blob.name} is no gzip or plain JSON lines file.",
                advice="Move it out of the folder, then plan again.",
            )
    for segments in inventory.segments.values():
        check_segments(day, segments)


def check_segments(day: date, segments: Iterable[Segment]) -> None:
    """Raise `UnsafeSegments` if removing these and keeping what is appended meanwhile could not be right.

    A segment that reaches beyond the day holds other days too. Segments of a core partition set (N > 0, from
    compaction or batch ingestion) take their whole version with them: what the replay appends gets the same
    version, so removing the old ones would hide the new ones.
    """
    first, last = day_bounds(day)
    for segment in segments:
        if segment.start < first or segment.end > last:
            raise UnsafeSegments(
                f"Druid segment {segment.id} reaches beyond {day}.",
                advice=f"Take {segment.datasource} out of the config's sinks, or re-segment it by day first.",
            )
        if segment.core_partitions > 0:
            raise UnsafeSegments(
                f"Druid segment {segment.id} is compacted: removing it would hide what is appended next to it.",
                advice=f"Take {segment.datasource} out of the config's sinks and overwrite that day in Druid instead.",
            )


def hidden_by_removal(used: Iterable[Segment], doomed: frozenset[str]) -> tuple[str, ...]:
    """Ids of segments that would vanish from queries, besides the doomed, once those are unused.

    A version whose core partition set (N > 0) is not complete is not served at all.
    """
    remaining = [segment for segment in used if segment.id not in doomed]
    core = Counter(_chunk(s) for s in remaining if s.partition_num < s.core_partitions)
    return tuple(s.id for s in remaining if s.core_partitions > 0 and core[_chunk(s)] < s.core_partitions)


def written_anew(used: Iterable[Segment], recorded: Iterable[Segment]) -> tuple[str, ...]:
    """Ids of used segments that are not recorded and may hold rows of the recorded ones, together with new rows.

    What ingestion appends takes the version of what is there, and belongs to no core set. A core set, or a newer
    version over a recorded interval, comes from a compaction or a batch task. Those that it has replaced stay used for
    up to 15 minutes (seen on Druid 25 to 33), so that the recorded ones may all be used, and be invisible.
    """
    known = {segment.id: segment for segment in recorded}
    return tuple(
        one.id
        for one in used
        if one.id not in known and (one.core_partitions > 0 or any(_replaces(one, old) for old in known.values()))
    )


def _replaces(one: Segment, old: Segment) -> bool:
    return one.version > old.version and one.start < old.end and old.start < one.end


def _chunk(segment: Segment) -> tuple[str, datetime, datetime, str]:
    return segment.datasource, segment.start, segment.end, segment.version


def check_unchanged(plan: DayPlan, seen: str) -> None:
    """Raise `StalePlan` unless what was seen is exactly what was confirmed."""
    if seen != plan.fingerprint:
        raise StalePlan(
            f"Files or segments of {plan.day} have changed since the plan was made.",
            advice="Plan again, look at the new numbers and confirm those.",
        )


def day_bounds(day: date) -> tuple[datetime, datetime]:
    """The day in Druid: UTC midnight to midnight."""
    start = datetime.combine(day, time.min, UTC)
    return start, start + timedelta(days=1)
