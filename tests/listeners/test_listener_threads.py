"""A Slack that does not answer keeps nobody waiting for an acknowledgement."""

from collections.abc import Iterator

import pytest

from bot import settings
from bot.access import nobody
from bot.app import build_app
from bot.services import assemble
from bot.slack_client import listeners_client
from replay_engine import Engine, load_settings
from sandbox.slack import SlackStandIn
from tests.helpers.conversation import serve_bot
from tests.sandbox.slack.bots import by_socket

#: Far more than Bolt's own pool, and the server's, could hold.
CLICKS = 100


@pytest.fixture(params=["HTTP", "Socket Mode"])
def connected(
    request: pytest.FixtureRequest, slack: SlackStandIn, redis_url: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[None]:
    """The bot, by either way; it has a Redis and a Slack and needs nothing else."""
    for name, value in (slack.environment() | {"REPLAY_REDIS_URL": redis_url}).items():
        monkeypatch.setenv(name, value)
    if request.param == "HTTP":
        with serve_bot() as url:
            slack.use_http(url)
            yield
    else:
        bot = settings.load()
        services, _ = assemble(bot, Engine(load_settings()), nobody)
        with by_socket(slack, build_app(bot, listeners_client(bot), services)):
            yield


@pytest.mark.usefixtures("connected")
def test_a_silent_slack_starves_no_acknowledgement(slack: SlackStandIn) -> None:
    """Every click is acknowledged, and commands are answered, while a hundred views wait for Slack to open them."""
    asha = slack.person("operator")
    with slack.silent():
        for _ in range(CLICKS):
            assert asha.slash("/replay").ok
        assert "/replay raw" in asha.slash("/replay", "help").text
        assert asha.slash("/replay", "list").text == "Looking …"
        slack.wait_for(lambda: slack.held_answers == CLICKS, what="that all of them wait")
    assert slack.refusals == []


@pytest.mark.usefixtures("connected")
def test_no_request_asks_slack_who_the_bot_is(slack: SlackStandIn) -> None:
    """Not even the first one: it is known before Slack can reach the bot."""
    with slack.silent():
        assert "/replay raw" in slack.person("operator").slash("/replay", "help").text
        assert slack.held_answers == 0
