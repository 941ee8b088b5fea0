"""The home tab: what runs now, what ran last, and where to begin. Pure."""

from collections.abc import Sequence

from slack_sdk.models.blocks import Block, DividerBlock, HeaderBlock, MarkdownTextObject, SectionBlock
from slack_sdk.models.views import View

from bot.render import parts
from bot.render.answers import replay_line
from replay_engine import ReplayReport

_ROWS = 20


def home(running: Sequence[ReplayReport], ended: Sequence[ReplayReport], *, refusal: str | None = None) -> View:
    """The whole tab; for a stranger only the refusal, in which foreign text is escaped already."""
    if refusal is not None:
        return View(type="home", blocks=parts.sections([refusal]))
    blocks: list[Block] = [
        HeaderBlock(text="Replays"),
        parts.buttons(
            "home",
            parts.button("new_replay", "New replay", "home", "primary"),
            parts.button("refresh_home", "Refresh", "home"),
        ),
        *_listed("Under way", running, "Nothing is under way."),
        DividerBlock(),
        *_listed("The last ones", ended, "There is none yet."),
    ]
    return View(type="home", blocks=blocks)


def _listed(title: str, reports: Sequence[ReplayReport], otherwise: str) -> list[Block]:
    rows: list[Block] = [_row(report) for report in reports[:_ROWS]]
    more = len(reports) - len(rows)
    after = parts.sections([f"… and {more:,} more: `/replay list`"] if more else [])
    return [*parts.sections([f"*{title}*"]), *(rows or parts.sections([otherwise])), *after]


def _row(report: ReplayReport) -> SectionBlock:
    return SectionBlock(
        text=MarkdownTextObject(text=replay_line(report)),
        accessory=parts.button("status", "Status", report.replay_id),
    )
