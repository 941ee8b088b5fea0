"""Slack's rules for blocks and views: what the reference allows passes, what it forbids is refused in Slack's words."""

from typing import Any

import pytest
from slack_sdk.models import blocks as models
from slack_sdk.models.views import View

from sandbox.slack import SlackRefusalError, slack_stand_in
from sandbox.slack.rules.blocks import checked_blocks, checked_view
from tests.sandbox.slack.bots import (
    Json,
    actions,
    button,
    field,
    modal,
    option,
    refusal_of,
    section,
    select,
    text,
    typed,
    web_client,
)

POINTS = [{"label": "Dec 1", "value": 10}, {"label": "Dec 2", "value": 0.5}]
BARS = {
    "type": "bar",
    "series": [{"name": "events", "data": POINTS}],
    "axis_config": {"categories": ["Dec 1", "Dec 2"], "x_label": "day", "y_label": "events"},
}
PIE = {"type": "pie", "segments": POINTS}
CHART = {"type": "data_visualization", "title": "Events", "chart": BARS}


def chart(drawn: Json = BARS, **more: Any) -> Json:
    return {**CHART, "chart": {**drawn, **more}}


def series(name: str = "events", data: Any = POINTS) -> Json:
    return {"name": name, "data": data}


def points(count: int) -> list[Json]:
    return [{"label": str(number), "value": number} for number in range(count)]


TASK = {"type": "task_card", "task_id": "1", "title": "1 December", "status": "in_progress"}
CONTEXT = {"type": "context", "elements": [text("small")]}
IMAGE = {"type": "image", "image_url": "https://example.org/x.png", "alt_text": "a chart"}
HEADER = {"type": "header", "text": text("Replay")}
CONFIRM = {"title": text("Sure?"), "text": text("It deletes."), "confirm": text("Yes"), "deny": text("No")}
GROUPED = {"type": "static_select", "action_id": "s", "option_groups": [{"label": text("g"), "options": [option("a")]}]}
RICH = {"type": "rich_text", "elements": [{"type": "rich_text_section", "elements": [{"type": "text", "text": "x"}]}]}

GOOD: list[list[Json]] = [
    [section(), HEADER, {"type": "divider"}, CONTEXT, IMAGE, RICH, CHART, chart(PIE)],
    [chart(type="line"), chart(type="area", series=[series(str(number)) for number in range(6)])],
    [chart(series=[series(data=points(20))], axis_config={"categories": [str(number) for number in range(20)]})],
    [section("x" * 3000), section(fields=[text("y" * 2000)] * 10), {"type": "section", "fields": [text("only")]}],
    [{"type": "header", "text": text("x" * 150)}, {"type": "context", "elements": [text("x"), IMAGE] * 5}],
    [actions(*(button("x" * 75, f"a{n}", value="v" * 2000) for n in range(25)))],
    [actions(button(style="danger", confirm=CONFIRM), GROUPED)],
    [section(accessory=select("s", *map(str, range(100)), placeholder=text("pick")))],
    [section(accessory={"type": "overflow", "action_id": "o", "options": [option("a")]})],
    [{"type": "plan", "title": "Days", "tasks": [TASK] * 50}, TASK],
    [actions(button(), block_id=str(n)) for n in range(50)],
]


@pytest.mark.parametrize("blocks", GOOD)
def test_what_slack_allows_passes(blocks: list[Json]) -> None:
    """Everything up to the limits is accepted, and gets the ids that the app left out."""
    checked = checked_blocks(blocks)
    assert [block["type"] for block in checked] == [block["type"] for block in blocks]
    assert all(block["block_id"] for block in checked)


BAD: list[tuple[list[Any], str]] = [
    ([section()] * 51, "no more than 50 items allowed [json-pointer:/blocks]"),
    ([{"type": "marquee"}], "unsupported type: marquee [json-pointer:/blocks/0/type]"),
    ([{}], "missing required field: type [json-pointer:/blocks/0]"),
    (["section"], "must provide an object [json-pointer:/blocks/0]"),
    ([section("x" * 3001)], "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"),
    ([section("")], "must be more than 0 characters [json-pointer:/blocks/0/text/text]"),
    ([{"type": "section"}], "missing required field: text [json-pointer:/blocks/0]"),
    ([section(fields=[text("x")] * 11)], "no more than 10 items allowed [json-pointer:/blocks/0/fields]"),
    ([section(fields=[text("x" * 2001)])], "must be less than 2001 characters [json-pointer:/blocks/0/fields/0/text]"),
    ([section(colour="red")], "invalid additional property: colour [json-pointer:/blocks/0]"),
    ([{"type": "header", "text": text("x" * 151)}], "must be less than 151 characters"),
    ([{"type": "header", "text": text("x", "mrkdwn")}], "unsupported type: mrkdwn [json-pointer:/blocks/0/text/type]"),
    ([{"type": "header", "text": "x"}], "must provide an object [json-pointer:/blocks/0/text]"),
    ([{"type": "section", "text": {**text("x", "mrkdwn"), "emoji": True}}], "invalid additional property: emoji"),
    ([{"type": "context", "elements": [text("x")] * 11}], "no more than 10 items allowed"),
    ([{"type": "context", "elements": [button()]}], "unsupported type: button"),
    ([{"type": "context", "elements": []}], "must provide at least 1 items"),
    ([actions(*(button(action_id=f"a{n}") for n in range(26)))], "no more than 25 items allowed"),
    ([actions(typed())], "unsupported type: plain_text_input [json-pointer:/blocks/0/elements/0/type]"),
    ([actions(button("x" * 76))], "must be less than 76 characters [json-pointer:/blocks/0/elements/0/text/text]"),
    ([actions(button(value="v" * 2001))], "must be less than 2001 characters"),
    ([actions(button(action_id="a" * 256))], "must be less than 256 characters"),
    ([actions(button(style="warning"))], "must be a valid enum value [json-pointer:/blocks/0/elements/0/style]"),
    ([actions(button(), button())], '`action_id` "cancel" already exists'),
    ([section(block_id="b"), section(block_id="b")], '`block_id` "b" already exists [json-pointer:/blocks/1/block_id]'),
    ([section(block_id="b" * 256)], "must be less than 256 characters [json-pointer:/blocks/0/block_id]"),
    ([actions(button(confirm={**CONFIRM, "title": text("x" * 101)}))], "must be less than 101 characters"),
    ([actions(select("s"))], "must provide at least 1 items [json-pointer:/blocks/0/elements/0/options]"),
    ([actions(select("s", *map(str, range(101))))], "no more than 100 items allowed"),
    ([actions({"type": "static_select", "action_id": "s"})], "exactly one of options and option_groups"),
    ([actions(select("s", "x" * 76))], "must be less than 76 characters"),
    ([actions(select("s", "a", initial_option=option("b")))], "initial_option must be one of the options"),
    ([actions(select("c", *map(str, range(11)), kind="checkboxes"))], "no more than 10 items allowed"),
    ([actions({"type": "datepicker", "initial_date": "1.12.2019"})], "a date in the format YYYY-MM-DD"),
    ([field("x" * 2001, typed())], "must be less than 2001 characters [json-pointer:/blocks/0/label/text]"),
    ([field("X", button())], "unsupported type: button [json-pointer:/blocks/0/element/type]"),
    ([field("X", {"type": "number_input"})], "missing required field: is_decimal_allowed"),
    ([field("X", typed(multiline="yes"))], "must be a boolean"),
    ([field("X", typed(max_length="9"))], "must be a number"),
    ([{"type": "image", "alt_text": "x"}], "exactly one of image_url and slack_file"),
    ([{**TASK, "status": "done"}], "must be a valid enum value [json-pointer:/blocks/0/status]"),
    ([{"type": "plan", "title": "x", "tasks": [TASK] * 51}], "no more than 50 items allowed"),
    ([CHART, CHART, CHART], "too many data_visualization blocks"),
    ([{**CHART, "title": "x" * 51}], "must be less than 51 characters"),
    ([{**RICH, "elements": None}], "must provide an array"),
    ([section(block_id=None)], "must provide a string"),
    ([{**CHART, "chart": None}], "must provide an object"),
    ([chart(type="radar")], "unsupported type: radar [json-pointer:/blocks/0/chart/type]"),
    ([chart(series=[])], "must provide at least 1 items"),
    ([chart(series=[series(str(number)) for number in range(7)])], "no more than 6 items allowed"),
    ([chart(series=[series(), series()])], "series names must be unique [json-pointer:/blocks/0/chart/series]"),
    ([chart(series=[series("x" * 21)])], "must be less than 21 characters"),
    ([chart(series=[series(data=points(21))])], "no more than 20 items allowed"),
    ([chart(series=[series(data=POINTS[:1])])], "labels must match the categories"),
    ([chart(series=[series(data=[*POINTS, POINTS[0]])])], "labels must match the categories"),
    ([chart(series=[series(data=[{"label": "Dec 1", "value": "1"}])])], "must be a number"),
    ([chart(series=[series(data=[{"label": "Dec 1", "value": float("nan")}])])], "must be a finite number"),
    ([chart(axis_config={"categories": ["x" * 21]})], "must be less than 21 characters"),
    ([chart(axis_config={"categories": ["Dec 1", "Dec 2"], "y_label": "x" * 51})], "must be less than 51 characters"),
    ([chart(PIE, segments=points(8)[1:])], "no more than 6 items allowed"),
    ([chart(PIE, segments=points(1))], "must be greater than 0 [json-pointer:/blocks/0/chart/segments/0/value]"),
    ([chart(PIE, axis_config={"categories": ["x"]})], "invalid additional property: axis_config"),
]


@pytest.mark.parametrize(("blocks", "words"), BAD)
def test_what_slack_forbids_is_refused(blocks: list[Json], words: str) -> None:
    """``invalid_blocks``, with a detail that says what is wrong and points at it."""
    with pytest.raises(SlackRefusalError) as caught:
        checked_blocks(blocks)
    assert caught.value.code == "invalid_blocks"
    assert any(words in detail for detail in caught.value.details), caught.value.details


def test_everything_that_is_wrong_is_named_at_once() -> None:
    """Like Slack's, an answer lists every fault."""
    with pytest.raises(SlackRefusalError) as caught:
        checked_blocks([section("x" * 3001), {"type": "marquee"}])
    assert len(caught.value.details) == 2


BAD_VIEWS: list[tuple[Json, str]] = [
    (modal(title="x" * 25), "must be less than 25 characters [json-pointer:/view/title/text]"),
    (modal(submit=text("x" * 25)), "must be less than 25 characters [json-pointer:/view/submit/text]"),
    (modal(close=text("x" * 25)), "must be less than 25 characters [json-pointer:/view/close/text]"),
    (modal(private_metadata="x" * 3001), "must be less than 3001 characters [json-pointer:/view/private_metadata]"),
    (modal(callback_id="x" * 256), "must be less than 256 characters [json-pointer:/view/callback_id]"),
    (modal(*[section()] * 101), "no more than 100 items allowed [json-pointer:/view/blocks]"),
    ({**modal(), "blocks": []}, "must provide at least 1 items [json-pointer:/view/blocks]"),
    (modal(CHART), "unsupported type: data_visualization [json-pointer:/view/blocks/0/type]"),
    (modal(submit_disabled=True), "invalid additional property: submit_disabled [json-pointer:/view]"),
    (modal(id="V1"), "invalid additional property: id [json-pointer:/view]"),
    ({"type": "modal", "blocks": [section()]}, "missing required field: title [json-pointer:/view]"),
    ({"type": "home", "title": text("x"), "blocks": [section()]}, "must be a modal view"),
    (
        {"type": "modal", "title": text("x"), "blocks": [field("X", typed())]},
        "must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/0/input]",
    ),
]


@pytest.mark.parametrize(("view", "words"), BAD_VIEWS)
def test_a_view_that_slack_forbids_is_refused(view: Json, words: str) -> None:
    """``invalid_arguments``, with a detail that points at the fault."""
    with pytest.raises(SlackRefusalError) as caught:
        checked_view(view)
    assert caught.value.code == "invalid_arguments"
    assert any(words in detail for detail in caught.value.details), caught.value.details


def test_a_view_of_more_than_250_kb_is_too_large() -> None:
    """Blocks that are each within bounds can still be too much together."""
    fields = [text("x" * 2000)] * 10
    with pytest.raises(SlackRefusalError, match="view_too_large"):
        checked_view(modal(*[section("x", fields=fields)] * 20))


def test_a_refusal_looks_as_slacks_does() -> None:
    """The answer of a refused post has its details both in ``errors`` and in ``response_metadata``."""
    with slack_stand_in() as slack:
        client = web_client(slack)
        post: Json = {"channel": "C0DATAREPLAY", "text": "x", "blocks": [section("x" * 3001)]}
        detail = "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"
        assert refusal_of(client.chat_postMessage, **post) == ("invalid_blocks", [f"[ERROR] {detail}"])
        assert slack.refusals == [f"chat.postMessage; invalid_blocks; {detail}"]
        assert slack.messages() == []


def test_what_the_sdks_models_build_is_accepted() -> None:
    """Slack's own Python models, which check their lengths themselves, build nothing that is refused here."""
    choice = models.Option(label="Raw", value="raw", description="every event")
    built: list[models.Block] = [
        models.HeaderBlock(text="Replay"),
        models.SectionBlock(text="*x*", accessory=models.ButtonElement(text="Go", action_id="go", style="primary")),
        models.DividerBlock(),
        models.ContextBlock(elements=[models.MarkdownTextObject(text="x")]),
        models.ActionsBlock(
            elements=[
                models.StaticSelectElement(action_id="a", options=[choice], placeholder="pick"),
                models.DatePickerElement(action_id="b", initial_date="2019-12-01"),
                models.OverflowMenuElement(action_id="c", options=[models.Option(label="x", value="y")]),
                models.RadioButtonsElement(action_id="d", options=[choice], initial_option=choice),
                models.CheckboxesElement(action_id="e", options=[choice]),
            ]
        ),
    ]
    checked_blocks([block.to_dict() for block in built])
    inputs = [
        models.InputBlock(label="A", element=models.PlainTextInputElement(multiline=True, max_length=9)),
        models.InputBlock(label="B", element=models.NumberInputElement(is_decimal_allowed=True, min_value="0")),
        models.InputBlock(label="C", element=models.StaticMultiSelectElement(options=[choice]), optional=True),
    ]
    view = View(type="modal", title="x", submit="Go", close="No", blocks=inputs, notify_on_close=True)
    checked_view(view.to_dict())
