"""The stack of modals: what opens, updates, pushes and closes views, and what Slack refuses of it."""

from collections.abc import Iterator
from typing import Any

import pytest
from slack_bolt import Ack

from sandbox.slack import SlackStandIn, slack_stand_in
from tests.sandbox.slack.bots import (
    Clock,
    Json,
    actions,
    answering,
    bolt_app,
    button,
    by_socket,
    field,
    modal,
    opened,
    refusal_of,
    typed,
    web_client,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack(clock: Clock) -> Iterator[SlackStandIn]:
    with slack_stand_in(clock=clock) as slack:
        yield slack


def test_a_submission_can_update_push_and_clear(slack: SlackStandIn) -> None:
    """The four answers to a submission do to the stack of modals what they do in Slack."""
    form = opened(slack, modal(title="First"))
    asha = slack.person("operator")
    with by_socket(slack, answering(slack, lambda ack: ack(response_action="update", view=modal(title="Second")))):
        assert form.submit().outcome == "updated"
        assert form.title == "Second"
    with by_socket(slack, answering(slack, lambda ack: ack(response_action="push", view=modal(title="Third")))):
        assert form.submit().outcome == "pushed"
    assert [view.title for view in asha.views] == ["Second", "Third"]
    assert asha.views[1].view.previous_id == form.id
    assert asha.views[1].view.root_id == form.id
    with by_socket(slack, answering(slack, lambda ack: ack())):
        assert asha.views[1].submit().outcome == "closed"
    assert [view.title for view in asha.views] == ["Second"]
    with by_socket(slack, answering(slack, lambda ack: ack(response_action="clear"))):
        assert form.submit().outcome == "cleared"
    assert asha.views == ()


def test_an_invalid_view_as_an_answer_is_trouble(slack: SlackStandIn) -> None:
    """What ``views.update`` would refuse is refused in an answer, too."""
    form = opened(slack, modal())
    with by_socket(slack, answering(slack, lambda ack: ack(response_action="update", view=modal(title="x" * 25)))):
        result = form.submit()
    assert "must be less than 25 characters [json-pointer:/view/title/text]" in result.failure


def test_a_form_can_be_submitted_twice_by_a_double_click(slack: SlackStandIn) -> None:
    """Two clicks send the same submission twice: an app has to see to it that it counts once."""
    got: list[str] = []
    app = bolt_app(slack)

    @app.view("form")
    def submitted(ack: Ack, view: Json) -> None:
        got.append(view["id"])
        ack()

    form = opened(slack, modal())
    with by_socket(slack, app):
        assert form.submit(clicks=2).outcome == "closed"
    assert got == [form.id, form.id]


def test_an_update_keeps_what_was_typed_under_the_same_ids(slack: SlackStandIn) -> None:
    """Values stay where block_id and action_id stay; blocks without an id of their own lose them."""
    unnamed = {key: value for key, value in field("Loose", typed()).items() if key != "block_id"}
    form = opened(slack, modal(field("Topic", typed("t")), unnamed, field("Day", typed("d"))))
    form.fill({"Topic": "kept", "Loose": "lost", "Day": "replaced"})
    update = modal(
        field("Topic", typed("t", initial_value="new")), unnamed, field("Day", typed("d2", initial_value="new"))
    )
    web_client(slack).views_update(view_id=form.id, view=update)
    assert [form.value(name) for name in ("Topic", "Loose", "Day")] == ["kept", None, "new"]


def test_updates_need_an_open_view_and_the_right_hash(slack: SlackStandIn) -> None:
    """``hash_conflict`` when the view has changed since, ``not_found`` when it is closed."""
    client = web_client(slack)
    form = opened(slack, modal(external_id="mine"))
    old = form.view.hash
    client.views_update(view_id=form.id, hash=old, view=modal(title="Newer", external_id="mine"))
    assert refusal_of(client.views_update, view_id=form.id, hash=old, view=modal()) == ("hash_conflict", [])
    client.views_update(external_id="mine", view=modal(title="By name", external_id="mine"))
    assert form.title == "By name"
    form.close()
    assert refusal_of(client.views_update, view_id=form.id, view=modal()) == ("not_found", [])


def test_an_external_id_is_used_once(slack: SlackStandIn) -> None:
    """A second open view with the same external id is refused."""
    opened(slack, modal(external_id="mine"))
    trigger = slack.desk.tickets.trigger(slack.person("approver").id)
    call: dict[str, Any] = {"trigger_id": trigger, "view": modal(external_id="mine")}
    assert refusal_of(web_client(slack).views_open, **call) == ("duplicate_external_id", [])


def test_a_trigger_lives_three_seconds_and_opens_once(slack: SlackStandIn, clock: Clock) -> None:
    """Slack's three answers to a trigger that is no good."""
    client = web_client(slack)
    assert refusal_of(client.views_open, trigger_id="1.2.3", view=modal()) == ("invalid_trigger_id", [])
    trigger = slack.desk.tickets.trigger("U00OPERATOR")
    clock.now += 3
    client.views_open(trigger_id=trigger, view=modal())
    assert refusal_of(client.views_open, trigger_id=trigger, view=modal()) == ("exchanged_trigger_id", [])
    late = slack.desk.tickets.trigger("U00OPERATOR")
    clock.now += 3.1
    assert refusal_of(client.views_open, trigger_id=late, view=modal()) == ("expired_trigger_id", [])


def test_three_views_are_the_highest_stack(slack: SlackStandIn) -> None:
    """The fourth ``views.push`` is refused, and closing the lowest takes all of them away."""
    form = opened(slack, modal(title="1"))
    client = web_client(slack)

    def push(title: str) -> Json:
        return {"trigger_id": slack.desk.tickets.trigger(form.view.owner, form.id), "view": modal(title=title)}

    client.views_push(**push("2"))
    client.views_push(**push("3"))
    assert refusal_of(client.views_push, **push("4")) == ("push_limit_reached", [])
    form.close()
    assert slack.person("operator").views == ()


def test_closing_is_told_to_apps_that_asked(slack: SlackStandIn) -> None:
    """``notify_on_close`` sends ``view_closed``; without it nothing is sent, and nobody need be connected."""
    got: list[bool] = []
    app = bolt_app(slack)

    @app.view_closed("form")
    def closed(ack: Ack, body: Json) -> None:
        ack()
        got.append(body["is_cleared"])

    opened(slack, modal()).close()
    with by_socket(slack, app):
        opened(slack, modal(notify_on_close=True)).close()
        opened(slack, modal(notify_on_close=True)).close(all_of_them=True)
    assert got == [False, True]


def test_a_button_in_a_modal_can_push(slack: SlackStandIn) -> None:
    """A click in a modal carries the view and a trigger that may push onto it."""
    app = bolt_app(slack)

    @app.action("more")
    def more(ack: Ack, body: Json) -> None:
        ack()
        web_client(slack).views_push(trigger_id=body["trigger_id"], view=modal(title="More"))

    form = opened(slack, modal(actions(button("More …", "more"))))
    with by_socket(slack, app):
        slack.person("operator").click(form, "More …")
        assert slack.person("operator").wait_for_view(title="More").view.previous_id == form.id
