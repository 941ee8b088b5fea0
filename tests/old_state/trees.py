"""A world as an earlier version of the program left it, with one replay of one day in a known situation.

`write_trees` made the trees, with commit d402332. They are test data: what is on disk somewhere and must be
carried on by every later version. They are never written anew with a later program.
"""

import base64
import gzip
import json
from collections.abc import Mapping
from dataclasses import dataclass, fields
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from replay_engine.model import Plan
from replay_engine.plan import document as plan_document
from replay_engine.ports import Committed, CopyState
from replay_engine.state import names
from sandbox.druid.state import DruidStandIn
from tests.fakes.account import Stored, _PendingCopy
from tests.fakes.clock import MemoryClock
from tests.fakes.segments import MemorySegments
from tests.helpers.scene import DATA, DAY, EVENTS, LANDING_FOLDERS, REPLAY, STATE, TOPIC, Scene

TREES = Path(__file__).with_name("trees")
#: All situations there is a tree of.
SITUATIONS = sorted(path.name.removesuffix(".json.gz") for path in TREES.glob("*.json.gz"))

_STORED_FIELDS = {field.name for field in fields(Stored)}


@dataclass(frozen=True, slots=True)
class Said:
    """What the program that wrote a tree said of it: where the day stands, and what `verify` found wrong."""

    standing: dict[str, Any]
    report: dict[str, Any]
    wrong: tuple[str, ...]


@dataclass
class OldState:
    """A world, the replay in it, and what was said of it. Its leases have run out."""

    scene: Scene
    plan: Plan
    said: Said
    lost: list[tuple[str, str, Stored]]
    lost_segments: list[str]

    def bring_back(self) -> None:
        """Undo the damage for which the day is held: a copy that was deleted, a segment that was marked unused."""
        with self.scene.account.lock:
            for container, name, stored in self.lost:
                self.scene.account.containers[container][name] = stored
        self.scene.segments.mark_used(EVENTS, self.lost_segments)


def load(situation: str) -> OldState:
    """The world of a tree, with a pipeline that lands what was published whenever time passes."""
    tree: dict[str, Any] = json.loads(gzip.decompress((TREES / f"{situation}.json.gz").read_bytes()))
    now = datetime.fromisoformat(tree["now"])
    scene = Scene(clock=MemoryClock(now), segments=MemorySegments(), width=1)
    scene.keep_backups_for = timedelta(seconds=tree["keep_backups_for_seconds"])
    _fill_account(scene, tree)
    _land_in_the_third_folder(scene, tree["before"])
    _fill_cluster(scene, tree["cluster"])
    scene.segments.state = _druid(tree["segments"])
    scene.before = {name: base64.b64decode(data) for name, data in tree["before"].items()}
    scene.segments_before = tree["segments_before"]
    plan = plan_document.load(scene.account.containers[STATE][names.plan(REPLAY)].data)
    scene.plans[REPLAY] = plan
    scene.refill(DAY)
    lost = [(lost["container"], lost["name"], _stored(lost["blob"], now)) for lost in tree["lost"]]
    said = Said(tree["said"]["standing"], tree["said"]["report"], tuple(tree["said"]["wrong"]))
    return OldState(scene, plan, said, lost, tree["lost_segments"])


def _fill_account(scene: Scene, tree: dict[str, Any]) -> None:
    """The pending copies end when time passes."""
    account, now = scene.account, scene.clock.now()
    account.containers.clear()
    for container in (DATA, STATE):
        blobs = tree["containers"][container]
        account.containers[container] = {name: _stored(told, now) for name, told in blobs.items()}
    account._writes = tree["writes"]
    account.pending = [
        _PendingCopy(pending["container"], pending["name"], pending["etag"], _stored(pending["ending"], now))
        for pending in tree["pending"]
    ]
    scene.clock.at_sleep.append(account.end_copies)


def _land_in_the_third_folder(scene: Scene, before: Mapping[str, str]) -> None:
    """The pipeline of then filled two of the three folders, and days closed without the third: it has it now, too."""
    unique, *_, third = LANDING_FOLDERS
    for container, prefix in ((DATA, ""), (STATE, f"quarantine/{REPLAY}/{DAY}/")):
        blobs = scene.account.containers[container]
        landed = [
            name
            for name in blobs
            if name.startswith(f"{prefix}{unique}/{DAY}") and name.removeprefix(prefix) not in before
        ]
        for name in landed:
            blobs[f"{prefix}{third}/{name.rpartition('/')[2]}"] = blobs[name]


def _stored(told: dict[str, Any], now: datetime) -> Stored:
    """One blob, with as much of what is known of it as `Stored` has a place for."""
    known: dict[str, Any] = {
        "data": base64.b64decode(told["data"]),
        "etag": told["etag"],
        "has_md5": told["has_md5"],
        "is_log": told["is_log"],
        "copied": CopyState(told["copied"]) if told["copied"] else None,
        "modified_at": datetime.fromisoformat(told["written_at"]) if "written_at" in told else now,
    }
    return Stored(**{name: value for name, value in known.items() if name in _STORED_FIELDS})


def _fill_cluster(scene: Scene, told: dict[str, Any]) -> None:
    cluster = scene.cluster
    cluster.transactional = told["transactional"]
    cluster.topics[TOPIC] = [
        [None if line is None else base64.b64decode(line) for line in part] for part in told["partitions"]
    ]
    for group in told["groups"]:
        cluster.commit(group["group"], group["topic"], {int(n): offset for n, offset in group["offsets"].items()})
    cluster.positions.update({name: Committed(line, note) for name, (line, note) in told["positions"].items()})
    cluster.epochs.update(told["epochs"])


def _druid(segments: list[dict[str, Any]]) -> DruidStandIn:
    state = DruidStandIn()
    unused = set()
    for told in segments:
        segment = state.add_segment(
            told["datasource"],
            told["start"],
            told["end"],
            version=told["version"],
            core_partitions=told["core_partitions"],
            rows=told["rows"],
        )
        if not told["used"]:
            unused.add(segment.id)
    for datasource in state.datasources():
        state.mark_unused(datasource, lambda segment: segment.id in unused)
    return state
