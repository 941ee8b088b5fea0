"""The Web API methods about messages: ``chat.*``, ``conversations.*``, ``reactions.*``."""

import json
from typing import Any

from sandbox.slack.errors import SlackRefusalError
from sandbox.slack.rules.blocks import checked_blocks
from sandbox.slack.workspace.model import Channel, Json, Message
from sandbox.slack.workspace.shapes import message_json, thread_json
from sandbox.slack.workspace.state import BOT, TEAM_DOMAIN, Workspace

LONGEST_POST = 40_000
LONGEST_EDIT = 4_000


def decoded(value: Any, refusal: str) -> Any:
    """An argument that is JSON inside a form, or plain JSON already."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except ValueError:
        raise SlackRefusalError(refusal) from None


def content(workspace: Workspace, arguments: Json, longest: int) -> tuple[str, tuple[Json, ...]]:
    """Text and blocks of a message, checked against everything that Slack checks."""
    text = str(arguments.get("text") or "")
    given = decoded(arguments.get("blocks") or [], "invalid_blocks_format")
    if not text.strip() and not given:
        raise SlackRefusalError("no_text")
    if len(text) > longest:
        raise SlackRefusalError("msg_too_long")
    blocks = checked_blocks(given)
    if lacking := sorted({block["type"] for block in blocks} & workspace.without_blocks):
        raise SlackRefusalError("invalid_blocks", tuple(f"unsupported type: {kind}" for kind in lacking))
    return text, blocks


def writable(workspace: Workspace, ident: object) -> Channel:
    channel = workspace.channel(ident)
    if channel.archived:
        raise SlackRefusalError("is_archived")
    if BOT.id not in channel.members:
        raise SlackRefusalError("not_in_channel")
    return channel


def post_message(workspace: Workspace, arguments: Json) -> Json:
    channel = writable(workspace, arguments.get("channel"))
    text, blocks = content(workspace, arguments, LONGEST_POST)
    thread_ts = str(arguments.get("thread_ts") or "")
    metadata = checked_metadata(arguments)
    message = workspace.post(channel.id, BOT, text, blocks, thread_ts=thread_ts, metadata=metadata)
    body = {"channel": channel.id, "ts": message.ts}
    return body | {"message": message_json(message, with_metadata=True)}


def post_ephemeral(workspace: Workspace, arguments: Json) -> Json:
    channel = writable(workspace, arguments.get("channel"))
    user = str(arguments.get("user"))
    if user not in channel.members:
        raise SlackRefusalError("user_not_in_channel")
    text, blocks = content(workspace, arguments, LONGEST_POST)
    thread_ts = str(arguments.get("thread_ts") or "")
    message = workspace.post(channel.id, BOT, text, blocks, thread_ts=thread_ts, only_for=user)
    return {"message_ts": message.ts}


def update(workspace: Workspace, arguments: Json) -> Json:
    """Edit the bot's own message. Text without blocks removes the blocks, as in Slack."""
    channel = workspace.channel(arguments.get("channel"))
    if channel.archived:
        raise SlackRefusalError("is_inactive")
    message = own_message(workspace, channel, arguments.get("ts"), "cant_update_message")
    text, blocks = content(workspace, arguments, LONGEST_EDIT)
    metadata = checked_metadata(arguments) if "metadata" in arguments else message.metadata
    edited = workspace.edit(message, text, blocks, metadata)
    body = {"channel": channel.id, "ts": edited.ts, "text": edited.text}
    return body | {"message": message_json(edited)}


def delete(workspace: Workspace, arguments: Json) -> Json:
    channel = workspace.channel(arguments.get("channel"))
    message = own_message(workspace, channel, arguments.get("ts"), "cant_delete_message")
    workspace.delete(message, BOT)
    return {"channel": channel.id, "ts": message.ts}


def permalink(workspace: Workspace, arguments: Json) -> Json:
    channel = workspace.channel(arguments.get("channel"))
    message = visible(workspace, channel, arguments.get("message_ts"))
    url = f"https://{TEAM_DOMAIN}.slack.com/archives/{channel.id}/p{message.ts.replace('.', '')}"
    if message.is_reply:
        url += f"?thread_ts={message.thread_ts}&cid={channel.id}"
    return {"channel": channel.id, "permalink": url}


def info(workspace: Workspace, arguments: Json) -> Json:
    channel = workspace.channel(arguments.get("channel"))
    return {"channel": {**channel.as_json(), "is_member": BOT.id in channel.members}}


def history(workspace: Workspace, arguments: Json) -> Json:
    """Top-level messages, newest first, with the bounds and the limit that were asked for."""
    channel = readable(workspace, arguments)
    top = [m for m in workspace.said_in(channel.id) if not m.is_reply and _between(m, arguments)]
    limit = int(arguments.get("limit") or 100)
    page = top[::-1][:limit]
    body = {"messages": [thread_json(workspace, m) for m in page], "has_more": len(top) > limit}
    return _with_metadata(page, body, arguments)


def replies(workspace: Workspace, arguments: Json) -> Json:
    """A thread, its first message included, oldest first."""
    channel = readable(workspace, arguments)
    parent = visible(workspace, channel, arguments.get("ts"), "thread_not_found")
    there = [m for m in workspace.said_in(channel.id) if m.thread_ts == parent.ts and m.is_reply]
    page = [parent, *(m for m in there if _between(m, arguments))][: int(arguments.get("limit") or 1000)]
    body = {"messages": [thread_json(workspace, m) for m in page], "has_more": False}
    return _with_metadata(page, body, arguments)


def add_reaction(workspace: Workspace, arguments: Json) -> Json:
    channel = workspace.channel(arguments.get("channel"))
    message = visible(workspace, channel, arguments.get("timestamp"))
    name = str(arguments.get("name") or "").strip(":")
    if not name:
        raise SlackRefusalError("invalid_name")
    if (name, BOT.id) in message.reactions:
        raise SlackRefusalError("already_reacted")
    workspace.react(message, BOT, name)
    return {}


def visible(workspace: Workspace, channel: Channel, ts: object, refusal: str = "message_not_found") -> Message:
    message = workspace.messages.get((channel.id, str(ts)))
    if message is None or message.deleted or message.only_for:
        raise SlackRefusalError(refusal)
    return message


def own_message(workspace: Workspace, channel: Channel, ts: object, refusal: str) -> Message:
    message = visible(workspace, channel, ts)
    if message.author != BOT:
        raise SlackRefusalError(refusal)
    return message


def readable(workspace: Workspace, arguments: Json) -> Channel:
    channel = workspace.channel(arguments.get("channel"))
    if BOT.id not in channel.members:
        raise SlackRefusalError("not_in_channel")
    return channel


def checked_metadata(arguments: Json) -> Json | None:
    """Message metadata: an event type and a payload of at most 16 KB, or none."""
    given = decoded(arguments.get("metadata") or {}, "invalid_metadata_format")
    if not given:
        return None
    if not isinstance(given, dict):
        raise SlackRefusalError("invalid_metadata_format")
    event_type, payload = given.get("event_type"), given.get("event_payload")
    if not isinstance(event_type, str) or not isinstance(payload, dict):
        raise SlackRefusalError("invalid_metadata_format")
    if len(json.dumps(payload)) > 16 * 1024:
        raise SlackRefusalError("metadata_too_large")
    return {"event_type": event_type, "event_payload": payload}


def _between(message: Message, arguments: Json) -> bool:
    oldest, latest = float(arguments.get("oldest") or 0), float(arguments.get("latest") or "inf")
    inclusive = str(arguments.get("inclusive", "")).lower() in ("1", "true")
    ts = float(message.ts)
    return oldest <= ts <= latest if inclusive else oldest < ts < latest


def _with_metadata(page: list[Message], body: Json, arguments: Json) -> Json:
    if str(arguments.get("include_all_metadata", "")).lower() in ("1", "true"):
        for message, shown in zip(page, body["messages"], strict=True):
            if message.metadata:
                shown["metadata"] = message.metadata
    return body
