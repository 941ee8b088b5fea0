"""Days that wait for their landing: when people are to be told, and looks that leave no trace."""

from dataclasses import replace
from datetime import timedelta
from io import StringIO

import pytest
from rich.console import Console

from replay_engine.cli.render import status_table
from replay_engine.errors import Refused
from replay_engine.model import Plan, Stage
from replay_engine.reports import ReplayState
from replay_engine.state import names
from replay_engine.state.journal import Kind
from tests.helpers.scene import DAY, NEXT, OTHER_REPLAY, REPLAY, Scene


def waiting(scene: Scene) -> Plan:
    """Published, and nothing comes back; nobody is waited for but the sinks."""
    plan = scene.plan(spec=replace(scene.spec(), landing_waits=()))
    assert scene.walk(plan).run().state is ReplayState.LANDING
    return plan


def entries(scene: Scene, plan: Plan) -> int:
    return len(scene.day(plan).journal.entries)


def test_what_is_missing_is_told_folder_by_folder(scene: Scene) -> None:
    day = scene.walk(waiting(scene)).standing().days[0]
    assert day.landing_missing["unique"] == "unique: no new file, 2 before"
    assert day.landing_missing_folders == len(day.landing_missing) == 4
    assert (day.landing_since, day.landing_overdue) == (scene.standing(scene.plan()).waits_since, False)


def test_people_are_told_once_it_has_taken_too_long(scene: Scene) -> None:
    """From the moment that it began to wait, whoever has looked since."""
    plan = waiting(scene)
    since = scene.walk(plan).standing().days[0].landing_since
    assert since is not None
    scene.clock.tick((since + timedelta(hours=1) - scene.clock.now()).total_seconds() - 1)
    assert not scene.walk(plan).look_again()
    assert not scene.walk(plan).standing().days[0].landing_overdue
    scene.clock.tick(1)
    day = scene.walk(plan).standing().days[0]
    assert (day.landing_overdue, day.landing_since) == (True, since)


def test_looking_again_leaves_no_trace(scene: Scene) -> None:
    """No entry, no lease that keeps others out; who looks on sees a day that waits, not one that runs."""
    plan = waiting(scene)
    before = entries(scene, plan)
    assert not any(scene.walk(plan).look_again() for _ in range(3))
    assert not scene.world().state.leased(names.journal(REPLAY, DAY))
    looker_on = scene.walk(plan)
    assert entries(scene, plan) == before
    assert scene.world().state.leased(names.journal(REPLAY, DAY)), "somebody looks"
    assert looker_on.standing().state is ReplayState.LANDING


def test_a_look_closes_what_has_landed(scene: Scene) -> None:
    """And says that there is something to tell; the second one finds nothing more."""
    plan = waiting(scene)
    scene.refill()
    scene.clock.sleep(60)
    assert scene.walk(plan).look_again()
    assert scene.walk(plan).standing().state is ReplayState.COMPLETED
    assert not scene.walk(plan).look_again()


def test_a_look_does_not_pass_over_days_that_nobody_began(scene: Scene) -> None:
    """A runner that died between two days: there is room for the next one, and none once a person has cancelled."""
    scene.days = [DAY, NEXT]
    scene.days_landing = 1
    plan = waiting(scene)
    assert not scene.walk(plan).look_again(), "no room"
    scene.days_landing = 2
    assert scene.walk(plan).look_again()
    scene.walk(plan).cancel()
    assert not scene.walk(plan).look_again()


def test_a_wait_that_a_hold_ended_begins_anew(scene: Scene) -> None:
    """So that people are told of the second, too."""
    plan = waiting(scene)
    first = scene.standing(plan).waits_since
    journal = scene.day(plan).journal
    journal.append(Kind.HELD, "land", facts={"error": "It is held."})
    scene.clock.tick(7200)
    assert scene.walk(plan).standing().days[0].landing_since is None
    scene.walk(plan).run(release_held=True)
    second = scene.standing(plan).waits_since
    assert first is not None
    assert second is not None
    assert second - first >= timedelta(hours=2)


def test_what_is_accepted_is_told_with_by_whom(scene: Scene) -> None:
    """Once: late and of another replay it is refused."""
    plan = waiting(scene)
    day = scene.walk(plan).accept(DAY, "asha").days[0]
    assert (day.stage, day.landed, day.accepted_by, day.landing) == (Stage.CLOSED, "accepted", "asha", "")
    with pytest.raises(Refused, match="does not wait for its landing"):
        scene.walk(plan).accept(DAY, "ben")
    with pytest.raises(Refused, match="does not wait for its landing"):
        scene.walk(scene.plan(OTHER_REPLAY)).accept(DAY, "ben")
    assert scene.kept(names.BACKUP) == {}


def test_the_terminal_says_what_can_be_done(scene: Scene) -> None:
    """Only once it has taken too long."""
    plan = waiting(scene)
    assert "longer than it should" not in status_of(scene, plan)
    scene.clock.tick(7200)
    ways = f"replay accept {REPLAY} --day {DAY}, replay restore {REPLAY} --day {DAY}, or wait on."
    assert ways in status_of(scene, plan)
    assert f"{REPLAY}: raw -> {plan.spec.topic}, waits for landing" in status_of(scene, plan)


def status_of(scene: Scene, plan: Plan) -> str:
    """What `replay status` prints, wide enough for one line a day."""
    console = Console(width=2000, record=True, file=StringIO())
    console.print(status_table(scene.walk(plan).standing()))
    return console.export_text()
