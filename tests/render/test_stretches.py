"""Days as entries: every day in exactly one of them, and as many as Slack takes."""

from dataclasses import replace

import pytest
from hypothesis import given, settings

from bot.render.stretches import MOST_STRETCHES, Status, stretches
from replay_engine import DayReport, ReplayReport, ReplayState, Stage
from tests.helpers.values import closed, days_from, report
from tests.render.values import publishing, reports


@given(reports())
@settings(max_examples=60, deadline=None)
def test_every_day_is_in_one_of_them_in_its_order(of: ReplayReport) -> None:
    shown = stretches(of)
    assert len(shown) <= MOST_STRETCHES
    assert tuple(day for one in shown for day in one.days) == of.days
    assert all(len(one.days) == len(one.words) == len(one.statuses) for one in shown)


def test_up_to_fifty_days_are_shown_one_by_one() -> None:
    shown = stretches(report([closed(day) for day in days_from(50)]))
    assert [len(one.days) for one in shown] == [1] * 50


@pytest.mark.parametrize("running", [0, 1, 100, 364, 365])
def test_of_a_year_the_running_day_stays_single(running: int) -> None:
    days = [closed(day) for day in days_from(running)]
    days += [publishing(day=days_from(366)[running])]
    days += [DayReport(day, Stage.PLANNED) for day in days_from(366)[running + 1 :]]
    shown = stretches(report(days))
    assert [len(one.days) for one in shown] == [count for count in (running, 1, 365 - running) if count]
    assert [one.status for one in shown].count(Status.IN_PROGRESS) == 1


def test_days_that_stand_alike_become_one() -> None:
    days = [closed(day, lines_published=1000) for day in days_from(366)]
    days[20] = replace(days[20], stage=Stage.RESTORED, error="It is damaged.")
    before, failed, after = stretches(report(days))
    assert before.title == "2019-12-01 to 2019-12-20 · 20 days closed · 20,000 events"
    assert (failed.title, failed.status) == ("2019-12-21 · restored", Status.ERROR)
    assert after.title == "2019-12-22 to 2020-11-30 · 345 days closed · 345,000 events"


def test_failed_days_stay_single_as_far_as_there_is_room() -> None:
    """A run of failed days is broken up where it may be; neighbours that stand alike are joined first."""
    days = [DayReport(day, Stage.RESTORED) for day in days_from(60)]
    shown = stretches(report(days, ReplayState.COMPLETED_WITH_FAILURES))
    assert len(shown) == MOST_STRETCHES
    assert sorted(len(one.days) for one in shown)[-1] == 2


def test_where_no_two_neighbours_stand_alike_a_mixture_is_counted() -> None:
    """The entry is marked by the worst that is in it."""
    days = [closed(day) for day in days_from(366)]
    days[::2] = [replace(day, stage=Stage.RESTORED) for day in days[::2]]
    shown = stretches(report(days, ReplayState.COMPLETED_WITH_FAILURES))
    assert len(shown) == MOST_STRETCHES
    mixed = max(shown, key=lambda one: len(one.days))
    assert ": " in mixed.title
    assert " closed" in mixed.title
    assert " restored" in mixed.title
    assert mixed.status is Status.ERROR


def test_days_that_a_cancel_left_out_have_not_gone_wrong() -> None:
    """They stand as they stood, and become one; what was never begun for another reason has failed."""
    days = [DayReport(day, Stage.PLANNED, error="Cancelled before it began.") for day in days_from(60)]
    (left_out,) = stretches(report(days, ReplayState.CANCELLED))
    assert (left_out.title, left_out.status) == ("2019-12-01 to 2020-01-29 · 60 days not begun", Status.PENDING)
    assert {one.status for one in stretches(report(days, ReplayState.COMPLETED_WITH_FAILURES))} == {Status.ERROR}
