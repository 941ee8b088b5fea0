"""``app_manifest.yaml`` within what Slack has published, and asking for exactly what the bot uses.

Which keys, scopes and events there are: the types of npm ``@slack/web-api``. How long and how many: the numbers of
github.com/slackapi/manifest-schema (``schemas/manifest.schema.2.0.0.json``), as docs.slack.dev/reference/app-manifest
has them too. What a method needs: its page under docs.slack.dev/reference/methods.
"""

import ast
import copy
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from slack_bolt import App
from slack_sdk import WebClient

import bot
from tests.helpers.conversation import Conversation, serve_bot
from tests.slack_rules import schemas
from tests.slack_rules.manifest import manifest, scopes

Json = dict[str, Any]
HTTP = r"https?://"
#: Place in the manifest (``*``: each of a list) -> shortest, longest, pattern of the text there.
TEXTS: dict[str, tuple[int, int, str]] = {
    "display_information/name": (1, 35, ""),
    "display_information/description": (1, 140, ""),
    "display_information/long_description": (175, 4000, ""),
    "display_information/background_color": (4, 7, r"#[0-9a-fA-F]{3}([0-9a-fA-F]{3})?$"),
    "features/bot_user/display_name": (1, 80, ""),
    "features/slash_commands/*/command": (2, 32, "/"),
    "features/slash_commands/*/description": (1, 2000, ""),
    "features/slash_commands/*/usage_hint": (1, 1000, ""),
    "features/slash_commands/*/url": (1, 3000, HTTP),
    "features/shortcuts/*/name": (1, 24, ""),
    "features/shortcuts/*/callback_id": (1, 255, ""),
    "features/shortcuts/*/description": (1, 150, ""),
    "oauth_config/redirect_urls/*": (1, 2500, ""),
    "oauth_config/scopes/bot/*": (1, 50, ""),
    "settings/event_subscriptions/bot_events/*": (1, 50, ""),
    "settings/event_subscriptions/request_url": (1, 3500, HTTP),
    "settings/interactivity/request_url": (1, 3500, HTTP),
    "settings/interactivity/message_menu_options_url": (1, 3500, HTTP),
}
#: Place of a list -> fewest, most.
LISTS = {
    "features/slash_commands": (1, 50),
    "features/shortcuts": (1, 10),
    "oauth_config/scopes/bot": (0, 255),
    "settings/event_subscriptions/bot_events": (0, 100),
}
#: Looking for messages: one scope for public channels, one for private ones; the bot looks nowhere else.
HISTORY = "channels:history groups:history"
#: What a bot's token needs for a method; nothing for most of ``views.*`` and ``auth.test``.
METHOD_SCOPES: dict[str, str] = {
    "auth_test": "",
    "chat_delete": "chat:write",
    "chat_getPermalink": "",
    "chat_postEphemeral": "chat:write",
    "chat_postMessage": "chat:write",
    "chat_update": "chat:write",
    "conversations_history": HISTORY,
    "conversations_open": "im:write",
    "conversations_replies": HISTORY,
    "files_upload_v2": "files:write",
    "reactions_add": "reactions:write",
    "usergroups_users_list": "usergroups:read",
    "users_info": "users:read",
    "views_open": "",
    "views_publish": "",
    "views_push": "",
    "views_update": "",
}
LISTENING = ("command", "event", "shortcut", "action", "view", "options")


def beyond_limits(document: Json) -> list[str]:
    """Texts that are too short or long or of another form, and lists with too few or too many."""
    wrong = [
        f"{place}: {text!r}"
        for place, (shortest, longest, pattern) in TEXTS.items()
        for text in _at(document, place.split("/"))
        if not shortest <= len(text) <= longest or not re.match(pattern, text)
    ]
    counted = ((place, most, found) for place, most in LISTS.items() for found in _at(document, place.split("/")))
    return wrong + [
        f"{place}: {len(found)} items" for place, (least, most), found in counted if not least <= len(found) <= most
    ]


def _at(node: Any, path: list[str]) -> Iterator[Any]:
    """What is at a place, if anything is."""
    if not path:
        yield node
    elif path[0] == "*":
        for one in node:
            yield from _at(one, path[1:])
    elif path[0] in node:
        yield from _at(node[path[0]], path[1:])


def test_the_manifest_is_one() -> None:
    """Every key, scope and event in it is known to Slack's types, and every text and list within its limits."""
    assert schemas.problems("Manifest", manifest()) == []
    assert beyond_limits(manifest()) == []
    assert len(set(scopes())) == len(scopes())


@pytest.mark.parametrize(
    ("place", "value"),
    [
        ("display_information/name", "x" * 36),
        ("display_information/long_description", "too short"),
        ("display_information/background_color", "blue"),
        ("features/slash_commands", []),
        ("features/slash_commands", [{"command": "replay", "description": "without its slash"}]),
        ("oauth_config/scopes/bot", ["chat:wrote"]),
        ("settings/event_subscriptions", {"bot_events": ["app_home_open"]}),
        ("settings/interactivity", {"enabled": True}),
        ("features/slash_command", []),
    ],
)
def test_what_slack_would_not_take_is_found(place: str, value: Any) -> None:
    changed = copy.deepcopy(manifest())
    *above, last = place.split("/")
    (holder,) = _at(changed, above)
    holder[last] = value
    assert schemas.problems("Manifest", changed) + beyond_limits(changed) != []


def called_methods() -> set[str]:
    """The Web API's methods that the bot's code calls."""
    names = {
        node.func.attr
        for path in Path(bot.__file__).parent.rglob("*.py")
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute)
    }
    methods = {name for name in names if "_" in name and not name.startswith("_") and name != "api_call"}
    return {name for name in methods if callable(getattr(WebClient, name, None))}


def test_the_scopes_are_what_the_bot_needs_and_no_more() -> None:
    called = called_methods()
    assert {"chat_postMessage", "chat_update", "views_open"} <= called <= METHOD_SCOPES.keys()
    needed = {scope for name in called for scope in METHOD_SCOPES[name].split()}
    assert set(scopes()) == needed | ({"commands"} if manifest()["features"].get("slash_commands") else set())


@pytest.fixture
def listened(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> dict[str, list[Any]]:
    """What the bot listens to, by kind, as it tells Bolt when it is built."""
    heard: dict[str, list[Any]] = defaultdict(list)

    def noting(kind: str) -> None:
        register = getattr(App, kind)

        def note(self: App, constraints: Any = None, *more: Any, **named: Any) -> Any:
            # Those that answer what was refused listen to whatever the others do.
            if "matchers" not in named:
                heard[kind].append(constraints)
            return register(self, constraints, *more, **named)

        monkeypatch.setattr(App, kind, note)

    for kind in LISTENING:
        noting(kind)
    with serve_bot():
        return heard


def test_the_manifest_asks_for_what_the_bot_listens_to(listened: dict[str, list[Any]]) -> None:
    """Commands and events of the manifest and of the listeners are the same; clicks and forms need interactivity."""
    settings, features = manifest()["settings"], manifest()["features"]
    assert {"action", "view"} <= listened.keys()
    assert settings["interactivity"]["is_enabled"]
    assert listened["command"] == [one["command"] for one in features["slash_commands"]]
    events = settings.get("event_subscriptions", {}).get("bot_events", [])
    assert sorted(listened["event"]) == sorted(events)
    assert not listened["shortcut"]
    assert not listened["options"]


def test_a_home_tab_is_shown_where_the_manifest_has_one(listened: dict[str, list[Any]]) -> None:
    """Slack shows no home tab that the manifest does not turn on, and an empty one that nobody publishes."""
    home = manifest()["features"].get("app_home", {}).get("home_tab_enabled", False)
    assert home == ("views_publish" in called_methods()) == ("app_home_opened" in listened["event"])


def test_socket_mode_needs_no_addresses() -> None:
    """The default way to listen: nothing of the manifest has to be filled in before it is used."""
    assert manifest()["settings"]["socket_mode_enabled"]
    assert not list(_at(manifest(), ["features", "slash_commands", "*", "url"]))
