"""Bring back what a restore has set aside: copy it to where it was, where nothing is now.

If the process dies here some files are back and some are not, and each of them is in its sink or in quarantine; taking
the step again finishes it. It must not write over anything, and deletes a file from quarantine only after its copy was
compared.
"""

import json

from replay_engine import names, numbered
from replay_engine.claims import release_locks, take_locks
from replay_engine.concurrently import each
from replay_engine.copying import copy
from replay_engine.day import Day
from replay_engine.errors import CopyFailed
from replay_engine.journal import read_document
from replay_engine.model import Blob


def give_back(day: Day) -> dict[str, object]:
    """Returns how many files and segments are back, and the names of those whose places are taken: they stay."""
    take_locks(day, len(day.journal.entries) - 1)
    prefix = names.quarantine(day.replay_id, day.plan.day, "")
    aside = list(day.world.state.list(prefix))
    results = list(each(lambda blob: _return(day, blob, blob.name.removeprefix(prefix)), aside, day.world.width))
    taken = sorted(filter(None, results))
    segments = sum(_return_segments(day, name) for name in _documents(day))
    release_locks(day)
    return {"returned": len(results) - len(taken), "taken": taken[:100], "segments": segments}


def _return(day: Day, kept: Blob, original: str) -> str:
    """Copy one file back; its name if something else has its place."""
    if names.day_of(original) != day.plan.day:
        return original
    day.before_act()
    try:
        copy(day.world.state, kept, day.world.data, original, day.world.clock)
    except CopyFailed:
        return original
    day.before_act()
    day.world.state.delete([(kept.name, kept.etag)])
    return ""


def _documents(day: Day) -> list[str]:
    return list(numbered.numbered(day.world.state, names.segments_set_aside(day.replay_id, day.plan.day)))


def _return_segments(day: Day, name: str) -> int:
    document = json.loads(read_document(day.world.state, name) or b'{"datasource": "", "ids": []}')
    if document["ids"]:
        day.before_act()
        day.segment_store().mark_used(document["datasource"], document["ids"])
    return len(document["ids"])
