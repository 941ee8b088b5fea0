"""The config document: the shipped one loads as it stands, a bad one is told in a sentence."""

import json
from pathlib import Path
from typing import Any

import pytest

from replay_engine import catalog
from replay_engine.catalog import SettleOn
from replay_engine.errors import BadConfig
from replay_engine.model import Sink, SinkType

DRUID = ("telemetry-events", "telemetry-log-events", "telemetry-error-events", "telemetry-feedback-events")

SHIPPED = {
    "ingest": ("telemetry.raw", ("raw", "unique", "channel", "telemetry-denormalized"), DRUID),
    "raw": ("telemetry.valid", ("unique", "channel", "telemetry-denormalized"), DRUID),
    "unique": ("telemetry.sink", ("channel", "telemetry-denormalized"), DRUID),
    "failed": ("telemetry.raw", (), ()),
    "wfs": ("telemetry.sink", ("channel", "telemetry-denormalized"), ("summary-events",)),
}


def entry(**changes: Any) -> dict[str, Any]:
    return {"outputKafkaTopic": "t", "dependentSinkSources": [{"type": "azure", "prefix": "unique"}], **changes}


def test_the_shipped_document_says_what_depends_on_what() -> None:
    """Every source with its topic and its sinks in order, reading the folder of its own name, waiting for nobody."""
    sources = catalog.load().sources
    assert list(sources) == list(SHIPPED)
    for name, (topic, azure, druid) in SHIPPED.items():
        sinks = (*(Sink(SinkType.AZURE, prefix) for prefix in azure), *(Sink(SinkType.DRUID, ds) for ds in druid))
        assert (name, name, topic, sinks, ()) == (
            sources[name].name,
            sources[name].folder,
            sources[name].topic,
            sources[name].sinks,
            sources[name].settle,
        )


def test_the_shipped_document_is_the_platforms_own() -> None:
    """No key was added to the document as operators know it."""
    document = json.loads(catalog.DEFAULT_CONFIG.read_text())
    expected = {
        name: {
            "outputKafkaTopic": topic,
            "dependentSinkSources": [
                *({"type": "azure", "prefix": prefix} for prefix in azure),
                *({"type": "druid", "prefix": datasource} for datasource in druid),
            ],
        }
        for name, (topic, azure, druid) in SHIPPED.items()
    }
    assert document == expected


def test_optional_keys() -> None:
    """Another folder to read, and the consumer groups to wait for, in order."""
    settle = [{"consumerGroup": "denorm"}, {"consumerGroup": "druid", "topic": "telemetry.sink"}]
    loaded = catalog.parse(json.dumps({"x": entry(inputPrefix="/archive/raw/", settle=settle)}), "here").sources["x"]
    assert loaded.folder == "archive/raw"
    assert loaded.settle == (SettleOn("denorm", None), SettleOn("druid", "telemetry.sink"))


AZURE_CHANNEL = {"type": "azure", "prefix": "channel"}


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("", "is not JSON"),
        ("{", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("{'raw': 1}", "is not JSON"),
        ("[]", "at the top"),
        ("null", "at the top"),
        ('{"raw": 1}', "at raw"),
        ('{"raw": {}, "raw": {}}', "'raw' stands there twice"),
        (json.dumps({"raw": {"outputKafkaTopic": "t"}}), "raw.dependentSinkSources"),
        (json.dumps({"raw": entry(outputKafkaTopic="")}), "raw.outputKafkaTopic"),
        (json.dumps({"raw": entry(outputKafkaTopic=1)}), "raw.outputKafkaTopic"),
        (
            json.dumps({"raw": entry(dependentSinkSources=[{"type": "s3", "prefix": "x"}])}),
            "raw.dependentSinkSources.0.type",
        ),
        (json.dumps({"raw": entry(dependentSinkSources=[{"type": "azure"}])}), "raw.dependentSinkSources.0.prefix"),
        (json.dumps({"raw": entry(dependentSinkSources=[{"type": "azure", "prefix": "/"}])}), "a sink has no name"),
        (
            json.dumps({"raw": entry(dependentSinkSources=[AZURE_CHANNEL, AZURE_CHANNEL])}),
            "'channel' and 'channel' overlap",
        ),
        (
            json.dumps({"raw": entry(dependentSinkSources=[AZURE_CHANNEL, {"type": "azure", "prefix": "channel/x"}])}),
            "'channel' and 'channel/x' overlap",
        ),
        (
            json.dumps({"raw": entry(dependentSinkSources=[{"type": "azure", "prefix": "raw"}])}),
            "'raw' overlaps the folder",
        ),
        (json.dumps({"raw": entry(dependentSinkSources=[{"type": "azure", "prefix": "raw/x"}])}), "'raw/x' overlaps"),
        (json.dumps({"a": entry(inputPrefix="unique/x")}), "'unique' overlaps the folder"),
        (json.dumps({"a": entry(inputPrefix="/")}), "it reads no folder"),
        (json.dumps({" ": entry()}), "it reads no folder"),
        (json.dumps({"raw": entry(inputprefix="x")}), "raw.inputprefix"),
        (json.dumps({"raw": entry(settle=[{"consumergroup": "x"}])}), "raw.settle.0.consumerGroup"),
    ],
)
def test_a_bad_document_is_told_in_a_sentence(text: str, place: str) -> None:
    """Where it is, and what is wrong there, in one line."""
    with pytest.raises(BadConfig) as refused:
        catalog.parse(text, "/etc/replay.json")
    assert place in refused.value.message
    assert "/etc/replay.json" in refused.value.message
    assert "\n" not in str(refused.value)


def test_folders_that_only_begin_alike_do_not_overlap() -> None:
    """``raw`` may be read while ``raw-denorm`` is cleared, and a datasource may be called as a folder is."""
    sinks = [
        {"type": "azure", "prefix": "raw-denorm"},
        {"type": "druid", "prefix": "raw"},
        AZURE_CHANNEL,
        {"type": "druid", "prefix": "channel"},
    ]
    assert len(catalog.parse(json.dumps({"raw": entry(dependentSinkSources=sinks)}), "here").sources["raw"].sinks) == 4


def test_a_document_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, a folder, no text: the setting to mend is named."""
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "missing.json", tmp_path, tmp_path / "bytes.json"):
        with pytest.raises(BadConfig, match="REPLAY_CONFIG"):
            catalog.load(path)
