"""What restores have set aside, for people to look at. Reads only."""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from replay_engine.ports import BlobStore
from replay_engine.state import names, numbered_documents
from replay_engine.state.journal import read_document


class Kind(StrEnum):
    """Why it is kept."""

    LANDED = "landed"
    REPLACED = "replaced"
    SEGMENT = "segment"


@dataclass(frozen=True, slots=True)
class SetAside:
    """One thing: what the replay made land, an original whose owner has a newer one, or a Druid segment.

    ``name`` is that of the original place, ``kept_as`` where it is now in the state container; a segment is unused.
    """

    day: date
    kind: Kind
    name: str
    kept_as: str
    size_bytes: int = 0


def listed(state: BlobStore, replay_id: str, day: date) -> Iterator[SetAside]:
    """Everything of one day."""
    for kind, prefix in (
        (Kind.LANDED, names.quarantine(replay_id, day, "")),
        (Kind.REPLACED, names.replaced(replay_id, day, "")),
    ):
        for blob in state.list(prefix):
            yield SetAside(day, kind, blob.name.removeprefix(prefix), blob.name, blob.size_bytes)
    seen = set()
    for name in numbered_documents.numbered(state, names.segments_set_aside(replay_id, day)):
        document = json.loads(read_document(state, name) or b'{"datasource": "", "ids": []}')
        for segment in document["ids"]:
            if segment not in seen:
                seen.add(segment)
                yield SetAside(day, Kind.SEGMENT, segment, f"Druid's {document['datasource']}")
