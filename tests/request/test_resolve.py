"""What a person asks for is filled in, or refused at the field that is wrong."""

from dataclasses import replace
from datetime import date
from typing import Any

import pytest

from replay_engine.errors import BadRequest
from replay_engine.model import (
    CheckSource,
    Condition,
    Delivery,
    Filter,
    LandingWait,
    OnBadLine,
    Publishing,
    ReplaySpec,
    Request,
    SinkType,
)
from replay_engine.request import config_document
from replay_engine.request.config_document import Catalog
from replay_engine.request.resolve import resolve
from replay_engine.settings import Settings

FIRST, SECOND = date(2019, 12, 1), date(2019, 12, 2)
FULL: dict[str, Any] = {"start_date": "2019-12-01", "end_date": "2019-12-02"}


def settings(**changes: Any) -> Settings:
    values = {"bucket": "telemetry", "broker_list": "broker:9092", "druid_url": "http://druid", "topic_prefix": "prod."}
    return Settings.model_validate({**values, **changes})


def ask(
    source: str = "raw", config: Catalog | None = None, with_settings: Settings | None = None, **fields: Any
) -> ReplaySpec:
    return resolve(Request(source, **fields), config or config_document.load(), with_settings or settings())


def test_the_config_and_the_settings_fill_in_what_was_left_open() -> None:
    """Two dates are enough: folder, topic with its prefix, container, brokers, and that the sinks are cleared."""
    spec = ask(**FULL)
    assert (spec.container, spec.folder, spec.file_path) == ("telemetry", "raw", None)
    assert (spec.topic, spec.broker_list) == ("prod.telemetry.valid", "broker:9092")
    assert spec.days == (FIRST, SECOND)
    assert spec.delete_backups
    assert spec.destructive
    assert spec.sink_prefixes(SinkType.AZURE) == ("unique", "channel", "telemetry-denormalized")


def test_what_was_asked_comes_first() -> None:
    """Every input overrides what config and settings say; a topic is taken as it is written."""
    spec = ask(
        start_date=" 2019-12-01 ",
        bucket=" other ",
        prefix="/archive/raw/",
        topic=" exactly.this ",
        broker_list=" elsewhere:9092 ",
        delete_backups=False,
    )
    assert (spec.container, spec.folder, spec.topic, spec.broker_list) == (
        "other",
        "archive/raw",
        "exactly.this",
        "elsewhere:9092",
    )
    assert spec.days == (FIRST,)
    assert not spec.destructive
    assert spec.sink_prefixes(SinkType.AZURE) == ()


@pytest.mark.parametrize("fields", [{"start_date": "2019-12-01"}, {"end_date": "2019-12-01"}])
def test_one_date_is_one_day(fields: dict[str, Any]) -> None:
    """Whichever it is."""
    assert ask(**fields).days == (FIRST,)


def test_a_source_without_sinks_deletes_nothing() -> None:
    """Also when it is told that it may."""
    assert not ask("failed", **FULL).destructive
    assert not ask("failed", **FULL, delete_backups=True).destructive


def test_a_source_that_is_not_in_the_config() -> None:
    """With a folder, or a file, and a topic it is only pushed."""
    spec = ask("mine", prefix="my/folder", topic="t", **FULL)
    assert (spec.folder, spec.topic, spec.sinks, spec.destructive) == ("my/folder", "t", (), False)
    assert ask("mine", file_path="my/2019-12-01-1.json.gz", topic="t").file_path == "my/2019-12-01-1.json.gz"


def test_one_file_brings_its_own_day() -> None:
    """And deletes nothing, without being told."""
    spec = ask(file_path=" raw/2019-12-01-1.json.gz ")
    assert (spec.file_path, spec.folder, spec.days, spec.destructive) == (
        "raw/2019-12-01-1.json.gz",
        "raw",
        (FIRST,),
        False,
    )
    assert ask(file_path="raw/2019-12-01-1.json.gz", **FULL).days == (FIRST,)
    assert ask(file_path="raw/undated.json.gz", start_date="2019-12-02").days == (SECOND,)


def test_waiting_is_for_the_output_topic_unless_another_is_named() -> None:
    """The environment's prefix goes before the topics of the config only."""
    document = """{"raw": {"outputKafkaTopic": "valid", "dependentSinkSources": [],
        "settle": [{"consumerGroup": "one"}, {"consumerGroup": "two", "topic": "sink", "maxLag": 5000}]}}"""
    config = config_document.parse(document, "here")
    assert ask(config=config, **FULL).landing_waits == (
        LandingWait("one", "prod.valid"),
        LandingWait("two", "prod.sink", 5000),
    )
    assert ask(config=config, topic="mine", **FULL).landing_waits == (
        LandingWait("one", "mine"),
        LandingWait("two", "prod.sink", 5000),
    )


CHOOSY = """{"raw": {"outputKafkaTopic": "valid", "key": "did", "headers": true, "onBadLine": "set-aside",
    "checkSource": "full", "filters": [{"field": "flags.ex_processed", "isNull": true}],
    "dependentSinkSources": [{"type": "azure", "prefix": "unique"}]}}"""
CHOSEN = Publishing(
    key="did",
    filters=(Filter("flags.ex_processed", Condition.IS_NULL),),
    headers=True,
    on_bad_line=OnBadLine.SET_ASIDE,
    check_source=CheckSource.FULL,
)


def test_how_lines_are_published_is_the_configs_choice() -> None:
    """As they are where it says nothing, and where there is no entry; before a delete every file is read."""
    assert ask(config=config_document.parse(CHOOSY, "here"), **FULL).publishing == CHOSEN
    assert ask(**FULL).publishing == Publishing(check_source=CheckSource.FULL)
    assert ask("mine", prefix="my/folder", topic="t", **FULL).publishing == Publishing()


def test_a_request_may_choose_otherwise() -> None:
    """Delivery, bad lines and the look at the source; what it leaves open stays the config's."""
    config = config_document.parse(CHOOSY, "here")
    chosen = ask(config=config, delivery=" at_least_once ", on_bad_line="fail", check_source="heads", **FULL)
    assert chosen.publishing == replace(
        CHOSEN,
        delivery=Delivery.AT_LEAST_ONCE,
        on_bad_line=OnBadLine.FAIL,
        check_source=CheckSource.HEADS,
    )
    assert ask(config=config, delivery=" ", on_bad_line="", **FULL).publishing == CHOSEN
    assert ask("mine", prefix="x", topic="t", delivery="exactly_once", **FULL).publishing == Publishing(
        Delivery.EXACTLY_ONCE
    )


@pytest.mark.parametrize(
    ("fields", "field", "words"),
    [
        ({"delivery": "once"}, "delivery", "exactly_once or at_least_once"),
        ({"on_bad_line": "skip"}, "onBadLine", "fail or set-aside"),
        ({"check_source": "FULL"}, "checkSource", "heads or full"),
    ],
)
def test_a_word_that_nobody_knows(fields: dict[str, Any], field: str, words: str) -> None:
    """The known ones are told."""
    with pytest.raises(BadRequest, match="is not known") as refused:
        ask(**FULL, **fields)
    assert (refused.value.field, refused.value.advice) == (field, f"Say {words}.")


def test_a_filter_before_cleared_sinks_is_a_caution() -> None:
    """What it leaves out is not brought back; where nothing is cleared there is nothing to say."""
    config = config_document.parse(CHOOSY, "here")
    assert any("filters" in caution for caution in ask(config=config, **FULL).cautions)
    assert ask(config=config, delete_backups=False, **FULL).cautions == ()
    assert not any("filters" in caution for caution in ask(**FULL).cautions)


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({}, "startDate"),
        ({"start_date": "yesterday"}, "startDate"),
        ({"start_date": "2019-02-29", "end_date": "2019-03-01"}, "startDate"),
        ({"start_date": "01-12-2019"}, "startDate"),
        ({"start_date": "9999-12-31"}, "startDate"),
        ({"start_date": "2019-12-01", "end_date": "2019-12-32"}, "endDate"),
        ({"start_date": "2019-12-01", "end_date": "2019/12/02"}, "endDate"),
        ({"start_date": "2019-12-02", "end_date": "2019-12-01"}, "endDate"),
        ({"start_date": "2009-12-01", "end_date": "2019-12-01"}, "endDate"),
        ({**FULL, "source": "nobody"}, "source"),
        ({**FULL, "source": ""}, "source"),
        ({**FULL, "source": "nobody", "topic": "t"}, "source"),
        ({**FULL, "source": "nobody", "prefix": "x"}, "topic"),
        ({**FULL, "source": "nobody", "prefix": "x", "topic": "  "}, "topic"),
        ({**FULL, "source": "nobody", "prefix": "x", "topic": "t", "delete_backups": True}, "deleteBackups"),
        ({**FULL, "file_path": "raw/2019-12-01-1.json.gz", "delete_backups": True}, "deleteBackups"),
        ({**FULL, "file_path": "raw/2019-12-05-1.json.gz"}, "filePath"),
        ({**FULL, "file_path": "raw/undated.json.gz"}, "filePath"),
        ({**FULL, "file_path": "raw/2019-12-01-1.json.gz", "prefix": "raw"}, "filePath"),
        ({"file_path": "raw/undated.json.gz"}, "startDate"),
        ({**FULL, "bucket": "No_Container"}, "bucket"),
        ({**FULL, "bucket": "replay-state"}, "bucket"),
        ({**FULL, "prefix": "unique"}, "prefix"),
        ({**FULL, "prefix": "channel/in.ekstep/raw"}, "prefix"),
    ],
)
def test_what_cannot_be_meant_is_refused_at_its_field(fields: dict[str, Any], field: str) -> None:
    """One sentence, at the input that is wrong, with a way out."""
    with pytest.raises(BadRequest) as refused:
        ask(**fields)
    assert refused.value.field == field
    assert refused.value.advice
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    ("missing", "field"),
    [({"bucket": None}, "bucket"), ({"broker_list": None}, "brokerList"), ({"druid_url": None}, "deleteBackups")],
)
def test_what_neither_the_person_nor_the_settings_said(missing: dict[str, Any], field: str) -> None:
    """Druid sinks without a Druid are refused only where they would be cleared."""
    with pytest.raises(BadRequest) as refused:
        ask(with_settings=settings(**missing), **FULL)
    assert refused.value.field == field
    if field == "deleteBackups":
        assert not ask(with_settings=settings(**missing), delete_backups=False, **FULL).destructive


def test_a_folder_that_would_be_read_and_cleared_may_be_only_read() -> None:
    """Pushing from a sink's own folder deletes nothing, so it is allowed."""
    assert ask(prefix="unique", delete_backups=False, **FULL).folder == "unique"
