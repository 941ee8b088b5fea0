"""How users, messages and views look in Slack's JSON, in answers of the Web API and in payloads alike."""

from sandbox.slack.workspace.model import Json, Message, User, View
from sandbox.slack.workspace.state import APP_ID, BOT, TEAM_DOMAIN, TEAM_ID, Workspace


def user_json(user: User) -> Json:
    return {
        "id": user.id,
        "team_id": TEAM_ID,
        "name": user.key,
        "real_name": user.name,
        "deleted": False,
        "is_bot": bool(user.bot_id),
        "tz": "Etc/UTC",
        "tz_offset": 0,
        "profile": {"real_name": user.name, "display_name": user.name},
    }


def message_json(message: Message, *, with_metadata: bool = False) -> Json:
    """A message as ``conversations.history`` and the payload of a click show it."""
    body: Json = {
        "type": "message",
        "user": message.author.id,
        "ts": message.ts,
        "text": message.text,
        "team": TEAM_ID,
    }
    if message.author.bot_id:
        body |= {"bot_id": message.author.bot_id, "app_id": APP_ID}
    if message.blocks:
        body["blocks"] = list(message.blocks)
    if message.thread_ts:
        body["thread_ts"] = message.thread_ts
    if message.edited:
        body["edited"] = {"user": message.author.id, "ts": f"{message.versions[-1].at:.6f}"}
    if with_metadata and message.metadata:
        body["metadata"] = message.metadata
    if message.reactions:
        body["reactions"] = _reactions(message)
    return body


def _reactions(message: Message) -> list[Json]:
    by_name: dict[str, list[str]] = {}
    for name, user in message.reactions:
        by_name.setdefault(name, []).append(user)
    return [{"name": name, "users": users, "count": len(users)} for name, users in by_name.items()]


def view_json(view: View) -> Json:
    """A view as ``views.open`` answers with it and as interactions carry it."""
    return {
        "id": view.id,
        "team_id": TEAM_ID,
        "private_metadata": "",
        "callback_id": "",
        "external_id": "",
        "clear_on_close": False,
        "notify_on_close": False,
        "close": None,
        "submit": None,
        **view.content,
        "state": {"values": view.state},
        "hash": view.hash,
        "previous_view_id": view.previous_id,
        "root_view_id": view.root_id,
        "app_id": APP_ID,
        "app_installed_team_id": TEAM_ID,
        "bot_id": BOT.bot_id,
    }


def thread_json(workspace: Workspace, message: Message) -> Json:
    """A top-level message with the counts of its thread, where it has one."""
    body = message_json(message)
    replies = [m for m in workspace.said_in(message.channel) if m.is_reply and m.thread_ts == message.ts]
    if replies:
        body |= {
            "thread_ts": message.ts,
            "reply_count": len(replies),
            "latest_reply": replies[-1].ts,
            "reply_users": sorted({reply.author.id for reply in replies}),
        }
    return body


def person_of_interaction(user: User) -> Json:
    return {"id": user.id, "username": user.key, "name": user.key, "team_id": TEAM_ID}


def team_of_interaction() -> Json:
    return {"id": TEAM_ID, "domain": TEAM_DOMAIN}
