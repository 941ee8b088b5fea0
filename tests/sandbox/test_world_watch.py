"""The world panel's numbers are the world's own."""

from collections.abc import Iterator
from contextlib import closing
from datetime import date

import pytest
from azure.storage.blob import BlobServiceClient
from confluent_kafka import Producer

from sandbox.processes import wait_until
from sandbox.world.parts import STATE_CONTAINER, TOPIC_PREFIX, World, world
from sandbox.world.seed import Seeded, seed
from sandbox.world.watch import WorldWatch
from tests.sandbox.slack.bots import Json

DAYS = (date(2019, 12, 1), date(2019, 12, 2))


@pytest.fixture(scope="module")
def small_world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    with world(tmp_path_factory.mktemp("watched"), pipeline=False) as running:
        yield running


@pytest.fixture(scope="module")
def seeded(small_world: World) -> Seeded:
    return seed(small_world.container, small_world.druid.state, days=DAYS, events_per_day=40)


@pytest.fixture
def watch(small_world: World, seeded: Seeded) -> Iterator[WorldWatch]:
    with closing(WorldWatch(small_world, DAYS)) as watching:
        yield watching


def row(looked: Json, table: int, name: str) -> list[int]:
    """A row's counts, day by day."""
    found = next(row for row in looked["tables"][table]["rows"] if row["name"] == name)
    return [cell["count"] for cell in found["cells"]]


def test_files_and_segments_are_counted_by_day(watch: WorldWatch, seeded: Seeded, small_world: World) -> None:
    """As the seed has put them there; names that only look alike do not count."""
    looked = watch.look()
    assert looked["days"] == ["2019-12-01", "2019-12-02"]
    days = list(seeded.days.values())
    assert row(looked, 0, "raw") == [len(day.source_blobs) for day in days]
    for sink in ("unique", "channel", "telemetry-denormalized"):
        assert row(looked, 0, sink) == [len(day.sink_blobs[sink]) for day in days]
    assert row(looked, 1, "telemetry-events") == [len(day.segments["telemetry-events"]) for day in days]
    small_world.druid.state.mark_unused("telemetry-events", lambda segment: segment.id.find("2019-12-01T") > 0)
    assert row(watch.look(), 1, "telemetry-events")[0] == 0


def test_what_the_engine_keeps_aside_is_seen(watch: WorldWatch, small_world: World) -> None:
    """Backups and quarantine, by the day that their names hold."""
    with BlobServiceClient.from_connection_string(small_world.azurite.connection_string) as account:
        state = account.create_container(STATE_CONTAINER)
        state.upload_blob("backup/r1/2019-12-02/unique/2019-12-02-1.json.gz", b"x")
        state.upload_blob("state/r1/2019-12-02/journal.jsonl", b"x")
        looked = watch.look()
        assert row(looked, 0, "backup") == [0, 1]
        assert row(looked, 0, "quarantine") == [0, 0]


def test_messages_are_counted_on(watch: WorldWatch, small_world: World) -> None:
    """What comes between two looks is added."""
    producer = Producer({"bootstrap.servers": small_world.broker.bootstrap})

    def counted() -> int:
        there = {topic["name"]: int(topic["messages"]) for topic in watch.look()["topics"]}
        return there[TOPIC_PREFIX + "telemetry.valid"]

    for expected in (3, 6):
        for _ in range(3):
            producer.produce(TOPIC_PREFIX + "telemetry.valid", b"{}")
        assert producer.flush(30) == 0
        wait_until(lambda expected=expected: counted() == expected, f"{expected} messages")  # type: ignore[misc]


def test_a_day_can_be_damaged(watch: WorldWatch, small_world: World, seeded: Seeded) -> None:
    """The end of one of its source files is cut off; other days have none to damage."""
    last = seeded.days[DAYS[1]].source_blobs[-1]
    whole = small_world.container.download_blob(last).readall()
    assert last in watch.damage("2019-12-02")
    assert whole.startswith(small_world.container.download_blob(last).readall()[:-1])
    assert len(small_world.container.download_blob(last).readall()) < len(whole)
    for day in ("2019-12-03", "", "../"):
        with pytest.raises(LookupError):
            watch.damage(day)
