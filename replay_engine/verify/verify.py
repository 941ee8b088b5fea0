"""Is the world as the journals say? Looks at every day of a replay, and writes nothing.

What is demanded of a day depends on where it stands. A day that moves while it is looked at is looked at again.
"""

from collections.abc import Iterator, Sequence

from replay_engine.concurrently import each
from replay_engine.day.locks import held_locks, locks_of
from replay_engine.day.recall import Standing, recall
from replay_engine.errors import InDoubt, ReplayError
from replay_engine.model import DayPlan, Plan, Stage
from replay_engine.plan import document as plan_document
from replay_engine.plan.inventory import source_blobs
from replay_engine.publish import producers
from replay_engine.state import manifest, names
from replay_engine.state.journal import read_document, read_entries, read_lines
from replay_engine.state.manifest import Manifest
from replay_engine.verify import receipts
from replay_engine.verify.findings import DayVerification, Finding, Verification
from replay_engine.verify.invariants import Observed, closed, in_the_middle, judge_locks, restored
from replay_engine.verify.originals import find, used_segments
from replay_engine.world import World

_LOOKS = 3


def verify(plan: Plan, world: World, later: Sequence[str]) -> Verification:
    """Look at every day. ``later`` are the replays that were begun after this one.

    Raises `TryAgain`, or a `Refused` kind, when the stores do not let it look.
    """
    return Verification(plan.replay_id, tuple(_Look(plan, day, world, later).verify() for day in plan.days))


class _Look:
    """One day of a replay, and what is there of it."""

    def __init__(self, plan: Plan, day: DayPlan, world: World, later: Sequence[str]) -> None:
        self._plan, self._day, self._world, self._later = plan, day.day, world, later

    def verify(self) -> DayVerification:
        try:
            standing = self._standing()
            for _ in range(_LOOKS):
                findings, before = tuple(self._findings(standing)), standing
                standing = self._standing()
                if _same_place(before, standing):
                    return DayVerification(self._day, standing.shown_stage, findings)
        except InDoubt as error:
            return DayVerification(self._day, Stage.HELD, (Finding(False, error.message),))
        moving = Finding(True, "The day moves on while it is looked at: look again when it rests.")
        return DayVerification(self._day, standing.shown_stage, (moving,))

    def _standing(self) -> Standing:
        name = names.journal(self._plan.replay_id, self._day)
        return recall(read_entries(self._world.state, name))

    def _findings(self, standing: Standing) -> Iterator[Finding]:
        observed = self._sight(standing)
        if standing.began_at is None:
            gone = observed.promise is not None
            yield Finding(not gone, "It was begun, and its journal is gone." if gone else "It was not begun.")
        elif standing.let_go:
            yield Finding(True, "It was held, and a person has taken care of it: its sinks are not judged.")
        elif standing.stage is Stage.CLOSED and not standing.turned_back:
            yield from closed(observed, self._world.clock.now())
        elif standing.stage is Stage.RESTORED or (standing.turned_back and _is_back(standing)):
            yield from restored(observed, self._since)
        else:
            yield from in_the_middle(observed)
        if standing.finished and not standing.let_go:
            yield self._positions(standing)
        yield from self._receipt(standing)
        at_work = self._world.state.leased(names.journal(self._plan.replay_id, self._day))
        yield judge_locks(standing, self._locks(standing), at_work=at_work)

    def _receipt(self, standing: Standing) -> Iterator[Finding]:
        """Of a day that closed, whatever became of it later; one that is not written yet is no harm."""
        state, replay_id = self._world.state, self._plan.replay_id
        found = read_document(state, names.receipt(replay_id, self._day))
        promise = read_document(state, names.manifest(replay_id, self._day))
        if found is not None and promise is not None:
            lines = read_lines(state, names.journal(replay_id, self._day))
            yield from receipts.judge(found, self._plan, self._day, lines, promise)
        elif "versions" in standing.proofs.get("clean_up", {}):
            yield Finding(True, "It has no receipt yet; it is written when the replay is looked after next.")

    def _sight(self, standing: Standing) -> Observed:
        promise, spec, world = self._promise(), self._plan.spec, self._world
        closed_ = standing.stage is Stage.CLOSED and not standing.turned_back
        return Observed(
            spec=spec,
            standing=standing,
            promise=promise,
            found=find(world, self._plan.replay_id, self._day, promise) if promise else None,
            segments=tuple(used_segments(world, self._day, promise)) if promise else (),
            source=source_blobs(spec, self._day, world.data) if closed_ else (),
        )

    def _promise(self) -> Manifest | None:
        document = read_document(self._world.state, names.manifest(self._plan.replay_id, self._day))
        return manifest.load(document) if document is not None else None

    def _positions(self, standing: Standing) -> Finding:
        """The consumer groups in which a day's shards kept their positions are deleted at its end."""
        shards = int(standing.notes.get("publish", {}).get("shards", 0))
        groups = producers.groups(self._plan.replay_id, self._day, shards)
        topic, name = self._world.topic, self._plan.spec.topic
        try:
            committed = each(lambda group: topic.committed(group, name), groups, self._world.width)
            remaining = sum(bool(offsets) for offsets in committed)
        except ReplayError as error:
            return Finding(False, f"Whether its positions are gone from Kafka is not known: {error.message}")
        return Finding(not remaining, f"Kafka keeps {remaining} of its {shards} positions; none is needed any more.")

    def _locks(self, standing: Standing) -> tuple[int, int]:
        """How many of the day's locks this replay holds, and how many there are."""
        held = held_locks(self._world.state, self._plan.spec, self._plan.replay_id, self._day, standing)
        return held, len(locks_of(self._plan.spec, self._day))

    def _since(self) -> str:
        """A later replay that touched this day in the same sinks, or published into them; empty for none."""
        return next((replay_id for replay_id in self._later if self._touches(replay_id)), "")

    def _touches(self, replay_id: str) -> bool:
        try:
            standing = recall(read_entries(self._world.state, names.journal(replay_id, self._day)))
            document = read_document(self._world.state, names.plan(replay_id)) if standing.touched_sinks else None
            if not document:
                return False
            spec = plan_document.load(document).spec
        except InDoubt:
            return False
        return spec.container == self._plan.spec.container and bool(set(spec.sinks) & set(self._plan.spec.sinks))


def _is_back(standing: Standing) -> bool:
    """Whether a day that turns back has its sinks as they were, and only gives up backup and locks."""
    return "restore" in standing.notes or "clear" not in standing.intents


def _same_place(one: Standing, other: Standing) -> bool:
    """Whether what is demanded is the same; how far publishing has come does not matter."""
    return _place(one) == _place(other)


def _place(standing: Standing) -> tuple[object, ...]:
    notes = {step: standing.notes.get(step) for step in ("clean_up", "restore", "sweep")}
    return standing.stage, standing.turned_back, standing.held, standing.let_go, standing.intents, notes
