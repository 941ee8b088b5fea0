"""The facade on Azurite: replays that may need somebody are found without looking at those that do not."""

from collections.abc import Iterator
from dataclasses import replace
from uuid import uuid4

import pytest
from azure.storage.blob import BlobServiceClient

from replay_engine import Engine, Estimate, Nobody, Settings
from replay_engine.errors import Refused, TryAgain
from replay_engine.model import DayPlan, Plan
from replay_engine.plan.document import plan_hash
from replay_engine.ports import BlobStore
from replay_engine.reports import ReplayState
from replay_engine.state import names
from sandbox.azurite import Azurite
from tests.helpers.scene import Scene


@pytest.fixture
def engine(azurite: Azurite, broker_list: str = "127.0.0.1:1") -> Iterator[Engine]:
    """One with a state container of its own, and no Kafka behind it."""
    settings = Settings.model_validate(
        {
            "azure_connection_string": azurite.connection_string,
            "bucket": "no-data",
            "broker_list": broker_list,
            "state_container": f"state-{uuid4().hex}",
        }
    )
    yield Engine(settings)
    with BlobServiceClient.from_connection_string(azurite.connection_string) as account:
        account.delete_container(settings.state_container)


def kept(engine: Engine, *, again: bool = False) -> Plan:
    """A plan of a day that has nothing to replay, confirmed all the same."""
    spec = replace(Scene().pushing_plan().spec, again=again)
    day = Scene().pushing_plan().days[0]
    days: tuple[DayPlan, ...] = (day,)
    plan = Plan(engine.new_id(), spec, days, Scene().clock.now(), plan_hash(spec, days))
    engine.keep(plan)
    return plan


def test_a_replay_is_open_until_nothing_is_left_to_do(engine: Engine) -> None:
    """Confirmed and not begun it is interrupted; when its day has come to its end nobody looks at it again."""
    plan = kept(engine)
    assert [report.replay_id for report in engine.interrupted()] == [plan.replay_id]
    engine.cancel(plan.replay_id)
    assert engine.run(plan, Nobody()).state is ReplayState.CANCELLED
    assert list(engine.interrupted()) == []
    assert list(engine.replays()) == [plan.replay_id]


def test_a_plan_that_is_damaged_does_not_keep_the_others(engine: Engine) -> None:
    """It waits for a person; the rest is found all the same."""
    state = engine._state()
    state.ensure()
    damaged = "r20191201-101500-0a1b2c"
    state.create(names.open_mark(damaged), b"")
    state.create(names.plan(damaged), b'{"version": 1}')
    plan = kept(engine)
    assert [report.replay_id for report in engine.interrupted()] == [plan.replay_id]
    assert engine.sweep() == 0


def test_a_plan_whose_day_another_has_taken_up_is_not_kept(engine: Engine) -> None:
    """Not begun, and nothing of it is left behind; by hand it is; once the other has ended, too."""
    first = kept(engine)
    second = replace(first, replay_id=engine.new_id())
    with pytest.raises(Refused, match=f"{first.replay_id} has not finished"):
        engine.keep(second)
    open_now = [report.replay_id for report in engine.interrupted()]
    assert open_now == list(engine.replays()) == [first.replay_id]
    by_hand = replace(first.spec, again=True)
    engine.keep(replace(second, spec=by_hand, hash=plan_hash(by_hand, first.days)))
    engine.cancel(second.replay_id)
    engine.cancel(first.replay_id)
    third = replace(first, replay_id=engine.new_id())
    engine.keep(third)
    engine.keep(third)
    assert engine.kept(third.replay_id) == third


def test_a_mark_without_a_plan_is_passed_over(engine: Engine) -> None:
    """The process died between the two."""
    kept(engine)
    state = engine._state()
    state.create(names.open_mark("r20191201-101500-0a1b2c"), b"")
    assert len(list(engine.interrupted())) == 1


def test_no_plan_fails_for_its_estimate(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is known of a new source, of one whose replays are not finished, and of a store that is away."""
    plan = kept(engine)
    other = replace(plan, replay_id=engine.new_id())
    assert engine.estimate(other) == Estimate()
    state = engine._state()
    damaged = engine.new_id()
    state.create(names.plan(damaged), b'{"version": 1}')
    assert engine.estimate(other) == Estimate()

    def away(_: Settings) -> BlobStore:
        raise TryAgain("The store is away.")

    monkeypatch.setattr("replay_engine.wiring.state_store", away)
    assert engine.estimate(other) == Estimate()
