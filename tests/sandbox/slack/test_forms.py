"""Forms: what a person puts in arrives in Slack's shapes, and errors stand where Slack puts them."""

from collections.abc import Iterator
from datetime import date

import pytest
from slack_bolt import Ack

from sandbox.slack import SlackStandIn, slack_stand_in
from tests.sandbox.slack.bots import (
    Clock,
    Json,
    actions,
    answering,
    bolt_app,
    by_socket,
    field,
    modal,
    opened,
    option,
    section,
    select,
    typed,
)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack(clock: Clock) -> Iterator[SlackStandIn]:
    with slack_stand_in(clock=clock) as slack:
        yield slack


def held_by_slack(kind: str, **more: object) -> Json:
    """A select that Slack fills with people or places."""
    return {"type": kind, "action_id": "h", **more}


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
    (held_by_slack("users_select"), "selected_user", None, "U00APPROVER", "U00APPROVER"),
    (held_by_slack("channels_select", initial_channel="C1"), "selected_channel", "C1", "C2", "C2"),
    (held_by_slack("conversations_select"), "selected_conversation", None, "C1", "C1"),
    (held_by_slack("multi_users_select"), "selected_users", [], ["U1", "U2"], ["U1", "U2"]),
    (held_by_slack("multi_channels_select", initial_channels=["C1"]), "selected_channels", ["C1"], None, []),
    (held_by_slack("multi_conversations_select"), "selected_conversations", [], "C1", ["C1"]),
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
    people = field("People", held_by_slack("multi_users_select", initial_users=["U00APPROVER"]))
    form = opened(slack, modal(words, one, field("Many", select("m", "a", "b", kind="checkboxes")), people))
    assert form.value("People") == ["U00APPROVER"]
    assert "People: Ben" in slack.text_of(form)
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
