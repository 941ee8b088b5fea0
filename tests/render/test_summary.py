"""What a replay came to: totals, failed days by name, a chart, and whether it can be retried."""

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.render.charts import MOST_BARS
from bot.render.style import Style
from bot.render.summary import summary_blocks, summary_text
from replay_engine import DayReport, ReplayReport, ReplayState, Stage
from sandbox.slack.workspace.elements import buttons_of, find
from tests.helpers.values import HOSTILE, REPLAY_ID, REQUESTER, closed, days_from, report
from tests.render.values import assert_harmless, checked, reports, said

STYLES: tuple[Style, ...] = ("native", "plain")
FIRST, SECOND, THIRD = days_from(3)
FAILED = DayReport(SECOND, Stage.RESTORED, seconds=60.0, lines_published=500, error="It is damaged.")
ENDED = report([closed(FIRST), FAILED, closed(THIRD)], ReplayState.COMPLETED_WITH_FAILURES)


def blocks(of: ReplayReport, style: Style = "native") -> list[dict[str, Any]]:
    return checked(summary_blocks(of, REQUESTER, style=style))


def charts_of(message: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [block for block in message if block["type"] == "data_visualization"]


def test_the_summary_says_what_it_came_to() -> None:
    """To the person who asked, with every failed day by name and why."""
    assert said(blocks(ENDED))[0].splitlines() == [
        f"<@{REQUESTER}> *Replay of raw* · completed with failures",
        "Days closed: 2 of 3",
        "Events published: 20,500 (25.8 MB)",
        "Files deleted: `unique` 4, `channel` 32",
        "Segments deleted: `telemetry-events` 8",
        "Time taken: 1 min 8 s",
        ":leftwards_arrow_with_hook: *2019-12-02* restored: It is damaged.",
    ]
    assert summary_text(ENDED, REQUESTER) == (
        f"<@{REQUESTER}> Replay of raw: completed with failures, 2 of 3 days closed"
    )


def test_the_charts_are_of_events_and_of_time() -> None:
    """In Slack's own words: one series, whose labels are the categories."""
    events, time = charts_of(blocks(ENDED))
    days = ["2019-12-01", "2019-12-02", "2019-12-03"]
    assert events["title"] == "Events, 1 day a bar"
    assert events["chart"] == {
        "type": "bar",
        "series": [
            {
                "name": "Events",
                "data": [
                    {"label": day, "value": value} for day, value in zip(days, (10_000, 500, 10_000), strict=True)
                ],
            }
        ],
        "axis_config": {"categories": days, "x_label": "Day", "y_label": "Events"},
    }
    assert time["title"] == "Seconds taken, 1 day a bar"
    assert [point["value"] for point in time["chart"]["series"][0]["data"]] == [3.91, 60.0, 3.91]


@pytest.mark.parametrize(
    ("seconds", "unit", "value"), [(90.0, "Seconds", 90.0), (300.0, "Minutes", 5.0), (9000.0, "Hours", 2.5)]
)
def test_time_is_charted_in_a_unit_that_people_read(seconds: float, unit: str, value: float) -> None:
    time = charts_of(blocks(report([closed(FIRST, seconds=seconds)], ReplayState.COMPLETED)))[1]
    assert (time["title"], time["chart"]["series"][0]["data"][0]["value"]) == (f"{unit} taken, 1 day a bar", value)


def test_days_of_a_year_share_bars() -> None:
    """No day is left out: bars are called by their first day."""
    year = report([closed(day, lines_published=1) for day in days_from(366)], ReplayState.COMPLETED)
    events = charts_of(blocks(year))[0]
    points = events["chart"]["series"][0]["data"]
    assert (events["title"], len(points)) == ("Events, 19 days a bar", MOST_BARS)
    assert sum(point["value"] for point in points) == 366
    assert [points[0]["label"], points[1]["label"]] == ["2019-12-01", "2019-12-20"]


def test_a_plain_summary_draws_with_characters() -> None:
    said_plain = "\n".join(said(blocks(ENDED, "plain")))
    assert charts_of(blocks(ENDED, "plain")) == []
    assert "*Events and time, 1 day a line*" in said_plain
    assert "`2019-12-01` `████████████` 10,000 events · 3.9 s" in said_plain
    assert "`2019-12-02` `█░░░░░░░░░░░` 500 events · 1 min 0 s" in said_plain


def test_without_events_there_is_no_chart() -> None:
    never = report([DayReport(FIRST, Stage.PLANNED, error="Stale.")], ReplayState.COMPLETED_WITH_FAILURES)
    assert charts_of(blocks(never)) == []
    assert ":white_circle: *2019-12-01* not begun: Stale." in said(blocks(never))[0]


def test_failed_days_can_be_retried() -> None:
    """Restored ones and those that were not begun; not while a day is held or unfinished."""
    assert buttons_of(blocks(ENDED)) == ("Retry failed days",)
    assert find(blocks(ENDED), "retry").spec["value"] == REPLAY_ID
    not_begun = DayReport(SECOND, Stage.PLANNED)
    assert buttons_of(blocks(report([closed(FIRST), not_begun], ReplayState.CANCELLED))) == ("Retry failed days",)
    assert buttons_of(blocks(report([closed(FIRST)], ReplayState.COMPLETED))) == ()
    held = DayReport(THIRD, Stage.HELD, error="Two versions.")
    assert buttons_of(blocks(report([FAILED, held], ReplayState.HELD))) == ()
    assert buttons_of(blocks(report([FAILED, DayReport(THIRD, Stage.CLEARED)], ReplayState.INTERRUPTED))) == ()


@given(reports(), st.sampled_from(STYLES))
@settings(max_examples=60, deadline=None)
def test_the_summary_of_anything_is_true_and_fits(of: ReplayReport, style: Style) -> None:
    """As many charts and bars as Slack takes, and labels that are the categories."""
    message = blocks(of, style)
    if of.state is not ReplayState.RUNNING:
        assert "running" not in "\n".join(said(message))
    for chart in charts_of(message):
        (series,) = chart["chart"]["series"]
        labels = [point["label"] for point in series["data"]]
        assert labels == chart["chart"]["axis_config"]["categories"]
        assert len(set(labels)) == len(labels) <= MOST_BARS
        assert max(map(len, [*labels, series["name"]])) <= 20
        assert sum(point["value"] for point in charts_of(message)[0]["chart"]["series"][0]["data"]) == sum(
            day.lines_published for day in of.days
        )
    retry = buttons_of(message)
    assert retry in ((), ("Retry failed days",))
    if retry:
        assert of.state in (ReplayState.COMPLETED_WITH_FAILURES, ReplayState.CANCELLED)
        assert Stage.HELD not in {day.stage for day in of.days}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_do_no_harm(text: str, style: Style) -> None:
    many = {f"{text}{number}": 1 for number in range(100)}
    days = [closed(day, error=text, blobs_deleted=many, segments_deleted=many) for day in days_from(365)]
    last = DayReport(days_from(366)[-1], Stage.RESTORED, error=text)
    hostile = report([*days, last], ReplayState.COMPLETED_WITH_FAILURES, text=text)
    blocks(hostile, style)
    assert_harmless(summary_text(hostile, REQUESTER))
