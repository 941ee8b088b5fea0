"""What is demanded of the world for a day at each stage, said in sentences with numbers. Pure."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

from replay_engine.day.attribution import ours
from replay_engine.day.recall import Standing
from replay_engine.model import Blob, ReplaySpec, Stage
from replay_engine.state.manifest import Manifest
from replay_engine.verify.findings import Finding
from replay_engine.verify.originals import FoundOriginals


@dataclass(frozen=True, slots=True)
class Observed:
    """A day and what is there of it.

    ``segments`` are, of each datasource, the recorded ids and those that are used now.
    """

    spec: ReplaySpec
    standing: Standing
    promise: Manifest | None
    found: FoundOriginals | None
    segments: tuple[tuple[str, frozenset[str], frozenset[str]], ...]
    source: tuple[Blob, ...]

    @property
    def being_cleaned(self) -> bool:
        """Whether every recorded segment may be removed by now, and the backup is being deleted."""
        datasources = self.promise.inventory.segments if self.promise else {}
        begun = self.standing.notes.get("clean_up", {}).get("datasources", [])
        removed = all(name in begun for name, recorded in datasources.items() if recorded)
        return "clean_up" in self.standing.intents and not self.standing.turned_back and removed


def in_the_middle(observed: Observed) -> Iterator[Finding]:
    """From the complete backup on until the day's end no original may be lost."""
    if not observed.spec.destructive:
        yield Finding(True, "It deletes nothing.")
    elif "back_up" not in observed.standing.proofs:
        yield Finding(True, "Nothing is deleted before the backup is complete.")
    elif observed.promise is None or observed.found is None:
        yield _no_manifest()
    elif observed.being_cleaned:
        yield Finding(True, f"Its backup is being deleted: {len(observed.found.copies)} copies are left.")
        yield from _segments_known(observed, observed.promise)
    else:
        yield _originals(observed.found)
        yield _backup_whole(observed.found)
        yield from _segments_known(observed, observed.promise)


def restored(observed: Observed, since: Callable[[], str]) -> Iterator[Finding]:
    """The sinks are as they were. ``since`` names a later replay of the day, which excuses them."""
    if not observed.spec.destructive or "clear" not in observed.standing.intents:
        yield Finding(True, "Nothing of its sinks was deleted.")
    elif "return" in observed.standing.intents:
        yield Finding(True, "What was set aside was brought back: its sinks are not judged.")
    elif observed.promise is None or observed.found is None:
        yield _no_manifest()
    else:
        seen = [_sinks_as_before(observed, observed.found), *_segments_as_before(observed, observed.promise)]
        other = "" if all(finding.right for finding in seen) else since()
        yield from [Finding(True, f"{other} has replayed this day since: its sinks are not judged.")] if other else seen
    if observed.found is not None and observed.standing.stage is Stage.RESTORED:
        yield _backup_gone(observed.found)


def closed(observed: Observed, now: datetime) -> Iterator[Finding]:
    """What was replaced is gone, what was read is still there, and what was promised for an undo is kept."""
    if observed.promise is None or observed.found is None:
        yield _no_manifest()
        return
    yield _source(observed.source, observed.promise)
    if not observed.spec.destructive:
        return
    for datasource, recorded, used in observed.segments:
        in_use = len(recorded & used)
        yield Finding(not in_use, f"{datasource} uses {in_use} of the {len(recorded)} segments that were deleted.")
    yield from _segments_unseen(observed, observed.promise)
    until = observed.standing.kept_until
    if until is None:
        yield _backup_gone(observed.found)
    elif until < now:
        yield Finding(True, f"Its backup may be swept: {len(observed.found.copies)} copies are left.")
    else:
        yield _backup_whole(observed.found)
    yield _sinks_now(observed, observed.found)


def judge_locks(standing: Standing, locks: tuple[int, int], *, at_work: bool) -> Finding:
    """Held by the days that must hold them, and by no others; ``locks`` are how many it holds, of how many."""
    held, number = locks
    ended = standing.finished or standing.began_at is None
    taking = standing.asked or (at_work and (ended or _gives_up(standing)))
    if taking or (standing.stage is Stage.PLANNED and not ended):
        return Finding(True, f"It holds {held} of its {number} locks, and is taking or giving them up.")
    if ended:
        return Finding(not held, f"It holds {held} locks and needs none.")
    right = held == number or (_gives_up(standing) and not standing.held)
    return Finding(right, f"It holds {held} of its {number} locks.")


def _gives_up(standing: Standing) -> bool:
    """Whether locks may be gone already although the day has not ended."""
    if not standing.turned_back:
        return "clean_up" in standing.intents
    return "restore" in standing.notes or "clear" not in standing.intents


def _no_manifest() -> Finding:
    return Finding(False, "Its manifest is gone: nobody can say what was promised.")


def _originals(found: FoundOriginals) -> Finding:
    lost = found.lost
    return Finding(
        not lost,
        f"Of {_count(found.originals)} originals {len(found.at_home)} are where they were, "
        f"{len(found.in_backup)} are in the backup, {len(lost)} in neither{_such_as(lost)}.",
    )


def _backup_whole(found: FoundOriginals) -> Finding:
    missing = found.uncopied
    return Finding(
        not missing,
        f"The backup has {len(found.in_backup)} of {len(found.originals)} copies as promised, "
        f"{len(missing)} are missing or differ{_such_as(missing)}.",
    )


def _backup_gone(found: FoundOriginals) -> Finding:
    return Finding(not found.copies, f"{len(found.copies)} backup copies are left; none is needed any more.")


def _sinks_as_before(observed: Observed, found: FoundOriginals) -> Finding:
    """What was added is the replay's only where it was written after publishing had begun."""
    displaced = found.displaced
    added = found.added(ours(observed.standing))
    return Finding(
        not displaced and not added,
        f"The sinks hold {len(found.at_home)} of {len(found.originals)} files as before; "
        f"{len(displaced)} are missing or differ{_such_as(displaced)}, {len(added)} are new{_such_as(added)}.",
    )


def _segments_as_before(observed: Observed, promise: Manifest) -> Iterator[Finding]:
    for datasource, recorded, used in observed.segments:
        missing = len(recorded - used)
        added = len(used - recorded) if ours(observed.standing).since else 0
        yield Finding(
            not missing and not added,
            f"{datasource} uses {len(recorded & used)} of {len(recorded)} segments as before; "
            f"{missing} are unused, {added} are new.",
        )
    yield from _segments_unseen(observed, promise)


def _segments_known(observed: Observed, promise: Manifest) -> Iterator[Finding]:
    """Until they are deleted they are used; after that the manifest has them, and they can be marked used again."""
    begun = observed.standing.notes.get("clean_up", {}).get("datasources", [])
    for datasource, recorded, used in observed.segments:
        unused = len(recorded - used)
        yield Finding(
            not unused or datasource in begun,
            f"{datasource} uses {len(recorded & used)} of the {len(recorded)} recorded segments, {unused} are unused.",
        )
    yield from _segments_unseen(observed, promise)


def _segments_unseen(observed: Observed, promise: Manifest) -> Iterator[Finding]:
    unseen = len(promise.inventory.segments) - len(observed.segments)
    if unseen:
        yield Finding(False, f"No Druid is configured: the segments of {unseen} datasources were not looked at.")


def _source(now: Sequence[Blob], promise: Manifest) -> Finding:
    before = {(blob.name, blob.etag) for blob in promise.inventory.source}
    known = {name for name, _ in before}
    gone = len(before - {(blob.name, blob.etag) for blob in now})
    added = [blob.name for blob in now if blob.name not in known]
    return Finding(
        not gone and not added,
        f"{len(before) - gone} of {len(before)} source files are as they were replayed, {gone} are gone or differ, "
        f"{len(added)} are new{_such_as(added)}.",
    )


def _sinks_now(observed: Observed, found: FoundOriginals) -> Finding:
    files = [f"{sink} {_count(blobs)}" for sink, blobs in found.sinks.items()]
    segments = [f"{datasource} {len(used)} segments" for datasource, _, used in observed.segments]
    return Finding(True, f"The sinks hold now: {', '.join([*files, *segments]) or 'nothing'}.")


def _count(blobs: Sequence[Blob]) -> str:
    return f"{len(blobs)} ({sum(blob.size_bytes for blob in blobs):,} bytes)"


def _such_as(names: Sequence[str]) -> str:
    return f" ({names[0]})" if names else ""
