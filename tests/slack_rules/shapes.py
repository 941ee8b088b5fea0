"""JSON compared as Slack would take it: a flag that is not set is one that is not there.

A plan's tasks may say that they are task cards: Slack's own example leaves that out.
"""

from typing import Any

#: Slack fills these in where they are missing, so that they say nothing of what was meant.
_FILLED_IN = {"block_id"}


def without_defaults(node: Any) -> Any:
    """The same without unset flags and empty values, and without the ids that every builder makes up."""
    if isinstance(node, dict):
        kept = {key: without_defaults(value) for key, value in node.items() if key not in _FILLED_IN}
        return {key: value for key, value in kept.items() if not _unsaid(value)}
    return [without_defaults(one) for one in node] if isinstance(node, list | tuple) else node


def _unsaid(value: Any) -> bool:
    return value is None or value is False or value in ("", "task_card")
