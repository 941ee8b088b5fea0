"""What a person should know of the sinks before they confirm: full ones that are not cleared, and names of nothing.

Reads only: at most two listings of a sink, each ended at its first file, and those of the days. A datasource that has
no segment of the days is looked up among all.
"""

from collections.abc import Iterator, Sequence

from replay_engine.model import DayPlan, LandingRules, ReplaySpec, SinkType
from replay_engine.plan.inventory import day_blobs
from replay_engine.ports import BlobStore, SegmentStore


def sink_cautions(
    spec: ReplaySpec, days: Sequence[DayPlan], data: BlobStore, segments: SegmentStore | None
) -> Iterator[str]:
    """Of all days together."""
    if not spec.destructive:
        return
    for prefix in spec.sink_prefixes(SinkType.AZURE):
        empty = not any(day.sinks.get(prefix) and day.sinks[prefix].blobs for day in days)
        if empty and next(iter(data.list(f"{prefix}/")), None) is None:
            yield f"The sink {prefix} holds nothing at all, on any day: is its name in the config right?"
    for datasource in spec.sink_prefixes(SinkType.DRUID):
        empty = not any(day.segments.get(datasource) for day in days)
        if empty and segments is not None and not segments.holds_any(datasource):
            yield f"The datasource {datasource} has no segment at all, of any day: is its name in the config right?"


def doubled_sinks(spec: ReplaySpec, day: DayPlan, data: BlobStore) -> Iterator[str]:
    """Of a whole day that is published without deleting, while the sinks hold it."""
    if spec.delete_backups or spec.file_path:
        return
    prefixes = [sink.prefix for sink in spec.sinks if sink.type is SinkType.AZURE]
    full = [prefix for prefix in prefixes if day_blobs(data, prefix, day.day)]
    if full:
        yield (
            f"{', '.join(full)} hold files of this day, and nothing is deleted: what is published comes to stand there "
            "twice, unless the pipeline drops it."
        )


def outweighed(day: DayPlan, rules: LandingRules) -> Iterator[tuple[str, str]]:
    """Sinks that hold so many times the source's bytes that it can hardly be what filled them, and the sentence."""
    for prefix, amount in day.sinks.items():
        if amount.size_bytes > rules.largest * max(1, day.source.size_bytes):
            yield (
                prefix,
                f"{prefix} holds {amount.size_bytes:,} bytes of {day.day} and the source {day.source.size_bytes:,}: "
                f"more than {rules.largest:g} times as much would be cleared.",
            )
