"""Write the trees that `trees.py` reads: one replay of one day, brought by an earlier program to every situation.

Runs on the tree of the program whose state is wanted, with that tree's fakes, and is no part of the tests. The
trees here are of commit d402332::

    git worktree add ../earlier d402332
    cd ../earlier && PYTHONPATH=. python <this file> <directory for the trees>

The same commit writes the same bytes. A process is killed at a call that is found by its name in the log of a
rehearsal: a life in which nothing happens.
"""

import base64
import gzip
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

from replay_engine.day.replay import ReplayRunner
from replay_engine.model import Plan
from replay_engine.plan import document as plan_document
from replay_engine.ports import CopyState
from replay_engine.reports import ReplayReport
from replay_engine.state import names
from replay_engine.state.journal import Entry, Kind, load, read_document
from replay_engine.verify.verify import verify
from tests.fakes.account import Account, Stored
from tests.fakes.blobs import MemoryBlobs
from tests.helpers.scene import DATA, DAY, EVENTS, REPLAY, STATE, TOPIC, Onlooker, Scene
from tests.simulation.killed import Killed
from tests.simulation.one_process.faults import Fault, FaultInjector, FaultyPort, faulty_store
from tests.simulation.one_process.life import Schedule, at, no_faults

WEEK = timedelta(days=7)
#: A killed runner's lease runs out within this time, and what was published lands.
_LEASE_SECONDS = 31
#: More than publishers wait between two commits.
_SLOW_SECONDS = 6
#: The pipeline of the tests names its files from 1,600,000,000,000 on.
_FIRST_UPLOAD_MS = 1_590_000_000_000

Act = Callable[[ReplayRunner], ReplayReport]
Make = Callable[[], "Past"]
Find = Callable[[Sequence[str], "Past"], int]


@dataclass
class DatedAccount(Account):
    """An account that knows when each blob was written."""

    written_at: dict[tuple[str, str], datetime] = field(default_factory=dict)

    def write(self, container: str, name: str, stored: Stored) -> Stored:
        self.written_at[container, name] = self.now()
        return Account.write(self, container, name, stored)


@dataclass
class Past:
    """A world, a replay in it, and the processes that carried it so far."""

    scene: Scene
    account: DatedAccount
    plan: Plan
    slow: bool = False
    lost: list[tuple[str, str, Stored]] = field(default_factory=list)
    """What was taken away, so that a test can bring it back."""
    lost_segments: list[str] = field(default_factory=list)

    @classmethod
    def begin(
        cls,
        *,
        slow: bool = False,
        keep_backups_for: timedelta = timedelta(0),
        destructive: bool = True,
        transactions: bool = True,
    ) -> "Past":
        """A replay that was planned and confirmed. ``slow`` publishers commit after every few lines."""
        account = DatedAccount({DATA: {}, STATE: {}})
        scene = Scene(account=account, width=1, keep_backups_for=keep_backups_for)
        scene.cluster.transactional = transactions
        scene.refill()._upload_ms = count(_FIRST_UPLOAD_MS)
        scene.clock.tick(6 * 3600)
        plan = scene.plan() if destructive else scene.pushing_plan()
        state = MemoryBlobs(account, STATE)
        state.create(names.open_mark(REPLAY), b"")
        state.create(names.plan(REPLAY), plan_document.dump(plan))
        scene.clock.tick(300)
        return cls(scene, account, plan, slow)

    def process(
        self, act: Act = ReplayRunner.run, schedule: Schedule = no_faults, watch: Onlooker | None = None
    ) -> FaultInjector:
        """One process acts until it is done or dead."""
        injector = FaultInjector(schedule, lambda: self._time_passes(injector))
        self.scene.stores = faulty_store(injector)
        world = self.scene.world(FaultyPort(self.scene.cluster, injector))
        world = replace(world, segments=FaultyPort(world.segments, injector))
        try:
            act(ReplayRunner(self.plan, world, watch or Onlooker(), "an earlier program"))
        except Killed:
            pass
        finally:
            self.scene.stores = lambda store: store
        return injector

    def _time_passes(self, injector: FaultInjector) -> None:
        if self.slow and "MemoryProducer.send" in injector.log[-1]:
            self.scene.clock.sleep(_SLOW_SECONDS)
        else:
            self.scene.clock.tick(0.05)

    def rest(self) -> "Past":
        """Time passes after a death."""
        self.scene.clock.sleep(_LEASE_SECONDS)
        return self

    def take(self, container: str, name: str) -> None:
        """Lose a blob, and remember it."""
        self.lost.append((container, name, self.account.containers[container].pop(name)))

    def entries(self) -> tuple[Entry, ...]:
        return load(read_document(MemoryBlobs(self.account, STATE), names.journal(REPLAY, DAY)) or b"")


def killed(make: Make, find: Find, fault: Fault = Fault.DIE_AFTER, act: Act = ReplayRunner.run) -> Past:
    """The world after a process died at the call that ``find`` finds in a rehearsal."""
    rehearsal = make()
    found = find(rehearsal.process(act).log, rehearsal)
    past = make()
    injector = past.process(act, at(found, fault))
    assert [struck for struck, _, _ in injector.struck] == [found]
    return past


def call(*parts: str, number: int = 0) -> Find:
    """A call by its name and arguments: the first, or a later one."""
    return lambda log, _: [index for index, what in enumerate(log) if all(part in what for part in parts)][number]


def entry(kind: Kind, step: str = "") -> Find:
    """The call that wrote the last journal entry of a kind and a step."""

    def find(log: Sequence[str], past: Past) -> int:
        number = max(entry.number for entry in past.entries() if entry.kind is kind and step in ("", entry.step))
        return call(".append(", f'"n":{number},')(log, past)

    return find


def turn_back(walk: ReplayRunner) -> ReplayReport:
    return walk.turn_back(DAY, "an operator")


def undo(walk: ReplayRunner) -> ReplayReport:
    return walk.undo(DAY, "an operator")


def proved(step: str) -> Past:
    return killed(Past.begin, entry(Kind.PROOF, step))


def turned_back_from(make: Make) -> Past:
    return killed(lambda: make().rest(), entry(Kind.TURNED_BACK), act=turn_back)


def in_back_up() -> Past:
    def slow_store() -> Past:
        past = Past.begin()
        past.account.copies.extend([CopyState.SUCCESS, CopyState.SUCCESS, CopyState.PENDING])
        past.scene.clock.at_sleep.append(past.account.end_copies)
        return past

    return killed(slow_store, call(".start_copy(", number=2))


def in_publish(*, destructive: bool = True) -> Past:
    """The first shard is done, and most of the second."""
    return killed(
        lambda: Past.begin(slow=True, destructive=destructive), call(".send(", "2019-12-01:39"), Fault.DIE_BEFORE
    )


def at_least_once_in_publish() -> Past:
    """Some lines of the second shard are sent, and no position says so."""
    return killed(
        lambda: Past.begin(slow=True, transactions=False),
        call("MemoryProducer.commit(Committed(line=14"),
        Fault.DIE_DURING,
    )


def in_clean_up_some_segments_unused() -> Past:
    past = killed(Past.begin, call(".mark_unused("), Fault.DIE_BEFORE)
    past.scene.segments.mark_unused(EVENTS, past.scene.used_of()[:1])
    return past


def closed(*, kept: bool = False) -> Past:
    past = Past.begin(keep_backups_for=WEEK if kept else timedelta(0))
    past.process()
    return past


def kept() -> Past:
    return closed(kept=True)


def closed_swept() -> Past:
    past = kept()
    past.scene.clock.tick((WEEK + timedelta(days=1)).total_seconds())
    assert past.scene.walk(past.plan).sweep()
    return past


def restored() -> Past:
    past = in_publish().rest()
    past.process(turn_back)
    return past


def in_restore_a_copy_pending() -> Past:
    """The first original that is copied back has no bytes yet."""

    def slow_store(copies: int) -> Past:
        past = in_publish().rest()
        past.account.copies.extend([*[CopyState.SUCCESS] * copies, CopyState.PENDING])
        past.scene.clock.at_sleep.append(past.account.end_copies)
        return past

    rehearsal = slow_store(0)
    past_back = [", backup/" in what for what in rehearsal.process(turn_back).log if ".start_copy(" in what]
    return killed(
        lambda: slow_store(past_back.index(True)), call(".start_copy(", ", backup/"), Fault.DIE_AFTER, turn_back
    )


def cleared_before_copies(*states: CopyState) -> Past:
    """A day of which nothing was published, and how the next copies end."""
    past = proved("clear").rest()
    past.account.copies.extend(states)
    past.scene.clock.at_sleep.append(past.account.end_copies)
    return past


def held_in_restore_a_copy_failed() -> Past:
    """In the place of an original is what a failed copy left."""
    past = cleared_before_copies(CopyState.FAILED)
    past.process(turn_back)
    return past


def restored_after_undo() -> Past:
    past = kept().rest()
    past.process(undo)
    return past


def undone_at(find: Find, fault: Fault = Fault.DIE_AFTER) -> Past:
    return killed(lambda: kept().rest(), find, fault, undo)


def held_in_publish() -> Past:
    """Kafka has lost the position of a shard."""
    past = in_publish().rest()
    past.scene.cluster.forget([names.shard_group(REPLAY, DAY, 1)])
    past.process()
    return past


def held_in_restore() -> Past:
    """Somebody deleted a copy from the backup."""
    past = proved("clear").rest()
    past.take(STATE, min(past.scene.kept("backup/")))
    past.process(turn_back)
    return past


def held_in_settle() -> Past:
    """The pipeline stands still."""
    past = Past.begin()
    past.scene.clock.at_sleep.clear()
    past.process()
    return past


def held_in_clean_up() -> Past:
    """Druid does not use a recorded segment any more."""
    past = proved("settle").rest()
    past.lost_segments = past.scene.used_of()[:1]
    past.scene.segments.mark_unused(EVENTS, past.lost_segments)
    past.process()
    return past


def held_released() -> Past:
    past = held_in_restore()
    past.scene.walk(past.plan).let_go(DAY, "an operator")
    return past


def cancelled_before_begin() -> Past:
    past, watch = Past.begin(), Onlooker()
    watch.stop()
    past.process(watch=watch)
    return past


def cancelled_in_publish() -> Past:
    """Somebody asked for it, and nobody has heard it yet."""
    past = in_publish()
    past.scene.walk(past.plan).ask_to_stop()
    return past


def pushing_closed() -> Past:
    past = Past.begin(destructive=False)
    past.process()
    return past


SITUATIONS: dict[str, Make] = {
    "planned": Past.begin,
    "cancelled_before_begin": cancelled_before_begin,
    "claimed": lambda: proved("claim"),
    "checked": lambda: proved("check"),
    "backed_up": lambda: proved("back_up"),
    "cleared": lambda: proved("clear"),
    "published": lambda: proved("publish"),
    "settled": lambda: proved("settle"),
    "in_claim": lambda: killed(Past.begin, call(".create(state/locks/", number=1)),
    "in_check": lambda: killed(Past.begin, call(".create(", "manifest.jsonl.gz")),
    "in_back_up": in_back_up,
    "in_clear": lambda: killed(Past.begin, call(".delete([('channel/"), Fault.DIE_DURING),
    "in_publish_opening": lambda: killed(Past.begin, call("MemoryProducer.commit(Committed(line=0")),
    "in_publish": in_publish,
    "in_publish_at_least_once": at_least_once_in_publish,
    "in_settle": lambda: killed(Past.begin, call("MemoryTopic.committed(downstream")),
    "in_clean_up_some_segments_unused": in_clean_up_some_segments_unused,
    "in_clean_up_half_of_the_backup_deleted": lambda: killed(Past.begin, call("[('backup/"), Fault.DIE_DURING),
    "in_clean_up_some_locks_released": lambda: killed(Past.begin, call("[('state/locks/", number=1)),
    "in_clean_up_backup_kept": lambda: killed(
        lambda: Past.begin(keep_backups_for=WEEK), call("MemoryTopic.forget("), Fault.DIE_BEFORE
    ),
    "closed": closed,
    "closed_backup_kept": kept,
    "closed_swept": closed_swept,
    "turned_back_from_checked": lambda: turned_back_from(lambda: proved("check")),
    "turned_back_from_backed_up": lambda: turned_back_from(lambda: proved("back_up")),
    "turned_back_from_cleared": lambda: turned_back_from(lambda: proved("clear")),
    "turned_back_in_publish": lambda: turned_back_from(in_publish),
    "cancelled_in_publish": cancelled_in_publish,
    "in_restore": lambda: killed(
        lambda: in_publish().rest(), call(".delete([('channel/in.ekstep"), Fault.DIE_BEFORE, turn_back
    ),
    "in_restore_a_copy_pending": in_restore_a_copy_pending,
    "in_restore_nothing_published_a_copy_pending": lambda: killed(
        lambda: cleared_before_copies(CopyState.PENDING), call(".start_copy("), Fault.DIE_AFTER, turn_back
    ),
    "in_restore_noted": lambda: killed(
        lambda: in_publish().rest(), entry(Kind.NOTE, "restore"), Fault.DIE_AFTER, turn_back
    ),
    "restored": restored,
    "undo_taking_locks": lambda: undone_at(call(".create(state/locks/", number=1)),
    "undo_turned_back": lambda: undone_at(entry(Kind.TURNED_BACK)),
    "undo_setting_aside": lambda: undone_at(call(".delete([('channel/in.ekstep"), Fault.DIE_BEFORE),
    "undo_noted": lambda: undone_at(entry(Kind.NOTE, "restore")),
    "restored_after_undo": restored_after_undo,
    "held_in_publish": held_in_publish,
    "held_in_settle": held_in_settle,
    "held_in_restore": held_in_restore,
    "held_in_restore_a_copy_failed": held_in_restore_a_copy_failed,
    "held_in_clean_up": held_in_clean_up,
    "held_released": held_released,
    "pushing_in_publish": lambda: in_publish(destructive=False),
    "pushing_closed": pushing_closed,
}


def document(past: Past) -> dict[str, Any]:
    """The whole world, and what the program that made it says of it."""
    scene, account, cluster = past.scene, past.account, past.scene.cluster
    account.leases.clear()
    written = account.written_at
    return {
        "now": scene.clock.now().isoformat(),
        "containers": {
            container: {name: _stored(stored, written[container, name]) for name, stored in blobs.items()}
            for container, blobs in account.containers.items()
        },
        "writes": account._writes,
        "pending": [
            {"container": c.container, "name": c.name, "etag": c.etag, "ending": _stored(c.ending)}
            for c in account.pending
        ],
        "lost": [{"container": c, "name": name, "blob": _stored(stored)} for c, name, stored in past.lost],
        "lost_segments": past.lost_segments,
        "segments": _segments(scene),
        "cluster": {
            "transactional": cluster.transactional,
            "partitions": [[None if line is None else _text(line) for line in part] for part in cluster.topics[TOPIC]],
            "groups": [
                {"group": group, "topic": topic, "offsets": {str(p): o for p, o in offsets.items()}}
                for (group, topic), offsets in cluster.groups.items()
            ],
            "positions": {group: [at.line, at.note] for group, at in cluster.positions.items()},
            "epochs": dict(cluster.epochs),
        },
        "before": {name: _text(data) for name, data in scene.before.items()},
        "segments_before": scene.segments_before,
        "keep_backups_for_seconds": scene.keep_backups_for.total_seconds(),
        "said": _said(past),
    }


def _stored(stored: Stored, written_at: datetime | None = None) -> dict[str, Any]:
    told = {
        "data": _text(stored.data),
        "etag": stored.etag,
        "has_md5": stored.has_md5,
        "is_log": stored.is_log,
        "copied": stored.copied,
    }
    return {**told, "written_at": written_at.isoformat()} if written_at else told


def _segments(scene: Scene) -> list[dict[str, Any]]:
    state = scene.segments.state
    used = {segment.id for segment in state.used(EVENTS)}
    # In the order in which they were added, which gives them their partition numbers again.
    segments = sorted([*state.used(EVENTS), *state.unused(EVENTS)], key=lambda s: (s.interval.start_ms, s.partition))
    return [
        {
            "datasource": segment.datasource,
            "start": segment.interval.start,
            "end": segment.interval.end,
            "version": segment.version,
            "core_partitions": segment.core_partitions,
            "rows": list(segment.rows),
            "used": segment.id in used,
        }
        for segment in segments
    ]


def _said(past: Past) -> dict[str, Any]:
    """How the day stands, and whether the world is right."""
    standing = past.scene.standing(past.plan)
    (report,) = past.scene.walk(past.plan).standing().days
    (found,) = verify(past.plan, past.scene.world(), ()).days
    return {
        "standing": {
            "stage": standing.stage,
            "turned_back": standing.turned_back,
            "held": standing.held,
            "let_go": standing.let_go,
            "error": standing.error,
        },
        "report": {"stage": report.stage, "error": report.error, "lines_published": report.lines_published},
        "wrong": [finding.text for finding in found.findings if not finding.right],
    }


def _text(data: bytes) -> str:
    return base64.b64encode(data).decode()


def main(directory: Path) -> None:
    """Write every tree."""
    directory.mkdir(parents=True, exist_ok=True)
    for situation, make in SITUATIONS.items():
        told = json.dumps(document(make()), sort_keys=True, separators=(",", ":")).encode()
        (directory / f"{situation}.json.gz").write_bytes(gzip.compress(told, mtime=0))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
