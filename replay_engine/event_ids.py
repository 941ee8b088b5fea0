"""Stored lines -> the ids of their events, as numbers, of one residue class.

The same ids are chosen on both sides, whatever file they stand in: an id counts when its CRC-32 is divisible by the
modulus. A number is the first 8 bytes of the id's BLAKE2b: of 10 million ids two are the same once in 400,000 days.
"""

import re
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from hashlib import blake2b

import msgspec
import numpy as np
from numpy.typing import NDArray

Numbers = NDArray[np.uint64]
NOTHING: Numbers = np.empty(0, np.uint64)

_BATCH = "events[]."


@dataclass(frozen=True)
class EventId:
    """Where an event's id stands: ``mid``, of an event a line, or ``events[].mid``, of a batch a line.

    Both spellings read both kinds of lines: a source may hold batches of what its sinks hold one by one.
    """

    path: str

    @property
    def name(self) -> str:
        """The field of an event."""
        return self.path.removeprefix(_BATCH)

    @cached_property
    def _pattern(self) -> re.Pattern[bytes]:
        return re.compile(rb'"%b"\s*:\s*"([^"\\]+)"' % re.escape(self.name.encode()))

    def of(self, line: bytes) -> list[bytes]:
        """The ids of a line's events; empty where it has none, or cannot be read."""
        found = self._pattern.findall(line)
        # One is the event's own, wherever it stands; of several only a decoder can tell.
        return found if len(found) == 1 else self._decoded(line)

    def _decoded(self, line: bytes) -> list[bytes]:
        try:
            event = msgspec.json.decode(line)
        except (msgspec.DecodeError, RecursionError):
            return []
        if not isinstance(event, dict):
            return []
        batch = event.get("events")
        events = batch if isinstance(batch, list) else [event]
        ids = [one.get(self.name) for one in events if isinstance(one, dict)]
        return [one.encode() for one in ids if isinstance(one, str) and one]


@dataclass(frozen=True, slots=True)
class Sample:
    """What some files hold: ``ids`` sorted, each as often as it is there; the rest are counts of what was read."""

    ids: Numbers
    events: int = 0
    lines_without_id: int = 0
    lines: int = 0


class Sampler:
    """Reads lines, a list of them at a time. With a ``modulus`` of 1 every id is in the sample."""

    def __init__(self, event_id: EventId, modulus: int) -> None:
        self._event_id, self._modulus = event_id, modulus
        self._packed: list[bytes] = []
        self._events = self._without = self._read = 0

    def add(self, lines: Iterable[bytes]) -> None:
        """Take some lines; blank ones are no events."""
        chosen: list[bytes] = []
        for line in lines:
            if not line or line.isspace():
                continue
            self._read += 1
            ids = self._event_id.of(line)
            self._events += len(ids)
            self._without += not ids
            chosen += ids if self._modulus == 1 else [one for one in ids if zlib.crc32(one) % self._modulus == 0]
        self._packed.append(b"".join(blake2b(one, digest_size=8).digest() for one in chosen))

    def result(self) -> Sample:
        """What was taken so far."""
        ids = np.sort(np.frombuffer(b"".join(self._packed), np.uint64))
        return Sample(ids, self._events, self._without, self._read)


def joined(samples: Iterable[Sample]) -> Sample:
    """Several files as one."""
    found = list(samples)
    ids = np.sort(np.concatenate([NOTHING, *(one.ids for one in found)]))
    return Sample(
        ids,
        sum(one.events for one in found),
        sum(one.lines_without_id for one in found),
        sum(one.lines for one in found),
    )


@dataclass(frozen=True, slots=True)
class Difference:
    """How two sides of a folder differ, in ids of the sample.

    ``lost`` were there before and are not now, ``doubled`` are there more often than before, ``new`` were not there.
    """

    before: int
    lost: int
    doubled: int
    new: int


def difference(before: Numbers, now: Numbers) -> Difference:
    """Of two sorted samples of the same residue class."""
    ids_before, times_before = np.unique(before, return_counts=True)
    ids_now, times_now = np.unique(now, return_counts=True)
    at = np.searchsorted(ids_before, ids_now)
    known = np.zeros(len(ids_now), bool)
    inside = at < len(ids_before)
    known[inside] = ids_before[at[inside]] == ids_now[inside]
    more = times_now[known] > times_before[at[known]]
    new = ~known
    doubled = int(np.count_nonzero(more)) + int(np.count_nonzero(times_now[new] > 1))
    kept = int(np.count_nonzero(known))
    return Difference(len(ids_before), len(ids_before) - kept, doubled, int(np.count_nonzero(new)))


def share(of: Numbers, among: Numbers) -> float:
    """Which part of the ids ``of`` a folder is ``among`` sorted others; 0 to 1."""
    if not len(of):
        return 0.0
    at = np.minimum(np.searchsorted(among, of), max(0, len(among) - 1))
    return float(np.count_nonzero(among[at] == of)) / len(of) if len(among) else 0.0
