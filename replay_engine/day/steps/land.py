"""Prove that the sinks hold again what they held, before anything that was replaced is given up.

By listings first, which cost little; where an event id is known also by ids, backup against sink, folder by folder. A
folder that never could come back, since none of its ids is in the source, is put back from the backup. If the process
dies here some of those files are put back; taking the step again finishes it. It must not delete anything.
"""

from collections.abc import Mapping, Sequence
from typing import Any

from replay_engine.day.context import Day
from replay_engine.day.landing_proof import (
    Folder,
    Landing,
    beyond_tolerance,
    compare,
    fingerprint,
    folders,
    foreign,
    not_refilled,
    per_sink,
    put_back,
    segments_missing,
)
from replay_engine.day.recall import recall
from replay_engine.errors import NotLanded
from replay_engine.state.journal import Kind
from replay_engine.state.manifest import Manifest
from replay_engine.state.source_ids import SourceIds, find

_SHOWN = 3


def land(day: Day) -> dict[str, object]:
    """Raises `NotLanded`, with numbers, while anything is missing, unless a person has accepted that."""
    if not day.spec.destructive:
        return {"kind": "nothing was deleted"}
    standing = recall(day.journal.entries)
    noted = standing.notes.get("land", {})
    if standing.accepted_by:
        return {**noted, "kind": "accepted", "accepted_by": standing.accepted_by}
    found = _look(day, day.kept_promise(), noted)
    if found.missing:
        raise NotLanded(_sentence(found), found.facts())
    return {**found.facts(), "kind": "proved" if found.proved else "refilled"}


def _look(day: Day, promise: Manifest, noted: Mapping[str, Any]) -> Landing:
    ids = find(day.world.state, day.replay_id, day.plan.day)
    found: Sequence[Folder] = folders(day, promise)
    missing = {**not_refilled(found, 0.0 if ids else day.spec.landing.smallest), **segments_missing(day, promise)}
    if missing and ids is not None:
        found = _put_back_foreign(day, [one for one in found if one.name in missing], found, ids)
        missing = {**not_refilled(found, 0.0), **segments_missing(day, promise)}
    seen = fingerprint(found)
    if missing:
        return Landing(len(found), missing, seen=seen, sinks=per_sink(found, {}))
    if ids is None:
        return Landing(len(found), {}, seen=seen, sinks=per_sink(found, {}))
    if noted.get("seen") == seen and noted.get("ids"):
        # Nothing was written since the last look: reading it again would say the same.
        raise NotLanded(noted["text"], {name: fact for name, fact in noted.items() if name != "text"})
    return _compared(day, found, ids, seen)


def _compared(day: Day, found: Sequence[Folder], ids: SourceIds, seen: str) -> Landing:
    differences = compare(day, found, ids)
    wrong = beyond_tolerance(found, differences, day.spec.landing.tolerance)
    # What has no readable id is judged by its size.
    unread = [one for one in found if one.name not in differences]
    wrong |= not_refilled(unread, day.spec.landing.smallest)
    compared = len([one for one in found if not one.put_back])
    return Landing(compared, wrong, differences, seen, per_sink(found, differences))


def _put_back_foreign(
    day: Day, suspects: Sequence[Folder], found: Sequence[Folder], ids: SourceIds
) -> Sequence[Folder]:
    never = [one for one in suspects if not one.now and not one.put_back]
    back = {one.name: put_back(day, one) for one in foreign(day, never, ids)}
    if not back:
        return found
    day.journal.append(Kind.NOTE, "put_back", facts={"folders": back})
    return folders(day, day.kept_promise())


def _sentence(found: Landing) -> str:
    named = list(found.missing.values())
    more = f"; and {len(named) - _SHOWN} more folders" if len(named) > _SHOWN else ""
    return f"Not everything has landed: {'; '.join(named[:_SHOWN])}{more}."
