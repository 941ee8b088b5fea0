"""How much and how long, a bar a day: as Slack's own chart, or drawn with characters. Pure.

Slack takes two charts a message and twenty bars a chart: the days of a longer replay share bars.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from slack_sdk.models.blocks import Block

from bot.render import parts
from bot.render.mrkdwn import bar
from replay_engine import DayReport

MOST_BARS = 20
_UNITS = ((2 * 3600.0, 3600.0, "Hours"), (120.0, 60.0, "Minutes"), (0.0, 1.0, "Seconds"))


class ChartBlock(Block):
    """Slack's ``data_visualization`` block, which the SDK's models do not know."""

    attributes = Block.attributes | {"title", "chart"}

    def __init__(self, title: str, chart: dict[str, Any]) -> None:
        """``title`` of at most 50 characters; ``chart`` as Slack's reference of the block has it."""
        super().__init__(type="data_visualization")
        self.title, self.chart = title, chart


@dataclass(frozen=True, slots=True)
class _Bar:
    """One day, or some that follow each other; called by the first."""

    label: str
    events: int
    seconds: float


def charts(days: Sequence[DayReport]) -> list[Block]:
    """Events of each day, and time of each day."""
    bars, each = _bars(days), _each(days)
    longest = max(one.seconds for one in bars)
    _, unit, name = next(row for row in _UNITS if longest >= row[0])
    return [
        _chart(f"Events, {each} a bar", "Events", bars, lambda one: one.events),
        _chart(f"{name} taken, {each} a bar", name, bars, lambda one: round(one.seconds / unit, 2)),
    ]


def _chart(title: str, name: str, bars: Sequence[_Bar], value: Callable[[_Bar], float]) -> ChartBlock:
    labels = [one.label for one in bars]
    data = [{"label": one.label, "value": value(one)} for one in bars]
    axes = {"categories": labels, "x_label": "Day", "y_label": name}
    return ChartBlock(title, {"type": "bar", "series": [{"name": name, "data": data}], "axis_config": axes})


def text_charts(days: Sequence[DayReport]) -> list[str]:
    """Both in lines: a bar for the events, and the time in words."""
    bars = _bars(days)
    most = max(one.events for one in bars) or 1
    return [f"*Events and time, {_each(days)} a line*", *(_drawn(one, most) for one in bars)]


def _drawn(one: _Bar, most: int) -> str:
    drawn = bar(one.events / most).split()[0]
    return f"`{one.label}` `{drawn}` {one.events:,} events · {parts.duration_text(one.seconds)}"


def _bars(days: Sequence[DayReport]) -> list[_Bar]:
    width = _width(days)
    shared = [days[start : start + width] for start in range(0, len(days), width)]
    return [
        _Bar(str(some[0].day), sum(day.lines_published for day in some), sum(day.seconds for day in some))
        for some in shared
    ]


def _width(days: Sequence[DayReport]) -> int:
    """Days a bar: as few as there is room for."""
    return -(-len(days) // MOST_BARS)


def _each(days: Sequence[DayReport]) -> str:
    return parts.counted(_width(days), "day")
