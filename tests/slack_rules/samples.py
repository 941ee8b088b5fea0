"""A good message, modal and home tab with every kind of block and element that the bot uses; ways to spoil them."""

import json
from collections.abc import Iterator, Sequence
from typing import Any

Json = dict[str, Any]
Path = tuple[str | int, ...]


def plain(text: str) -> Json:
    return {"type": "plain_text", "text": text}


def marked(text: str) -> Json:
    return {"type": "mrkdwn", "text": text}


def rich(text: str) -> Json:
    section = {"type": "rich_text_section", "elements": [{"type": "text", "text": text, "style": {"bold": True}}]}
    return {"type": "rich_text", "elements": [section]}


def option(value: str) -> Json:
    return {"text": plain(value), "value": value}


CONFIRM = {"title": plain("Sure?"), "text": plain("It stops."), "confirm": plain("Stop"), "deny": plain("Go on")}
BUTTON = {"type": "button", "action_id": "cancel", "text": plain("Cancel"), "value": "r1", "confirm": CONFIRM}
TASK = {"type": "task_card", "task_id": "2019-12-01", "title": "2019-12-01", "status": "complete", "output": rich("40")}
SERIES = {"name": "Events", "data": [{"label": "12-01", "value": 40}, {"label": "12-02", "value": 0}]}
BARS = {"type": "bar", "series": [SERIES], "axis_config": {"categories": ["12-01", "12-02"], "x_label": "Day"}}
CHART = {"type": "data_visualization", "title": "Events a day", "chart": BARS}
MESSAGE: Json = {
    "text": "Replay of raw",
    "blocks": [
        {"type": "header", "text": plain("Replay of raw")},
        {"type": "section", "text": marked("*raw*"), "fields": [marked("a"), plain("b")], "accessory": BUTTON},
        {"type": "context", "elements": [marked("`r1`")]},
        {"type": "divider"},
        {"type": "plan", "title": "2 of 2 days", "tasks": [TASK, {**TASK, "task_id": "2", "status": "pending"}]},
        CHART,
        {"type": "rich_text", "elements": rich("hello")["elements"]},
        {"type": "actions", "block_id": "live", "elements": [{**BUTTON, "action_id": "pause", "style": "danger"}]},
    ],
}
_SELECT = {"type": "static_select", "action_id": "source", "options": [option("raw")], "initial_option": option("raw")}
_TYPED = {"type": "plain_text_input", "action_id": "typed", "initial_value": "x", "max_length": 9, "multiline": True}
_DATE = {"type": "datepicker", "action_id": "start", "initial_date": "2019-12-01"}
_BOXES = {"type": "checkboxes", "action_id": "boxes", "options": [option("a")], "initial_options": [option("a")]}
_RADIO = {"type": "radio_buttons", "action_id": "radio", "options": [option("a"), option("b")]}
_NUMBER = {"type": "number_input", "action_id": "rate", "is_decimal_allowed": False, "min_value": "1"}
_MULTI = {"type": "multi_static_select", "action_id": "many", "options": [option("a")], "max_selected_items": 1}
MODAL: Json = {
    "type": "modal",
    "callback_id": "request",
    "private_metadata": "C1",
    "title": plain("Replay"),
    "submit": plain("Plan"),
    "close": plain("Close"),
    "blocks": [
        {"type": "section", "text": marked("what depends on it")},
        *(
            {"type": "input", "block_id": f"field-{number}", "label": plain("Field"), "element": element}
            for number, element in enumerate([_SELECT, _TYPED, _DATE, _BOXES, _RADIO, _NUMBER, _MULTI])
        ),
    ],
}
HOME: Json = {
    "type": "home",
    "callback_id": "home",
    "blocks": [{"type": "header", "text": plain("Replays")}, {"type": "actions", "elements": [BUTTON]}],
}


def spoiled(good: Json) -> Iterator[tuple[str, Json]]:
    """Every way to leave out one field, to add an unknown one, or to put something of another type in its place."""
    for path in _paths(good, ()):
        where = "/".join(map(str, path))
        if isinstance(path[-1], str):
            yield f"without {where}", _changed(good, path, None)
            yield f"{where} is another type", _changed(good, path, 7.5 if _at(good, path) is True else True)
        if isinstance(_at(good, path), dict):
            yield f"{where} has a surplus", _changed(good, (*path, "surplus"), "x")


def _paths(node: Any, path: Path) -> Iterator[Path]:
    below: Sequence[tuple[str | int, Any]] = []
    if isinstance(node, dict):
        below = list(node.items())
    elif isinstance(node, list):
        below = list(enumerate(node))
    for key, value in below:
        yield (*path, key)
        yield from _paths(value, (*path, key))


def _at(node: Any, path: Path) -> Any:
    for key in path:
        node = node[key]
    return node


def _changed(good: Json, path: Path, value: Any) -> Json:
    """A copy, by way of JSON as that shares nothing, with another value there or, for ``None``, with nothing."""
    bad: Json = json.loads(json.dumps(good))
    holder = _at(bad, path[:-1])
    if value is None:
        del holder[path[-1]]
    else:
        holder[path[-1]] = value
    return bad
