"""How far publishing a day has come: a small blob of its own, written over every few seconds.

For people, for reports after a death, and as a floor: what it says of a shard was committed. If the process dies here
it is as old as its last write; a request that arrives late may set it back, and never too far forward. What is in the
topic Kafka alone says.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, astuple, dataclass, field
from datetime import date, datetime
from typing import Any

from replay_engine.model import Counts
from replay_engine.ports import BlobStore
from replay_engine.state import names
from replay_engine.state.journal import read_document


@dataclass(frozen=True, slots=True)
class Recorded:
    """What was committed when it was written, at least: of each shard that had begun.

    ``waiting`` says what publishing waited for then.
    """

    shards: Mapping[int, Counts] = field(default_factory=dict)
    waiting: str = ""

    @property
    def total(self) -> Counts:
        """Of all shards."""
        return sum(self.shards.values(), Counts())


def write(state: BlobStore, replay_id: str, day: date, recorded: Recorded, now: datetime) -> None:
    """Write it over the last one; with a time, so that a look at it tells a living runner from a dead one."""
    shards = {str(shard): astuple(counts) for shard, counts in sorted(recorded.shards.items())}
    state.put(names.progress(replay_id, day), _dumped(recorded, shards, now))


def _dumped(recorded: Recorded, shards: Mapping[str, object], now: datetime) -> bytes:
    return json.dumps({"at": now.isoformat(), "shards": shards, "waiting": recorded.waiting}).encode()


def read(state: BlobStore, replay_id: str, day: date) -> Recorded:
    """The last one; nothing where there is none or it cannot be read: it decides nothing alone."""
    document = read_document(state, names.progress(replay_id, day))
    try:
        raw = json.loads(document) if document else {"shards": {}}
        shards = {int(shard): Counts(*counts) for shard, counts in raw["shards"].items()}
        return Recorded(shards, str(raw.get("waiting", "")))
    except (ValueError, KeyError, TypeError, AttributeError):
        return Recorded()


def counts_document(counts: Counts) -> dict[str, Any]:
    """Counts as the journal keeps them."""
    document = asdict(counts)
    document["source_bytes_done"] = document.pop("stored_bytes")
    return document


def counts_of(document: Mapping[str, Any]) -> Counts:
    """Read them back out of a journal's facts; what is not there is 0."""
    return Counts(
        lines=document.get("lines", 0),
        bytes=document.get("bytes", 0),
        empty_lines=document.get("empty_lines", 0),
        filtered_lines=document.get("filtered_lines", 0),
        set_aside_lines=document.get("set_aside_lines", 0),
        stored_bytes=document.get("source_bytes_done", 0),
    )
