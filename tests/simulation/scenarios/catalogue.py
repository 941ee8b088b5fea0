"""The scenarios of the simulator: which processes there are, and in which world."""

import json
from datetime import datetime, timedelta

from replay_engine.day.locks import locks_of
from tests.helpers.scene import DAY, NEXT, OTHER_REPLAY, REPLAY, STATE
from tests.simulation.scenarios.orders import (
    accept,
    cancel,
    damage_at,
    free_locks,
    give_back,
    pause_at,
    plan_again,
    release,
    restore,
    resume,
    rewrite_at,
    run,
    run_until_held,
    stop_at,
    sweep,
    undo,
    wait_for,
)
from tests.simulation.scenarios.play import WFS, Part, Play, Scenario
from tests.simulation.scenarios.publisher_processes import apart


def _after_keeping(play: Play) -> None:
    """The sweep is due."""
    _near_the_end_of_keeping(play)
    play.machine.pass_time(9.0)


def _left_a_lock(play: Play) -> None:
    """A request of the first replay's arrived when it had ended: there is a lock of it."""
    spec = play.scene.plans[REPLAY].spec
    lock = json.dumps({"replay": REPLAY, "owner": "first", "since": "2020-01-10T08:30:00+00:00", "entry": 2})
    for name in locks_of(spec, DAY):
        play.scene.account.put(STATE, name, lock.encode())


def _near_the_end_of_keeping(play: Play) -> None:
    """The sweep is due within the next seconds."""
    until = play.scene.standing(next(iter(play.scene.plans.values()))).proofs["clean_up"]["backup_kept_until"]
    left = datetime.fromisoformat(until) - play.scene.clock.now()
    play.machine.pass_time(left.total_seconds() - 3)


_A, _B = Part("A", (run,)), Part("B", (resume,))
_TAKER = Part("B", (resume,), take_over=True)
_APART = (Part("A", (apart(run),)), Part("B", (apart(resume),), take_over=True))
_HOUR = timedelta(hours=1)
_FIRST = (Part("first", (run,)),)
#: The pipeline does not fill it.
_EMPTY = ("unique",)
_UNDONE = (*_FIRST, Part("undone", (wait_for(45), undo)))

SCENARIOS = {
    "run, resume": Scenario((_A, _B)),
    "run, take over": Scenario((_A, _TAKER)),
    "run, cancel, resume": Scenario((_A, Part("C", (wait_for(6), cancel)), _B), slow_copies=True),
    "damaged source": Scenario((_A, _B), damaged=True),
    "a source without a line": Scenario((_A, _B), blank=True, read_first=True),
    "a damaged source, read first": Scenario((_A, _B), damaged=True, read_first=True),
    "long journals": Scenario((_A, _TAKER), part_entries=3),
    "long journals, restore": Scenario(
        (_A, Part("R", (wait_for(5), restore), take_over=True), _B), part_entries=4, slow_copies=True
    ),
    "run, restore": Scenario((_A, Part("R", (wait_for(5), restore), take_over=True), _B)),
    "run, restore, take over": Scenario(
        (_A, Part("R", (wait_for(5), restore), take_over=True), Part("B", (wait_for(9), resume), take_over=True)),
        slow_copies=True,
    ),
    "cancel in the clear": Scenario((Part("A", (stop_at("publish"),)), _TAKER)),
    "undo, sweep": Scenario(
        (Part("U", (undo,)), Part("S", (sweep, wait_for(4), sweep))),
        before=_FIRST,
        keep=_HOUR,
        prepare=_near_the_end_of_keeping,
    ),
    "undo, resume, sweep": Scenario(
        (Part("U", (undo,)), Part("B", (wait_for(2), resume), take_over=True), Part("S", (wait_for(4000), sweep))),
        before=_FIRST,
        keep=_HOUR,
        lands_every=7.0,
    ),
    "run, undo": Scenario((_A, Part("U", (wait_for(45), undo), take_over=True), _B), keep=_HOUR),
    "retry": Scenario((_A, Part("N", (wait_for(3), plan_again, run), OTHER_REPLAY), _B)),
    "retry meets": Scenario((Part("A", (pause_at("publish", 9),)), Part("N", (plan_again, run), OTHER_REPLAY), _B)),
    "retry, keeping": Scenario(
        (_A, Part("N", (wait_for(30), plan_again, run), OTHER_REPLAY), Part("U", (wait_for(60), undo))), keep=_HOUR
    ),
    "shared sink": Scenario((_A, Part("W", (plan_again, run), WFS), _B)),
    "undo beside another replay": Scenario(
        (Part("U", (undo,)), Part("W", (plan_again, run), WFS)), before=_FIRST, keep=_HOUR
    ),
    "undo after another replay": Scenario(
        (Part("U", (undo,)), Part("V", (undo,), WFS)),
        before=(*_FIRST, Part("second", (wait_for(60), plan_again, run), WFS)),
        keep=_HOUR,
    ),
    "sweep": Scenario(
        (Part("S", (sweep,)), Part("T", (wait_for(1), sweep, free_locks)), Part("U", (wait_for(2), undo))),
        before=_FIRST,
        keep=_HOUR,
        prepare=_after_keeping,
    ),
    "a lock came late": Scenario(
        (Part("N", (plan_again, run), OTHER_REPLAY), Part("S", (wait_for(1), free_locks)), _A),
        before=_FIRST,
        prepare=_left_a_lock,
    ),
    "return": Scenario(
        (Part("G", (give_back,)), Part("H", (wait_for(2), resume), take_over=True)), before=_UNDONE, keep=_HOUR
    ),
    "return beside another replay": Scenario(
        (Part("G", (give_back,)), Part("W", (plan_again, run), WFS)), before=_UNDONE, keep=_HOUR
    ),
    "release, restore, resume": Scenario(
        (Part("L", (release,)), Part("R", (restore,), take_over=True), Part("B", (wait_for(3), resume))),
        before=(Part("first", (run_until_held,)),),
    ),
    "release beside another replay": Scenario(
        (
            Part("L", (release,)),
            Part("N", (wait_for(1), plan_again, run), OTHER_REPLAY),
            Part("B", (wait_for(3), resume)),
        ),
        before=(Part("first", (run_until_held,)),),
    ),
    "held, restore": Scenario(
        (Part("R", (restore,)), Part("B", (wait_for(3), resume), take_over=True)),
        before=(Part("first", (run_until_held,)),),
        slow_copies=True,
    ),
    "publishers apart": Scenario(_APART),
    "publishers apart, restore": Scenario((_APART[0], Part("R", (wait_for(9), restore), take_over=True), _B)),
    "publishers apart, without transactions": Scenario(_APART, transactions=False),
    "without transactions": Scenario((_A, _B), transactions=False),
    "two days": Scenario((_A, _TAKER), days=(DAY, NEXT)),
    "width 2": Scenario((_A, _TAKER), width=2),
    "width 2, restore": Scenario((_A, Part("R", (wait_for(5), restore), take_over=True), _B), width=2),
    "nothing deleted": Scenario((_A, _B), destructive=False),
    "slow copies": Scenario((_A, _TAKER), slow_copies=True),
    "bad copies": Scenario((_A, _TAKER), bad_copies=True),
    "slow pipeline, forward": Scenario((_A, _B), lands_every=21.0),
    "slow pipeline": Scenario((_A, Part("R", (wait_for(8), restore), take_over=True), _B), lands_every=11.0),
    "an original is written anew before the check": Scenario((Part("A", (rewrite_at("check"),)), _B)),
    "an original is written anew before the backup": Scenario((Part("A", (rewrite_at("back_up"),)), _B)),
    "an original is written anew before the clear": Scenario((Part("A", (rewrite_at("clear"),)), _B)),
    "a copy is damaged before the clear": Scenario((Part("A", (damage_at("clear"),)), _B)),
    "every event is back": Scenario((_A, _TAKER), with_ids=True),
    "every event is back, restore": Scenario(
        (_A, Part("R", (wait_for(9), restore), take_over=True), _B), with_ids=True, slow_copies=True
    ),
    "what never comes back is put back": Scenario((_A, _TAKER), with_ids=True, kept_in=1),
    "a part never lands": Scenario((_A, _B), left_empty=_EMPTY, with_ids=True),
    "a part never lands, accept": Scenario((_A, Part("P", (wait_for(70), accept)), _B), left_empty=_EMPTY),
    "a part never lands, accept, keeping": Scenario(
        (_A, Part("P", (wait_for(70), accept, accept)), Part("U", (wait_for(75), undo))), left_empty=_EMPTY, keep=_HOUR
    ),
    "a part never lands, restore": Scenario((_A, Part("R", (wait_for(70), restore)), _B), left_empty=_EMPTY),
    "a part never lands, accept beside restore": Scenario(
        (_A, Part("P", (wait_for(70), accept)), Part("R", (wait_for(70), restore), take_over=True)), left_empty=_EMPTY
    ),
    "a part never lands, retry": Scenario(
        (_A, Part("N", (wait_for(65), plan_again, run), OTHER_REPLAY), Part("P", (wait_for(75), accept))),
        left_empty=_EMPTY,
    ),
    "two days, a part never lands": Scenario(
        (_A, _TAKER, Part("P", (wait_for(70), accept))), days=(DAY, NEXT), left_empty=_EMPTY
    ),
    "somebody else writes": Scenario((_A, Part("C", (wait_for(8), cancel)), _B), outsiders=True),
    "somebody else writes, restore": Scenario(
        (_A, Part("R", (wait_for(6), restore), take_over=True), _B), outsiders=True, slow_copies=True
    ),
}
