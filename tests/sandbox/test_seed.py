"""What the seed says it put there is what is there, with everything a replay must notice or leave alone."""

import gzip
import zlib
from collections import Counter
from collections.abc import Iterator
from datetime import date
from hashlib import md5

import pytest
from azure.storage.blob import BlobServiceClient, ContainerClient

from sandbox.azurite import Azurite
from sandbox.druid.stand_in import DruidStandIn
from sandbox.world.seed import DAYS, Seeded, seed
from sandbox.world.telemetry import parse_lines

FIRST, DAMAGED, LAST = DAYS


@pytest.fixture(scope="module")
def ground(azurite: Azurite) -> Iterator[tuple[ContainerClient, DruidStandIn]]:
    with BlobServiceClient.from_connection_string(azurite.connection_string) as client:
        yield client.create_container("test-seed"), DruidStandIn()


@pytest.fixture(scope="module")
def seeded(ground: tuple[ContainerClient, DruidStandIn]) -> Seeded:
    return seed(*ground, events_per_day=120, damage_day=DAMAGED)


def content(container: ContainerClient, name: str) -> bytes:
    return container.download_blob(name).readall()


def test_source_files_hold_the_lines(seeded: Seeded, ground: tuple[ContainerClient, DruidStandIn]) -> None:
    """Several files a day, in the order of their names; one empty line and one missing newline among them."""
    day = seeded.days[FIRST]
    whole = [gzip.decompress(content(ground[0], name)) for name in day.source_blobs]
    assert list(day.source_blobs) == sorted(day.source_blobs)
    assert [line for text in whole for line in text.split(b"\n") if line] == list(day.lines)
    assert sum(b"\n\n" in text for text in whole) == 1
    assert sum(not text.endswith(b"\n") for text in whole) == 1
    assert day.mids == tuple(e.mid for e in parse_lines(day.lines))


def test_a_damaged_file_ends_too_early(seeded: Seeded, ground: tuple[ContainerClient, DruidStandIn]) -> None:
    """It is the day's last file; most of its lines can be read, then the gzip stream breaks off."""
    day = seeded.days[DAMAGED]
    assert day.damaged_blob == day.source_blobs[-1]
    damaged = content(ground[0], day.source_blobs[-1])
    with pytest.raises(EOFError):
        gzip.decompress(damaged)
    inflate = zlib.decompressobj(31)
    readable = inflate.decompress(damaged).count(b"\n")
    assert 10 < readable <= 20
    assert not inflate.eof
    for name in day.source_blobs[:-1]:
        gzip.decompress(content(ground[0], name))


def test_sinks_hold_what_a_broken_stage_left(seeded: Seeded, ground: tuple[ContainerClient, DruidStandIn]) -> None:
    """Every sink has the day's events but every tenth, and the digests are those of what is stored."""
    container, druid = ground
    day = seeded.days[FIRST]
    assert set(day.sink_blobs) == {"unique", "channel", "telemetry-denormalized"}
    expected = [mid for index, mid in enumerate(day.mids) if index % 10]
    for blobs in day.sink_blobs.values():
        stored = {name: content(container, name) for name in blobs}
        assert {n: md5(c, usedforsecurity=False).hexdigest() for n, c in stored.items()} == blobs
        lines = [line for c in stored.values() for line in gzip.decompress(c).splitlines()]
        assert Counter(e.mid for e in parse_lines(lines)) == Counter(expected)
    rows = [row for name in day.segments for row in druid.rows(name, FIRST)]
    assert Counter(rows) == Counter(expected)
    for name, ids in day.segments.items():
        assert [s.id for s in druid.used(name) if s.interval.start.startswith(str(FIRST))] == list(ids)


def test_everything_is_accounted_for(seeded: Seeded, ground: tuple[ContainerClient, DruidStandIn]) -> None:
    """No blob and no segment is there that the seed does not name."""
    container, druid = ground
    named = set(seeded.other_blobs)
    for day in seeded.days.values():
        named |= set(day.source_blobs).union(*day.sink_blobs.values())
    assert named == {blob.name for blob in container.list_blobs()}
    ids = {i for day in seeded.days.values() for kept in day.segments.values() for i in kept}
    assert ids | set(seeded.other_segments) == {s.id for name in druid.datasources() for s in druid.used(name)}


def test_around_the_days_lies_what_must_be_left_alone(seeded: Seeded) -> None:
    """Neighbouring days, other sources, other systems' folders, names that look alike."""
    names = list(seeded.other_blobs)
    for beginning in (
        "raw/2019-11-30-",
        "unique/2019-12-04-",
        "raw-archive/2019-12-01-",
        "druid/segments/",
        "raw/1970-01-01-",
        "ingest/2019-12-01-",
        "failed/2019-12-01-",
        "wfs/2019-12-04-",
    ):
        assert any(name.startswith(beginning) for name in names), beginning


def test_ingest_holds_the_first_day_in_batches(seeded: Seeded, ground: tuple[ContainerClient, DruidStandIn]) -> None:
    """Replaying ``ingest`` brings the very events that ``raw`` has."""
    names = [name for name in seeded.other_blobs if name.startswith("ingest/")]
    lines = [line for name in names for line in gzip.decompress(content(ground[0], name)).splitlines()]
    assert Counter(e.mid for e in parse_lines(lines)) == Counter(seeded.days[FIRST].mids)
    assert {e.day for e in parse_lines(lines)} == {date(2019, 12, 1)}
    assert len(lines) < len(seeded.days[FIRST].lines)
