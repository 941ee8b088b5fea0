"""The sampled event ids of a day's source, written once when the source is read, before anything is cleared.

A line of JSON (version, where the id stands, the modulus, how many) and then the sorted numbers, 8 bytes each,
little-endian, with their digest in the head.
"""

import hashlib
import json
from dataclasses import dataclass
from datetime import date

import numpy as np

from replay_engine.errors import InDoubt
from replay_engine.event_ids import EventId, Numbers
from replay_engine.ports import BlobExists, BlobStore
from replay_engine.state import names
from replay_engine.state.journal import read_document

_VERSION = 1


@dataclass(frozen=True, slots=True)
class SourceIds:
    """Sorted and each once; ``events`` is how many events the source has in all."""

    event_id: EventId
    modulus: int
    events: int
    numbers: Numbers


def keep(state: BlobStore, replay_id: str, day: date, ids: SourceIds) -> None:
    """Write them down; what was written before stays."""
    body = ids.numbers.astype("<u8").tobytes()
    head = {
        "version": _VERSION,
        "event_id": ids.event_id.path,
        "modulus": ids.modulus,
        "events": ids.events,
        "count": len(ids.numbers),
        "sha256": hashlib.sha256(body).hexdigest(),
    }
    try:
        state.create(names.source_ids(replay_id, day), json.dumps(head).encode() + b"\n" + body)
    except BlobExists:
        return


def find(state: BlobStore, replay_id: str, day: date) -> SourceIds | None:
    """Read them back; ``None`` where none were kept. `InDoubt` for what is not whole."""
    document = read_document(state, names.source_ids(replay_id, day))
    if document is None:
        return None
    head, _, body = document.partition(b"\n")
    try:
        raw = json.loads(head)
        right = raw["version"] == _VERSION and raw["sha256"] == hashlib.sha256(body).hexdigest()
        if not right:
            raise _unreadable()
        return SourceIds(EventId(raw["event_id"]), raw["modulus"], raw["events"], np.frombuffer(body, "<u8"))
    except (ValueError, KeyError, TypeError) as error:
        raise _unreadable() from error


def _unreadable() -> InDoubt:
    return InDoubt(
        "The source's event ids cannot be read.", advice="The backup is kept; restore the day, or accept it."
    )
