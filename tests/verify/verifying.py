"""Days at every stage, and what is said of them: what the tests of `verify` share."""

from datetime import timedelta

import pytest

from replay_engine.day.lifecycle import FORWARD
from replay_engine.day.locks import locks_of
from replay_engine.model import Plan, Stage
from replay_engine.state import names
from replay_engine.verify.findings import DayVerification
from replay_engine.verify.verify import verify
from tests.helpers.scene import DATA, DAY, REPLAY, SECOND_SOURCE, STATE, Onlooker, Scene, refilled

VICTIM = f"unique/{DAY}-1575224000000.json.gz"
UNHASHED = f"unique/{DAY}-1575224000001.json.gz"
"""A file of which the store keeps no MD5."""
STEPS = [step.name for step in FORWARD]
PROMISED = ("clear", "publish", "settle", "land", "clean_up")
"""The steps before which every original is promised."""


class Death(BaseException):
    """The process dies here."""


def die() -> None:
    raise Death


def standing_before(scene: Scene, step: str, plan: Plan | None = None) -> Plan:
    """A replay whose process died when it was about to take a step."""
    plan, watch = plan or refilled(scene), Onlooker()
    watch.when(step, die)
    with pytest.raises(Death):
        scene.walk(plan, watch).run()
    scene.account.leases.clear()
    return plan


def looked_at(scene: Scene, plan: Plan, *later: str) -> DayVerification:
    """The first day, looked at; nothing is changed by looking."""
    before = scene.stored(), scene.kept(""), scene.used()
    found = verify(plan, scene.world(), later)
    assert (scene.stored(), scene.kept(""), scene.used()) == before
    assert found.right is all(finding.right for day in found.days for finding in day.findings)
    return found.days[0]


def wrong(scene: Scene, plan: Plan, *later: str) -> str:
    """What is wrong, in sentences."""
    return " ".join(finding.text for finding in looked_at(scene, plan, *later).findings if not finding.right)


def told(scene: Scene, plan: Plan, *later: str) -> str:
    """All that is said."""
    return " ".join(finding.text for finding in looked_at(scene, plan, *later).findings)


def with_backup(scene: Scene) -> Plan:
    """A closed day whose backup is kept for a week."""
    scene.keep_backups_for = timedelta(days=7)
    plan = refilled(scene)
    scene.walk(plan).run()
    return plan


def failed(scene: Scene) -> Plan:
    """A restored day of which one file was published, and landed."""
    scene.account.change(DATA, SECOND_SOURCE, lambda data: data[:-6])
    scene.before = scene.stored()
    scene.refill()
    plan = scene.plan()
    scene.walk(plan).run()
    assert scene.standing(plan).stage is Stage.RESTORED
    return plan


def backup_of(name: str) -> str:
    return names.backup(REPLAY, DAY, name)


def lose_backup(scene: Scene, name: str = VICTIM) -> None:
    scene.account.remove(STATE, backup_of(name))


def locks(scene: Scene) -> list[str]:
    return locks_of(scene.spec(), DAY)


def held(scene: Scene) -> Plan:
    """A day that turned back and whose backup lacks a copy."""
    plan, watch = refilled(scene), Onlooker()
    watch.when("publish", watch.stop)
    watch.when("restore", lambda: lose_backup(scene))
    scene.walk(plan, watch).run()
    assert scene.standing(plan).held
    return plan


def take_lock(scene: Scene) -> None:
    scene.account.put(STATE, locks(scene)[0], f'{{"replay": "{REPLAY}"}}'.encode())
