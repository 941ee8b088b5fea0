"""What may be asked: nothing but what config and settings name, unless the settings leave it open."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from bot.language.offer import Offer, cluster_of, offer, permitted
from bot.settings import BotSettings
from replay_engine import BadRequest, Engine, FreeText, Request, Settings
from tests.helpers.requests import CLOSED, OPEN

FORBIDDEN = (
    ({"topic": "another"}, "topic", FreeText.TOPIC),
    ({"bucket": "another"}, "bucket", FreeText.CONTAINER),
    ({"broker_list": "k1:9092"}, "brokerList", FreeText.BROKERS),
    ({"broker_list": "k1:9092,evil:9092"}, "brokerList", FreeText.BROKERS),
)


@pytest.mark.parametrize(("said", "field", "opened_by"), FORBIDDEN)
def test_what_nobody_named_is_refused_unless_left_open(said: dict[str, str], field: str, opened_by: FreeText) -> None:
    """Each by its own word; the others do not open it."""
    request = Request("raw", **said)  # type: ignore[arg-type]
    for free in (frozenset[FreeText](), frozenset(FreeText) - {opened_by}):
        with pytest.raises(BadRequest) as caught:
            permitted(request, replace(CLOSED, free_text=free))
        assert caught.value.field == field
        assert caught.value.advice
    permitted(request, replace(CLOSED, free_text=frozenset({opened_by})))


@pytest.mark.parametrize(
    "said",
    [
        {},
        {"topic": " ", "bucket": "", "broker_list": " , "},
        {"topic": "prod.telemetry.sink"},
        {"bucket": "telemetry-data"},
        {"broker_list": "k0:9092"},
        {"broker_list": "k2:9092, k1:9092"},
        {"prefix": "any/folder", "file_path": "any.json.gz"},
    ],
)
def test_what_is_named_may_be_chosen(said: dict[str, Any]) -> None:
    permitted(Request("raw", **said), CLOSED)


def test_brokers_have_their_clusters_name() -> None:
    assert [cluster_of(one, OPEN) for one in ("k2:9092,k1:9092", "k0:9092", "", None)] == ["prod", None, None, None]


def test_the_offer_is_what_config_and_settings_say(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Topics in full, sinks by kind."""
    bot = {"slack_bot_token": "xoxb", "REPLAY_REDIS_URL": "redis://", "REPLAY_SLACK_FREE_TEXT": "topic"}
    config = tmp_path / "config.json"
    config.write_text(
        '{"raw": {"outputKafkaTopic": "valid", "dependentSinkSources": '
        '[{"type": "azure", "prefix": "unique"}, {"type": "druid", "prefix": "events"}]}}'
    )
    engine = Engine(Settings(bucket="data", broker_list="k:1", topic_prefix="prod."), config)
    offered = offer(engine, BotSettings.model_validate(bot | {"REPLAY_CLUSTERS": "a=b:1"}))
    raw = offered.sources["raw"]
    assert (raw.topic, raw.folders, raw.datasources) == ("prod.valid", ("unique",), ("events",))
    rest = Offer(offered.sources, "data", "k:1", {"a": "b:1"}, frozenset({FreeText.TOPIC}))
    assert offered == rest
