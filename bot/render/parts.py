"""What the things that are shown are put together from: lines, lists that say what they leave out, buttons. Pure."""

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import UTC, datetime

from slack_sdk.models.blocks import ActionsBlock, Block, ButtonElement, ContextBlock, MarkdownTextObject, SectionBlock

from bot.render.mrkdwn import code, escaped, printable
from replay_engine import Stage

#: Slack takes 3,000 characters a section, but refuses a message when all its blocks together are too long.
_SECTION_CHARACTERS = 2900
LIST_CHARACTERS = 9000
_LINES_SHOWN = 31
_NUMBERS_CHARACTERS = 1000
_NUMBERS_SHOWN = 25
_USER_ID = re.compile(r"[UW][A-Z0-9]{2,20}")
_MARKS = {
    Stage.CLOSED: ":white_check_mark:",
    Stage.RESTORED: ":leftwards_arrow_with_hook:",
    Stage.HELD: ":octagonal_sign:",
    Stage.PLANNED: ":white_circle:",
}


def mark(stage: Stage, otherwise: str = ":hourglass_flowing_sand:") -> str:
    """The sign of a stage; all those between planned and ended share one."""
    return _MARKS.get(stage, otherwise)


def sections(lines: Iterable[str]) -> list[Block]:
    """Lines in as few sections as their length allows; a line that is too long for one is cut."""
    texts = [""]
    for whole in lines:
        line = whole if len(whole) < _SECTION_CHARACTERS else f"{whole[: _SECTION_CHARACTERS - 2]}…"
        if len(texts[-1]) + len(line) + 1 > _SECTION_CHARACTERS:
            texts.append("")
        texts[-1] = f"{texts[-1]}\n{line}".strip()
    return [SectionBlock(text=MarkdownTextObject(text=text)) for text in texts if text]


def context(text: str) -> ContextBlock:
    """Small print."""
    return ContextBlock(elements=[MarkdownTextObject(text=text)])


def fitting(
    lines: Sequence[str], characters: int = LIST_CHARACTERS, *, most: int = _LINES_SHOWN, noun: str = "days"
) -> Iterator[str]:
    """The first lines, as many as there is room for, and how many more there are."""
    remaining = characters
    for number, line in enumerate(lines):
        remaining -= len(line) + 1
        if number == most or remaining < 0:
            yield f"… and {len(lines) - number:,} more {noun}"
            return
        yield line


def button(action: str, text: str, value: str, style: str | None = None) -> ButtonElement:
    """A button whose press says which thing it is about."""
    return ButtonElement(action_id=action, text=text, value=value, style=style)


def buttons(block_id: str, *elements: ButtonElement) -> ActionsBlock:
    """Buttons in a row."""
    return ActionsBlock(block_id=block_id, elements=list(elements))


def named(name: str, longest: int = 300) -> str:
    """A name in backticks. Of one that is too long both ends are kept: names of one config often begin alike."""
    shown = printable(name, len(name))
    if len(shown) > longest:
        kept = (longest - 1) // 2
        shown = f"{shown[:kept]}…{shown[-kept:]}"
    return code(shown, longest)


def numbers(counted: Mapping[str, int]) -> str:
    """How many of each; the last of very many are told in one number."""
    names = list(counted)
    longest = max(20, min(300, _NUMBERS_CHARACTERS // max(1, len(names)) - 14))
    texts = [f"{named(name, longest)} {counted[name]:,}" for name in names[:_NUMBERS_SHOWN]]
    if rest := names[_NUMBERS_SHOWN:]:
        texts.append(f"{len(rest):,} more {sum(counted[name] for name in rest):,}")
    return ", ".join(texts) or "none"


def counted(number: int, noun: str) -> str:
    """``1 day``, ``2 days``"""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"


def duration_text(seconds: float) -> str:
    """``3.9 s``, ``12 min 5 s``, ``2 h 13 min``"""
    if seconds < 60:
        return f"{seconds:.1f} s"
    minutes, rest = divmod(round(seconds), 60)
    if minutes < 60:
        return f"{minutes} min {rest} s"
    return f"{minutes // 60:,} h {minutes % 60} min"


def moment(at: datetime) -> str:
    """A time as Slack shows it to each reader: theirs."""
    return f"<!date^{int(at.timestamp())}^{{date_short_pretty}} {{time}}|{at.astimezone(UTC):%Y-%m-%d %H:%M} UTC>"


def person(by: str) -> str:
    """A mention of somebody whom Slack knows; anybody else by name."""
    return f"<@{by}>" if _USER_ID.fullmatch(by) else escaped(by, 100) or "somebody"
