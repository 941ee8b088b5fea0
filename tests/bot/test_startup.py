"""Processes that cannot start say why in one sentence, with nothing secret in it, and exit with 2."""

import os
import socket
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.processes import free_port
from sandbox.slack import SlackStandIn

BOTH = ("bot", "bot.worker")
PASSWORD = "very-secret"
NOT_SLACK = "xoxb-not-slacks"


@pytest.fixture
def environment(slack: SlackStandIn, redis_url: str) -> dict[str, str]:
    """Settings with which both processes would start."""
    return slack.environment() | {"REPLAY_REDIS_URL": redis_url}


def ends(module: str, environment: Mapping[str, str]) -> tuple[int, str, str]:
    """How a process ends that has this environment and nothing else: exit code, stdout, stderr."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith(("SLACK_", "REPLAY_"))}
    command = [sys.executable, "-m", module]
    done = subprocess.run(command, env={**clean, **environment}, capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def assert_refused(environment: Mapping[str, str], said: str, modules: tuple[str, ...] = BOTH) -> None:
    """Each of the processes ends with exactly one line on stderr, which begins so and has no secret in it."""
    secrets = {PASSWORD, NOT_SLACK, *(value for name, value in environment.items() if "TOKEN" in name)}
    with ThreadPoolExecutor() as pool:
        for code, out, told in pool.map(lambda module: ends(module, environment), modules):
            assert (code, out, told[: len(said)], told.count("\n")) == (2, "", said, 1), told
            assert [secret for secret in secrets if secret in told] == []


def test_a_missing_token_is_named(environment: dict[str, str]) -> None:
    del environment["SLACK_BOT_TOKEN"]
    assert_refused(environment, "SLACK_BOT_TOKEN is missing. ")


def test_a_config_that_does_not_parse_is_named(environment: dict[str, str], tmp_path: Path) -> None:
    """With the place to mend, before anything is asked of Slack or Redis."""
    config = tmp_path / "replay_config.json"
    config.write_text('{"raw": ')
    assert_refused(environment | {"REPLAY_CONFIG": str(config)}, f"The config {config} is not JSON: ")


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (f"redis://:{PASSWORD}@127.0.0.1:{{port}}/0", "REPLAY_REDIS_URL: Redis does not answer. "),
        (f"redis://:{PASSWORD}@127.0.0.1:{PASSWORD}/0", "REPLAY_REDIS_URL is no Redis URL. "),
    ],
)
def test_a_redis_that_does_not_answer_is_told(environment: dict[str, str], url: str, said: str) -> None:
    """The password in the URL is not repeated."""
    assert_refused(environment | {"REPLAY_REDIS_URL": url.format(port=free_port())}, said)


def test_a_rejected_bot_token_is_told(environment: dict[str, str]) -> None:
    environment["SLACK_BOT_TOKEN"] = NOT_SLACK
    assert_refused(environment, "Slack rejects SLACK_BOT_TOKEN: invalid_auth. ", ("bot",))


def test_a_rejected_app_token_is_told(environment: dict[str, str]) -> None:
    environment["SLACK_APP_TOKEN"] = NOT_SLACK
    assert_refused(environment, "Slack rejects SLACK_APP_TOKEN: invalid_auth. ", ("bot",))


def test_a_slack_that_does_not_answer_is_told(environment: dict[str, str]) -> None:
    environment["SLACK_API_URL"] = f"http://127.0.0.1:{free_port()}/api/"
    assert_refused(environment, f"Slack does not answer at {environment['SLACK_API_URL']}. ", ("bot",))


@pytest.fixture
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield int(listener.getsockname()[1])


def test_a_port_that_is_taken_is_told(environment: dict[str, str], taken_port: int) -> None:
    environment["REPLAY_HTTP_PORT"] = str(taken_port)
    assert_refused(environment, f"127.0.0.1:{taken_port} cannot be listened on: Address already in use. ", ("bot",))
