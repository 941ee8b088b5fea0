"""The Druid segments of a restore: the old ones used again, those that the replay made land unused.

If the process dies here some are marked and some are not; taking it again finishes it. Unused segments stay in deep
storage, and which ones were set aside is on record before they are. It must not set a segment aside where no
publisher of the replay had begun.
"""

import json
from collections.abc import Mapping

from replay_engine.day.context import Day
from replay_engine.day.recall import recall
from replay_engine.errors import InDoubt, TryAgain
from replay_engine.model import Segment
from replay_engine.plan.safety import written_anew
from replay_engine.ports import SegmentStore
from replay_engine.state import names, numbered_documents


def restore_segments(day: Day, recorded: Mapping[str, tuple[Segment, ...]], *, landed: bool) -> int:
    """Returns how many were set aside; removing appended ones is always safe. Raises `InDoubt`, `TryAgain`.

    ``landed`` says whether anything of the replay may have come so far.
    """
    if not recorded:
        return 0
    store = day.segment_store()
    appended = {datasource: _appended(day, store, datasource, old) for datasource, old in recorded.items()}
    if not landed:
        return 0
    for datasource, ids in appended.items():
        _set_aside(day, store, datasource, ids)
    return sum(map(len, appended.values()))


def check_nobody_writes(store: SegmentStore, datasource: str) -> None:
    """Raise `TryAgain` while a compaction or a batch task is under way: asked before a listing, it is all in there.

    Such a task publishes old rows after they were marked unused (seen on Druid 25 to 33).
    """
    tasks = store.written_by(datasource)
    if tasks:
        raise TryAgain(f"Druid's {datasource} is being written anew by {tasks[0]}.", advice="It is asked again.")


def _appended(day: Day, store: SegmentStore, datasource: str, segments: tuple[Segment, ...]) -> frozenset[str]:
    """Segments that are used and were not, once all of the old are used again."""
    old = {segment.id for segment in segments}
    check_nobody_writes(store, datasource)
    listed = store.used(datasource, day.plan.day)
    used = {segment.id for segment in listed}
    if old - used and "clean_up" in recall(day.journal.entries).intents:
        day.before_act()
        store.mark_used(datasource, sorted(old - used))
        listed = store.used(datasource, day.plan.day)
        used = {segment.id for segment in listed}
    if old - used:
        raise InDoubt(
            f"Druid does not use {sorted(old - used)[0]} any more (compaction?): old and new cannot be told apart.",
            advice=f"The files are back. Compare the day in Druid, then: replay resume {day.replay_id}",
        )
    anew = written_anew(listed, segments)
    if anew:
        raise InDoubt(
            f"Druid's {anew[0]} may hold old rows and new ones together (compaction?).",
            advice=f"The files are back. Compare the day in Druid, then: replay resume {day.replay_id}",
        )
    return frozenset(used - old)


def _set_aside(day: Day, store: SegmentStore, datasource: str, ids: frozenset[str]) -> None:
    if not ids:
        return
    document = json.dumps({"datasource": datasource, "ids": sorted(ids)}).encode()
    numbered_documents.add(
        day.world.state, names.segments_set_aside(day.replay_id, day.plan.day), document, day.before_act
    )
    day.before_act()
    store.mark_unused(datasource, sorted(ids))
    if ids & {segment.id for segment in store.used(datasource, day.plan.day)}:
        raise TryAgain(f"Druid still uses appended segments of {datasource}.", advice="It is asked again.")
