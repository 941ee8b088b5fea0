"""A whole conversation between a person and a Bolt app, by Socket Mode and by signed requests alike."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager

import pytest
from slack_bolt import Ack, App, Respond
from slack_sdk import WebClient

from sandbox.slack import NeverCameError, SlackStandIn, slack_stand_in
from tests.sandbox.slack.bots import (
    Json,
    actions,
    bolt_app,
    button,
    by_http,
    by_socket,
    field,
    modal,
    refusal_of,
    section,
    web_client,
)


def replay_app(slack: SlackStandIn) -> App:
    """Command → form → errors or a message with a button → click → edit, a reply in the thread, a whisper."""
    app = bolt_app(slack)

    @app.command("/replay")
    def command(ack: Ack, body: Json, client: WebClient) -> None:
        ack(f"Just a moment, <@{body['user_id']}>: {body['text']}" if body["text"] else "")
        form = modal(field("Start", {"type": "datepicker", "action_id": "day"}), private_metadata=body["channel_id"])
        client.views_open(trigger_id=body["trigger_id"], view=form)

    @app.view("form")
    def submitted(ack: Ack, view: Json, client: WebClient) -> None:
        day = view["state"]["values"]["start"]["day"]["selected_date"]
        if day < "2019-01-01":
            ack(response_action="errors", errors={"start": "That is too long ago."})
            return
        ack()
        blocks = [section(f"*Running* {day}"), actions(button(value="7"))]
        client.chat_postMessage(channel=view["private_metadata"], text=f"Running {day}", blocks=blocks)

    @app.action("cancel")
    def cancelled(ack: Ack, body: Json, client: WebClient, respond: Respond) -> None:
        ack()
        channel, ts = body["channel"]["id"], body["message"]["ts"]
        client.chat_update(channel=channel, ts=ts, text="Cancelled", blocks=[section("Cancelled")])
        client.chat_postMessage(channel=channel, thread_ts=ts, text=f"by <@{body['user']['id']}>")
        respond(f"You cancelled {body['actions'][0]['value']}", replace_original=False)

    return app


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with slack_stand_in() as slack:
        yield slack


@pytest.mark.parametrize("connected", [by_socket, by_http])
def test_a_conversation_from_command_to_cancel(
    slack: SlackStandIn, connected: Callable[[SlackStandIn, App], AbstractContextManager[object]]
) -> None:
    """A person can do with an app what people do in Slack, whichever way the app is connected."""
    asha = slack.person("operator")
    with connected(slack, replay_app(slack)):
        asha.slash("/replay", "raw")
        assert [slack.text_of(m) for m in asha.ephemerals()] == ["Just a moment, @Asha: raw"]

        form = asha.wait_for_view(title="Form")
        form.fill({"Start": "2018-12-01"})
        assert form.submit().errors == {"start": "That is too long ago."}
        form.fill({"Start": "2019-12-01"})
        assert form.submit().outcome == "closed"
        assert not form.is_open

        [message] = slack.wait_for(slack.messages)
        assert message.buttons == ("Cancel",)
        assert asha.click(message, "Cancel").ok
        slack.wait_for(lambda: len(asha.ephemerals()) == 2)

    assert [slack.text_of(m) for m in slack.thread(message.ts)] == ["by @Asha"]
    assert slack.text_of(asha.ephemerals()[-1]) == "You cancelled 7"
    assert [slack.text_of(v) for v in slack.history_of(message.ts)] == ["*Running* 2019-12-01\n[Cancel]", "Cancelled"]
    assert slack.message(message.ts).buttons == ()
    assert slack.refusals == []


def test_the_transcript_tells_the_conversation(slack: SlackStandIn) -> None:
    """The transcript shows acts and messages in order, threads indented, whispers marked, buttons in brackets."""
    asha = slack.person("operator")
    client = web_client(slack)
    client.chat_postEphemeral(channel="C0DATAREPLAY", user=asha.id, text="Welcome, <@U00OPERATOR>")
    with by_socket(slack, replay_app(slack)):
        asha.slash("/replay")
        form = asha.wait_for_view()
        form.fill({"Start": "2019-12-01"})
        form.submit()
        [message] = slack.wait_for(slack.messages)
    client.chat_postMessage(channel="#data-replay", thread_ts=message.ts, text="one day done")
    lines = [line[10:] if line[:2].isdigit() else line for line in slack.transcript().splitlines()]
    assert lines[:-2] == [
        "#data-replay",
        "Replay Bot (only Asha sees this):",
        "       Welcome, @Asha",
        "Asha (operator) types /replay",
        "Asha (operator) sees “Form”",
        "       Start: ____",
        "       [Go]",
        "Asha (operator) submits “Form”",
        "       Start: 2019-12-01",
        "Replay Bot:",
        "       *Running* 2019-12-01",
        "       [Cancel]",
    ]
    assert lines[-2].startswith("        ")
    assert lines[-1] == "               one day done"


def test_listeners_hear_every_change_in_order(slack: SlackStandIn) -> None:
    """A demo can print the conversation as it happens."""
    heard: list[str] = []
    with slack.on_change(lambda change: heard.append(change.kind)):
        message = slack.person("operator").say("hello")
        slack.person("operator").delete(message)
    slack.person("operator").say("unheard")
    assert heard == ["posted", "deleted"]


def test_waiting_in_vain_shows_the_conversation(slack: SlackStandIn) -> None:
    """What did not come in time is named, with everything that was said."""
    slack.person("operator").say("is anybody there?")
    with pytest.raises(NeverCameError, match=r"(?s)an answer did not come in 0 s.*is anybody there") as caught:
        slack.wait_for(lambda: len(slack.messages()) > 1, 0, "an answer")
    assert isinstance(caught.value, TimeoutError)


def test_a_click_carries_what_slack_sends(slack: SlackStandIn) -> None:
    """A ``block_actions`` payload of a message has Slack's fields, and its button's value and block."""
    app = bolt_app(slack)
    seen: list[Json] = []

    @app.action("cancel")
    def cancelled(ack: Ack, body: Json) -> None:
        seen.append(body)
        ack()

    posted = web_client(slack).chat_postMessage(
        channel="#data-replay", text="x", blocks=[actions(button(value="7", style="danger"))]
    )
    with by_socket(slack, app):
        slack.person("stranger").click(slack.message(posted["ts"]), "cancel", "7")
    [body] = seen
    assert body["user"] == {"id": "U00STRANGER", "username": "stranger", "name": "stranger", "team_id": "T00SANDBOX"}
    container = {"type": "message", "message_ts": posted["ts"], "channel_id": "C0DATAREPLAY", "is_ephemeral": False}
    assert container == body["container"]
    [acted] = body["actions"]
    assert acted.pop("action_ts") > posted["ts"]
    assert {"type": "button", "block_id": "acts", "style": "danger", **_button_7()} == acted
    assert posted["ts"] == body["message"]["ts"]
    assert body["state"] == {"values": {}}
    assert body["response_url"].startswith(slack.url)


def test_an_action_in_an_ephemeral_message_has_no_message(slack: SlackStandIn) -> None:
    """Slack does not repeat an ephemeral message to the app; only its ``response_url`` can change it."""
    app = bolt_app(slack)

    @app.action("cancel")
    def cancelled(ack: Ack, body: Json, respond: Respond) -> None:
        ack()
        assert "message" not in body
        assert body["container"]["is_ephemeral"]
        respond(text="Done", replace_original=True)

    asha = slack.person("operator")
    web_client(slack).chat_postEphemeral(channel="C0DATAREPLAY", user=asha.id, text="Sure?", blocks=[actions(button())])
    with by_socket(slack, app):
        asha.click(asha.ephemerals()[0], "Cancel")
        slack.wait_for(lambda: slack.text_of(asha.ephemerals()[0]) == "Done")
    assert slack.person("approver").ephemerals() == ()


def test_an_app_home_is_published_and_used(slack: SlackStandIn) -> None:
    """A person sees their home tab, and buttons in it reach the app with a view as their container."""
    app = bolt_app(slack)

    @app.event("app_home_opened")
    def opened(event: Json, client: WebClient) -> None:
        home = {"type": "home", "blocks": [section("Nothing runs."), actions(button("New replay", "new"))]}
        client.views_publish(user_id=event["user"], view=home)

    @app.action("new")
    def new(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        assert body["container"]["type"] == "view"
        client.views_open(trigger_id=body["trigger_id"], view=modal())

    asha = slack.person("operator")
    with by_socket(slack, app):
        assert asha.open_home().ok
        home = slack.wait_for(lambda: asha.home)
        asha.click(home, "New replay")
        assert asha.wait_for_view().title == "Form"


def test_a_home_cannot_be_stacked_upon(slack: SlackStandIn) -> None:
    """``views.push`` wants a trigger from a modal."""
    trigger = slack.desk.tickets.trigger("U00OPERATOR")
    code, details = refusal_of(web_client(slack).views_push, trigger_id=trigger, view=modal())
    assert code == "invalid_arguments"
    assert "must match the `type` of the root view" in details[0]


def _button_7() -> Json:
    return {"action_id": "cancel", "text": {"type": "plain_text", "text": "Cancel"}, "value": "7"}
