"""Turn back: afterwards the sinks are byte for byte as before.

If the process dies here every original is in its sink or in the backup, and what the replay made land is in
its sink or in quarantine; taking the step again finishes it. It must not delete anything that it has not
first copied and compared, and never overwrites.
"""

from collections import deque
from collections.abc import Mapping

from replay_engine import names
from replay_engine.backups import delete_backup
from replay_engine.claims import release_locks, take_locks
from replay_engine.concurrently import each
from replay_engine.copying import copy, with_md5
from replay_engine.day import Day
from replay_engine.errors import CopyFailed, InDoubt, StalePlan, TryAgain
from replay_engine.inventory import day_blobs
from replay_engine.journal import Kind
from replay_engine.landing import wait_until_landed
from replay_engine.manifest import Manifest
from replay_engine.model import Blob, Segment
from replay_engine.ports import Deletion, SegmentStore
from replay_engine.positions import fence_publishers, forget_positions
from replay_engine.recall import recall


def restore(day: Day) -> dict[str, object]:
    """Put everything back; a day whose sinks were never touched only gives up its copies and locks."""
    standing = recall(day.journal.entries)
    promise = day.promised()
    facts: dict[str, object] = dict(standing.notes.get("restore", {}))
    if "publish" in standing.notes and "publish" not in standing.proofs:
        fence_publishers(day)
    if promise is not None and day.spec.destructive:
        if "clear" in standing.intents and not facts:
            # Held since the claim; an undo of a closed day takes them anew.
            take_locks(day)
            facts = _put_back(day, promise, landed="publish" in standing.intents)
            # Noted before the locks go: who gets them next may write to these sinks.
            day.journal.append(Kind.NOTE, "restore", facts=facts)
        facts["backups_deleted"] = delete_backup(day, promise)
    forget_positions(day)
    release_locks(day)
    return facts


def _put_back(day: Day, promise: Manifest, *, landed: bool) -> dict[str, object]:
    if landed:
        wait_until_landed(day)
    new_segments = _appended(day, promise.inventory.segments)
    restored = 0
    for prefix, originals in promise.inventory.sinks.items():
        try:
            restored += _restore_sink(day, prefix, {blob.name: blob for blob in originals}, landed=landed)
        except StalePlan as error:
            raise TryAgain(
                f"Something still writes to {prefix}.", advice="It is set aside in another round."
            ) from error
    for datasource, ids in new_segments.items():
        _quarantine_segments(day, datasource, ids)
    return {
        "blobs_quarantined": sum(1 for _ in day.world.state.list(names.quarantine(day.replay_id, day.plan.day, ""))),
        "blobs_restored": restored,
        "segments_quarantined": sum(map(len, new_segments.values())),
    }


def _restore_sink(day: Day, prefix: str, originals: Mapping[str, Blob], *, landed: bool) -> int:
    """Set aside what does not belong, copy back what is missing, then compare.

    Where nothing was published a file that is not an original is somebody else's: it is only moved out of an
    original's way.
    """
    there = _contents(day, prefix)
    right = {name for name, blob in there.items() if _is_original(blob, originals)}
    alien = [blob for name, blob in there.items() if name not in right and (landed or name in originals)]
    deque(each(lambda blob: _set_aside(day, blob), alien, day.world.width), maxlen=0)
    missing = [original for name, original in originals.items() if name not in right]
    copied = sum(each(lambda blob: _copy_back(day, blob), missing, day.world.width))
    now = _contents(day, prefix)
    back = all(name in now and _is_original(now[name], originals) for name in originals)
    if not back or (landed and len(now) > len(originals)):
        raise TryAgain(f"{prefix} is not as it was yet.", advice="What landed late is set aside in another round.")
    return copied


def _contents(day: Day, prefix: str) -> dict[str, Blob]:
    blobs = day_blobs(day.world.data, prefix, day.plan.day)
    return {blob.name: blob for blob in each(lambda b: with_md5(day.world.data, b), blobs, day.world.width)}


def _is_original(blob: Blob, originals: Mapping[str, Blob]) -> bool:
    original = originals.get(blob.name)
    return original is not None and blob.same_content(original)


def _set_aside(day: Day, blob: Blob) -> None:
    """Move one blob to quarantine: copy, compare, and only then delete exactly that one."""
    day.before_act()
    target = names.quarantine(day.replay_id, day.plan.day, blob.name)
    try:
        copy(day.world.data, blob, day.world.state, target, day.world.clock, overwrite=False)
    except CopyFailed:
        # The name was set aside before with other content: both are kept.
        target = names.quarantine(day.replay_id, day.plan.day, f"{blob.etag}/{blob.name}")
        copy(day.world.data, blob, day.world.state, target, day.world.clock)
    day.before_act()
    (outcome,) = day.world.data.delete([(blob.name, blob.etag)])
    if outcome is Deletion.CHANGED:
        raise TryAgain(f"{blob.name} was written again meanwhile.", advice="It is set aside in another round.")


def _copy_back(day: Day, original: Blob) -> int:
    """Copy one blob back where nothing is now, from a backup that is what the manifest promised."""
    day.before_act()
    name = names.backup(day.replay_id, day.plan.day, original.name)
    found = day.world.state.head(name)
    kept = with_md5(day.world.state, found[0]) if found else None
    if kept is None or not kept.same_content(original):
        raise InDoubt(f"The backup of {original.name} is gone or damaged.", advice="Keep what is left; ask for help.")
    copy(day.world.state, kept, day.world.data, original.name, day.world.clock, overwrite=False)
    return 1


def _appended(day: Day, recorded: Mapping[str, tuple[Segment, ...]]) -> dict[str, frozenset[str]]:
    """Segments the replay itself made land; removing appended ones is always safe."""
    store = day.world.segments
    if store is None:
        return {}
    result = {}
    for datasource, segments in recorded.items():
        old = {segment.id for segment in segments}
        if "clean_up" in recall(day.journal.entries).intents:
            _bring_back_segments(day, store, datasource, old)
        used = {segment.id for segment in store.used(datasource, day.plan.day)}
        if old - used:
            raise InDoubt(
                f"Druid does not use {sorted(old - used)[0]} any more (compaction?): old and new cannot be told apart.",
                advice=f"Compare the day in Druid, then: replay resume {day.replay_id}",
            )
        result[datasource] = frozenset(used - old)
    return result


def _bring_back_segments(day: Day, store: SegmentStore, datasource: str, old: set[str]) -> None:
    """Undoing a closed day: what clean_up marked unused is used again."""
    missing = old - {segment.id for segment in store.used(datasource, day.plan.day)}
    if missing:
        day.before_act()
        store.mark_used(datasource, sorted(missing))


def _quarantine_segments(day: Day, datasource: str, ids: frozenset[str]) -> None:
    """Unused segments stay in deep storage and can be marked used again."""
    store = day.world.segments
    if store is None or not ids:
        return
    day.before_act()
    store.mark_unused(datasource, sorted(ids))
    if ids & {segment.id for segment in store.used(datasource, day.plan.day)}:
        raise TryAgain(f"Druid still uses appended segments of {datasource}.", advice="It is asked again.")
