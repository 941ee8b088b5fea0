"""The table of a day's life: which step follows, and where every kind of failure leads."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from replay_engine import errors
from replay_engine.day import lifecycle
from replay_engine.day.context import Day
from replay_engine.day.lifecycle import BACK, FORWARD, Step, next_step
from replay_engine.day.recall import Standing, recall
from replay_engine.day.runner import _live as live
from replay_engine.errors import (
    CannotProceed,
    InDoubt,
    NotAllowed,
    NotLanded,
    NotThere,
    Refused,
    ReplayError,
    Stopped,
    Superseded,
    TryAgain,
    Unreachable,
)
from replay_engine.model import Stage
from replay_engine.state.journal import Kind
from tests.helpers.scene import Scene, stopping_at

STEPS = [step.name for step in FORWARD]
Act = Callable[[Day], dict[str, Any]]


def raising(*troubles: Exception) -> Act:
    """An act that fails so, once for each, and then succeeds."""
    left = list(troubles)

    def act(_: Day) -> dict[str, Any]:
        if left:
            raise left.pop(0)
        return {}

    return act


def acting(monkeypatch: pytest.MonkeyPatch, **acts: Act) -> None:
    """The table as it is, with acts that do nothing but what they are told to."""

    def acted(step: Step) -> Step:
        return replace(step, act=acts.get(step.name, raising()))

    monkeypatch.setattr(lifecycle, "FORWARD", tuple(map(acted, FORWARD)))
    monkeypatch.setattr(lifecycle, "BACK", acted(BACK))


def lived(day: Day) -> tuple[Standing, list[str]]:
    taken: list[str] = []
    standing = live(day, lambda step: taken.append(step.name))
    return standing, taken


@pytest.fixture
def day(scene: Scene) -> Day:
    return scene.day(scene.plan())


def test_the_way_forward() -> None:
    """Each step has the stage that is true after it; the last one closes the day."""
    assert [(step.name, step.to) for step in FORWARD] == [
        ("claim", Stage.CLAIMED),
        ("check", Stage.CHECKED),
        ("back_up", Stage.BACKED_UP),
        ("clear", Stage.CLEARED),
        ("publish", Stage.PUBLISHED),
        ("settle", Stage.SETTLED),
        ("land", Stage.LANDED),
        ("clean_up", Stage.CLOSED),
    ]


def test_once_everything_is_published_the_day_only_goes_forward() -> None:
    """Up to then every failure turns it back."""
    assert [step.name for step in FORWARD if step.turns_back] == ["claim", "check", "back_up", "clear", "publish"]
    assert not BACK.turns_back


@pytest.mark.parametrize(
    ("destructive", "steps"), [(True, STEPS), (False, ["claim", "check", "publish", "settle", "land", "clean_up"])]
)
def test_all_steps_are_taken_in_order(
    monkeypatch: pytest.MonkeyPatch, scene: Scene, destructive: bool, steps: list[str]
) -> None:
    """A replay that deletes nothing passes over what backs up and deletes."""
    acting(monkeypatch)
    day = scene.day(scene.plan() if destructive else scene.pushing_plan())
    standing, taken = lived(day)
    assert (standing.stage, taken) == (Stage.CLOSED, steps)


def test_each_step_is_journaled_before_and_after(monkeypatch: pytest.MonkeyPatch, day: Day) -> None:
    """The intent first, then the act, then what it proved."""
    seen: list[int] = []
    acting(monkeypatch, claim=lambda d: seen.append(len(d.journal.entries)) or {"locks": 7})  # type: ignore[func-returns-value]
    lived(day)
    assert seen == [1]
    assert [(e.kind, e.step, e.stage) for e in day.journal.entries[:2]] == [
        (Kind.INTENT, "claim", None),
        (Kind.PROOF, "claim", Stage.CLAIMED),
    ]
    assert day.journal.entries[1].facts == {"locks": 7}
    assert len(day.journal.entries) == 2 * len(STEPS)


@pytest.mark.parametrize("stage", [step.to for step in FORWARD[:-1]])
def test_a_day_goes_on_from_where_it_stands(stage: Stage) -> None:
    """With the step after the last one proved; and back, once it has turned."""
    following = FORWARD[[step.to for step in FORWARD].index(stage) + 1]
    assert next_step(Standing(stage=stage), destructive=True) is following
    assert next_step(Standing(stage=stage, turned_back=True), destructive=True) is BACK


@pytest.mark.parametrize("kind", [Refused, errors.StalePlan, errors.Claimed, CannotProceed, errors.CorruptSource])
@pytest.mark.parametrize("step", FORWARD, ids=STEPS)
def test_what_cannot_go_on(monkeypatch: pytest.MonkeyPatch, day: Day, step: Step, kind: type[ReplayError]) -> None:
    """Turns the day back while something can be put back, and is for a person after that."""
    acting(monkeypatch, **{step.name: raising(kind("it broke", advice="mend it"))})
    standing, taken = lived(day)
    assert standing.shown_stage is (Stage.RESTORED if step.turns_back else Stage.HELD)
    assert (standing.error, standing.advice) == ("it broke", "mend it")
    assert ("restore" in taken) is step.turns_back


@pytest.mark.parametrize("step", [*FORWARD, BACK], ids=[*STEPS, "restore"])
def test_doubt_holds_the_day_wherever_it_comes(monkeypatch: pytest.MonkeyPatch, day: Day, step: Step) -> None:
    """Nothing more is done, and nothing is undone."""
    turning = {} if step is not BACK else {"publish": raising(CannotProceed("turn"))}
    acting(monkeypatch, **turning, **{step.name: raising(InDoubt("who knows"))})
    standing, taken = lived(day)
    assert (standing.shown_stage, standing.error, taken[-1]) == (Stage.HELD, "who knows", step.name)
    assert lived(day) == (standing, [])


@pytest.mark.parametrize("step", [*FORWARD, BACK], ids=[*STEPS, "restore"])
def test_a_world_that_is_away_for_a_while_is_waited_for(
    monkeypatch: pytest.MonkeyPatch, scene: Scene, day: Day, step: Step
) -> None:
    """The same step is taken again, after longer and longer waits of a minute at most."""
    turning = {} if step is not BACK else {"publish": raising(CannotProceed("turn"))}
    acting(monkeypatch, **turning, **{step.name: raising(*[TryAgain("away")] * 9)})
    standing, _ = lived(day)
    assert standing.stage is (Stage.RESTORED if step is BACK else Stage.CLOSED)
    assert len(scene.clock.slept) == 9
    assert scene.clock.slept == sorted(scene.clock.slept)
    assert max(scene.clock.slept) == 60


EARLY = [step for step in FORWARD if step.name in ("claim", "check", "back_up", "clear")]
LATE = [step for step in (*FORWARD, BACK) if step not in EARLY]
AWAY = [TryAgain, NotThere, NotAllowed, Unreachable]


@pytest.mark.parametrize("step", EARLY, ids=lambda step: step.name)
def test_a_world_that_stays_away_while_nothing_is_cleared(
    monkeypatch: pytest.MonkeyPatch, day: Day, step: Step
) -> None:
    """Turns the day back soon: nothing is lost by it."""
    acting(monkeypatch, **{step.name: raising(*[TryAgain("away")] * 10)})
    standing, taken = lived(day)
    assert (standing.shown_stage, standing.error, taken[-1]) == (Stage.RESTORED, "away", "restore")


def _turning(step: Step) -> dict[str, Act]:
    return {} if step is not BACK else {"settle": raising(CannotProceed("turn"))}


@pytest.mark.parametrize("kind", AWAY)
@pytest.mark.parametrize("step", LATE, ids=lambda step: step.name)
def test_an_outage_is_waited_for_once_something_was_cleared(
    monkeypatch: pytest.MonkeyPatch, scene: Scene, day: Day, step: Step, kind: type[ReplayError]
) -> None:
    """For hours, missing rights and a missing topic too; people are told, and the day goes on where it was."""
    told: list[str] = []
    if step is BACK:
        day.journal.append(Kind.INTENT, "clear")
        day.journal.append(Kind.TURNED_BACK, "publish", facts={"error": "it broke"})
    acting(monkeypatch, **{step.name: raising(*[kind("Kafka is away")] * 60)})
    standing, _ = lived(replace(day, waiting=told.append))
    assert standing.stage is (Stage.RESTORED if step is BACK else Stage.CLOSED)
    assert 50 * 60 < sum(scene.clock.slept) < 60 * 60
    assert set(told) == {"Kafka is away", ""}
    assert [e.facts for e in day.journal.entries if e.step == "outage"] == [{"error": "Kafka is away"}]


@pytest.mark.parametrize("step", LATE, ids=lambda step: step.name)
def test_an_outage_without_end_leaves_the_day_where_it_stands(
    monkeypatch: pytest.MonkeyPatch, scene: Scene, day: Day, step: Step
) -> None:
    """After the time of the settings it is interrupted, says what it waited for, and is carried on later."""
    if step is BACK:
        day.journal.append(Kind.INTENT, "clear")
        day.journal.append(Kind.TURNED_BACK, "publish", facts={"error": "it broke"})
    acting(monkeypatch, **{step.name: raising(*[NotThere("gone")] * 400)})
    with pytest.raises(TryAgain, match="gone"):
        lived(day)
    patience = scene.outage_patience.total_seconds()
    assert patience <= sum(scene.clock.slept) < patience + 120
    before = recall(day.journal.entries)
    assert (before.finished, before.held, before.waiting) == (False, False, "gone")
    standing, taken = lived(day)
    assert (standing.finished, standing.waiting, taken[0]) == (True, "", step.name)


def test_a_cancel_ends_the_waiting(monkeypatch: pytest.MonkeyPatch, scene: Scene) -> None:
    """Whoever has had enough need not wait for the outage to end."""
    watch, tries = stopping_at("publish"), list[int]()

    def away(_: Day) -> dict[str, Any]:
        tries.append(1)
        watch.stopped = len(tries) > 4
        raise TryAgain("away")

    acting(monkeypatch, publish=away)
    standing, _ = lived(scene.day(scene.plan(), watch))
    assert (standing.stage, "cancel" in standing.error, len(tries)) == (Stage.RESTORED, True, 5)


@pytest.mark.parametrize("trouble", [Superseded("another runner"), KeyError("a bug")], ids=["superseded", "a bug"])
@pytest.mark.parametrize("step", [*FORWARD, BACK], ids=[*STEPS, "restore"])
def test_what_is_no_failure_of_the_day_stops_the_runner(
    monkeypatch: pytest.MonkeyPatch, day: Day, step: Step, trouble: Exception
) -> None:
    """Another runner has the day, or the program is wrong: nothing is journaled, nothing turns back by it."""
    turning = {} if step is not BACK else {"publish": raising(CannotProceed("turn"))}
    acting(monkeypatch, **turning, **{step.name: raising(trouble)})
    with pytest.raises(type(trouble)):
        lived(day)
    assert (day.journal.entries[-1].kind, day.journal.entries[-1].step) == (Kind.INTENT, step.name)


@pytest.mark.parametrize("step", [step for step in FORWARD if step.turns_back], ids=lambda step: step.name)
def test_a_cancel_turns_back_before_the_next_act(monkeypatch: pytest.MonkeyPatch, scene: Scene, step: Step) -> None:
    """That step is not begun; the day is restored."""
    begun: list[str] = []
    acting(monkeypatch, **{step.name: lambda _: begun.append(step.name) or {}})  # type: ignore[func-returns-value]
    watch = stopping_at(step.name)
    day = scene.day(scene.plan(), watch)
    standing = live(day, lambda taking: watch.stop() if taking.name == step.name else None)
    assert (standing.stage, begun) == (Stage.RESTORED, [])
    assert "cancel" in standing.error


def test_a_cancel_after_everything_is_published_comes_too_late(monkeypatch: pytest.MonkeyPatch, scene: Scene) -> None:
    """The day is finished forward."""
    acting(monkeypatch)
    watch = stopping_at("settle")
    day = scene.day(scene.plan(), watch)
    standing = live(day, lambda taking: watch.stop() if taking.name == "settle" else None)
    assert (standing.stage, standing.error) == (Stage.CLOSED, "")


def test_every_error_is_of_a_kind_that_the_driver_knows() -> None:
    """A new error must be a kind of one that is handled."""

    def below(kind: type[ReplayError]) -> set[type[ReplayError]]:
        return {kind}.union(*(below(child) for child in kind.__subclasses__()))

    handled = (Refused, CannotProceed, TryAgain, InDoubt, NotLanded, Superseded, Stopped)
    assert {kind for kind in below(ReplayError) if not issubclass(kind, handled)} == {ReplayError}
    for kind in handled:
        assert {child.kind for child in below(kind)} == {kind.kind}
