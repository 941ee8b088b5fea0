"""What people read: blocks, forms and whole conversations as plain text, and choices made inside messages."""

from collections.abc import Iterator

import pytest
from slack_bolt import Ack

from sandbox.slack import Change, SlackStandIn, slack_stand_in
from tests.sandbox.slack.bots import (
    Clock,
    Json,
    actions,
    bolt_app,
    button,
    by_socket,
    field,
    modal,
    option,
    section,
    select,
    text,
    typed,
    web_client,
)


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with slack_stand_in(clock=Clock(), limits=False) as slack:
        yield slack


def rich(words: str) -> Json:
    return {
        "type": "rich_text",
        "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": words}]}],
    }


def task(title: str, status: str, **more: object) -> Json:
    return {"type": "task_card", "task_id": title, "title": title, "status": status, **more}


DAYS = [task("1st", "complete"), task("2nd", "error", output=rich("corrupt"))]
MENU = {"type": "overflow", "action_id": "o", "options": [option("a")]}
PICTURE = {"type": "image", "image_url": "https://example.org/x.png", "alt_text": "bars"}
RENDERED: list[tuple[list[Json], str]] = [
    ([], "fallback for @Asha"),
    ([{"type": "header", "text": text("Replay &")}, {"type": "divider"}], "Replay &\n────"),
    ([section("*x* &lt;y&gt;", fields=[text("a"), text("b")], accessory=button("Go"))], "*x* <y>\na\nb\n[Go]"),
    ([{"type": "context", "elements": [text("by <@U00OPERATOR>", "mrkdwn"), PICTURE]}], "by @Asha  (picture: bars)"),
    ([actions(button("Pause"), button("Cancel", "c2"))], "[Pause]  [Cancel]"),
    ([actions(MENU)], "[…]"),
    ([PICTURE], "(picture: bars)"),
    ([{"type": "plan", "title": "Days", "tasks": DAYS}], "Days\n● 1st\n✗ 2nd\n    corrupt"),
    ([task("3rd", "in_progress")], "◐ 3rd"),
    (
        [
            {
                "type": "data_visualization",
                "title": "Events",
                "chart": {"type": "pie", "segments": [{"label": "a", "value": 1}]},
            }
        ],
        "(chart: Events)",
    ),
    ([rich("words")], "words"),
]


@pytest.mark.parametrize(("blocks", "seen"), RENDERED)
def test_every_kind_of_block_reads_as_text(slack: SlackStandIn, blocks: list[Json], seen: str) -> None:
    """Blocks as a reader sees them; the text only where there are none."""
    words = "fallback for <@U00OPERATOR>"
    ts = web_client(slack).chat_postMessage(channel="#data-replay", text=words, blocks=blocks)["ts"]
    assert slack.text_of(slack.message(ts)) == seen


def test_a_form_reads_as_it_stands_on_the_screen(slack: SlackStandIn) -> None:
    """Fields show what they hold, by the words that a person sees."""
    asha = slack.person("operator")
    source = {"type": "static_select", "action_id": "s", "options": [option("raw", "Raw events")]}
    days = select("d", "1", "2", kind="checkboxes", initial_options=[option("1"), option("2")])
    view = modal(
        section("Fill in:"), field("Source", source), field("Days", days), field("Note", typed()), close=text("No")
    )
    web_client(slack).views_open(trigger_id=slack.desk.tickets.trigger(asha.id), view=view)
    form = asha.wait_for_view()
    form.fill({"Source": "raw"})
    form.submit()
    assert slack.text_of(form).splitlines() == [
        "Fill in:",
        "Source: Raw events",
        "Days: 1, 2",
        "Note: ____",
        "! Please complete this required field.",
        "[No]  [Go]",
    ]


def test_changes_are_told_as_they_happen(slack: SlackStandIn) -> None:
    """What a demo prints: every change that somebody sees, and nothing else."""
    told: list[str] = []

    def listen(change: Change) -> None:
        told.append(slack.narrate(change))

    client = web_client(slack)
    with slack.on_change(listen):
        ts = client.chat_postMessage(channel="#data-replay", text="one")["ts"]
        client.chat_update(channel="C0DATAREPLAY", ts=ts, text="two")
        client.reactions_add(channel="C0DATAREPLAY", timestamp=ts, name="eyes")
        slack.person("approver").delete(slack.message(ts))
    first, second, nothing, gone = told
    assert first.endswith("Replay Bot:\n       one")
    assert second.endswith("Replay Bot (edited):\n       two")
    assert nothing == ""
    assert gone.endswith("Ben deletes a message")
    assert slack.transcript().splitlines()[1].endswith("Replay Bot (edited): (deleted)")


def test_choices_in_a_message_are_remembered_for_each_person(slack: SlackStandIn) -> None:
    """``state.values`` of a message holds what this person chose before; an overflow menu leaves nothing behind."""
    got: list[Json] = []
    app = bolt_app(slack)

    @app.action("rate")
    @app.action("more")
    @app.action("go")
    def acted(ack: Ack, body: Json) -> None:
        ack()
        got.append(body)

    menu = {"type": "overflow", "action_id": "more", "options": [option("log", "Show log")]}
    blocks = [actions(select("rate", "slow", "fast", placeholder=text("Rate")), menu, button("Go", "go"))]
    ts = web_client(slack).chat_postMessage(channel="#data-replay", text="x", blocks=blocks)["ts"]
    asha, ben, message = slack.person("operator"), slack.person("approver"), slack.message(ts)
    with by_socket(slack, app):
        assert asha.choose(message, "Rate", "fast").ok
        assert asha.choose(message, "more", "Show log").ok
        assert asha.click(message, "Go").ok
        assert ben.click(message, "Go").ok
    assert got[1]["actions"][0]["selected_option"]["value"] == "log"
    held = [body["state"]["values"]["acts"]["rate"]["selected_option"] for body in got]
    assert held == [option("fast"), option("fast"), option("fast"), None]


def test_menus_in_a_form_reach_the_app(slack: SlackStandIn) -> None:
    """An overflow menu of a modal sends its choice; a date picker there keeps it, too."""
    got: list[str] = []
    app = bolt_app(slack)

    @app.action("more")
    @app.action("day")
    def acted(ack: Ack, body: Json) -> None:
        ack()
        got.append(body["actions"][0]["action_id"])

    menu = {"type": "overflow", "action_id": "more", "options": [option("log")]}
    asha = slack.person("operator")
    view = modal(actions(menu, {"type": "datepicker", "action_id": "day"}))
    web_client(slack).views_open(trigger_id=slack.desk.tickets.trigger(asha.id), view=view)
    form = asha.wait_for_view()
    with by_socket(slack, app):
        asha.choose(form, "more", "log")
        asha.choose(form, "day", "2019-12-01")
    assert got == ["more", "day"]
    assert form.value("day") == "2019-12-01"


def test_people_act_only_where_they_are(slack: SlackStandIn) -> None:
    """A channel that does not exist is an error of the test, said at once."""
    assert [person.user.key for person in slack.people] == ["operator", "approver", "stranger"]
    assert slack.transcript("U00OPERATOR") == "direct message\n"
    with pytest.raises(Exception, match="channel_not_found"):
        slack.person("operator").slash("/replay", channel="#nowhere")
    with pytest.raises(Exception, match="not_in_channel"):
        slack.person("operator").say("hello", channel="U00STRANGER")
