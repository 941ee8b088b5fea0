"""A day that is to be restored, and how one looks that was."""

from replay_engine.day.steps.back_up import back_up
from replay_engine.day.steps.clear import clear
from replay_engine.model import Counts, Plan, Stage
from replay_engine.publish.shards import Position
from replay_engine.reports import ReplayReport
from replay_engine.state import names
from replay_engine.state.journal import Kind
from tests.helpers.scene import DAY, REPLAY, Scene

VICTIM = f"unique/{DAY}-1575224000000.json.gz"


def check_restored(scene: Scene, report: ReplayReport) -> None:
    """Everything as before; what landed is in quarantine; no backup and no lock is left."""
    assert report.days[0].stage is Stage.RESTORED
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before)
    assert (scene.kept(names.BACKUP), scene.kept("state/locks/")) == ({}, {})


def cleared(scene: Scene, *, lines: int = 1) -> Plan:
    """A day that was cleared, and turned back when so many lines were published."""
    plan = scene.plan()
    day = scene.day(plan)
    back_up(day)
    for step in ("claim", "back_up", "clear"):
        day.journal.append(Kind.INTENT, step)
    clear(day)
    day.journal.append(Kind.PROOF, "clear", Stage.CLEARED)
    day.journal.append(Kind.INTENT, "publish")
    opened = {"shards": 1, "done": {}, "opened_at": scene.clock.now().isoformat()}
    day.journal.append(Kind.NOTE, "publish", facts=opened)
    scene.cluster.positions[names.shard_group(REPLAY, DAY, 0)] = Position(lines, counts=Counts(lines)).committed()
    day.journal.append(Kind.TURNED_BACK, "publish", facts={"error": "it broke"})
    return plan
