"""What one person sees of the workspace, as JSON for the page: nothing that is somebody else's."""

from sandbox.slack.workspace.elements import first_state
from sandbox.slack.workspace.model import Channel, Json, Message, User, View
from sandbox.slack.workspace.shapes import message_json, view_json
from sandbox.slack.workspace.state import BOT, PEOPLE, Workspace

_MOST_MESSAGES = 500


def seen_by(workspace: Workspace, user: User) -> Json:
    """Channels, their newest messages, the open modals from the lowest to the top, and the home tab."""
    with workspace.changed:
        channels = [channel for channel in workspace.channels.values() if user.id in channel.members]
        return {
            "person": _person(user),
            "people": [_person(one) for one in PEOPLE],
            "bot": _person(BOT),
            "names": workspace.names,
            "channels": [_channel(channel) for channel in channels],
            "messages": {channel.id: _messages(workspace, channel, user) for channel in channels},
            "views": [_view(workspace.views[ident]) for ident in workspace.stacks.get(user.id, ())],
            "home": _home(workspace, user),
        }


def _person(user: User) -> Json:
    return {"id": user.id, "key": user.key, "name": user.name, "is_bot": bool(user.bot_id)}


def _channel(channel: Channel) -> Json:
    return {
        "id": channel.id,
        "name": channel.name,
        "direct": bool(channel.direct_with),
        "archived": channel.archived,
        "members": len(channel.members),
        "with_bot": BOT.id in channel.members,
    }


def _messages(workspace: Workspace, channel: Channel, user: User) -> list[Json]:
    there = [
        message
        for message in workspace.messages.values()
        if message.channel == channel.id and not message.deleted and message.only_for in ("", user.id)
    ]
    return [_message(workspace, message, user) for message in there[-_MOST_MESSAGES:]]


def _message(workspace: Workspace, message: Message, user: User) -> Json:
    chosen = workspace.message_states.get((message.ts, user.id)) or first_state(message.blocks)
    return message_json(message) | {
        "author": _person(message.author),
        "reply": message.is_reply,
        "only_you": bool(message.only_for),
        "state": chosen,
    }


def _view(view: View) -> Json:
    return view_json(view) | {"errors": dict(view.errors)}


def _home(workspace: Workspace, user: User) -> Json | None:
    view = workspace.views.get(workspace.homes.get(user.id, ""))
    return None if view is None else _view(view)
