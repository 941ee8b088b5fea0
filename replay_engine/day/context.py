"""What every step of a day is given: the plan, the world's ports, the journal, and how to be heard.

Holds no truth of its own: dies with the process, and the journal is read again. ``waiting`` hears which outage is
waited for, and an empty text when it is over.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime

from replay_engine.concurrently import each
from replay_engine.day.verified_copy import with_md5
from replay_engine.errors import BadConfig, Cancelled, InDoubt
from replay_engine.model import Counts, DayPlan, Inventory, Pace, ReplaySpec
from replay_engine.plan.inventory import fingerprint, take
from replay_engine.plan.safety import check_inventory, check_unchanged
from replay_engine.ports import BlobExists, SegmentStore
from replay_engine.state import manifest, names
from replay_engine.state.journal import Journal, read_document
from replay_engine.state.manifest import Manifest
from replay_engine.world import World


@dataclass(frozen=True, slots=True)
class Progress:
    """How far publishing has come, how fast it goes (line bytes) and how long it still takes, if that can be told.

    ``slowed`` says for whom it is slowed down.
    """

    counts: Counts
    pace: Pace = Pace()
    bytes_per_second: float = 0.0
    seconds_left: float | None = None
    slowed: str = ""


@dataclass(frozen=True, slots=True)
class Compared:
    """How far the ids of backup and sinks are compared, in stored bytes."""

    done_bytes: int
    of_bytes: int


@dataclass(frozen=True, slots=True)
class Day:
    """One day of one replay, as its steps see it."""

    replay_id: str
    spec: ReplaySpec
    plan: DayPlan
    world: World
    journal: Journal
    runner: str
    cancelled: Callable[[], bool]
    progressed: Callable[[Progress | Compared], None]
    waiting: Callable[[str], None]
    pace: Callable[[], Pace]

    def before_act(self) -> None:
        """Called before every single act: raise `Superseded` if the day may not be ours any more."""
        self.journal.check_held()

    def check_cancelled(self) -> None:
        """Raise `Cancelled` if a person asked to stop. Called where stopping is safe, and right before an act."""
        cancelled = self.cancelled()
        self.before_act()
        if cancelled:
            raise Cancelled("Somebody asked to cancel.", advice="Plan the day again when it is wanted.")

    def segment_store(self) -> SegmentStore:
        """Druid, of a replay that has sinks there; `BadConfig` where this runner's settings name none."""
        if self.world.segments is None:
            raise BadConfig("No Druid is configured here.", advice="Set REPLAY_DRUID_URL.")
        return self.world.segments

    def now(self) -> datetime:
        """The world's time, UTC."""
        return self.world.clock.now()

    def promised(self) -> Manifest | None:
        """The manifest, if the promise was made."""
        document = read_document(self.world.state, names.manifest(self.replay_id, self.plan.day))
        return manifest.load(document) if document is not None else None

    def kept_promise(self) -> Manifest:
        """The manifest of a day that cannot have come this far without one."""
        promise = self.promised()
        if promise is None:
            raise InDoubt("The manifest is gone.", advice="Keep the backup; compare it with the sinks by hand.")
        return promise

    def look(self) -> Inventory:
        """What is there now, if it is what was confirmed; raises the `Refused` that planning would."""
        inventory = take(self.spec, self.plan.day, self.world.data, self.world.segments)
        check_inventory(self.spec, self.plan.day, inventory)
        check_unchanged(self.plan, fingerprint(inventory))
        return inventory

    def promise(self, inventory: Inventory | None = None, left_out: tuple[str, ...] = ()) -> Manifest:
        """Make the promise once, of what is there now, or of what is given, which is all but the folders ``left_out``.

        Raises as `look` does; a promise that was made before is returned as it stands.
        """
        made = self.promised()
        if made is not None:
            return made
        made = Manifest(self.plan.day, self.plan.fingerprint, self._with_md5(inventory or self.look()), left_out)
        self.before_act()
        try:
            self.world.state.create(names.manifest(self.replay_id, self.plan.day), manifest.dump(made))
        except BlobExists:
            return self.kept_promise()
        return made

    def _with_md5(self, inventory: Inventory) -> Inventory:
        """What will be deleted, with the digests that the store itself keeps only of small uploads."""
        sinks = {}
        for prefix, blobs in inventory.sinks.items():
            known = each(lambda blob: with_md5(self.world.data, blob), blobs, self.world.width)
            sinks[prefix] = tuple(sorted(known, key=lambda blob: blob.name))
        return replace(inventory, sinks=sinks)
