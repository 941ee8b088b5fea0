"""The live message: true about what runs, whatever the report says, and within Slack's rules."""

from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.render.live import live_blocks, live_text
from bot.render.style import Style
from replay_engine import DayReport, Pace, ReplayReport, ReplayState, Stage
from replay_engine.day.lifecycle import BACK, FORWARD, Step
from sandbox.slack.workspace.elements import buttons_of, find
from tests.helpers.values import HOSTILE, REPLAY_ID, REQUESTER, closed, days_from, report
from tests.render.values import assert_harmless, checked, publishing, reports, said, tasks_of

STYLES: tuple[Style, ...] = ("native", "plain")
STEERED = ("Cancel", "Pause", "Slower", "Faster")
FIRST, SECOND, THIRD = days_from(3)
UNDER_WAY = report(
    [closed(FIRST), publishing(day=SECOND, bytes_per_second=2e7, seconds_left=120.0), DayReport(THIRD, Stage.PLANNED)]
)


def blocks(of: ReplayReport, cancelled_by: str | None = None, style: Style = "native") -> list[dict[str, Any]]:
    return checked(live_blocks(of, REQUESTER, cancelled_by=cancelled_by, style=style))


def words(of: ReplayReport, cancelled_by: str | None = None, style: Style = "native") -> str:
    return "\n".join(said(blocks(of, cancelled_by, style)))


def test_the_live_message_is_a_plan_with_a_task_a_day() -> None:
    """State and totals first; then each day, with how far, how fast and how long for the one that runs."""
    message = blocks(UNDER_WAY)
    assert [block["type"] for block in message] == ["section", "plan", "context", "actions"]
    assert said(message[0]) == ["*Replay of raw* · running"]
    assert message[1]["title"] == "1 of 3 days closed · 11,234 events · 14.1 MB"
    assert [(task["title"], task["status"], said(task)[1:]) for task in tasks_of(message)] == [
        ("2019-12-01 · closed", "complete", ["10,000 events · 12.9 MB · 3.9 s"]),
        (
            "2019-12-02 · publishing",
            "in_progress",
            ["██████░░░░░░ 50% · 1,234 events · 1.2 MB · 20.0 MB/s · about 2 min left"],
        ),
        ("2019-12-03 · planned", "pending", []),
    ]
    assert said(message[2]) == [f"`{REPLAY_ID}` -> `raw` · <@{REQUESTER}>"]


def test_the_plain_message_says_the_same_in_lines() -> None:
    message = blocks(UNDER_WAY, style="plain")
    assert [block["type"] for block in message] == ["section", "section", "context", "actions"]
    assert said(message[0])[0].splitlines()[1] == "1 of 3 days closed · 11,234 events · 14.1 MB"
    assert said(message[1])[0].splitlines() == [
        ":white_check_mark: 2019-12-01 · closed · 10,000 events · 12.9 MB · 3.9 s",
        ":hourglass_flowing_sand: 2019-12-02 · publishing · ██████░░░░░░ 50% · 1,234 events · 1.2 MB · 20.0 MB/s "
        "· about 2 min left",
        ":white_circle: 2019-12-03 · planned",
    ]


def test_the_buttons_say_which_replay_and_how_fast_it_goes() -> None:
    message = blocks(UNDER_WAY)
    assert buttons_of(message) == STEERED
    assert [find(message, action).spec["value"] for action in ("cancel", "pause")] == [REPLAY_ID] * 2
    assert [find(message, action).spec["value"] for action in ("slower", "faster")] == [f"{REPLAY_ID} 20000000"] * 2


def test_cancel_says_what_it_does_before_it_does() -> None:
    """With how much has been published of the day that will be restored."""
    question = find(blocks(UNDER_WAY), "cancel").spec["confirm"]
    assert question["text"]["text"] == (
        "Publishing stops at the next safe point. Then 2019-12-02 is restored to what it was, or finished if all of it "
        "is published. Closed days stay closed. Published so far: 1,234 events of it; they stay in Kafka."
    )
    between = report([closed(FIRST), DayReport(SECOND, Stage.PLANNED)])
    assert "nothing has to be restored" in find(blocks(between), "cancel").spec["confirm"]["text"]["text"]


def test_a_paused_one_can_be_resumed() -> None:
    """The speed is then the one that was ordered, if any."""
    paused = report([publishing(pace=Pace(paused=True, bytes_per_second=5e6))])
    assert "running, publishing is paused" in words(paused)
    assert buttons_of(blocks(paused)) == ("Cancel", "Resume", "Slower", "Faster")
    assert find(blocks(paused), "faster").spec["value"] == f"{REPLAY_ID} 5000000"
    assert find(blocks(report([publishing()])), "faster").spec["value"] == f"{REPLAY_ID} 0"


def test_before_a_worker_has_it_nothing_is_said_to_run() -> None:
    queued = report([DayReport(day, Stage.PLANNED) for day in days_from(2)])
    assert words(queued).splitlines()[0] == "*Replay of raw* · waiting for a worker"
    assert live_text(queued) == "Replay of raw: waiting for a worker, 0 of 2 days closed"
    assert buttons_of(blocks(queued)) == ("Cancel",)
    assert "running" not in words(queued)


@pytest.mark.parametrize("step", [*FORWARD, BACK])
def test_every_step_is_told_in_words(step: Step) -> None:
    """People need not know the engine's names."""
    under_way = report([DayReport(FIRST, Stage.CLAIMED, step=step.name)])
    assert tasks_of(blocks(under_way))[0]["title"].partition(" · ")[2] != step.name.replace("_", " ")


def test_a_replay_whose_journals_alone_are_known_shows_the_day_that_runs() -> None:
    """A report from the journals knows no step under way, but which one comes next."""
    taken_up = DayReport(FIRST, Stage.PLANNED, next_step="claim", runner="worker at host:1")
    cleared = DayReport(FIRST, Stage.CLEARED, next_step="publish", runner="worker at host:1")
    rest = DayReport(SECOND, Stage.PLANNED, next_step="claim")
    for day, step in ((taken_up, "claiming"), (cleared, "publishing")):
        first, second = tasks_of(blocks(report([day, rest])))
        assert (first["title"], first["status"]) == (f"2019-12-01 · {step}", "in_progress")
        assert (second["title"], second["status"]) == ("2019-12-02 · planned", "pending")


def test_a_cancelled_one_says_who_and_what_happens() -> None:
    """No button is left: it is on its way to its end."""
    assert f"stopping: cancelled by <@{REQUESTER}>, the running day is restored, or finished" in words(
        UNDER_WAY, REQUESTER
    )
    assert buttons_of(blocks(UNDER_WAY, REQUESTER)) == ()
    queued = report([DayReport(FIRST, Stage.PLANNED)])
    assert f"stopping: cancelled by <@{REQUESTER}>, no day is under way" in words(queued, REQUESTER)


@pytest.mark.parametrize(
    ("state", "cancelled_by", "expected"),
    [
        (ReplayState.COMPLETED, None, "completed"),
        (ReplayState.COMPLETED, REQUESTER, f"completed, before the cancel by <@{REQUESTER}> was heard"),
        (ReplayState.COMPLETED_WITH_FAILURES, None, "completed with failures"),
        (ReplayState.COMPLETED_WITH_FAILURES, REQUESTER, f"completed with failures; cancelled by <@{REQUESTER}>"),
        (ReplayState.CANCELLED, None, "cancelled"),
        (ReplayState.CANCELLED, REQUESTER, f"cancelled by <@{REQUESTER}>"),
    ],
)
def test_an_ended_one_says_how_and_has_no_button(state: ReplayState, cancelled_by: str | None, expected: str) -> None:
    ended = replace(UNDER_WAY, state=state)
    assert words(ended, cancelled_by).splitlines()[0] == f"*Replay of raw* · {expected}"
    assert buttons_of(blocks(ended, cancelled_by)) == ()


def test_one_that_never_began_says_so() -> None:
    never = report(
        [DayReport(FIRST, Stage.PLANNED, error="Stale.", advice="Plan anew.")], ReplayState.COMPLETED_WITH_FAILURES
    )
    assert words(never).splitlines()[0] == "*Replay of raw* · not begun"
    assert [(task["status"], said(task)[1:]) for task in tasks_of(blocks(never))] == [("error", ["Stale. Plan anew."])]


def test_a_held_one_says_what_a_person_has_to_do() -> None:
    held = report([closed(FIRST), DayReport(SECOND, Stage.HELD, error="Two versions.")], ReplayState.HELD)
    assert words(held).splitlines()[1] == (
        "Next, by a person: see to what is said of 2019-12-02; when it is mended, press *Resume*."
    )
    assert buttons_of(blocks(held)) == ("Resume",)
    assert find(blocks(held), "resume").spec["value"] == REPLAY_ID
    assert ":octagonal_sign: 2019-12-02 · held · Two versions." in words(held, style="plain")


def test_an_interrupted_one_says_who_carries_it_on() -> None:
    stopped = report([DayReport(FIRST, Stage.BACKED_UP, next_step="clear")], ReplayState.INTERRUPTED)
    assert "Next: a worker carries it on by itself. Who does not want to wait presses *Resume*." in words(stopped)
    assert "2019-12-01 · interrupted, backed up" in words(stopped)
    assert buttons_of(blocks(stopped)) == ("Resume",)
    assert "Next: a worker takes it up by itself and restores the day it was at." in words(stopped, REQUESTER)
    assert buttons_of(blocks(stopped, REQUESTER)) == ()


@given(reports(), st.sampled_from((None, REQUESTER)), st.sampled_from(STYLES))
@settings(max_examples=60, deadline=None)
def test_whatever_the_report_says_the_message_is_true_and_fits(
    of: ReplayReport, cancelled_by: str | None, style: Style
) -> None:
    """Nothing is said to run that does not; there are buttons for what can be done, and none else."""
    message = blocks(of, cancelled_by, style)
    tasks = tasks_of(message)
    under_way = [task for task in tasks if task["status"] == "in_progress"]
    assert len(tasks) <= 50
    assert len(under_way) <= 1
    if of.state is not ReplayState.RUNNING:
        assert under_way == []
        assert "running" not in "\n".join([*said(message), live_text(of, cancelled_by)])
        assert "hourglass" not in "\n".join(said(message))
    waiting = sum(bool(day.landing) for day in of.days)
    of_days = ("Accept the loss", "Restore") * min(waiting, 3)
    assert buttons_of(message)[: len(of_days)] == of_days
    assert buttons_of(message)[len(of_days) :] in _right_buttons(of, cancelled_by)


def _right_buttons(of: ReplayReport, cancelled_by: str | None) -> set[tuple[str, ...]]:
    match of.state:
        case ReplayState.RUNNING if not cancelled_by:
            return {STEERED, ("Cancel", "Resume", "Slower", "Faster"), ("Cancel",)}
        case ReplayState.HELD:
            return {("Resume",)}
        case ReplayState.INTERRUPTED if not cancelled_by:
            return {("Resume",)}
        case _:
            return {()}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_do_no_harm(text: str, style: Style) -> None:
    """Names and errors in reports come from people, the config and the store."""
    days = [publishing(), *(DayReport(day, Stage.RESTORED, error=text, advice=text) for day in days_from(366)[1:])]
    hostile = report(days, text=text)
    blocks(hostile, REQUESTER, style)
    assert_harmless(live_text(hostile, REQUESTER))
