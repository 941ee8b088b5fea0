"""Remove what the replay has replaced: the recorded Druid segments, by id, then the backup, the
publishers' positions and the locks.

If the process dies here some recorded segments are unused and the rest still doubled; taking the step again
finishes it. Before the first copy is deleted the journal says so: up to then the day can be restored. It must not
remove a segment or a copy that the manifest does not name.
"""

from collections.abc import Mapping, Sequence

from replay_engine.day.backups import delete_backup, is_whole
from replay_engine.day.context import Day
from replay_engine.day.locks import release_locks
from replay_engine.day.publisher_offsets import delete_offsets
from replay_engine.day.recall import recall
from replay_engine.day.receipt import closing_facts
from replay_engine.day.sink_segments import check_nobody_writes
from replay_engine.errors import InDoubt, TryAgain
from replay_engine.model import Segment
from replay_engine.plan.safety import hidden_by_removal, written_anew
from replay_engine.ports import SegmentStore
from replay_engine.state.journal import Kind
from replay_engine.state.manifest import Manifest


def clean_up(day: Day) -> dict[str, object]:
    """Close the day; a replay that deleted nothing only lets go of its locks."""
    facts: dict[str, object] = {}
    if day.spec.destructive:
        promise = day.kept_promise()
        facts["segments_deleted"] = _remove_segments(day, promise.inventory.segments)
        facts |= _backup(day, promise)
    delete_offsets(day)
    release_locks(day)
    return facts | closing_facts(day.world.state, day.replay_id)


def _backup(day: Day, promise: Manifest) -> dict[str, object]:
    """Delete the backup, or say until when it is kept for an undo."""
    standing = recall(day.journal.entries)
    # What was proved by ids needs its backup no more, as the mission says; what was only seen to be refilled may.
    proved = standing.proofs.get("land", {}).get("kind") == "proved"
    keep = day.world.keep_proved_for if proved else day.world.keep_backups_for
    noted = standing.notes.get("clean_up", {})
    # An older program did not note when it began to delete.
    if keep and not noted.get("giving_up") and is_whole(day, promise):
        return {"backup_kept_until": (day.now() + keep).isoformat()}
    if not noted.get("giving_up"):
        day.journal.append(Kind.NOTE, "clean_up", facts={**noted, "giving_up": True})
    return {"backups_deleted": delete_backup(day, promise)}


def _remove_segments(day: Day, recorded: Mapping[str, tuple[Segment, ...]]) -> dict[str, int]:
    if not recorded:
        return {}
    store = day.segment_store()
    noted = recall(day.journal.entries).notes.get("clean_up", {})
    begun = noted.get("datasources", [])
    for datasource, segments in recorded.items():
        if segments:
            if datasource not in begun:
                _check(day, store, datasource, segments)
                begun = [*begun, datasource]
                day.journal.append(Kind.NOTE, "clean_up", facts={**noted, "datasources": begun})
            _mark_unused(day, store, datasource, segments)
    return {datasource: len(segments) for datasource, segments in recorded.items()}


def _check(day: Day, store: SegmentStore, datasource: str, segments: tuple[Segment, ...]) -> None:
    """Before the first removal: every recorded id is still used, and removing them hides nothing else."""
    check_nobody_writes(store, datasource)
    used, doomed = store.used(datasource, day.plan.day), frozenset(s.id for s in segments)
    gone = doomed - {segment.id for segment in used}
    hidden = hidden_by_removal(used, doomed)
    if gone or hidden:
        what = f"{sorted(gone)[0]} is not used any more" if gone else f"removing the old would hide {hidden[0]}"
        raise _changed(day, datasource, what)
    _check_not_written_anew(day, datasource, used, segments)


def _check_not_written_anew(day: Day, datasource: str, used: Sequence[Segment], segments: Sequence[Segment]) -> None:
    anew = written_anew(used, segments)
    if anew:
        raise _changed(day, datasource, f"{anew[0]} may hold old rows and new ones together")


def _changed(day: Day, datasource: str, what: str) -> InDoubt:
    return InDoubt(
        f"Druid's {datasource} has changed: {what} (compaction?).",
        advice=f"Compare the day in Druid, then: replay resume {day.replay_id}",
    )


def _mark_unused(day: Day, store: SegmentStore, datasource: str, segments: tuple[Segment, ...]) -> None:
    doomed = frozenset(segment.id for segment in segments)
    left = doomed & {segment.id for segment in store.used(datasource, day.plan.day)}
    if left:
        day.before_act()
        store.mark_unused(datasource, sorted(left))
    # A compaction that was under way has read them before; what it publishes is to be seen in the listing.
    check_nobody_writes(store, datasource)
    used = store.used(datasource, day.plan.day)
    still = doomed & {segment.id for segment in used}
    if still:
        raise TryAgain(f"Druid still uses {sorted(still)[0]}.", advice="It is asked again.")
    _check_not_written_anew(day, datasource, used, segments)
