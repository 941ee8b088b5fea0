"""What Slack accepts as the chart of a ``data_visualization`` block, with the numbers of its reference."""

import math
from typing import Any

from sandbox.slack.rules.checks import Shape, items, may, needs, string, typed
from sandbox.slack.rules.checks import number as numeric
from sandbox.slack.rules.checks import shaped as shaped_as

_LABEL = string(20, shortest=1)


def _amount(value: Any, where: str, problems: list[str]) -> None:
    numeric(value, where, problems)
    if isinstance(value, float) and not math.isfinite(value):
        problems.append(f"must be a finite number [json-pointer:{where}]")


def _positive(value: Any, where: str, problems: list[str]) -> None:
    _amount(value, where, problems)
    if isinstance(value, int | float) and value <= 0:
        problems.append(f"must be greater than 0 [json-pointer:{where}]")


_SERIES = shaped_as(
    {
        "name": needs(_LABEL),
        "data": needs(items(shaped_as({"label": needs(_LABEL), "value": needs(_amount)}), 20)),
    }
)
_AXES = shaped_as(
    {"categories": needs(items(_LABEL, 20)), "x_label": may(string(50)), "y_label": may(string(50))},
)
_PLOTTED: Shape = {"series": needs(items(_SERIES, 6)), "axis_config": needs(_AXES)}
_SLICE = shaped_as({"label": needs(_LABEL), "value": needs(_positive)})

CHART = typed(
    {"pie": {"segments": needs(items(_SLICE, 6))}, "bar": _PLOTTED, "area": _PLOTTED, "line": _PLOTTED}, common={}
)


def uneven(chart: dict[str, Any], where: str) -> list[str]:
    """Names are unique, and every series has exactly one value for each category."""
    if chart["type"] == "pie":
        return []
    names = [series["name"] for series in chart["series"]]
    problems = [] if len(set(names)) == len(names) else [f"series names must be unique [json-pointer:{where}/series]"]
    categories = chart["axis_config"]["categories"]
    for index, series in enumerate(chart["series"]):
        if sorted(point["label"] for point in series["data"]) != sorted(categories):
            problems.append(f"labels must match the categories [json-pointer:{where}/series/{index}/data]")
    return problems
