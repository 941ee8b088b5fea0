"""The third opinion: slack_sdk's own models read the JSON back, check it, and must come to the same.

They know lengths, counts and choices of most parts, and drop what they do not know: that is seen by comparing.
"""

from typing import Any

from slack_sdk.errors import SlackObjectFormationError
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from tests.slack_rules.shapes import without_defaults

Json = dict[str, Any]
#: slack_sdk 3.47 has no model of these; slackblocks and the schema have.
_UNKNOWN = {"data_visualization"}


def message_problems(message: Json) -> list[str]:
    """What the SDK would not send of a message's blocks, or would send otherwise."""
    known = [block for block in message.get("blocks") or [] if block.get("type") not in _UNKNOWN]
    return [problem for block in known for problem in _block_problems(block)]


def view_problems(view: Json) -> list[str]:
    """What the SDK would not send of a view, or would send otherwise."""
    try:
        got = View(**view).to_dict()
    except (SlackObjectFormationError, TypeError) as error:
        return [f"slack_sdk: {error}"]
    own = [] if without_defaults(got) == without_defaults(view) else [f"slack_sdk would send {got}, not {view}"]
    return own + [problem for block in view["blocks"] for problem in _block_problems(block)]


def _block_problems(block: Json) -> list[str]:
    try:
        read = Block.parse(block)
        got = read.to_dict() if read else None
    except (SlackObjectFormationError, TypeError) as error:
        return [f"slack_sdk: {error}"]
    return [] if without_defaults(got) == without_defaults(block) else [f"slack_sdk would send {got}, not {block}"]
