"""Clearing: exactly what was promised is deleted, each blob only while it is the one that was backed up."""

from collections.abc import Callable

import pytest

from replay_engine.day.steps.back_up import back_up
from replay_engine.day.steps.clear import clear
from replay_engine.errors import InDoubt, StalePlan
from replay_engine.model import Stage
from replay_engine.state import names
from replay_engine.verify.verify import verify
from tests.helpers.scene import DATA, DAY, REPLAY, STATE, Onlooker, Scene

CHANGED = f"channel/in.ekstep/raw/{DAY}-1575224000000.json.gz"
LATE = f"channel/in.ekstep/raw/{DAY}-1600000000000.json.gz"


def test_the_sinks_hold_nothing_of_the_day_and_everything_else(scene: Scene) -> None:
    """Other days, other folders, names that look alike: untouched; counted by sink."""
    day, gone = scene.day(scene.plan()), scene.sinks()
    back_up(day)
    assert clear(day)["blobs_deleted"] == {"unique": 2, "channel": 4}
    assert scene.stored() == {name: data for name, data in scene.before.items() if name not in gone}
    assert scene.used() == scene.segments_before


def test_what_an_earlier_runner_deleted_is_counted_too(scene: Scene) -> None:
    """It died half way; the rest is deleted, and the numbers are the day's."""
    day = scene.day(scene.plan())
    back_up(day)
    for name in list(scene.sinks())[:3]:
        scene.account.remove(DATA, name)
    assert clear(day)["blobs_deleted"] == {"unique": 2, "channel": 4}
    assert scene.sinks() == {}


def test_a_blob_that_was_rewritten_is_not_deleted(scene: Scene) -> None:
    """Its new content was never backed up."""
    day = scene.day(scene.plan())
    back_up(day)
    scene.account.put(DATA, CHANGED, b"new")
    with pytest.raises(StalePlan, match="wrote to channel"):
        clear(day)
    assert scene.stored()[CHANGED] == b"new"


def test_a_late_blob_is_noticed_and_not_deleted(scene: Scene) -> None:
    """Somebody still writes the day: what the replay would land cannot be told from it."""
    day = scene.day(scene.plan())
    back_up(day)
    scene.account.put(DATA, LATE, b"late")
    with pytest.raises(StalePlan, match="wrote to channel"):
        clear(day)
    assert scene.stored()[LATE] == b"late"


@pytest.mark.parametrize(
    "spoil",
    [
        lambda scene, name: scene.account.remove(STATE, name),
        lambda scene, name: scene.account.change(STATE, name, lambda data: data + b"?"),
    ],
    ids=["gone", "of another size"],
)
def test_nothing_is_deleted_without_its_backup(scene: Scene, spoil: Callable[[Scene, str], object]) -> None:
    """One copy that is not there any more stops the first delete."""
    day = scene.day(scene.plan())
    back_up(day)
    spoil(scene, names.backup(REPLAY, DAY, CHANGED))
    with pytest.raises(InDoubt, match="backup of"):
        clear(day)
    assert scene.stored() == scene.before


def test_nothing_is_deleted_without_a_promise(scene: Scene) -> None:
    """A manifest that is gone is for a person."""
    day = scene.day(scene.plan())
    back_up(day)
    scene.account.remove(STATE, names.manifest(REPLAY, DAY))
    with pytest.raises(InDoubt, match="manifest is gone"):
        clear(day)
    assert scene.stored() == scene.before


@pytest.mark.parametrize("name", [CHANGED, LATE], ids=["rewritten", "late"])
def test_after_that_every_byte_is_somewhere(scene: Scene, name: str) -> None:
    """The day is restored: the promised bytes are in place, and what somebody else wrote stays where they wrote it.

    Nothing was published, so nothing is the replay's own. An owner's newer file stays, and the old one is kept.
    """
    watch = Onlooker(clear=lambda: scene.account.put(DATA, name, b"from elsewhere"))
    plan = scene.plan()
    report = scene.walk(plan, watch).run()
    assert report.days[0].stage is Stage.RESTORED
    assert scene.stored() == {**scene.before, name: b"from elsewhere"}
    assert (scene.kept(names.QUARANTINE), scene.published()) == ({}, [])
    replaced = {} if name == LATE else {names.replaced(REPLAY, DAY, name): scene.before[name]}
    assert scene.kept(names.REPLACED) == replaced
    assert report.days[0].blobs_left == len(replaced)
    assert all(finding.right for day in verify(plan, scene.world(), ()).days for finding in day.findings)
