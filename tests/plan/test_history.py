"""What earlier replays did is told in a plan, and keeps a day from being replayed while it is not over."""

from dataclasses import replace
from datetime import timedelta

import pytest

from replay_engine.errors import Refused
from replay_engine.model import DayPlan, Plan, Stage
from replay_engine.plan import document
from replay_engine.plan.history import common_days, earlier_text, with_history
from replay_engine.reports import DayReport, ReplayReport, ReplayState
from replay_engine.request import earlier
from tests.helpers.scene import DAY, NEXT, OTHER_REPLAY, REPLAY, TOPIC, Scene, refilled

FILE = f"raw/{DAY}-0-1575224000000.json.gz"


def report(state: ReplayState = ReplayState.COMPLETED, **day: object) -> ReplayReport:
    """One earlier replay of the day, closed with 40 events unless said otherwise."""
    facts = {"stage": Stage.CLOSED, "lines_published": 40, **day}
    return ReplayReport(OTHER_REPLAY, "raw", TOPIC, state, (DayReport(DAY, **facts),))  # type: ignore[arg-type]


def told(scene: Scene, one: ReplayReport, **spec: object) -> DayPlan:
    """The day of a plan after that."""
    plan = scene.plan(spec=replace(scene.spec(), **spec))  # type: ignore[arg-type]
    return with_history(plan, [one], scene.clock.now()).days[0]


def kept_after(scene: Scene, **spec: object) -> Plan:
    """A later plan as it is told, with the stored replays looked up."""
    plan = scene.plan(OTHER_REPLAY, replace(scene.spec(), **spec))  # type: ignore[arg-type]
    found = [one for _, one in earlier.others(plan, scene.world().state, lambda _: scene.world())]
    return with_history(plan, found, scene.clock.now())


def test_what_is_over_is_told_and_keeps_nobody(scene: Scene) -> None:
    """A closed day, a restored one, one that a cancel kept out, and none at all."""
    closed = told(scene, report())
    assert (closed.refusal, closed.warnings) == ("", ())
    assert earlier_text(closed) == f"{OTHER_REPLAY} closed, 40 events published"
    assert earlier_text(told(scene, report(stage=Stage.RESTORED, lines_published=0))) == f"{OTHER_REPLAY} restored"
    kept_out = told(scene, report(ReplayState.CANCELLED, stage=Stage.PLANNED, next_step="claim"))
    assert (kept_out.earlier, kept_out.refusal, earlier_text(kept_out)) == ((), "", "")


@pytest.mark.parametrize(
    ("one", "says"),
    [
        (report(ReplayState.RUNNING, stage=Stage.CLEARED, next_step="publish"), "has not finished"),
        (report(ReplayState.INTERRUPTED, stage=Stage.PLANNED, next_step="claim"), "has not finished"),
        (report(ReplayState.HELD, stage=Stage.HELD), "has not finished"),
        (report(ReplayState.LANDING, stage=Stage.SETTLED, next_step="land", landing="5 are missing."), "come back yet"),
        (report(next_step="undo"), "has not finished"),
    ],
    ids=["running", "not begun", "held by a journal that cannot be read", "landing", "being undone"],
)
def test_what_is_not_over_refuses_the_day_unless_it_is_said_by_hand(scene: Scene, one: ReplayReport, says: str) -> None:
    """With the way out; by hand the same is a warning."""
    refused, again = told(scene, one), told(scene, one, again=True)
    assert says in refused.refusal
    assert "again=yes" in refused.refusal
    assert OTHER_REPLAY in refused.refusal
    assert (again.refusal, [says in warning for warning in again.warnings]) == ("", [True])


@pytest.mark.parametrize("stage", [Stage.CLOSED, Stage.RESTORED])
def test_within_the_dedup_window_a_published_day_is_refused(scene: Scene, stage: Stage) -> None:
    """The pipeline would drop what it has seen, whatever became of the sinks; after it the day may be replayed."""
    one = report(stage=stage, last_at=scene.clock.now() - timedelta(hours=23))
    assert told(scene, one).refusal == ""
    refusal = told(scene, one, dedup_hours=24.0).refusal
    assert f"Come back after {scene.clock.now() + timedelta(hours=1):%Y-%m-%d %H:%M} UTC" in refusal
    scene.clock.tick(3600)
    assert told(scene, one, dedup_hours=24.0).refusal == ""


def test_a_day_without_a_published_line_has_no_window(scene: Scene) -> None:
    one = report(stage=Stage.RESTORED, lines_published=0, last_at=scene.clock.now())
    assert told(scene, one, dedup_hours=24.0).refusal == ""


def test_a_day_that_cannot_run_anyway_keeps_its_own_reason(scene: Scene) -> None:
    for name in scene.stored(f"raw/{DAY}"):
        scene.account.remove("telemetry-data", name)
    assert "nothing to replay" in told(scene, report(ReplayState.HELD, stage=Stage.HELD)).refusal


def test_the_same_days_are_those_of_the_same_files_to_the_same_topic() -> None:
    """One file of a folder is of its day; another file, folder, topic or container is not, nor is the plan itself."""
    scene = Scene(days=(DAY, NEXT))
    plan = scene.plan()
    spec = plan.spec

    def common(**changes: object) -> list[object]:
        other = replace(plan, replay_id=OTHER_REPLAY, spec=replace(spec, **changes))  # type: ignore[arg-type]
        return [day.day for day in common_days(plan, other)]

    assert common() == common(file_path=FILE) == common(folder="raw/part") == [DAY, NEXT]
    assert common(folder="raw-archive") == common(topic="other") == common(container="other") == []
    assert common_days(plan, plan) == ()
    file = replace(plan, spec=replace(spec, file_path=FILE))
    other_file = replace(file, replay_id=OTHER_REPLAY, spec=replace(spec, file_path=f"{FILE}.other"))
    assert common_days(file, other_file) == ()
    assert common_days(file, replace(file, replay_id=OTHER_REPLAY)) == file.days


def test_the_stored_replays_are_looked_up(scene: Scene) -> None:
    """One that was kept and not begun refuses; when it has closed it is only told, with what it published."""
    plan = scene.keep(refilled(scene))
    assert "has not finished" in kept_after(scene).days[0].refusal
    scene.walk(plan).run()
    (day,) = kept_after(scene).days
    assert (day.refusal, earlier_text(day)) == ("", f"{REPLAY} closed, 40 events published")
    assert "pipeline drops" in kept_after(scene, dedup_hours=1.0).days[0].refusal


def test_a_replay_that_cannot_be_read_keeps_nobody(scene: Scene) -> None:
    """Its locks do."""
    scene.account.put("replay-state", f"state/{REPLAY}/plan.json", b"{}")
    assert kept_after(scene).days[0].earlier == ()


def test_what_has_changed_since_the_plan_refuses_its_begin(scene: Scene) -> None:
    """Another one was begun between; what was known when the plan was made is no news."""
    plan = kept_after(scene)
    scene.keep(refilled(scene))
    now = kept_after(scene)
    with pytest.raises(Refused, match="has not finished") as refused:
        earlier.check_still_free(plan, now)
    assert refused.value.advice == "Then plan again."
    earlier.check_still_free(now, now)


def test_history_is_kept_with_the_plan_and_is_not_what_is_confirmed(scene: Scene) -> None:
    """The hash stays, and the document reads back equal; an empty one is not written."""
    plan = scene.plan()
    after = with_history(plan, [report(last_at=scene.clock.now())], scene.clock.now())
    assert (after.hash, document.load(document.dump(after))) == (plan.hash, after)
    assert b"earlier" not in document.dump(plan)
    again = scene.plan(spec=replace(scene.spec(), again=True, dedup_hours=2.0))
    assert document.load(document.dump(again)) == again
    assert again.hash != plan.hash
