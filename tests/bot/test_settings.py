"""The bot's settings: what is missing is named, and no secret is ever shown."""

import os
from collections.abc import Iterator

import pytest

from bot import settings
from bot.access import nobody
from bot.settings import ShardExecutor
from replay_engine import BadConfig, FreeText

SECRETS = {
    "SLACK_BOT_TOKEN": "xoxb-very-secret",
    "SLACK_APP_TOKEN": "xapp-very-secret",
    "SLACK_SIGNING_SECRET": "very-secret-signing",
    "REPLAY_REDIS_URL": "redis://:very-secret@127.0.0.1:6379/0",
}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Nothing of the machine's own, and the secrets."""
    for name in [name for name in os.environ if name.startswith(("SLACK_", "REPLAY_"))]:
        monkeypatch.delenv(name)
    for name, value in SECRETS.items():
        monkeypatch.setenv(name, value)
    yield monkeypatch


def refusal() -> str:
    with pytest.raises(BadConfig) as caught:
        settings.load_for_listening()
    return str(caught.value)


def test_secrets_never_show() -> None:
    """Neither the settings' repr nor their str has a secret in it."""
    loaded = settings.load_for_listening()
    shown = f"{loaded!r} {loaded} {loaded.model_dump()}"
    assert [secret for secret in SECRETS.values() if secret in shown] == []


@pytest.mark.parametrize("name", ["SLACK_BOT_TOKEN", "REPLAY_REDIS_URL"])
@pytest.mark.parametrize("empty", [True, False])
def test_what_is_missing_is_named(environment: pytest.MonkeyPatch, name: str, empty: bool) -> None:
    """An empty variable is a missing one."""
    if empty:
        environment.setenv(name, "")
    else:
        environment.delenv(name)
    assert refusal().startswith(f"{name} is missing.")


def test_all_that_is_missing_is_named_at_once(environment: pytest.MonkeyPatch) -> None:
    for name in SECRETS:
        environment.delenv(name)
    assert refusal().startswith("SLACK_BOT_TOKEN is missing, REPLAY_REDIS_URL is missing.")


def test_socket_mode_needs_its_token(environment: pytest.MonkeyPatch) -> None:
    environment.delenv("SLACK_APP_TOKEN")
    assert refusal().startswith("SLACK_APP_TOKEN is missing.")


def test_http_needs_the_signing_secret_and_no_app_token(environment: pytest.MonkeyPatch) -> None:
    """Without the secret anybody could send requests."""
    environment.setenv("REPLAY_HTTP_PORT", "3000")
    environment.delenv("SLACK_APP_TOKEN")
    assert settings.load_for_listening().http_port == 3000
    environment.delenv("SLACK_SIGNING_SECRET")
    assert refusal().startswith("SLACK_SIGNING_SECRET is missing.")


def test_a_worker_only_speaks(environment: pytest.MonkeyPatch) -> None:
    """It needs neither what connects to Slack nor what proves Slack's requests."""
    environment.delenv("SLACK_APP_TOKEN")
    environment.delenv("SLACK_SIGNING_SECRET")
    assert settings.load().slack_app_token is None


def test_a_value_that_cannot_be_used_is_named_and_not_repeated(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("REPLAY_HTTP_PORT", "xoxb-pasted-by-mistake")
    said = refusal()
    assert said.startswith("REPLAY_HTTP_PORT cannot be used.")
    assert "xoxb-pasted-by-mistake" not in said


@pytest.mark.parametrize(
    ("given", "expected"),
    [("", set()), ("U1", {"U1"}), (" U1 , U2,", {"U1", "U2"}), (",", set())],
)
def test_operators_are_ids_separated_by_commas(environment: pytest.MonkeyPatch, given: str, expected: set[str]) -> None:
    """No setting, or one with nothing in it, means nobody."""
    environment.setenv("REPLAY_SLACK_OPERATORS", given)
    assert settings.load().access(nobody).operators == expected


def test_shards_are_published_here_unless_told_otherwise(environment: pytest.MonkeyPatch) -> None:
    """And what is no way to publish them is named."""
    assert settings.load().shard_executor is ShardExecutor.LOCAL
    environment.setenv("REPLAY_SHARD_EXECUTOR", "rq")
    assert settings.load().shard_executor is ShardExecutor.RQ
    environment.setenv("REPLAY_SHARD_EXECUTOR", "everywhere")
    assert refusal().startswith("REPLAY_SHARD_EXECUTOR cannot be used.")


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("", {}),
        ("prod=k1:9092,k2:9092;test=t1:9092", {"prod": "k1:9092,k2:9092", "test": "t1:9092"}),
        (" prod = k1:9092 , k2:9092 ; ", {"prod": "k1:9092,k2:9092"}),
        ("a=[::1]:9092", {"a": "[::1]:9092"}),
    ],
)
def test_clusters_are_named_broker_lists(environment: pytest.MonkeyPatch, given: str, expected: dict[str, str]) -> None:
    environment.setenv("REPLAY_CLUSTERS", given)
    assert settings.load().named_clusters() == expected


@pytest.mark.parametrize("given", ["prod", "prod=", "prod=k1", "=k1:9092", "a=x:1;a=y:1", "a b=x:1", "a=x:1,,y:1"])
def test_clusters_that_cannot_be_read_are_refused(environment: pytest.MonkeyPatch, given: str) -> None:
    """One sentence says how they are written."""
    environment.setenv("REPLAY_CLUSTERS", given)
    said = "REPLAY_CLUSTERS is not written like prod=k1:9092,k2:9092;test=t1:9092, each name once."
    assert refusal().startswith(said)


def test_nothing_may_be_named_freely_by_default(environment: pytest.MonkeyPatch) -> None:
    assert settings.load().may_be_free_text() == frozenset()
    environment.setenv("REPLAY_SLACK_FREE_TEXT", " topic, container")
    assert settings.load().may_be_free_text() == {FreeText.TOPIC, FreeText.CONTAINER}
    environment.setenv("REPLAY_SLACK_FREE_TEXT", "everything")
    said = "REPLAY_SLACK_FREE_TEXT may name topic, brokers and container, separated by commas."
    assert refusal().startswith(said)
