"""The config document: the shipped one loads as it stands, a bad one is told in a sentence."""

import json
import math
from pathlib import Path
from typing import Any

import pytest

from replay_engine.errors import BadConfig
from replay_engine.model import Canary, CheckSource, Condition, Delivery, Filter, OnBadLine, Publishing, Sink, SinkType
from replay_engine.request import config_document
from replay_engine.request.config_document import SettleOn

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
    sources = config_document.load().sources
    assert list(sources) == list(SHIPPED)
    for name, (topic, azure, druid) in SHIPPED.items():
        sinks = (*(Sink(SinkType.AZURE, prefix) for prefix in azure), *(Sink(SinkType.DRUID, ds) for ds in druid))
        assert (name, name, topic, sinks, (), Publishing()) == (
            sources[name].name,
            sources[name].folder,
            sources[name].topic,
            sources[name].sinks,
            sources[name].settle,
            sources[name].publishing,
        )


def test_the_shipped_document_is_the_platforms_own() -> None:
    """No key was added to the document as operators know it."""
    document = json.loads(config_document.DEFAULT_CONFIG.read_text())
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
    settle = [{"consumerGroup": "denorm"}, {"consumerGroup": "druid", "topic": "telemetry.sink", "maxLag": 1000}]
    loaded = config_document.parse(
        json.dumps({"x": entry(inputPrefix="/archive/raw/", settle=settle)}), "here"
    ).sources["x"]
    assert loaded.folder == "archive/raw"
    assert loaded.settle == (SettleOn("denorm", None), SettleOn("druid", "telemetry.sink", 1000))


def test_a_canary() -> None:
    """How many events go to which topic, and where they must be seen."""
    chosen = {"topic": "telemetry.canary", "consumerGroup": "g", "folder": "/canary/unique/", "lines": 5, "minutes": 2}
    loaded = config_document.parse(json.dumps({"x": entry(canary=chosen)}), "here").sources["x"]
    assert loaded.canary == Canary("telemetry.canary", "g", "canary/unique", 5, 2.0)


def options(**changes: Any) -> Publishing:
    return config_document.parse(json.dumps({"x": entry(**changes)}), "here").sources["x"].publishing


def test_how_lines_are_published() -> None:
    """By default as they are; every choice by its key."""
    assert options() == Publishing()
    filters = [
        {"field": "flags.ex_processed", "isNull": True},
        {"field": "edata.type", "equals": "é"},
        {"field": "ver", "in": ["3.0", 3, 3.5, False]},
        {"field": "ets", "equals": 0},
    ]
    found = options(
        delivery="at_least_once",
        key="context.did",
        filters=filters,
        headers=True,
        onBadLine="set-aside",
        checkSource="full",
    )
    assert found == Publishing(
        delivery=Delivery.AT_LEAST_ONCE,
        key="context.did",
        filters=(
            Filter("flags.ex_processed", Condition.IS_NULL),
            Filter("edata.type", Condition.EQUALS, ("é",)),
            Filter("ver", Condition.IN, ("3.0", 3, 3.5, False)),
            Filter("ets", Condition.EQUALS, (0,)),
        ),
        headers=True,
        on_bad_line=OnBadLine.SET_ASIDE,
        check_source=CheckSource.FULL,
    )
    assert [type(value) for value in found.filters[2].values] == [str, int, float, bool]


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
        (json.dumps({"raw": entry(settle=[{"consumerGroup": "x", "maxLag": 999}])}), "raw.settle.0.maxLag"),
        (json.dumps({"raw": entry(canary={"topic": "c"})}), "neither consumerGroup nor folder"),
        (json.dumps({"raw": entry(canary={"topic": "c", "consumergroup": "x"})}), "raw.canary.consumergroup"),
        (json.dumps({"raw": entry(canary={"topic": "c", "folder": "unique/x"})}), "folder 'unique/x' overlaps"),
        (json.dumps({"raw": entry(canary={"topic": "c", "folder": "raw"})}), "folder 'raw' overlaps"),
        (
            json.dumps({"a": entry(canary={"topic": "t", "folder": "c"}), "b": entry(outputKafkaTopic="t")}),
            "at a: its canary topic t is the output topic of b",
        ),
    ],
)
def test_a_bad_document_is_told_in_a_sentence(text: str, place: str) -> None:
    """Where it is, and what is wrong there, in one line."""
    with pytest.raises(BadConfig) as refused:
        config_document.parse(text, "/etc/replay.json")
    assert place in refused.value.message
    assert "/etc/replay.json" in refused.value.message
    assert "\n" not in str(refused.value)


BAD_OPTIONS: list[tuple[dict[str, Any], str, str]] = [
    ({"delivery": "once"}, "x.delivery", "Input should be 'exactly_once' or 'at_least_once'."),
    ({"onBadLine": "skip"}, "x.onBadLine", "Input should be 'fail' or 'set-aside'."),
    ({"checkSource": True}, "x.checkSource", "Input should be 'heads' or 'full'."),
    ({"headers": "yes"}, "x.headers", "Input should be a valid boolean."),
    ({"key": ""}, "x.key", "a field is named like did or edata.type."),
    ({"key": "a..b"}, "x.key", "a field is named like"),
    ({"key": 7}, "x.key", "Input should be a valid string."),
    (
        {"key": "a", "filters": [{"field": "a.b", "isNull": True}]},
        "x",
        "a and a.b cannot both be asked for.",
    ),
    ({"filters": {"field": "a"}}, "x.filters", "Input should be a valid list."),
    ({"filters": [{"isNull": True}]}, "x.filters.0.field", "Field required."),
    ({"filters": [{"field": 'a"', "isNull": True}]}, "x.filters.0.field", "a field is named like"),
    ({"filters": [{"field": "a"}]}, "x.filters.0", "exactly one of isNull, equals and in is needed."),
    ({"filters": [{"field": "a", "isNull": True, "in": [1]}]}, "x.filters.0", "exactly one of"),
    ({"filters": [{"field": "a", "isNull": False}]}, "x.filters.0.isNull", "Input should be True."),
    ({"filters": [{"field": "a", "equals": None}]}, "x.filters.0.equals", "only a text, a number or a"),
    ({"filters": [{"field": "a", "equals": math.nan}]}, "x.filters.0.equals", "only a text"),
    ({"filters": [{"field": "a", "equals": [1]}]}, "x.filters.0.equals", "only a text"),
    ({"filters": [{"field": "a", "in": "x"}]}, "x.filters.0.in", "Input should be a valid list."),
    ({"filters": [{"field": "a", "in": [None]}]}, "x.filters.0.in.0", "only a text"),
    ({"filters": [{"field": "a", "in": []}]}, "x.filters.0.in", "List should have at least 1 item"),
    ({"filters": [{"field": "a", "matches": 1}]}, "x.filters.0.matches", "Extra inputs are not"),
]


@pytest.mark.parametrize(("changes", "place", "what"), BAD_OPTIONS)
def test_a_bad_option_is_told_in_a_sentence(changes: dict[str, Any], place: str, what: str) -> None:
    """Which key of which entry, and what may stand there."""
    with pytest.raises(BadConfig) as refused:
        options(**changes)
    assert f"is wrong at {place}: {what}" in refused.value.message


def test_folders_that_only_begin_alike_do_not_overlap() -> None:
    """``raw`` may be read while ``raw-denorm`` is cleared, and a datasource may be called as a folder is."""
    sinks = [
        {"type": "azure", "prefix": "raw-denorm"},
        {"type": "druid", "prefix": "raw"},
        AZURE_CHANNEL,
        {"type": "druid", "prefix": "channel"},
    ]
    assert (
        len(config_document.parse(json.dumps({"raw": entry(dependentSinkSources=sinks)}), "here").sources["raw"].sinks)
        == 4
    )


def test_a_document_that_cannot_be_read(tmp_path: Path) -> None:
    """Missing, a folder, no text: the setting to mend is named."""
    (tmp_path / "bytes.json").write_bytes(b"\xff\xfe\x00")
    for path in (tmp_path / "missing.json", tmp_path, tmp_path / "bytes.json"):
        with pytest.raises(BadConfig, match="REPLAY_CONFIG"):
            config_document.load(path)
