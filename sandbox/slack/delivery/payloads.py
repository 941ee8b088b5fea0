"""What Slack sends an app when a person does something: slash commands, clicks, submissions, events.

Every field that Slack documents for the case is there, and none that it leaves out: an app that works with
these works with Slack's.
"""

from sandbox.slack.workspace.elements import HOLDINGS, Element
from sandbox.slack.workspace.model import Channel, Json, Message, User, View
from sandbox.slack.workspace.shapes import message_json, person_of_interaction, team_of_interaction, view_json
from sandbox.slack.workspace.state import APP_ID, BOT, TEAM_DOMAIN, TEAM_ID

VERIFICATION_TOKEN = "deprecated-verification-token"


def slash_command(user: User, channel: Channel, command: str, text: str, *, trigger_id: str, response_url: str) -> Json:
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "team_domain": TEAM_DOMAIN,
        "channel_id": channel.id,
        "channel_name": channel.name or "directmessage",
        "user_id": user.id,
        "user_name": user.key,
        "command": command,
        "text": text,
        "api_app_id": APP_ID,
        "is_enterprise_install": "false",
        "response_url": response_url,
        "trigger_id": trigger_id,
    }


def _interaction(kind: str, user: User) -> Json:
    return {
        "type": kind,
        "user": person_of_interaction(user),
        "api_app_id": APP_ID,
        "token": VERIFICATION_TOKEN,
        "team": team_of_interaction(),
        "enterprise": None,
        "is_enterprise_install": False,
    }


def action(element: Element, state: Json, action_ts: str) -> Json:
    """One entry of ``actions``: which element it was and what it now holds."""
    block_id, action_id = element.place
    entry: Json = {"action_id": action_id, "block_id": block_id, "type": element.kind, "action_ts": action_ts}
    shown = ("text", "value", "style", "url", "confirm") if element.kind == "button" else ("placeholder", "confirm")
    entry |= {name: element.spec[name] for name in shown if name in element.spec}
    holding = HOLDINGS.get(element.kind)
    if holding and holding.initial in element.spec:
        entry[holding.initial] = element.spec[holding.initial]
    return entry | {key: value for key, value in state.items() if key != "type"}


def action_in_message(
    user: User,
    channel: Channel,
    message: Message,
    entry: Json,
    state: Json,
    *,
    trigger_id: str,
    response_url: str,
) -> Json:
    """A click in a message. An ephemeral one is not repeated in the payload: nobody could read it back."""
    container: Json = {
        "type": "message",
        "message_ts": message.ts,
        "channel_id": channel.id,
        "is_ephemeral": bool(message.only_for),
    }
    if message.thread_ts:
        container["thread_ts"] = message.thread_ts
    payload = _interaction("block_actions", user) | {
        "container": container,
        "trigger_id": trigger_id,
        "channel": {"id": channel.id, "name": channel.name or "directmessage"},
        "state": {"values": state},
        "response_url": response_url,
        "actions": [entry],
    }
    return payload if message.only_for else payload | {"message": message_json(message)}


def action_in_view(user: User, view: View, entry: Json, *, trigger_id: str) -> Json:
    return _interaction("block_actions", user) | {
        "container": {"type": "view", "view_id": view.id},
        "trigger_id": trigger_id,
        "view": view_json(view),
        "actions": [entry],
    }


def view_submission(user: User, view: View, *, trigger_id: str) -> Json:
    return _interaction("view_submission", user) | {
        "trigger_id": trigger_id,
        "view": view_json(view),
        "response_urls": [],
    }


def view_closed(user: User, view: View, *, is_cleared: bool) -> Json:
    return _interaction("view_closed", user) | {"view": view_json(view), "is_cleared": is_cleared}


def event(body: Json, event_id: str, event_time: int) -> Json:
    """An event of the Events API in its outer wrapping."""
    return {
        "token": VERIFICATION_TOKEN,
        "team_id": TEAM_ID,
        "api_app_id": APP_ID,
        "event": body,
        "type": "event_callback",
        "event_id": event_id,
        "event_time": event_time,
        "authorizations": [{"team_id": TEAM_ID, "user_id": BOT.id, "is_bot": True, "is_enterprise_install": False}],
        "is_ext_shared_channel": False,
    }
