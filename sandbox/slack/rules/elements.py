"""What Slack accepts as a block element: one row a kind, with the numbers of Slack's Block Kit reference."""

from sandbox.slack.rules.checks import (
    Check,
    Shape,
    anything,
    flag,
    items,
    matching,
    may,
    needs,
    one_of,
    shaped,
    string,
    typed,
)
from sandbox.slack.rules.checks import number as numeric
from sandbox.slack.rules.checks import text as text_object


def plain(longest: int) -> Check:
    return text_object(longest, "plain_text")


_DATE = matching(r"\d{4}-(0[1-9]|1[0-2])-(0[1-9]|[12]\d|3[01])", "a date in the format YYYY-MM-DD")
_COUNT = matching(r"-?\d+(\.\d+)?", "a number written as a string")

CONFIRM = shaped(
    {
        "title": needs(plain(100)),
        "text": needs(text_object(300)),
        "confirm": needs(plain(30)),
        "deny": needs(plain(30)),
        "style": may(one_of("primary", "danger")),
    }
)


def _option(text: Check, *, url: bool = False) -> Check:
    shape: dict[str, object] = {}
    shape |= {"text": needs(text), "value": needs(string(150, shortest=1)), "description": may(text)}
    if url:
        shape["url"] = may(string(3000))
    return shaped(shape)  # type: ignore[arg-type]


_CHOICE = _option(plain(75))
_LISTED = _option(text_object(75))
_GROUP = shaped({"label": needs(plain(75)), "options": needs(items(_CHOICE, 100))})
_INPUT: Shape = {"focus_on_load": may(flag)}
_SELECT: Shape = {
    **_INPUT,
    "placeholder": may(plain(150)),
    "options": may(items(_CHOICE, 100)),
    "option_groups": may(items(_GROUP, 100)),
    "confirm": may(CONFIRM),
}
_DISPATCH = shaped({"trigger_actions_on": may(items(one_of("on_enter_pressed", "on_character_entered"), 2))})
_TYPED: Shape = {**_INPUT, "placeholder": may(plain(150)), "dispatch_action_config": may(_DISPATCH)}

# Selects of people and places are filled by Slack, and hold ids.
_IDENT = string(255, shortest=1)
_IDENTS = items(_IDENT, 100, least=0)
_FROM_SLACK: Shape = {**_INPUT, "placeholder": may(plain(150)), "confirm": may(CONFIRM)}
_CONVERSATION: Shape = {
    **_FROM_SLACK,
    "default_to_current_conversation": may(flag),
    "filter": may(
        shaped(
            {
                "include": may(items(one_of("im", "mpim", "private", "public"), 4)),
                "exclude_external_shared_channels": may(flag),
                "exclude_bot_users": may(flag),
            }
        )
    ),
}
_FROM_WORKSPACE: dict[str, Shape] = {
    "users_select": {**_FROM_SLACK, "initial_user": may(_IDENT)},
    "multi_users_select": {**_FROM_SLACK, "initial_users": may(_IDENTS), "max_selected_items": may(numeric)},
    "channels_select": {**_FROM_SLACK, "initial_channel": may(_IDENT), "response_url_enabled": may(flag)},
    "multi_channels_select": {**_FROM_SLACK, "initial_channels": may(_IDENTS), "max_selected_items": may(numeric)},
    "conversations_select": {
        **_CONVERSATION,
        "initial_conversation": may(_IDENT),
        "response_url_enabled": may(flag),
    },
    "multi_conversations_select": {
        **_CONVERSATION,
        "initial_conversations": may(_IDENTS),
        "max_selected_items": may(numeric),
    },
}

_BUTTON: Shape = {
    "text": needs(plain(75)),
    "value": may(string(2000)),
    "url": may(string(3000)),
    "style": may(one_of("primary", "danger")),
    "confirm": may(CONFIRM),
    "accessibility_label": may(string(75)),
}
_OVERFLOW: Shape = {"options": needs(items(_option(plain(75), url=True), 5)), "confirm": may(CONFIRM)}
_CHOICES: dict[str, Shape] = {
    "static_select": {**_SELECT, "initial_option": may(_CHOICE)},
    "multi_static_select": {
        **_SELECT,
        "initial_options": may(items(_CHOICE, 100)),
        "max_selected_items": may(numeric),
    },
    "radio_buttons": {
        **_INPUT,
        "options": needs(items(_LISTED, 10)),
        "initial_option": may(_LISTED),
        "confirm": may(CONFIRM),
    },
    "checkboxes": {
        **_INPUT,
        "options": needs(items(_LISTED, 10)),
        "initial_options": may(items(_LISTED, 10)),
        "confirm": may(CONFIRM),
    },
    "datepicker": {
        **_INPUT,
        "placeholder": may(plain(150)),
        "initial_date": may(_DATE),
        "confirm": may(CONFIRM),
    },
}
_WRITTEN: dict[str, Shape] = {
    "plain_text_input": {
        **_TYPED,
        "initial_value": may(string(3000)),
        "multiline": may(flag),
        "min_length": may(numeric),
        "max_length": may(numeric),
    },
    "number_input": {
        **_TYPED,
        "is_decimal_allowed": needs(flag),
        "initial_value": may(_COUNT),
        "min_value": may(_COUNT),
        "max_value": may(_COUNT),
    },
}
IMAGE: Shape = {
    "image_url": may(string(3000)),
    "slack_file": may(anything),
    "alt_text": needs(string(2000)),
}

_NAMED: Shape = {"action_id": may(string(255))}
_ACTING: dict[str, Shape] = {"button": _BUTTON, "overflow": _OVERFLOW, **_CHOICES, **_FROM_WORKSPACE}

ACCESSORY = typed({**{kind: {**_NAMED, **shape} for kind, shape in _ACTING.items()}, "image": IMAGE}, common={})
ACTION = typed(_ACTING, common=_NAMED)
INPUT = typed({**_CHOICES, **_FROM_WORKSPACE, **_WRITTEN}, common=_NAMED)
