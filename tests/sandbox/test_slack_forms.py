"""Modals: what a person puts in arrives in Slack's shapes, and what the app answers happens on their screen."""

from collections.abc import Callable, Iterator
from datetime import date
from typing import Any

import pytest
from slack_bolt import Ack, App

from sandbox.slack import OpenView, SlackStandIn, slack_stand_in
from tests.sandbox.slack_bots import (
    Clock,
    Json,
    actions,
    bolt_app,
    button,
    by_socket,
    field,
    modal,
    option,
    refusal_of,
    section,
    select,
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


def opened(slack: SlackStandIn, view: Json) -> OpenView:
    """A form that the operator has before them."""
    asha = slack.person("operator")
    web_client(slack).views_open(trigger_id=slack.desk.tickets.trigger(asha.id), view=view)
    return asha.wait_for_view()


def answering(slack: SlackStandIn, answer: Callable[[Ack], object]) -> App:
    """An app that answers every submission in this way."""
    app = bolt_app(slack)

    @app.view("form")
    def submitted(ack: Ack) -> None:
        answer(ack)

    return app


A, B = option("a"), option("b")
WHOLE = {"type": "number_input", "is_decimal_allowed": False, "action_id": "n"}
DAY = {"type": "datepicker", "action_id": "d"}
ELEMENTS: list[tuple[Json, str, object, object, object]] = [
    (typed(), "value", None, "words", "words"),
    (typed(initial_value="old"), "value", "old", None, None),
    (WHOLE, "value", None, 20, "20"),
    (DAY, "selected_date", None, date(2019, 12, 1), "2019-12-01"),
    ({**DAY, "initial_date": "2019-12-01"}, "selected_date", "2019-12-01", None, None),
    (select("s", "a", "b"), "selected_option", None, "b", B),
    (select("s", "a", "b", initial_option=B), "selected_option", B, "a", A),
    (select("r", "a", "b", kind="radio_buttons"), "selected_option", None, "b", B),
    (select("m", "a", "b", kind="multi_static_select"), "selected_options", [], ["a", "b"], [A, B]),
    (select("c", "a", "b", kind="checkboxes", initial_options=[B]), "selected_options", [B], [], []),
]


@pytest.mark.parametrize(("element", "key", "before", "value", "after"), ELEMENTS)
def test_every_input_keeps_its_value_where_slack_does(
    slack: SlackStandIn, element: Json, key: str, before: object, value: object, after: object
) -> None:
    """``view.state.values`` has Slack's shape, with the initial value and with what was put in."""
    form = opened(slack, modal(field("Field", element, optional=True)))
    action_id, kind = element["action_id"], element["type"]
    assert form.view.state == {"field": {action_id: {"type": kind, key: before}}}
    form.fill({"Field": value})
    assert form.view.state == {"field": {action_id: {"type": kind, key: after}}}


def test_a_field_shows_what_it_holds(slack: SlackStandIn) -> None:
    """A test reads text, options' values, or a list of them."""
    words, one = field("Words", typed("w")), field("One", select("o", "a", "b"))
    form = opened(slack, modal(words, one, field("Many", select("m", "a", "b", kind="checkboxes"))))
    form.fill({"Words": "x", "One": "b", "Many": ["a", "b"]})
    assert [form.value(name) for name in ("Words", "One", "Many")] == ["x", "b", ["a", "b"]]


def test_what_was_filled_in_is_what_the_app_gets(slack: SlackStandIn) -> None:
    """A field can be named by its label, block_id, action_id or both ids, an option by its text or value."""
    got: list[Json] = []
    app = bolt_app(slack)

    @app.view("form")
    def submitted(ack: Ack, view: Json) -> None:
        got.append(view["state"]["values"])
        ack()

    source = {"type": "static_select", "action_id": "source", "options": [option("raw", "Raw events")]}
    form = opened(slack, modal(field("Topic", typed("t")), field("From", source), field("Note", typed("n"))))
    form.fill({"Topic": "t1", "from/source": "Raw events", "n": "for <you> & me"})
    with by_socket(slack, app):
        assert form.submit().outcome == "closed"
    [values] = got
    assert values["topic"]["t"]["value"] == "t1"
    assert values["from"]["source"]["selected_option"]["value"] == "raw"
    assert values["note"]["n"]["value"] == "for <you> & me"


def test_what_is_not_there_cannot_be_filled(slack: SlackStandIn) -> None:
    """A test that names a field or an option which does not exist is told what there is."""
    form = opened(slack, modal(field("Source", select("source", "raw"))))
    with pytest.raises(LookupError, match="no 'Topic' to use here; there is 'Source'"):
        form.fill({"Topic": "x"})
    with pytest.raises(LookupError, match="has no option 'failed'; it has 'raw'"):
        form.fill({"Source": "failed"})


NUMBER = {**WHOLE, "min_value": "1", "max_value": "9"}
UNSENDABLE: list[tuple[Json, object, str]] = [
    (typed(), None, "Please complete this required field."),
    (select("m", "a", kind="checkboxes"), [], "Please complete this required field."),
    (typed(min_length=3), "ab", "Please lengthen this text to 3 characters or more."),
    (typed(max_length=3), "abcd", "Please shorten this text to 3 characters or less."),
    (NUMBER, "many", "Please enter a whole number."),
    (NUMBER, "10", "Please enter a number from 1 to 9."),
    ({**NUMBER, "is_decimal_allowed": True}, "x", "Please enter a number."),
]


@pytest.mark.parametrize(("element", "value", "words"), UNSENDABLE)
def test_what_slacks_client_refuses_never_reaches_the_app(
    slack: SlackStandIn, element: Json, value: object, words: str
) -> None:
    """Nobody is connected here: a form that was sent would fail as undeliverable."""
    form = opened(slack, modal(field("Field", element)))
    form.fill({"Field": value})
    assert form.submit().errors == {"field": words}
    assert form.errors == {"field": words}


def test_an_optional_field_may_stay_empty(slack: SlackStandIn) -> None:
    """``optional`` lets a form without it go."""
    form = opened(slack, modal(field("Field", typed(), optional=True)))
    with by_socket(slack, answering(slack, lambda ack: ack())):
        assert form.submit().outcome == "closed"


def test_errors_keep_the_form_and_its_values(slack: SlackStandIn) -> None:
    """After ``response_action: errors`` the person still sees what they typed."""
    form = opened(slack, modal(field("Day", typed(initial_value="x"))))
    with by_socket(slack, answering(slack, lambda ack: ack(response_action="errors", errors={"day": "No."}))):
        assert form.submit().errors == {"day": "No."}
    assert form.value("Day") == "x"
    assert "! No." in slack.text_of(form)


@pytest.mark.parametrize("errors", [{"unknown": "No."}, {"words": "No."}])
def test_errors_that_slack_cannot_show_are_trouble(slack: SlackStandIn, errors: dict[str, str]) -> None:
    """Errors must name input blocks of the view; else the person reads that there was trouble."""
    form = opened(slack, modal(field("Day", typed(initial_value="x")), section(block_id="words")))
    with by_socket(slack, answering(slack, lambda ack: ack(response_action="errors", errors=errors))):
        result = form.submit()
    assert result.outcome == "failed"
    assert result.failure.startswith("We had some trouble connecting.")
    assert form.is_open


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


def test_choosing_tells_the_app_where_slack_does(slack: SlackStandIn) -> None:
    """``dispatch_action``, and selects outside input blocks, send ``block_actions`` at once; typing waits for Enter."""
    got: list[Json] = []
    app = bolt_app(slack)

    @app.action({"block_id": "told"})
    @app.action("free")
    @app.action("words")
    def chosen(ack: Ack, body: Json) -> None:
        ack()
        got.append(body)

    told = {"dispatch_action": True}
    silent, loud = field("Silent", select("s", "a")), field("Told", select("l", "a"), **told)
    form = opened(slack, modal(silent, loud, actions(select("free", "a", "b")), field("Words", typed("words"), **told)))
    with by_socket(slack, app):
        form.fill({"Silent": "a", "Told": "a", "free": "b", "Words": "hello"})
        form.press_enter("Words")
        slack.wait_for(lambda: len(got) == 3)
    acted = [body["actions"][0] for body in got]
    assert [entry["action_id"] for entry in acted] == ["l", "free", "words"]
    assert [acted[0]["selected_option"], acted[1]["selected_option"], acted[2]["value"]] == [
        option("a"),
        option("b"),
        "hello",
    ]
    assert got[1]["view"]["state"]["values"]["silent"]["s"]["selected_option"] == option("a")


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
