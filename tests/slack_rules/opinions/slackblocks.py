"""The second opinion: PyPI's ``slackblocks`` builds the same message or view, by its own rules, from the JSON.

Its parsers do not know every block, so each part is built by its class, from its fields; what comes out must be what
went in, or a field was not understood. Lengths, counts and which block may stand where are its to judge.
"""

from collections.abc import Callable, Mapping
from typing import Any

import slackblocks as sb
from slackblocks.objects import (
    AreaChart,
    AxisConfig,
    BarChart,
    ChartSegment,
    DataPoint,
    DataSeries,
    LineChart,
    PieChart,
    TextType,
)
from slackblocks.rich_text import elements as rich
from slackblocks.rich_text import objects as rich_parts

from tests.slack_rules.shapes import without_defaults

Json = dict[str, Any]
Maker = Callable[..., Any]


def _plain(text: str, *, emoji: bool = False) -> sb.Text:
    return sb.Text(text, type_=TextType.PLAINTEXT, emoji=emoji)


def _marked(text: str, *, verbatim: bool = False) -> sb.Text:
    return sb.Text(text, type_=TextType.MARKDOWN, verbatim=verbatim)


def _styled(maker: Maker) -> Maker:
    """Rich text whose ``style`` is an object of flags."""
    return lambda style=None, **fields: maker(**fields, **(style or {}))


_TYPED: Mapping[str, Maker] = {
    "actions": sb.ActionsBlock,
    "context": sb.ContextBlock,
    "data_visualization": sb.DataVisualizationBlock,
    "divider": sb.DividerBlock,
    "header": sb.HeaderBlock,
    "input": sb.InputBlock,
    "plan": sb.PlanBlock,
    "rich_text": sb.RichTextBlock,
    "section": sb.SectionBlock,
    "task_card": sb.TaskCardBlock,
    "button": sb.Button,
    "checkboxes": sb.CheckboxGroup,
    "datepicker": sb.DatePicker,
    "channels_select": sb.ChannelSelectMenu,
    "multi_static_select": sb.StaticMultiSelectMenu,
    "number_input": sb.NumberInput,
    "overflow": sb.OverflowMenu,
    "plain_text_input": sb.PlainTextInput,
    "radio_buttons": sb.RadioButtonGroup,
    "static_select": sb.StaticSelectMenu,
    "plain_text": _plain,
    "mrkdwn": _marked,
    "pie": PieChart,
    "bar": BarChart,
    "area": AreaChart,
    "line": LineChart,
    "rich_text_section": rich_parts.RichTextSection,
    "rich_text_list": rich_parts.RichTextList,
    "rich_text_preformatted": rich_parts.RichTextCodeBlock,
    "rich_text_quote": rich_parts.RichTextQuote,
    "text": _styled(rich.RichText),
    "link": _styled(rich.RichTextLink),
    "user": _styled(rich.RichTextUser),
    "emoji": rich.RichTextEmoji,
    "url": sb.URLSource,
    "modal": sb.ModalView,
    "home": sb.HomeTabView,
}
#: Objects without a type are known by the field that holds them.
_HELD: Mapping[str, Maker] = {
    "confirm": sb.ConfirmationDialogue,
    "options": sb.Option,
    "initial_option": sb.Option,
    "initial_options": sb.Option,
    "option_groups": sb.OptionGroup,
    "dispatch_action_config": sb.DispatchActionConfiguration,
    "tasks": sb.TaskCardBlock,
    "segments": ChartSegment,
    "series": DataSeries,
    "data": DataPoint,
    "axis_config": AxisConfig,
}


def message_problems(message: Json) -> list[str]:
    """What it would not build of a message's blocks, or would build otherwise."""
    blocks = message.get("blocks") or []
    if not blocks:
        return []
    return _problems(blocks, lambda: sb.Message("C0", blocks=_built(blocks, ""))._resolve()["blocks"])


def view_problems(view: Json) -> list[str]:
    """What it would not build of a view, or would build otherwise."""
    return _problems(view, lambda: _built(view, "").to_dict())


def _problems(given: Any, build: Callable[[], Any]) -> list[str]:
    try:
        built = build()
    except (sb.InvalidUsageError, TypeError, ValueError, KeyError) as error:
        return [f"slackblocks: {type(error).__name__}: {error}"]
    wanted, got = without_defaults(given), without_defaults(built)
    return [] if wanted == got else [f"slackblocks would send {got}, not {wanted}"]


def _built(node: Any, held_by: str) -> Any:
    if isinstance(node, list | tuple):
        return [_built(one, held_by) for one in node]
    if not isinstance(node, dict) or held_by == "style":
        return node
    fields = {key: _built(value, key) for key, value in node.items() if key != "type"}
    if "type" not in node:
        return _HELD[held_by](**fields)
    if node["type"] == "image":
        return (sb.ImageBlock if held_by in ("", "blocks") else sb.Image)(**fields)
    return _TYPED[node["type"]](**fields)
