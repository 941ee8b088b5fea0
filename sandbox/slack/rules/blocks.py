"""What Slack accepts as blocks and as a view: one row a kind of block, then the rules that span blocks.

The numbers and the words are Slack's own, as its Block Kit reference and its answers give them.
"""

import json
import secrets
from collections import Counter
from collections.abc import Iterable
from typing import Any

from sandbox.slack.errors import SlackRefusalError
from sandbox.slack.rules.charts import CHART, uneven
from sandbox.slack.rules.checks import (
    Shape,
    anything,
    flag,
    items,
    may,
    needs,
    one_of,
    shaped,
    string,
    text,
    typed,
)
from sandbox.slack.rules.elements import ACCESSORY, ACTION, IMAGE, INPUT, plain
from sandbox.slack.rules.rich_text import PARTS, RICH_TEXT
from sandbox.slack.workspace.elements import HOLDINGS, elements_of

Json = dict[str, Any]

_CONTEXT_ITEM = typed(
    {
        "plain_text": {"text": needs(string(3000, shortest=1)), "emoji": may(flag)},
        "mrkdwn": {"text": needs(string(3000, shortest=1)), "verbatim": may(flag)},
        "image": IMAGE,
    },
    common={},
)
_TASK: Shape = {
    "task_id": needs(string(255, shortest=1)),
    "title": needs(string(3000, shortest=1)),
    "status": needs(one_of("pending", "in_progress", "complete", "error")),
    "details": may(RICH_TEXT),
    "output": may(RICH_TEXT),
    "sources": may(items(anything, 50, least=0)),
}
_COMMON: Shape = {"block_id": may(string(255))}

EVERYWHERE: dict[str, Shape] = {
    "section": {
        "text": may(text(3000)),
        "fields": may(items(text(2000), 10)),
        "accessory": may(ACCESSORY),
        "expand": may(flag),
    },
    "header": {"text": needs(plain(150))},
    "divider": {},
    "context": {"elements": needs(items(_CONTEXT_ITEM, 10))},
    "actions": {"elements": needs(items(ACTION, 25))},
    "input": {
        "label": needs(plain(2000)),
        "element": needs(INPUT),
        "hint": may(plain(2000)),
        "optional": may(flag),
        "dispatch_action": may(flag),
    },
    "image": {**IMAGE, "title": may(plain(2000))},
    "rich_text": {"elements": needs(PARTS)},
}
ONLY_IN_MESSAGES: dict[str, Shape] = {
    "task_card": _TASK,
    "plan": {
        "title": needs(string(3000, shortest=1)),
        "tasks": may(items(shaped({"type": may(one_of("task_card")), **_COMMON, **_TASK}), 50, least=0)),
    },
    "data_visualization": {"title": needs(string(50, shortest=1)), "chart": needs(CHART)},
}
_MESSAGE_BLOCKS = items(typed({**EVERYWHERE, **ONLY_IN_MESSAGES}, _COMMON), 50, least=0)
_VIEW_BLOCKS = items(typed(EVERYWHERE, _COMMON), 100)

_VIEW: Shape = {
    "type": needs(one_of("modal", "home")),
    "blocks": needs(_VIEW_BLOCKS),
    "private_metadata": may(string(3000)),
    "callback_id": may(string(255)),
    "external_id": may(string(255)),
}
_MODAL: Shape = {
    **_VIEW,
    "title": needs(plain(24)),
    "submit": may(plain(24)),
    "close": may(plain(24)),
    "clear_on_close": may(flag),
    "notify_on_close": may(flag),
}


def checked_blocks(blocks: Any) -> tuple[Json, ...]:
    """The blocks of a message with ids filled in, or Slack's ``invalid_blocks``."""
    problems: list[str] = []
    _MESSAGE_BLOCKS(blocks, "/blocks", problems)
    if not problems:
        problems += _across(blocks, "/blocks")
        charts = Counter(block["type"] for block in blocks)["data_visualization"]
        problems += ["too many data_visualization blocks [json-pointer:/blocks]"] if charts > 2 else []
    if problems:
        raise SlackRefusalError("invalid_blocks", tuple(problems))
    return with_ids(blocks)


def checked_view(view: Any, *, kind: str = "modal") -> Json:
    """A view with ids filled in, or Slack's ``invalid_arguments``."""
    problems: list[str] = []
    shaped(_VIEW if kind == "home" else _MODAL)(view, "/view", problems)
    if not problems:
        problems += [] if view["type"] == kind else [f"must be a {kind} view [json-pointer:/view/type]"]
        problems += _across(view["blocks"], "/view/blocks")
        problems += _unsubmittable(view) if kind == "modal" else []
    if problems:
        raise SlackRefusalError("invalid_arguments", tuple(problems))
    if len(json.dumps(view)) > 250 * 1024:
        raise SlackRefusalError("view_too_large")
    return {**view, "blocks": list(with_ids(view["blocks"]))}


def with_ids(blocks: Iterable[Json]) -> tuple[Json, ...]:
    """Slack names what the app left unnamed, anew each time: updating a view empties its unnamed fields."""
    named = []
    for block in blocks:
        copy = {"block_id": secrets.token_urlsafe(4), **json.loads(json.dumps(block))}
        for element in elements_of([copy]):
            element.spec.setdefault("action_id", secrets.token_urlsafe(4))
        named.append(copy)
    return tuple(named)


def _across(blocks: list[Json], where: str) -> list[str]:
    problems = []
    seen: set[str] = set()
    for index, block in enumerate(blocks):
        block_id = block.get("block_id")
        if block_id in seen:
            problems.append(f'`block_id` "{block_id}" already exists [json-pointer:{where}/{index}/block_id]')
        seen |= {block_id} if block_id else set()
        problems += _in_block(block, f"{where}/{index}")
    return problems


def _in_block(block: Json, where: str) -> list[str]:
    problems = []
    if block["type"] == "section" and "text" not in block and "fields" not in block:
        problems.append(f"missing required field: text [json-pointer:{where}]")
    if block["type"] == "image" and ("image_url" in block) == ("slack_file" in block):
        problems.append(f"must provide exactly one of image_url and slack_file [json-pointer:{where}]")
    if block["type"] == "data_visualization":
        problems += uneven(block["chart"], f"{where}/chart")
    seen: set[str] = set()
    for element in elements_of([block]):
        action_id = element.spec.get("action_id")
        if action_id in seen:
            problems.append(f'`action_id` "{action_id}" already exists [json-pointer:{where}/elements]')
        seen |= {action_id} if action_id else set()
        problems += _initial(element.spec, where)
    return problems


def _initial(spec: Json, where: str) -> list[str]:
    """A select needs options in one of the two ways, and starts with one of them."""
    if spec["type"].endswith("static_select") and ("options" in spec) == ("option_groups" in spec):
        return [f"must provide exactly one of options and option_groups [json-pointer:{where}]"]
    holding = HOLDINGS.get(spec["type"])
    if holding is None or not holding.key.startswith("selected_option") or holding.initial not in spec:
        return []
    groups = spec.get("option_groups", ())
    options = [*spec.get("options", ()), *(option for group in groups for option in group["options"])]
    first = spec[holding.initial] if holding.many else [spec[holding.initial]]
    wrong = [option for option in first if option not in options]
    return [f"{holding.initial} must be one of the options [json-pointer:{where}]"] if wrong else []


def _unsubmittable(view: Json) -> list[str]:
    return [
        f"must define `submit` to use an `input` block in modals [json-pointer:/view/blocks/{index}/input]"
        for index, block in enumerate(view["blocks"])
        if block["type"] == "input" and "submit" not in view
    ]
