"""Bring back what a restore has set aside: copy it to where it was, where nothing is now.

If the process dies here some files are back and some are not, and each of them is in its sink or in quarantine; taking
the step again finishes it. It must not write over anything, and deletes a file from quarantine only after its copy was
compared.
"""

import json
from collections.abc import Iterator

from replay_engine.concurrently import each
from replay_engine.day.context import Day
from replay_engine.day.locks import release_locks, take_locks
from replay_engine.day.verified_copy import copy
from replay_engine.errors import CopyFailed
from replay_engine.model import Blob, SinkType
from replay_engine.state import names, numbered_documents
from replay_engine.state.journal import read_document


def give_back(day: Day) -> dict[str, object]:
    """Returns how many files and segments are back, and the names of files that stay, as their places are taken."""
    take_locks(day, len(day.journal.entries) - 1)
    prefix = names.quarantine(day.replay_id, day.plan.day, "")
    aside = list(day.world.state.list(prefix))
    results = list(each(lambda blob: _return(day, blob, blob.name.removeprefix(prefix)), aside, day.world.width))
    staying = sorted(filter(None, results))
    segments = sum(_return_segments(day, name) for name in list(_documents(day)))
    release_locks(day)
    return {"returned": len(results) - len(staying), "staying": staying[:100], "segments": segments}


def _return(day: Day, kept: Blob, name: str) -> str:
    """Copy one file back; its name if something else has its place."""
    original = _original(day, name)
    if original is None:
        return name
    try:
        copy(day.world.state, kept, day.world.data, original, day.world.clock, day.before_act)
    except CopyFailed:
        return name
    day.before_act()
    day.world.state.delete([(kept.name, kept.etag)])
    return ""


def _original(day: Day, name: str) -> str | None:
    """Where it was: within a sink of the replay. What was set aside beside another of its name has its ETag first."""
    sinks = day.spec.sink_prefixes(SinkType.AZURE)
    for original in (name, name.partition("/")[2]):
        if names.day_of(original) == day.plan.day and any(names.within(original, sink) for sink in sinks):
            return original
    return None


def _documents(day: Day) -> Iterator[str]:
    return numbered_documents.numbered(day.world.state, names.segments_set_aside(day.replay_id, day.plan.day))


def _return_segments(day: Day, name: str) -> int:
    """Mark them used, and look whether they are; what Druid does not use again stays on the list."""
    state = day.world.state
    found = state.head(name)
    document = json.loads(read_document(state, name) or b'{"datasource": "", "ids": []}')
    datasource, ids = document["datasource"], frozenset(document["ids"])
    if found is None or not ids:
        return 0
    store = day.segment_store()
    day.before_act()
    store.mark_used(datasource, sorted(ids))
    used = ids & {segment.id for segment in store.used(datasource, day.plan.day)}
    if used == ids:
        day.before_act()
        state.delete([(name, found[0].etag)])
    return len(used)
