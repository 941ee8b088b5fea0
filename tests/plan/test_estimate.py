"""What earlier replays tell of a plan is theirs: the same place, the same files, days that really closed."""

from dataclasses import replace
from datetime import timedelta

import pytest

from replay_engine.model import Amount, Condition, Filter, Plan, Stage
from replay_engine.plan.estimate import Estimate, estimate
from replay_engine.reports import DayReport, ReplayReport, ReplayState
from tests.helpers.documents import plan_of
from tests.helpers.scene import DAY, NEXT, OTHER_REPLAY, REPLAY, Scene, refilled

SIZE = 1000


def planned(replay_id: str = OTHER_REPLAY, *, size_bytes: int = SIZE, destructive: bool = True) -> Plan:
    """Two days of the same source."""
    plan = Scene(days=(DAY, NEXT)).plan(replay_id)
    days = tuple(replace(day, source=Amount(2, size_bytes)) for day in plan.days)
    return plan_of(replay_id, replace(plan.spec, delete_backups=destructive), days, plan.created_at)


def stood(plan: Plan, *stages: Stage, lines: int = 40, seconds: float = 10.0) -> tuple[Plan, ReplayReport]:
    """How its days ended."""
    days = tuple(
        DayReport(day=day.day, stage=stage, lines_published=lines, source_bytes=day.source.size_bytes, seconds=seconds)
        for day, stage in zip(plan.days, stages, strict=True)
    )
    return plan, ReplayReport(plan.replay_id, plan.spec.source, plan.spec.topic, ReplayState.COMPLETED, days)


def test_without_earlier_replays_nothing_is_known() -> None:
    """Not guessed."""
    assert estimate(planned(), []) == Estimate({}, None, "")


def test_the_same_days_are_known_again() -> None:
    """Lines as they were published, time by the bytes and what was measured."""
    earlier = [stood(planned(REPLAY), Stage.CLOSED, Stage.CLOSED)]
    assert estimate(planned(), earlier) == Estimate({DAY: 40, NEXT: 40}, 20.0, REPLAY)


def test_time_grows_with_the_bytes() -> None:
    """Days with other files hold other lines, and take as long as their size."""
    earlier = [stood(planned(REPLAY), Stage.CLOSED, Stage.CLOSED)]
    assert estimate(planned(size_bytes=3 * SIZE), earlier) == Estimate({}, 60.0, REPLAY)


@pytest.mark.parametrize("stage", [Stage.RESTORED, Stage.HELD, Stage.PLANNED, Stage.SETTLED])
def test_only_closed_days_tell_anything(stage: Stage) -> None:
    """The others published a part, or waited for somebody; so does one that is being undone."""
    assert estimate(planned(), [stood(planned(REPLAY), Stage.CLOSED, stage)]) == Estimate({DAY: 40}, 20.0, REPLAY)
    plan, report = stood(planned(REPLAY), stage, Stage.CLOSED)
    undone = replace(report, days=(report.days[0], replace(report.days[1], next_step="restore")))
    assert estimate(planned(), [(plan, undone)]) == Estimate()


def test_the_newest_one_counts() -> None:
    """And an older one where the newest has nothing to tell."""
    newest = stood(planned("r20200110-083000-000009"), Stage.CLOSED, Stage.RESTORED, lines=41, seconds=5.0)
    older = stood(planned(REPLAY), Stage.CLOSED, Stage.CLOSED)
    assert estimate(planned(), [newest, older]) == Estimate({DAY: 41, NEXT: 40}, 10.0, newest[0].replay_id)
    failed = stood(planned("r20200110-083000-000008"), Stage.RESTORED, Stage.RESTORED)
    assert estimate(planned(), [failed, older]).based_on == REPLAY


def test_another_kind_of_replay_has_another_speed() -> None:
    """One that deletes nothing backs nothing up; its lines are the same."""
    pushed = stood(planned(REPLAY, destructive=False), Stage.CLOSED, Stage.CLOSED)
    assert estimate(planned(), [pushed]) == Estimate({DAY: 40, NEXT: 40}, None, "")


def test_other_places_and_itself_tell_nothing() -> None:
    """Another folder, another container, one file of it, or the same replay."""
    plan, report = stood(planned(REPLAY), Stage.CLOSED, Stage.CLOSED)
    for spec in (
        replace(plan.spec, folder="unique"),
        replace(plan.spec, container="other"),
        replace(plan.spec, file_path="raw/x"),
    ):
        assert estimate(planned(), [(replace(plan, spec=spec), report)]) == Estimate()
    assert estimate(plan, [(plan, report)]) == Estimate()


def test_filtered_lines_are_not_all_lines() -> None:
    """How many are published depends on the filters."""
    plan, report = stood(planned(REPLAY), Stage.CLOSED, Stage.CLOSED)
    publishing = replace(plan.spec.publishing, filters=(Filter("flags", Condition.IS_NULL),))
    filtered = replace(plan, spec=replace(plan.spec, publishing=publishing))
    assert estimate(planned(), [(filtered, report)]) == Estimate({}, 20.0, REPLAY)


def test_days_that_cannot_run_take_no_time() -> None:
    """They are refused."""
    plan = planned()
    refused = replace(plan, days=(plan.days[0], replace(plan.days[1], refusal="empty")))
    earlier = [stood(planned(REPLAY), Stage.CLOSED, Stage.CLOSED)]
    assert estimate(refused, earlier) == Estimate({DAY: 40}, 10.0, REPLAY)


def test_a_sweep_does_not_make_a_day_longer() -> None:
    """The backup of a closed day goes a week later."""
    scene = Scene(keep_backups_for=timedelta(days=7))
    plan = refilled(scene)
    before = scene.walk(plan).run().days[0].seconds
    scene.clock.tick(8 * 86400)
    assert scene.walk(plan).sweep() == 6
    assert scene.walk(plan).standing().days[0].seconds == before
