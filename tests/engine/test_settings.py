"""Settings come from the environment, keep their secrets, and are refused by name."""

from pathlib import Path

import pytest

from replay_engine import settings
from replay_engine.errors import BadConfig

SECRETS = {
    "REPLAY_AZURE_CONNECTION_STRING": "DefaultEndpointsProtocol=https;AccountName=a;AccountKey=hush",
    "REPLAY_DRUID_PASSWORD": "hush",
}


@pytest.fixture(autouse=True)
def nothing_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for field in settings.Settings.model_fields:
        monkeypatch.delenv(f"REPLAY_{field.upper()}", raising=False)


def test_nothing_need_be_set() -> None:
    """What has no sensible default is simply not there; the state has a container of its own."""
    loaded = settings.load()
    assert (loaded.bucket, loaded.broker_list, loaded.druid_url, loaded.topic_prefix) == (None, None, None, "")
    assert loaded.state_container == "replay-state"


def test_everything_is_read_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    """Under the names that operators were given; an empty variable is none."""
    values = {
        "REPLAY_CONFIG": "/etc/replay.json",
        "REPLAY_BUCKET": "telemetry",
        "REPLAY_AZURE_ACCOUNT_URL": "https://a.blob.core.windows.net",
        "REPLAY_BROKER_LIST": "one:9092,two:9092",
        "REPLAY_KAFKA_PROPERTIES": "/etc/kafka.properties",
        "REPLAY_TOPIC_PREFIX": "prod.",
        "REPLAY_DRUID_URL": "http://druid:8888",
        "REPLAY_DRUID_USERNAME": "replay",
        "REPLAY_STATE_CONTAINER": "state",
        "REPLAY_REDIS_URL": "redis://not-of-the-engine",
    }
    for name, value in values.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("REPLAY_DRUID_PASSWORD", "")
    loaded = settings.load()
    assert (loaded.config, loaded.kafka_properties) == (Path("/etc/replay.json"), Path("/etc/kafka.properties"))
    assert loaded.druid_password is None
    for name in (
        "bucket",
        "azure_account_url",
        "broker_list",
        "topic_prefix",
        "druid_url",
        "druid_username",
        "state_container",
    ):
        assert getattr(loaded, name) == values[f"REPLAY_{name.upper()}"]


def test_secrets_do_not_show(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not in a repr, not in a dump."""
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    loaded = settings.load()
    assert "hush" not in repr(loaded) + str(loaded) + loaded.model_dump_json()
    assert loaded.azure_connection_string is not None
    assert loaded.azure_connection_string.get_secret_value() == SECRETS["REPLAY_AZURE_CONNECTION_STRING"]


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("REPLAY_SETTLE_TIMEOUT_SECONDS", "hush"),
        ("REPLAY_SETTLE_TIMEOUT_SECONDS", "-1"),
        ("REPLAY_STORE_CONCURRENCY", "0"),
        ("REPLAY_STORE_CONCURRENCY", "1000"),
        ("REPLAY_STATE_CONTAINER", "No_Container"),
    ],
)
def test_a_bad_value_is_refused_by_name(monkeypatch: pytest.MonkeyPatch, name: str, value: str) -> None:
    """The variable is named, its value is not told."""
    monkeypatch.setenv(name, value)
    with pytest.raises(BadConfig, match=f"^{name} cannot be used") as refused:
        settings.load()
    assert "hush" not in str(refused.value)
    assert refused.value.__cause__ is None
