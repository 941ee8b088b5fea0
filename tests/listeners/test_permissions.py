"""Every listener's request stands in one table; what does not is denied, whoever registers a listener for it."""

import json
import time
from collections.abc import Callable
from dataclasses import replace
from typing import Any
from urllib.parse import urlencode

import pytest
from slack_bolt import Ack, App, BoltRequest

from bot import settings
from bot.access import nobody
from bot.app import build_app
from bot.services import assemble
from bot.slack_client import listeners_client
from replay_engine import Engine, load_settings
from sandbox.slack.delivery.transport import sign
from tests.helpers.conversation import Conversation

OPERATOR = {"id": "U00OPERATOR"}


@pytest.fixture
def app(conversation: Conversation) -> App:
    """The bot, to which a test adds listeners."""
    bot = settings.load()
    services, _ = assemble(bot, Engine(load_settings()), nobody)
    return build_app(bot, listeners_client(bot), replace(services, decided=lambda: None))


def _click(action_id: str) -> dict[str, Any]:
    channel = {"id": "C0DATAREPLAY"}
    return {"type": "block_actions", "user": OPERATOR, "channel": channel, "actions": [{"action_id": action_id}]}


def _submission(callback_id: str) -> dict[str, Any]:
    view = {"id": "V1", "type": "modal", "callback_id": callback_id, "private_metadata": "{}", "state": {"values": {}}}
    return {"type": "view_submission", "user": OPERATOR, "view": view}


@pytest.mark.parametrize(
    ("body", "register"),
    [
        (_click("unknown"), lambda app, listener: app.action("unknown")(listener)),
        (_submission("unknown"), lambda app, listener: app.view("unknown")(listener)),
        (
            {"type": "shortcut", "user": OPERATOR, "callback_id": "unknown"},
            lambda app, listener: app.shortcut("unknown")(listener),
        ),
    ],
    ids=["a click", "a submission", "a shortcut"],
)
def test_a_listener_that_the_table_does_not_name_is_never_called(
    app: App, body: dict[str, Any], register: Callable[[App, Callable[[Ack], None]], object]
) -> None:
    """Not even for an operator."""
    called: list[str] = []

    def listener(ack: Ack) -> None:
        ack()
        called.append("called")

    register(app, listener)
    assert app.dispatch(_signed(body)).status == 404
    assert called == []


def _signed(body: dict[str, Any]) -> BoltRequest:
    secret = settings.load().slack_signing_secret
    assert secret is not None
    text, now = urlencode({"payload": json.dumps({**body, "team": {"id": "T00SANDBOX"}})}), str(int(time.time()))
    signature = sign(secret.get_secret_value(), now, text)
    form = "application/x-www-form-urlencoded"
    headers = {"x-slack-request-timestamp": now, "x-slack-signature": signature, "content-type": form}
    return BoltRequest(body=text, headers={name: [value] for name, value in headers.items()})
