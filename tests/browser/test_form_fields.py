"""The fields of a modal on the page: every kind can be filled, is checked, and may change the form."""

from typing import Any

import pytest
from playwright.sync_api import expect
from slack_bolt import Ack
from slack_sdk import WebClient

from sandbox.slack import SlackStandIn
from tests.browser.apps import opening
from tests.browser.desk import Desk
from tests.sandbox.slack.bots import Json, by_socket, field, modal, option, section, select, text, typed

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


def values_of(view: Json) -> dict[str, Any]:
    """What a submission holds: each block's one value."""
    held = {block: next(iter(state.values())) for block, state in view["state"]["values"].items()}
    return {
        block: next((value for name, value in state.items() if name != "type"), None) for block, state in held.items()
    }


GROUPED = {
    "type": "static_select",
    "action_id": "source",
    "placeholder": text("Pick a source"),
    "option_groups": [
        {"label": text("platform"), "options": [option("raw", "Raw events"), option("unique", "Unique events")]},
        {"label": text("other"), "options": [option("other", "Not in the list")]},
    ],
}
EVERY_FIELD = modal(
    section("What shall be *replayed*?"),
    field("Source", GROUPED, hint=text("What is read.")),
    field("Start", {"type": "datepicker", "action_id": "d", "initial_date": "2019-12-01"}),
    field("Folder", typed(placeholder=text("instead of the source's own")), optional=True),
    field("Reason", typed(multiline=True)),
    field("Rate", {"type": "number_input", "action_id": "n", "is_decimal_allowed": False, "min_value": "1"}),
    field("Delete", select("x", "yes", "no", kind="radio_buttons", initial_option=option("yes"))),
    field("Also", select("y", "dry run", "notify", kind="checkboxes"), optional=True),
    field("Kinds", select("z", "LOG", "ERROR", "START", kind="multi_static_select")),
    field("Approver", {"type": "users_select", "action_id": "u"}),
    field("Report to", {"type": "channels_select", "action_id": "c"}),
    field("Tell", {"type": "multi_conversations_select", "action_id": "cc"}),
    title="Replay",
)


def test_every_kind_of_field_can_be_filled_and_arrives(desk: Desk, slack: SlackStandIn) -> None:
    """What the person put in is what the app gets, in Slack's shapes."""
    app = opening(slack, EVERY_FIELD)
    arrived: list[Json] = []

    @app.view("form")
    def submitted(ack: Ack, view: Json) -> None:
        arrived.append(view)
        ack()

    with by_socket(slack, app):
        desk.type_command("/replay")
        form = desk.wait_for_modal("Replay")
        expect(form.locator(".section strong")).to_have_text("replayed")
        expect(form.get_by_text("What is read.")).to_be_visible()
        expect(desk.field("Folder")).to_have_attribute("placeholder", "instead of the source's own")
        expect(desk.field("Start")).to_have_value("2019-12-01")
        desk.screenshot("form")
        put_in: dict[str, Any] = {"Source": "Raw events", "Start": "2019-12-03", "Folder": "raw-2/", "Rate": "20"}
        put_in |= {"Reason": ["two", "lines"], "Delete": "no", "Also": ["notify"], "Kinds": ["LOG", "START"]}
        put_in |= {"Approver": "Ben", "Report to": "#data-replay", "Tell": ["#random", "Chen"]}
        for label, value in put_in.items():
            desk.fill(label, value)
        desk.press("Go")
        expect(desk.modal).to_have_count(0)
    got = values_of(arrived[0])
    assert got["source"]["value"] == "raw"
    assert got["start"] == "2019-12-03"
    assert (got["folder"], got["reason"], got["rate"]) == ("raw-2/", "two\nlines", "20")
    assert got["delete"]["value"] == "no"
    assert [one["value"] for one in got["also"]] == ["notify"]
    assert [one["value"] for one in got["kinds"]] == ["LOG", "START"]
    assert (got["approver"], got["report to"], got["tell"]) == (
        "U00APPROVER",
        "C0DATAREPLAY",
        ["C00000RANDOM", "U00STRANGER"],
    )


def test_errors_stand_under_their_fields_and_everything_typed_stays(desk: Desk, slack: SlackStandIn) -> None:
    """Slack's own check of what is required, then the app's words, then the form goes through."""
    app = opening(slack, modal(field("Source", GROUPED), field("Folder", typed()), title="Replay"))

    @app.view("form")
    def submitted(ack: Ack, view: Json) -> None:
        if values_of(view)["folder"] == "right":
            ack()
        else:
            ack(response_action="errors", errors={"folder": "There is no such folder."})

    with by_socket(slack, app):
        desk.type_command("/replay")
        desk.wait_for_modal("Replay")
        desk.fill("Folder", "wrong")
        desk.press("Go")
        expect(desk.error_under("Source")).to_have_text("Please complete this required field.")
        desk.fill("Source", "Unique events")
        desk.press("Go")
        expect(desk.error_under("Folder")).to_have_text("There is no such folder.")
        expect(desk.error_under("Source")).to_have_count(0)
        expect(desk.field("Folder")).to_have_value("wrong")
        expect(desk.field("Source")).to_have_value("unique")
        desk.screenshot("form-errors")
        desk.fill("Folder", "right")
        desk.press("Go")
        expect(desk.modal).to_have_count(0)


def test_a_choice_that_dispatches_lets_the_app_change_the_form(desk: Desk, slack: SlackStandIn) -> None:
    """The form shows the app's new blocks at once; what was typed stays, also the focus."""
    shown = modal(field("Source", GROUPED, dispatch_action=True), field("Folder", typed()), title="Replay")
    app = opening(slack, shown)

    @app.action("source")
    def chosen(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        view = body["view"]
        topic = section(f"It goes to `{values_of(view)['source']['value']}`, from `{values_of(view)['folder']}`.")
        changed = {**shown, "blocks": [*shown["blocks"], topic]}
        client.views_update(view_id=view["id"], hash=view["hash"], view=changed)

    with by_socket(slack, app):
        desk.type_command("/replay")
        desk.wait_for_modal("Replay")
        desk.fill("Folder", "half a wo")
        desk.field("Source").focus()
        desk.fill("Source", "Raw events")
        expect(desk.modal.get_by_text("It goes to raw, from half a wo.")).to_be_visible()
        expect(desk.field("Folder")).to_have_value("half a wo")
        expect(desk.field("Source")).to_have_value("raw")
        expect(desk.field("Source")).to_be_focused()


def test_enter_in_a_field_dispatches_or_submits(desk: Desk, slack: SlackStandIn) -> None:
    """Where the app asked to hear of Enter it does; elsewhere Enter is the submit button."""
    shown = modal(field("Search", typed("search"), dispatch_action=True), field("Folder", typed()), title="Replay")
    app = opening(slack, shown)

    @app.action("search")
    def searched(ack: Ack, body: Json, client: WebClient) -> None:
        ack()
        found = section(f"nothing like {body['actions'][0]['value']}")
        client.views_update(view_id=body["view"]["id"], view={**shown, "blocks": [*shown["blocks"], found]})

    @app.view("form")
    def submitted(ack: Ack) -> None:
        ack()

    with by_socket(slack, app):
        desk.type_command("/replay")
        desk.wait_for_modal("Replay")
        desk.fill("Search", "r-17")
        desk.field("Search").press("Enter")
        expect(desk.modal.get_by_text("nothing like r-17")).to_be_visible()
        desk.fill("Folder", "raw")
        desk.field("Folder").press("Enter")
        expect(desk.modal).to_have_count(0)
