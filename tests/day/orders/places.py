"""How a day comes to every place of the table of orders, and how every order is given."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from replay_engine.day.lifecycle import Order
from replay_engine.day.recall import Place
from replay_engine.day.replay import ReplayRunner
from replay_engine.model import Plan, Stage
from replay_engine.reports import ReplayState
from replay_engine.state.journal import Kind
from tests.helpers.scene import DATA, DAY, SECOND_SOURCE, Onlooker, Scene


class Death(BaseException):
    """The process ends here."""


def die() -> None:
    raise Death


def begun(scene: Scene, until: str, *, kept: bool = False) -> Plan:
    """A replay whose process died when that step was about to be taken; its lease is over."""
    scene.keep_backups_for = timedelta(days=7) if kept else timedelta(0)
    scene.refill()
    plan = scene.plan()
    with pytest.raises(Death):
        scene.walk(plan, Onlooker(**{until: die})).run()
    scene.clock.sleep(31)
    return plan


def closed(scene: Scene, *, kept: bool = True) -> Plan:
    scene.keep_backups_for = timedelta(days=7) if kept else timedelta(0)
    scene.refill()
    plan = scene.plan()
    assert scene.walk(plan).run().days[0].stage is Stage.CLOSED
    return plan


def failing(scene: Scene) -> None:
    scene.account.change(DATA, SECOND_SOURCE, lambda data: data[:-6])
    scene.before = scene.stored()


def not_begun(scene: Scene) -> Plan:
    scene.refill()
    return scene.plan()


def giving_up(scene: Scene) -> Plan:
    plan = begun(scene, "clean_up")
    scene.day(plan).journal.append(Kind.NOTE, "clean_up", facts={"datasources": [], "giving_up": True})
    return plan


def turning_back(scene: Scene) -> Plan:
    failing(scene)
    return begun(scene, "restore")


def landing(scene: Scene) -> Plan:
    """Published, and nothing has come back; it does as soon as time passes again."""
    plan = begun(scene, "publish")
    pipeline = scene.clock.at_sleep.pop()
    assert scene.walk(plan).run().state is ReplayState.LANDING
    scene.clock.at_sleep.append(pipeline)
    scene.clock.sleep(31)
    return plan


def held(scene: Scene) -> Plan:
    plan = begun(scene, "settle")
    scene.day(plan).journal.append(Kind.HELD, "settle", facts={"error": "it does not land", "advice": ""})
    return plan


def held_giving_up(scene: Scene) -> Plan:
    plan = giving_up(scene)
    scene.day(plan).journal.append(Kind.HELD, "clean_up", facts={"error": "who knows", "advice": ""})
    return plan


def held_turning_back(scene: Scene) -> Plan:
    plan = turning_back(scene)
    scene.day(plan).journal.append(Kind.HELD, "restore", facts={"error": "a copy is gone", "advice": ""})
    return plan


def overdue(scene: Scene) -> Plan:
    plan = closed(scene)
    scene.clock.tick(8 * 86400)
    return plan


def sweeping(scene: Scene) -> Plan:
    plan = overdue(scene)
    scene.day(plan).journal.append(Kind.INTENT, "sweep")
    return plan


def undoing(scene: Scene) -> Plan:
    plan = closed(scene)
    scene.day(plan).journal.append(Kind.INTENT, "undo", facts={"by": "asha"})
    return plan


def restored(scene: Scene) -> Plan:
    failing(scene)
    scene.refill()
    plan = scene.plan()
    assert scene.walk(plan).run().days[0].stage is Stage.RESTORED
    return plan


def returning(scene: Scene) -> Plan:
    plan = restored(scene)
    scene.day(plan).journal.append(Kind.INTENT, "return", facts={"by": "asha"})
    return plan


def released(scene: Scene) -> Plan:
    plan = held(scene)
    scene.walk(plan).let_go(DAY, "asha")
    return plan


PLACES: dict[Place, Callable[[Scene], Plan]] = {
    Place.NOT_BEGUN: not_begun,
    Place.GOING_FORWARD: lambda scene: begun(scene, "publish"),
    Place.LANDING: landing,
    Place.GIVING_UP: giving_up,
    Place.TURNING_BACK: turning_back,
    Place.HELD: held,
    Place.HELD_GIVING_UP: held_giving_up,
    Place.HELD_TURNING_BACK: held_turning_back,
    Place.CLOSED: lambda scene: closed(scene, kept=False),
    Place.KEPT: closed,
    Place.OVERDUE: overdue,
    Place.SWEEPING: sweeping,
    Place.UNDOING: undoing,
    Place.RESTORED: restored,
    Place.RETURNING: returning,
    Place.RELEASED: released,
}
GIVEN: dict[Order, Callable[[ReplayRunner], object]] = {
    Order.CARRY_ON: lambda walk: walk.run(),
    Order.RESUME: lambda walk: walk.run(release_held=True),
    Order.TAKE_OVER: lambda walk: walk.run(release_held=True),
    Order.ACCEPT: lambda walk: walk.accept(DAY, "asha"),
    Order.RESTORE: lambda walk: walk.turn_back(DAY, "asha"),
    Order.UNDO: lambda walk: walk.undo(DAY, "asha"),
    Order.SWEEP: lambda walk: walk.sweep(),
    Order.RELEASE: lambda walk: walk.let_go(DAY, "asha"),
    Order.RETURN: lambda walk: walk.give_back(DAY, "asha"),
    Order.CANCEL: lambda walk: walk.cancel(),
}
