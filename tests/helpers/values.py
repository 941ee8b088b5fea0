"""Plans and reports to show, and text that somebody hostile would put in them."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from slack_sdk.models.blocks import Block

from replay_engine import DayPlan, DayReport, Plan, ReplayReport, ReplayState, Stage
from replay_engine.model import Amount, ReplaySpec, Sink, SinkType
from replay_engine.plan.document import plan_hash
from sandbox.slack.rules.blocks import checked_blocks
from sandbox.slack.sent import say

FIRST = date(2019, 12, 1)
REPLAY_ID = "r20191210-101500-0a1b2c"
REQUESTER = "U00OPERATOR"
HOSTILE = (
    "<!channel>",
    "<@U00STRANGER> & <https://example.org|click>",
    "```\nall of it\n```",
    "`quoted`",
    "\u202egnp.exe\u2066\u200f",
    "a\x00b\x1b[31m\r\n\u2028c",
    "&" * 10_000,
    "x" * 10_000,
    "&amp;lt;",
)
_MENTION = re.compile(r"<[@#][A-Z0-9]+>")


def days_from(count: int) -> tuple[date, ...]:
    return tuple(FIRST + timedelta(number) for number in range(count))


def spec(days: Sequence[date], *, text: str = "raw", destructive: bool = True, sinks: int = 0) -> ReplaySpec:
    """A resolved request; ``text`` is put wherever a person or a config may name something."""
    named = [Sink(SinkType.AZURE, text + "-unique"), Sink(SinkType.DRUID, text + "-events")]
    more = [Sink(SinkType.AZURE, f"sink-{number}-{text}") for number in range(sinks)]
    return ReplaySpec(
        source=text,
        container=text,
        folder=text,
        file_path=None,
        days=tuple(days),
        topic=text,
        broker_list="127.0.0.1:9092",
        delete_backups=destructive,
        sinks=tuple(named + more),
        cautions=(f"{text} is shared",),
    )


def plan(
    count: int = 3, *, text: str = "raw", destructive: bool = True, sinks: int = 0, refusal: str = "", warning: str = ""
) -> Plan:
    """A plan over that many days."""
    asked = spec(days_from(count), text=text, destructive=destructive, sinks=sinks)
    day = DayPlan(
        day=FIRST,
        source=Amount(6, 12_800_000),
        sinks={prefix: Amount(2, 900) for prefix in asked.sink_prefixes(SinkType.AZURE)},
        segments=dict.fromkeys(asked.sink_prefixes(SinkType.DRUID), 4),
        fingerprint="f" * 64,
        refusal=refusal,
        warnings=(warning, warning) if warning else (),
    )
    days = tuple(replace(day, day=one) for one in asked.days)
    return Plan(REPLAY_ID, asked, days, datetime(2019, 12, 10, tzinfo=UTC), plan_hash(asked, days))


def report(days: Iterable[DayReport], state: ReplayState = ReplayState.RUNNING, text: str = "raw") -> ReplayReport:
    return ReplayReport(REPLAY_ID, text, text, state, tuple(days))


def closed(day: date, **more: Any) -> DayReport:
    """A day that went well."""
    numbers: dict[str, Any] = {
        "lines_published": 10_000,
        "bytes_published": 12_900_000,
        "blobs_deleted": {"unique": 2, "channel": 16},
        "segments_deleted": {"telemetry-events": 4},
        "seconds": 3.91,
    }
    return DayReport(day, Stage.CLOSED, **(numbers | more))


def checked(blocks: Sequence[Block]) -> list[dict[str, Any]]:
    """The blocks as JSON, by the SDK's rules and by Slack's; all texts together within what Slack takes."""
    as_json = [block.to_dict() for block in blocks]
    accepted = list(checked_blocks(as_json))
    say("rendered", {"blocks": as_json})
    assert sum(map(len, texts(accepted))) <= 12_000
    return accepted


def texts(node: Any, kind: str | None = None) -> list[str]:
    """Every text in blocks, or those of one kind."""
    if isinstance(node, dict):
        own = [node["text"]] if isinstance(node.get("text"), str) and node.get("type") in (kind, *_any(kind)) else []
        return own + [text for value in node.values() for text in texts(value, kind)]
    return [text for value in node for text in texts(value, kind)] if isinstance(node, list | tuple) else []


def _any(kind: str | None) -> tuple[str, ...]:
    return ("mrkdwn", "plain_text") if kind is None else ()


def assert_harmless(text: str) -> None:
    """Nothing in it is a mention, a link or markup but what the bot itself has put there."""
    rest = _MENTION.sub("", text)
    assert "<" not in rest
    assert ">" not in rest.replace("->", "")
    assert re.sub(r"&(amp|lt|gt);", "", rest).count("&") == 0
    assert "```" not in rest
    assert rest.count("`") % 2 == 0
    assert all(character.isprintable() or character == "\n" for character in rest)
