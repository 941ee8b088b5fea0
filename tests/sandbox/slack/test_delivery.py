"""The ways to the app: signatures, time-outs, connections that come and go, and answers to ``response_url``."""

import json
import threading
import time
from collections.abc import Iterator

import pytest
import requests
from slack_bolt import Ack, App
from slack_sdk.webhook import WebhookClient

from sandbox.slack import SlackStandIn, slack_stand_in
from sandbox.slack.delivery.transport import sign
from tests.sandbox.slack.bots import (
    Clock,
    Json,
    actions,
    bolt_app,
    button,
    by_http,
    by_socket,
    modal,
    section,
    web_client,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack(clock: Clock) -> Iterator[SlackStandIn]:
    with slack_stand_in(clock=clock, ack_seconds=5) as slack:
        yield slack


def test_the_signature_is_slacks() -> None:
    """The example of Slack's own documentation comes out as it stands there."""
    body = (
        "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V"
        "&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text="
        "&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN"
        "&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
    )
    expected = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
    assert sign("8f742231b10e8888abcd99yyyzzz85a5", "1531420618", body) == expected


def test_bad_and_stale_signatures_are_refused_by_the_app(slack: SlackStandIn) -> None:
    """A test can send what Slack never would; Bolt answers 401."""
    app = bolt_app(slack)

    @app.command("/replay")
    def command(ack: Ack) -> None:
        ack("done")

    with by_http(slack, app) as sender:
        body = "command=%2Freplay&text=&user_id=U00OPERATOR&team_id=T00SANDBOX&channel_id=C0DATAREPLAY"
        assert sender.post(body).status_code == 200
        assert sender.post(body, signature="v0=" + "0" * 64).status_code == 401
        assert sender.post(body, timestamp=str(int(time.time()) - 600)).status_code == 401


def test_a_late_ack_is_an_operation_timeout() -> None:
    """What an app does not acknowledge in time, the person reads as Slack's error; a late ack changes nothing."""
    with slack_stand_in(ack_seconds=0.05) as slack:
        app = bolt_app(slack)
        go_on = threading.Event()

        @app.command("/replay")
        def command(ack: Ack) -> None:
            go_on.wait(10)
            ack("too late")

        asha = slack.person("operator")
        with by_socket(slack, app):
            assert asha.slash("/replay").failure == "operation_timeout"
            go_on.set()
        assert [m.text for m in asha.ephemerals()] == ["/replay failed with the error “operation_timeout”"]


def test_a_late_http_answer_is_an_operation_timeout_too() -> None:
    """The same over HTTP, where an answer that is no 200 is a failed dispatch."""
    with slack_stand_in(ack_seconds=0.05) as slack:
        app = bolt_app(slack)
        go_on = threading.Event()

        @app.command("/replay")
        def command(ack: Ack) -> None:
            go_on.wait(10)
            ack()

        with by_http(slack, app):
            assert slack.person("operator").slash("/replay").failure == "operation_timeout"
            go_on.set()
            assert slack.person("operator").slash("/unknown").failure == "dispatch_failed"


def test_with_nobody_connected_a_command_fails_at_once(slack: SlackStandIn) -> None:
    """``dispatch_failed``, for Socket Mode without a connection and for a request URL where nobody listens."""
    asha = slack.person("operator")
    assert asha.slash("/replay").failure == "dispatch_failed"
    slack.use_http("http://127.0.0.1:9/slack/events")
    assert asha.slash("/replay").failure == "dispatch_failed"
    slack.use_socket_mode()


def test_an_answer_that_slack_cannot_show_fails_the_command(slack: SlackStandIn) -> None:
    """The body of an ack is checked as a message is."""
    app = bolt_app(slack)

    @app.command("/replay")
    def command(ack: Ack) -> None:
        ack(text="x", blocks=[section("x" * 3001)])

    with by_socket(slack, app):
        assert slack.person("operator").slash("/replay").failure == "invalid_command_response"


def test_an_ack_can_answer_in_the_channel(slack: SlackStandIn) -> None:
    """``response_type: in_channel`` is for everybody."""
    app = bolt_app(slack)

    @app.command("/replay")
    def command(ack: Ack) -> None:
        ack(text="for all", response_type="in_channel")

    with by_http(slack, app):
        slack.person("operator").slash("/replay")
    assert [m.text for m in slack.messages()] == ["for all"]
    assert slack.person("operator").ephemerals() == ()


def test_an_app_comes_back_when_it_is_asked_to(slack: SlackStandIn) -> None:
    """Slack's ``disconnect`` makes the client connect anew, and commands work on."""
    app = bolt_app(slack)

    @app.command("/replay")
    def command(ack: Ack) -> None:
        ack("here")

    with by_socket(slack, app):
        slack.socket_mode.ask_to_reconnect("refresh_requested")
        slack.wait_for(lambda: slack.socket_mode.greeted == 2)
        slack.wait_for(lambda: slack.socket_mode.connected == 1)
        assert slack.person("operator").slash("/replay").text == "here"


def test_connections_take_turns(slack: SlackStandIn) -> None:
    """Two processes of one app get every other envelope."""
    answered: list[str] = []

    def process(name: str) -> App:
        app = bolt_app(slack)

        @app.command("/replay")
        def command(ack: Ack) -> None:
            answered.append(name)
            ack()

        return app

    with by_socket(slack, process("first")), by_socket(slack, process("second")):
        for _ in range(4):
            assert slack.person("operator").slash("/replay").ok
    assert sorted(answered) == ["first", "first", "second", "second"]
    assert answered[:2] == answered[2:]


def test_an_outage_drops_connections_and_clicks(slack: SlackStandIn) -> None:
    """While Slack is away nobody reaches the app, and the app is off the line."""
    with by_socket(slack, bolt_app(slack)) as handler:
        handler.client.auto_reconnect_enabled = False
        with slack.away():
            slack.wait_for(lambda: slack.socket_mode.connected == 0)
            assert slack.person("operator").slash("/replay").failure == "dispatch_failed"


def test_a_large_form_passes_through_the_socket(slack: SlackStandIn) -> None:
    """Payloads of many frames arrive whole."""
    sizes: list[int] = []
    app = bolt_app(slack)

    @app.view("form")
    def submitted(ack: Ack, body: Json) -> None:
        sizes.append(len(json.dumps(body)))
        ack()

    asha = slack.person("operator")
    view = modal(*(section("ü" * 3000) for _ in range(10)))
    web_client(slack).views_open(trigger_id=slack.desk.tickets.trigger(asha.id), view=view)
    with by_socket(slack, app):
        assert asha.wait_for_view().submit().outcome == "closed"
    assert sizes[0] > 100_000


def answer(url: str, **body: object) -> tuple[int, str]:
    response = WebhookClient(url).send_dict(body)
    return response.status_code, response.body


def test_a_response_url_answers_replaces_and_deletes(slack: SlackStandIn) -> None:
    """Ephemeral by default; ``in_channel``, ``replace_original`` and ``delete_original`` as in Slack."""
    asha = slack.person("operator")
    ts = web_client(slack).chat_postMessage(channel="C0DATAREPLAY", text="x", blocks=[actions(button())])["ts"]
    url = slack.desk.tickets.answer_url(asha.id, "C0DATAREPLAY", ts)
    assert answer(url, text="only you") == (200, "ok")
    assert answer(url, text="all of you", response_type="in_channel") == (200, "ok")
    assert answer(url, text="instead", replace_original=True) == (200, "ok")
    assert [m.text for m in asha.ephemerals()] == ["only you"]
    assert [m.text for m in slack.messages()] == ["instead", "all of you"]
    assert answer(url, delete_original=True) == (200, "ok")
    assert [m.text for m in slack.messages()] == ["all of you"]


def test_a_response_url_is_good_for_five_answers_in_half_an_hour(slack: SlackStandIn, clock: Clock) -> None:
    """The sixth use and the thirty-first minute are refused, as is nonsense at any time."""
    url = slack.desk.tickets.answer_url("U00OPERATOR", "C0DATAREPLAY")
    assert [answer(url, text="x")[0] for _ in range(6)] == [200] * 5 + [404]
    assert "used_url" in answer(url, text="x")[1]
    late = slack.desk.tickets.answer_url("U00OPERATOR", "C0DATAREPLAY")
    assert "no_text" in answer(late, text="")[1]
    assert requests.post(late, data="no JSON", timeout=5).json()["error"] == "invalid_payload"
    clock.now += 30 * 60 + 1
    assert "expired_url" in answer(late, text="x")[1]
    with slack.away():
        assert requests.post(url, json={"text": "x"}, timeout=5).status_code == 503
