"""The payloads of ``payloads/``: as they are, or as if they came from the stand-in's workspace."""

import json
from pathlib import Path
from typing import Any

from sandbox.slack.delivery.transport import EnvelopeType

Json = dict[str, Any]
DIRECTORY = Path(__file__).with_name("payloads")
#: The type in ``node/slack.ts`` of each, and the way it comes.
KINDS: dict[str, tuple[str, EnvelopeType]] = {
    "slash_command": ("Command", "slash_commands"),
    "block_actions_message": ("Click", "interactive"),
    "block_actions_modal": ("Click", "interactive"),
    "block_actions_home": ("Click", "interactive"),
    "view_submission": ("Submission", "interactive"),
    "view_closed": ("Closing", "interactive"),
    "app_home_opened": ("HomeOpened", "events_api"),
}


def recorded(name: str, **instead: str) -> Json:
    """One payload; ``instead`` names fields of it that have another value now."""
    payload: Json = json.loads((DIRECTORY / f"{name}.json").read_text())
    return payload | {field: value for field, value in instead.items() if field in payload}


def of_people(payload: Json, **ids: str) -> Json:
    """The same with other made-up ids, wherever they stand: ``U0RECORDED="U00OPERATOR"``."""
    text = json.dumps(payload)
    for old, new in ids.items():
        text = text.replace(old, new)
    changed: Json = json.loads(text)
    return changed


def contradictions(ours: Any, theirs: Any, where: str = "") -> list[str]:
    """Fields of ours that theirs does not have, or has with another type. What may be null may be either."""
    if isinstance(ours, dict) and isinstance(theirs, dict):
        unknown = [f"{where}/{key} is not documented" for key in ours.keys() - theirs.keys()]
        return unknown + [told for key in ours.keys() & theirs.keys() for told in _below(ours, theirs, key, where)]
    if isinstance(ours, list) and isinstance(theirs, list):
        return contradictions(ours[0], theirs[0], f"{where}/0") if ours and theirs else []
    if ours is None or theirs is None or type(ours) is type(theirs):
        return []
    return [f"{where} is a {type(ours).__name__}, not a {type(theirs).__name__}"]


#: Their insides are a test's own choice, and are judged by the types of blocks and states.
_FREE = {"blocks", "values", "actions", "metadata"}


def _below(ours: Json, theirs: Json, key: str, where: str) -> list[str]:
    if key in _FREE:
        return [] if type(ours[key]) is type(theirs[key]) else [f"{where}/{key} is another type"]
    return contradictions(ours[key], theirs[key], f"{where}/{key}")
