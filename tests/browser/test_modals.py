"""Modals on the page: stacks, waiting for the app, an app that fails, and closing."""

import threading

import pytest
from playwright.sync_api import expect
from slack_bolt import Ack
from slack_sdk import WebClient

from sandbox.slack import SlackStandIn
from tests.browser.apps import opening
from tests.browser.desk import Desk
from tests.sandbox.slack.bots import Json, by_socket, field, modal, typed

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def test_modals_stack_and_one_goes_back(desk: Desk, slack: SlackStandIn) -> None:
    """A pushed view lies on top; *Back* leads to the one below as it was, the cross closes all."""
    app = opening(slack, modal(field("Folder", typed()), title="Below"))

    @app.view("form")
    def submitted(ack: Ack) -> None:
        ack(response_action="push", view=modal(title="Above", callback_id="above"))

    with by_socket(slack, app):
        for leave in ("Back", "Close"):
            desk.type_command("/replay")
            desk.wait_for_modal("Below")
            desk.fill("Folder", "kept")
            desk.press("Go")
            desk.press(leave, within=desk.wait_for_modal("Above"))
            if leave == "Back":
                desk.wait_for_modal("Below")
                expect(desk.field("Folder")).to_have_value("kept")
                desk.press("Close")
            expect(desk.modal).to_have_count(0)


def test_the_submit_button_waits_for_the_app_and_sends_once(desk: Desk, slack: SlackStandIn) -> None:
    """While the app thinks, the button shows it and takes no second press."""
    app = opening(slack, modal(title="Replay"))
    go_on = threading.Event()
    arrived: list[Json] = []

    @app.view("form")
    def submitted(ack: Ack, view: Json) -> None:
        arrived.append(view)
        go_on.wait(10)
        ack()

    with by_socket(slack, app):
        desk.type_command("/replay")
        submit = desk.wait_for_modal("Replay").get_by_role("button", name="Go")
        submit.dblclick()
        expect(submit).to_have_attribute("aria-busy", "true")
        go_on.set()
        expect(desk.modal).to_have_count(0)
    assert len(arrived) == 1


def test_an_app_that_fails_is_told_in_slack_s_words(desk: Desk, slack: SlackStandIn) -> None:
    """The form stays open, with everything in it, and can be sent again."""
    app = opening(slack, modal(field("Folder", typed()), title="Replay"))
    answers = iter([False, True])

    @app.view("form")
    def submitted(ack: Ack) -> None:
        if next(answers):
            ack()

    with by_socket(slack, app):
        desk.type_command("/replay")
        desk.wait_for_modal("Replay")
        desk.fill("Folder", "kept")
        desk.press("Go")
        trouble = desk.modal.get_by_role("alert")
        expect(trouble).to_contain_text("We had some trouble connecting. Try again?")
        expect(trouble).to_contain_text("operation_timeout")
        expect(desk.field("Folder")).to_have_value("kept")
        desk.press("Go")
        expect(desk.modal).to_have_count(0)


def test_the_app_is_told_of_a_modal_that_is_closed(desk: Desk, slack: SlackStandIn) -> None:
    """Escape is the cancel button."""
    app = opening(slack, modal(title="Replay", notify_on_close=True))

    @app.view_closed("form")
    def closed(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        client.chat_postMessage(channel="data-replay", text=f"{body['user']['name']} changed their mind")

    with by_socket(slack, app):
        desk.type_command("/replay")
        desk.wait_for_modal("Replay").press("Escape")
        expect(desk.message_with("operator changed their mind")).to_be_visible()
        expect(desk.modal).to_have_count(0)
