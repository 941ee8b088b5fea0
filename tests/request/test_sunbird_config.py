"""Sunbird's later config: it loads as shipped, and is used source by source as operators fill it in."""

import json
from pathlib import Path
from typing import Any

import pytest

from replay_engine.errors import BadConfig
from replay_engine.model import Condition, Filter, Request, Sink, SinkType
from replay_engine.publish.select import Selection, Skipped
from replay_engine.request import config_document
from replay_engine.request.config_document import SUNBIRD_CONFIG, Catalog, SettleOn
from replay_engine.request.resolve import resolve
from replay_engine.settings import Settings

EVENTS = ("telemetry-events", "telemetry-log-events", "telemetry-error-events", "telemetry-feedback-events")
#: Topic, folder, sinks in Azure, datasources.
SOURCES = {
    "ingest": ("telemetry.ingest", "ingest", ("raw", "unique", "channel", "telemetry-denormalized/raw"), EVENTS),
    "raw": ("telemetry.raw", "raw", ("unique", "channel", "telemetry-denormalized/raw"), EVENTS),
    "unique": ("telemetry.unique", "unique", ("channel", "telemetry-denormalized/raw"), EVENTS),
    "telemetry-denorm": ("telemetry.denorm", "telemetry-denormalized/raw", (), (EVENTS[0], EVENTS[3])),
    "summary-denorm": ("telemetry.denorm", "telemetry-denormalized/summary", (), ("summary-events",)),
    "failed": ("telemetry.raw", "failed", (), ()),
    "batch-failed": ("telemetry.ingest", "extractor-failed", (), ()),
    "wfs": ("telemetry.derived", "derived/wfs", ("channel", "telemetry-denormalized/summary"), ("summary-events",)),
}
SETTINGS = Settings(
    bucket="telemetry-data",
    broker_list="broker:9092",
    azure_account_url="https://x.invalid",
    druid_url="http://d.invalid",
)


def asked(source: str) -> Request:
    return Request(source, "2019-12-01", "2019-12-01")


def document() -> dict[str, Any]:
    loaded: dict[str, Any] = json.loads(SUNBIRD_CONFIG.read_text())
    return loaded


def filled(source: str) -> Catalog:
    """The document, of which one source is filled in."""
    changed = document()
    changed[source]["settle"] = [{"consumerGroup": "druid-ingestion"}]
    changed[source]["dedupHours"] = 24
    return config_document.parse(json.dumps(changed), "here")


def test_it_loads_as_it_is_shipped() -> None:
    """Every source with its topic, its folder and its sinks."""
    sources = config_document.load(SUNBIRD_CONFIG).sources
    found = {
        name: (
            source.topic,
            source.folder,
            tuple(sink.prefix for sink in source.sinks if sink.type is SinkType.AZURE),
            tuple(sink.prefix for sink in source.sinks if sink.type is SinkType.DRUID),
        )
        for name, source in sources.items()
    }
    assert found == SOURCES


def test_the_ids_of_events_are_known() -> None:
    """Batches hold theirs a level deeper."""
    ids = {name: source.landing.event_id for name, source in config_document.load(SUNBIRD_CONFIG).sources.items()}
    assert {name for name, path in ids.items() if path == "events[].mid"} == {"ingest", "batch-failed"}
    assert set(ids.values()) == {"mid", "events[].mid"}


@pytest.mark.parametrize("source", ["failed", "batch-failed"])
def test_of_what_had_failed_only_lines_without_flags_are_published(source: str) -> None:
    publishing = config_document.load(SUNBIRD_CONFIG).sources[source].publishing
    assert publishing.filters == (Filter("flags", Condition.IS_NULL),)
    selection = Selection(publishing)
    wanted = [b'{"mid":"1"}', b'{"mid":"2","flags":null}']
    others = [b'{"mid":"3","flags":{"ex_processed":true}}', b'{"mid":"4","flags":{}}']
    assert [selection.key_or_skipped(line) for line in wanted] == [None, None]
    assert [selection.key_or_skipped(line) for line in others] == [Skipped(), Skipped()]


@pytest.mark.parametrize("source", SOURCES)
def test_a_source_that_is_not_filled_in_is_refused(source: str) -> None:
    """One sentence names the key; no other source is kept from being used."""
    catalog = config_document.load(SUNBIRD_CONFIG)
    with pytest.raises(BadConfig) as refused:
        resolve(asked(source), catalog, SETTINGS)
    assert refused.value.message == f"The config leaves {source}.settle.0.consumerGroup open."
    assert refused.value.advice == "Fill it in there, or take the key out."
    assert resolve(asked(source), filled(source), SETTINGS).topic == SOURCES[source][0]


def test_every_key_has_to_be_filled_in_or_taken_out() -> None:
    changed = document()
    del changed["raw"]["settle"]
    with pytest.raises(BadConfig, match=r"leaves raw\.dedupHours open"):
        resolve(asked("raw"), config_document.parse(json.dumps(changed), "here"), SETTINGS)
    del changed["raw"]["dedupHours"]
    spec = resolve(asked("raw"), config_document.parse(json.dumps(changed), "here"), SETTINGS)
    assert (spec.landing_waits, spec.sinks[0]) == ((), Sink(SinkType.AZURE, "unique"))


def test_what_is_filled_in_is_used() -> None:
    source = filled("wfs").sources["wfs"]
    assert (source.settle, source.dedup_hours) == ((SettleOn("druid-ingestion", None),), 24.0)


@pytest.mark.parametrize("hours", [-1, "a day", 1e9, None, [], "<fill in"])
def test_dedup_hours_are_a_number_of_hours(hours: object, tmp_path: Path) -> None:
    """Anything else is told with the key."""
    changed = {"raw": {**document()["raw"], "dedupHours": hours}}
    (tmp_path / "config.json").write_text(json.dumps(changed))
    with pytest.raises(BadConfig, match=r"is wrong at raw\.dedupHours: "):
        config_document.load(tmp_path / "config.json")


def test_a_key_that_is_needed_cannot_be_left_open() -> None:
    changed = {"raw": {**document()["raw"], "outputKafkaTopic": "<fill in: the topic>"}}
    with pytest.raises(BadConfig, match=r"is wrong at raw\.outputKafkaTopic"):
        config_document.parse(json.dumps(changed), "here")


@pytest.mark.parametrize(
    "text", ["[]", "7", '"<fill in: all of it>"', "null", '{"raw": "<fill in: raw>"}', '{"raw": []}']
)
def test_what_is_no_document_stays_refused(text: str) -> None:
    with pytest.raises(BadConfig):
        config_document.parse(text, "here")
