"""Fill the sandbox's store and Druid with days as a platform in production would have left them.

Each day has stored files of ``raw``, and in the dependent sinks what a broken stage made of them: every
tenth event is missing there, which is why somebody replays. Around it lies what a replay must leave alone:
neighbouring days, other systems' folders, names that only look alike.

What is returned says exactly what is there, so that a test can compare afterwards.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import md5

from azure.storage.blob import ContainerClient

from sandbox.druid.state import DruidStandIn
from sandbox.world import telemetry
from sandbox.world.sinks import SINK, VALID, Landing, blob_name, gzip_lines, upload_all, upload_times, write
from sandbox.world.telemetry import Event, parse_lines
from sandbox.world.telemetry_data import CHANNELS

DAYS = (date(2019, 12, 1), date(2019, 12, 2), date(2019, 12, 3))
SOURCE_FILES = 6
BATCH_EVENTS = 20
_ONE_DAY = timedelta(days=1)


@dataclass(frozen=True, slots=True)
class SeededDay:
    """One day: what its source holds, and what its sinks held before anything was replayed."""

    day: date
    source_blobs: tuple[str, ...]
    lines: tuple[bytes, ...]
    """Every line of the source but the empty one, in the order of the blobs' names; of a damaged file too."""
    mids: tuple[str, ...]
    sink_blobs: Mapping[str, Mapping[str, str]]
    """Of each sink, the MD5 (hex) of each blob."""
    segments: Mapping[str, tuple[str, ...]]
    """Of each Druid datasource, the ids of its segments of the day."""
    damaged_blob: str | None = None


@dataclass(frozen=True, slots=True)
class Seeded:
    """Everything that was put there."""

    days: Mapping[date, SeededDay]
    other_blobs: Mapping[str, str]
    """What a replay of ``raw`` over the days must leave alone: the MD5 (hex) of each blob."""
    other_segments: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Ground:
    """Where the seed goes."""

    container: ContainerClient
    druid: DruidStandIn


def seed(
    container: ContainerClient,
    druid: DruidStandIn,
    *,
    days: Sequence[date] = DAYS,
    events_per_day: int = 10_000,
    damage_day: date | None = None,
    summaries_day: date | None = None,
    seed: int = 0,
) -> Seeded:
    """Put the days and everything around them there; ``damage_day`` has a source file that ends too early.

    ``summaries_day`` has a source ``wfs`` and what landed from it, in sinks that ``raw`` fills too; by default it is
    the day after the last, which is not replayed.
    """
    ground = Ground(container, druid)
    seeded = {day: _seed_day(ground, day, events_per_day, seed) for day in days}
    if damage_day is not None:
        seeded[damage_day] = _damage(ground, seeded[damage_day])
    few = max(events_per_day // 10, 10)
    around = [_seed_day(ground, day, few, seed) for day in (min(days) - _ONE_DAY, max(days) + _ONE_DAY)]
    others = _other_sources(ground, days, few, seed, seeded[min(days)].lines) | _decoys(ground, days)
    for neighbour in around:
        others |= {name: _md5_of(container, name) for name in neighbour.source_blobs}
        for blobs in neighbour.sink_blobs.values():
            others |= blobs
    derived, derived_segments = _seed_workflow_summaries(ground, summaries_day or max(days) + _ONE_DAY, few, seed)
    ids = [i for neighbour in around for kept in neighbour.segments.values() for i in kept]
    return Seeded(seeded, others | derived, (*ids, *derived_segments))


def _seed_day(ground: Ground, day: date, count: int, seed: int) -> SeededDay:
    times = _evening(day)
    lines = telemetry.events(day, count, seed)
    files = _source_files(day, lines, times)
    upload_all(ground.container, {name: content for name, (content, _) in files.items()})
    ordered = tuple(line for name in sorted(files) for line in files[name][1])
    events = parse_lines(ordered)
    blobs, segments = _fill_sinks(ground, VALID, [e for i, e in enumerate(events) if i % 10], times)
    by_sink: dict[str, dict[str, str]] = {}
    for name, digest in blobs.items():
        by_sink.setdefault(name.partition("/")[0], {})[name] = digest
    return SeededDay(day, tuple(sorted(files)), ordered, tuple(e.mid for e in events), by_sink, segments)


def _source_files(day: date, lines: Sequence[bytes], times: Iterator[int]) -> dict[str, tuple[bytes, Sequence[bytes]]]:
    """The day's stored files with their lines; one has no newline at its end, one an empty line within."""
    files = {}
    for number in range(SOURCE_FILES):
        part = lines[number::SOURCE_FILES]
        stored = [*part[:1], b"", *part[1:]] if number == 2 else part
        name = blob_name("raw", day, next(times), partition=number % 3)
        files[name] = (gzip_lines(stored, last_newline=number != 1), part)
    return files


def _fill_sinks(
    ground: Ground, topic: str, events: Sequence[Event], times: Iterator[int]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Land the events in two flushes, as a pipeline does over a day; the blobs' MD5, and the segments' ids."""
    blobs: dict[str, str] = {}
    segments: dict[str, tuple[str, ...]] = {}
    half = len(events) // 2
    for part in (events[:half], events[half:]):
        landing = Landing()
        for event in part:
            landing.add(topic, event)
        landed = write(landing, ground.container, ground.druid, times)
        blobs |= {name: _md5(content) for name, content in landed.blobs.items()}
        for segment in landed.segments:
            segments[segment.datasource] = (*segments.get(segment.datasource, ()), segment.id)
    return blobs, segments


def _damage(ground: Ground, seeded: SeededDay) -> SeededDay:
    """Cut the end off the day's last file: most of its lines can be read before the error."""
    name = seeded.source_blobs[-1]
    damage_file(ground.container, name)
    return replace(seeded, damaged_blob=name)


def damage_file(container: ContainerClient, name: str) -> None:
    """Cut the end off a stored file, as a broken upload does."""
    blob = container.get_blob_client(name)
    whole = blob.download_blob().readall()
    blob.upload_blob(whole[: len(whole) * 97 // 100 - 8], overwrite=True)


def _other_sources(
    ground: Ground, days: Sequence[date], few: int, seed: int, first_lines: Sequence[bytes]
) -> dict[str, str]:
    """``ingest`` holds the first day's events in batches; ``failed`` holds, for each day, events no sink ever had."""
    batches = telemetry.batches(first_lines, BATCH_EVENTS)
    half = len(batches) // 2
    blobs = {
        blob_name("ingest", days[0], ms, partition=number): gzip_lines(part)
        for number, (ms, part) in enumerate(zip(_evening(days[0]), (batches[:half], batches[half:]), strict=False))
    }
    for day in days:
        failed = telemetry.events(day, max(few // 10, 3), seed + 1)
        blobs[blob_name("failed", day, next(_evening(day)))] = gzip_lines(failed)
    upload_all(ground.container, blobs)
    return {name: _md5(content) for name, content in blobs.items()}


def _seed_workflow_summaries(
    ground: Ground, day: date, count: int, seed: int
) -> tuple[dict[str, str], tuple[str, ...]]:
    """A day of ``wfs`` and what landed from it: summary folders, which a replay of ``raw`` has to leave alone."""
    times = upload_times(next(_evening(day)) + 1_000_000)
    lines = telemetry.summaries(day, count, seed)
    source = {blob_name("wfs", day, next(times)): gzip_lines(lines)}
    upload_all(ground.container, source)
    blobs, segments = _fill_sinks(ground, SINK, parse_lines(lines), times)
    return blobs | {n: _md5(c) for n, c in source.items()}, tuple(i for ids in segments.values() for i in ids)


def _decoys(ground: Ground, days: Sequence[date]) -> dict[str, str]:
    """Names that look like a day's stored files, or lie beside them, and are neither."""
    day = days[0]
    stamp = f"{day:%Y%m%d}T000000.000Z_{day + _ONE_DAY:%Y%m%d}T000000.000Z"
    names = [
        f"raw-archive/{day}-1575224000000.json.gz",
        f"unique_old/{day}-1575224000000.json.gz",
        f"channel-exhaust/{CHANNELS[0]}/raw/{day}-1575224000000.json.gz",
        f"druid/segments/telemetry-events/{stamp}/{day}T05_31_00.000Z/0/index.zip",
        "raw/1970-01-01-1575224000000.json.gz",
        "unique/1970-01-01-1575224000000.json.gz",
        f"channel/{CHANNELS[0]}/audit-{day}.csv",
    ]
    blobs = {name: gzip_lines([name.encode()]) for name in names}
    upload_all(ground.container, blobs)
    return {name: _md5(content) for name, content in blobs.items()}


def _evening(day: date) -> Iterator[int]:
    """Upload times of a day's files, beginning after midnight in Kolkata."""
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    return upload_times(int((midnight + timedelta(hours=19)).timestamp() * 1000))


def _md5_of(container: ContainerClient, name: str) -> str:
    return _md5(container.get_blob_client(name).download_blob().readall())


def _md5(content: bytes) -> str:
    return md5(content, usedforsecurity=False).hexdigest()
