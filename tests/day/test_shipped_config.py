"""The config document as it is shipped runs: every source of it, with the sinks that it names, from plan to closed."""

import gzip
from pathlib import Path

import pytest

from replay_engine.model import Request, SinkType, Stage
from replay_engine.request import config_document
from replay_engine.request.resolve import resolve
from replay_engine.settings import Settings
from replay_engine.state import names
from tests.day.test_landing import Pipeline, stored_as_events
from tests.fakes.topics import MemoryTopic
from tests.helpers.scene import DATA, DAY, EVENTS, Scene, lines_of

SOURCES = config_document.load().sources
SETTINGS = Settings(
    bucket=DATA,
    broker_list="broker:9092",
    azure_account_url="https://store.invalid",
    druid_url="http://druid.invalid",
    topic_prefix="prod.",
)


def store_day(scene: Scene, folder: str) -> None:
    """The source holds the day, in one file, where the scene has none of it."""
    if not scene.stored(f"{folder}/{DAY}"):
        lines = gzip.compress(b"\n".join(lines_of(DAY)), mtime=0)
        scene.account.put(DATA, f"{folder}/{DAY}-1575224000000.json.gz", lines)


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_runs_as_it_stands(name: str) -> None:
    """Backed up, cleared, published, refilled, closed; a source without sinks is only published."""
    spec = resolve(Request(name, str(DAY), str(DAY)), config_document.load(), SETTINGS)
    scene = Scene(cluster=MemoryTopic([spec.topic]))
    stored_as_events(scene)
    store_day(scene, spec.folder)
    folders = tuple(f"{sink}/" for sink in spec.sink_prefixes(SinkType.AZURE))
    doomed = [blob for blob in scene.stored() if folders and blob.startswith(folders) and names.day_of(blob) == DAY]
    pipeline = Pipeline(scene.account, DATA, scene.segments.state, scene.cluster, spec.topic, DAY)
    pipeline.folders = tuple(sorted({str(Path(blob).parent) for blob in doomed}))
    pipeline.datasources = tuple(one for one in spec.sink_prefixes(SinkType.DRUID) if one == EVENTS)
    scene.clock.at_sleep.append(pipeline.land)
    (day,) = scene.walk(scene.plan(spec=spec)).run().days
    assert (day.stage, day.error, day.landing) == (Stage.CLOSED, "", "")
    assert spec.topic == f"prod.{SOURCES[name].topic}"
    assert len(scene.cluster.lines(spec.topic)) == 40
    assert sum(day.blobs_deleted.values()) == len(doomed)
