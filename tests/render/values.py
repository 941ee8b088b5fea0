"""Checks of whatever is shown, and values that the renderers are fed with."""

import re
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

from hypothesis import strategies as st
from slack_sdk.models.blocks import Block
from slack_sdk.models.views import View

from replay_engine import AuditEntry, DayReport, Pace, ReplayReport, ReplayState, Stage
from sandbox.slack.rules.blocks import checked_blocks, checked_view
from sandbox.slack.sent import say
from tests.helpers import values
from tests.helpers.values import FIRST, days_from, report

AT = datetime(2019, 12, 10, 10, 15, tzinfo=UTC)
_DATE_TOKEN = re.compile(r"<!date\^\d+\^\{date_short_pretty\} \{time\}\|\d{4}-\d\d-\d\d \d\d:\d\d UTC>")
#: Where Slack reads markup; everything else is literal.
_MARKED = "mrkdwn"


def said(node: Any) -> list[str]:
    """Everything that a reader sees: texts, titles, labels, of blocks of any kind."""
    if isinstance(node, dict):
        own = [node[key] for key in ("text", "title", "label") if isinstance(node.get(key), str)]
        return own + [text for value in node.values() for text in said(value)]
    return [text for value in node for text in said(value)] if isinstance(node, list | tuple) else []


def checked(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """The blocks of a message as JSON: by the SDK's rules and by Slack's, and harmless."""
    sent = [block.to_dict() for block in blocks]
    as_json = list(checked_blocks(sent))
    say("rendered", {"blocks": sent})
    _check_texts(as_json)
    assert sum(map(len, said(as_json))) <= 12_000
    return as_json


def checked_modal(view: View) -> dict[str, Any]:
    """A modal as JSON, by the same rules."""
    return _checked_view(view, "modal")


def checked_home(view: View) -> dict[str, Any]:
    """A home tab as JSON, by the same rules."""
    return _checked_view(view, "home")


def _checked_view(view: View, kind: str) -> dict[str, Any]:
    as_json = checked_view(view.to_dict(), kind=kind)
    say("views.publish" if kind == "home" else "views.open", {"view": view.to_dict()})
    _check_texts(as_json["blocks"])
    return as_json


def _check_texts(as_json: Any) -> None:
    for text in values.texts(as_json, _MARKED):
        assert_harmless(text)
    for text in said(as_json):
        assert all(character.isprintable() or character == "\n" for character in text)


def assert_harmless(text: str) -> None:
    """Nothing in it is a mention, a link or markup but what the bot itself has put there."""
    values.assert_harmless(_DATE_TOKEN.sub("", text))


def shown(blocks: Sequence[Block]) -> str:
    """Everything that a message says, line by line."""
    return "\n".join(said(checked(blocks)))


def tasks_of(as_json: Sequence[dict[str, Any]]) -> list[dict[str, Any]]:
    """The tasks of its plan block."""
    return [task for block in as_json if block["type"] == "plan" for task in block.get("tasks", [])]


def audit_entry(what: str = "confirm", by: str = "U00OPERATOR", **facts: Any) -> AuditEntry:
    return AuditEntry(AT, by, what, facts)


def publishing(share: float = 0.5, day: date = FIRST, **more: Any) -> DayReport:
    """A day whose lines are on their way."""
    numbers = {"lines_published": 1234, "bytes_published": 1_200_000, "source_bytes": 1000}
    return DayReport(day, Stage.CLEARED, "publish", **{**numbers, "source_bytes_done": int(share * 1000), **more})


_STEPS = ("", "claim", "back_up", "clear", "publish", "settle", "clean_up", "restore")
_A_DAY = st.builds(
    DayReport,
    day=st.just(FIRST),
    stage=st.sampled_from(Stage),
    step=st.sampled_from(("",) * 20 + _STEPS),
    lines_published=st.integers(0, 10**10),
    bytes_published=st.integers(0, 10**13),
    source_bytes=st.integers(0, 10**12),
    source_bytes_done=st.integers(0, 10**12),
    pace=st.builds(Pace, paused=st.booleans()),
    bytes_per_second=st.floats(0, 1e9),
    seconds_left=st.none() | st.floats(0, 1e7),
    seconds=st.floats(0, 1e7),
    error=st.sampled_from(("",) * 5 + ("It is damaged.", "x" * 5000)),
    landing=st.sampled_from(("",) * 5 + ("Not everything has landed.", "x" * 5000)),
    next_step=st.sampled_from(_STEPS),
    runner=st.sampled_from(("", "worker at host:1")),
)


@st.composite
def reports(draw: st.DrawFn) -> ReplayReport:
    """Replays of 1 to 366 days that stand anywhere: stretches of alike days, and every one different."""
    few = draw(st.lists(_A_DAY, min_size=1, max_size=12))
    count = draw(st.integers(1, 366))
    width = draw(st.sampled_from((1, 3, 30)))
    days = [replace(few[number // width % len(few)], day=day) for number, day in enumerate(days_from(count))]
    return report(days, draw(st.sampled_from(ReplayState)))
