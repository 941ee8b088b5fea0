"""What Slack accepts inside a ``rich_text`` block, where it is a block of its own and in a task's details."""

from sandbox.slack.rules.checks import Shape, anything, flag, items, may, needs, one_of, shaped, string, typed
from sandbox.slack.rules.checks import number as numeric

_STYLE = shaped({name: may(flag) for name in ("bold", "italic", "strike", "underline", "highlight", "code", "unlink")})
_WORDS = needs(string(4000, shortest=1))
_ID = needs(string(255, shortest=1))
_TEXT: dict[str, Shape] = {
    "text": {"text": _WORDS},
    "link": {"url": needs(string(3000, shortest=1)), "text": may(string(4000)), "unsafe": may(flag)},
}
_ELEMENT = typed(
    {
        **_TEXT,
        "user": {"user_id": _ID},
        "usergroup": {"usergroup_id": _ID},
        "channel": {"channel_id": _ID},
        "broadcast": {"range": needs(one_of("here", "channel", "everyone"))},
        "emoji": {"name": _ID, "unicode": may(string(255)), "url": may(string(3000))},
        "date": {
            "timestamp": needs(numeric),
            "format": _WORDS,
            "url": may(string(3000)),
            "fallback": may(string(4000)),
        },
    },
    common={"style": may(_STYLE)},
)
_SECTION: Shape = {"elements": needs(items(_ELEMENT, 1000, least=0))}
_BORDER: Shape = {"border": may(numeric)}
_PART = typed(
    {
        "rich_text_section": _SECTION,
        "rich_text_quote": {**_SECTION, **_BORDER},
        "rich_text_preformatted": {
            "elements": needs(items(typed(_TEXT, common={"style": may(_STYLE)}), 1000, least=0)),
            **_BORDER,
        },
        "rich_text_list": {
            "elements": needs(items(typed({"rich_text_section": _SECTION}, common={}), 1000)),
            "style": needs(one_of("bullet", "ordered")),
            "indent": may(numeric),
            "offset": may(numeric),
            **_BORDER,
        },
    },
    common={},
)

PARTS = items(_PART, 1000)
RICH_TEXT = typed({"rich_text": {"elements": needs(PARTS), "block_id": may(anything)}}, common={})
