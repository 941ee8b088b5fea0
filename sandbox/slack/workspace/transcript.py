"""The conversation as plain text for people: for a failed wait, for a demo's terminal, for a README."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

from sandbox.slack.workspace.elements import HOLDINGS, elements_of
from sandbox.slack.workspace.model import Change, Json, Message, View
from sandbox.slack.workspace.mrkdwn import plain
from sandbox.slack.workspace.state import Workspace

_TASK_MARKS = {"pending": "○", "in_progress": "◐", "complete": "●", "error": "✗"}
_ACTS = {
    "typed": "types",
    "clicked": "clicks",
    "submitted": "submits",
    "closed_view": "closes",
    "opened_view": "sees",
    "told_errors": "is told",
}


def transcript(workspace: Workspace, channel: str) -> str:
    """A channel from its beginning: what people did, and every message as it reads now, with its thread."""
    place = workspace.channel(channel)
    with workspace.changed:
        lines = [f"#{place.name}" if place.name else "direct message"]
        for change in workspace.changes:
            lines += _entry(workspace, change, place.id)
        return "\n".join(lines) + "\n"


def narrate(workspace: Workspace, change: Change) -> str:
    """One change as it happens, as lines for a terminal; nothing for what nobody would see."""
    if change.message is not None and change.kind in ("posted", "whispered", "edited"):
        return "\n".join(_message(workspace, change.message))
    if change.kind == "deleted" and change.message is not None:
        return f"{_time(change.at)}  {change.who.name} deletes a message"
    return "\n".join(_act(workspace, change))


def _entry(workspace: Workspace, change: Change, channel: str) -> list[str]:
    message = change.message
    if change.kind in ("posted", "whispered") and message is not None:
        if message.channel != channel or message.is_reply:
            return []
        return [*_message(workspace, _now(workspace, message)), *_thread(workspace, message)]
    if change.channel in (channel, "") and change.kind in _ACTS:
        return _act(workspace, change)
    return []


def _now(workspace: Workspace, message: Message) -> Message:
    return workspace.messages[message.channel, message.ts]


def _thread(workspace: Workspace, parent: Message) -> list[str]:
    there = [m for m in workspace.messages.values() if m.is_reply and m.thread_ts == parent.ts]
    return [line for reply in there for line in _message(workspace, reply)]


def _act(workspace: Workspace, change: Change) -> list[str]:
    if change.kind not in _ACTS:
        return []
    what = {"typed": change.text, "clicked": f"[{change.text}]"}.get(change.kind, f"“{change.text}”")
    head = f"{_time(change.at)}  {change.who.name} ({change.who.key}) {_ACTS[change.kind]} {what}"
    shown = ""
    if change.view and change.kind == "opened_view":
        shown = view_text(change.view, workspace.names)
    elif change.view and change.kind == "submitted":
        inputs = [block for block in change.view.blocks if block["type"] == "input"]
        shown = blocks_text(inputs, workspace.names, change.view.state)
    return [head, *(f"       {line}" for line in shown.splitlines())]


def _message(workspace: Workspace, message: Message) -> list[str]:
    names = workspace.names
    indent = "        " if message.is_reply else ""
    marks = f" (only {names[message.only_for]} sees this)" if message.only_for else ""
    marks += " (edited)" if message.edited else ""
    head = f"{indent}{_time(float(message.ts))}  {message.author.name}{marks}:"
    if message.deleted:
        return [f"{head} (deleted)"]
    body = content_text(message.text, message.blocks, names).splitlines()
    return [head, *(f"{indent}       {line}" for line in body)]


def content_text(text: str, blocks: Iterable[Json], names: Mapping[str, str]) -> str:
    """A message's blocks as text, or its text where it has no blocks."""
    return blocks_text(blocks, names) or plain(text, names)


def blocks_text(blocks: Iterable[Json], names: Mapping[str, str], state: Json | None = None) -> str:
    """Blocks as a reader sees them; with ``state``, inputs show what they hold."""
    lines = [line for block in blocks for line in _block(block, names, state or {})]
    return "\n".join(lines)


def view_text(view: View, names: Mapping[str, str]) -> str:
    """A modal as a person sees it: title, blocks with what they hold, errors, and the buttons below."""
    below = [view.content[name]["text"] for name in ("close", "submit") if view.content.get(name)]
    lines = [blocks_text(view.blocks, names, view.state)]
    lines += [f"! {words}" for _, words in view.errors]
    return "\n".join([*lines, "  ".join(f"[{label}]" for label in below)])


def _block(block: Json, names: Mapping[str, str], state: Json) -> list[str]:
    lines: list[str] = []
    match block["type"]:
        case "divider":
            return ["────"]
        case "section" | "header":
            lines = [_text(block.get("text"), names), *(_text(one, names) for one in block.get("fields", ()))]
        case "context":
            lines = ["  ".join(_text(one, names) for one in block["elements"])]
        case "image":
            lines = [f"(picture: {block['alt_text']})"]
        case "plan":
            lines = [block["title"], *(line for task in block.get("tasks", ()) for line in _task(task))]
        case "task_card":
            lines = _task(block)
        case "data_visualization":
            lines = [f"(chart: {block['title']})"]
        case "rich_text":
            lines = _rich(block).splitlines()
    controls = "  ".join(
        _control(element.spec, element.label, _held(element.place, state), names) for element in elements_of([block])
    )
    return [line for line in (*lines, controls) if line]


def _held(place: tuple[str, str], state: Json) -> Json:
    found: Json = state.get(place[0], {}).get(place[1], {})
    return found


def _control(spec: Json, label: str, held: Json, names: Mapping[str, str]) -> str:
    if spec["type"] in ("button", "overflow"):
        return f"[{label}]" if label else "[…]"
    value = held.get(HOLDINGS[spec["type"]].key)
    chosen = value if isinstance(value, list) else [value] if value else []
    shown = ", ".join(one["text"]["text"] if isinstance(one, dict) else names.get(one, str(one)) for one in chosen)
    return f"{label}: {shown or '____'}"


def _text(found: Json | None, names: Mapping[str, str]) -> str:
    if not found:
        return ""
    if found["type"] == "mrkdwn":
        return plain(found["text"], names)
    return str(found.get("text") or f"(picture: {found.get('alt_text', '')})")


def _task(task: Json) -> list[str]:
    lines = [f"{_TASK_MARKS[task['status']]} {task['title']}"]
    below = [line for part in ("details", "output") for line in _rich(task.get(part, [])).splitlines()]
    return lines + [f"    {line}" for line in below]


def _rich(node: Any) -> str:
    """The words inside rich text, whatever they are wrapped in."""
    if isinstance(node, list):
        return "".join(_rich(one) for one in node)
    inside = _rich(node["elements"]) if "elements" in node else str(node.get("text") or node.get("url") or "")
    return inside + ("\n" if node.get("type", "").startswith("rich_text_") else "")


def _time(at: float) -> str:
    return datetime.fromtimestamp(at, UTC).strftime("%H:%M:%S")
