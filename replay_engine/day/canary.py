"""The first events of a day go through a pipeline of their own before anything is cleared: what it drops is seen then.

They go to a topic that only such a pipeline reads. In the day's own topic they would be dropped as known when they come
again, and the sinks would not be any more what a person confirmed.

If the process dies here the events were sent, once, or they were not; nothing of the day was touched.
"""

import math
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import numpy as np

from replay_engine.day.consumer_lag import first_lag
from replay_engine.day.context import Day
from replay_engine.day.id_reading import sample_of
from replay_engine.day.recall import recall
from replay_engine.day.store_time import stores_time
from replay_engine.errors import CannotProceed, TryAgain
from replay_engine.event_ids import NOTHING, EventId, Sample, Sampler, joined, share
from replay_engine.model import Blob, Canary, Delivery, LandingWait
from replay_engine.plan.inventory import day_blobs
from replay_engine.plan.source_check import unchanged
from replay_engine.ports import Committed
from replay_engine.publish import producers
from replay_engine.publish.lines import pieces
from replay_engine.publish.transform import Transform
from replay_engine.state import names
from replay_engine.state.journal import Kind

_POLL_SECONDS = 5.0


@dataclass(frozen=True, slots=True)
class _Lines:
    lines: list[bytes]
    keys: list[bytes | None] | None


def try_out(day: Day, canary: Canary, blobs: Sequence[Blob], event_id: EventId | None) -> dict[str, Any]:
    """Send the first events of these files, and wait until they are seen where the config says.

    Raises `CannotProceed` when they are not in time, `Cancelled`, and what publishing would.
    """
    if canary.folder and event_id is None:
        raise CannotProceed(
            "The lines of the day have no event id: nobody can tell which events are in the canary's folder.",
            advice="Set eventId in the config, or take folder out of its canary.",
        )
    lines = _first_lines(day, canary, blobs)
    if not lines.lines:
        return {"canary_lines": 0}
    sent = _sent(day, canary, lines)
    left = _waited_for(day, canary, _Watch(day, canary, lines, event_id, sent))
    _forget(day)
    if left:
        raise CannotProceed(
            f"Of the day's first {sent['lines']:,} events the canary pipeline has not shown all within "
            f"{canary.minutes:g} min: {left}.",
            advice="Find out what drops or delays them (age, known ids, size) before the day is cleared.",
        )
    return {"canary_lines": sent["lines"]}


def _waited_for(day: Day, canary: Canary, watch: "_Watch") -> str:
    """Look until everything is seen, or the time is over; what is left then."""
    left = watch.left()
    for _ in range(math.ceil(canary.minutes * 60 / _POLL_SECONDS)):
        if not left:
            break
        day.check_cancelled()
        day.waiting(left)
        day.world.clock.sleep(_POLL_SECONDS)
        left = watch.left()
    day.waiting("")
    return left


def _first_lines(day: Day, canary: Canary, blobs: Sequence[Blob]) -> _Lines:
    """As they would be published, in the order of the files."""
    facts = producers.facts_of(day.world.topic, canary.topic)
    transform = Transform(day.spec.publishing, facts.max_line_bytes)
    lines: list[bytes] = []
    keys: list[bytes | None] = []
    for blob in blobs:
        with unchanged(blob):
            for piece in pieces(blob.name, day.world.data.read(blob.name, blob.etag)):
                found = transform.apply(piece.lines)
                lines += found.lines
                keys += found.keys or []
                if len(lines) >= canary.lines:
                    break
        if len(lines) >= canary.lines:
            break
    return _Lines(lines[: canary.lines], keys[: canary.lines] or None)


def _sent(day: Day, canary: Canary, lines: _Lines) -> Mapping[str, Any]:
    """Send them once, however often this is tried: the position is kept with them. What the journal says of it."""
    noted: Mapping[str, Any] = recall(day.journal.entries).notes.get("check", {}).get("canary", {})
    if "ends" in noted:
        return noted
    since = noted.get("since") or stores_time(day)
    if not noted:
        day.journal.append(Kind.NOTE, "check", facts={"canary": {"since": since}})
    _send(day, canary, lines)
    ends = {str(partition): end for partition, end in day.world.topic.end_offsets(canary.topic).items()}
    sent = {"since": since, "lines": len(lines.lines), "ends": ends}
    day.journal.append(Kind.NOTE, "check", facts={"canary": sent})
    return sent


def _send(day: Day, canary: Canary, lines: _Lines) -> None:
    day.before_act()
    producer = day.world.topic.producer(
        canary.topic,
        names.canary_group(day.replay_id, day.plan.day),
        producers.facts_of(day.world.topic, canary.topic),
        transactions=day.spec.publishing.delivery is not Delivery.AT_LEAST_ONCE,
        headers={"replay-id": day.replay_id.encode(), "replay-day": str(day.plan.day).encode()},
    )
    try:
        if producer.begin() is None:
            producer.send(lines.lines, lines.keys)
            producer.commit(Committed(len(lines.lines)))
    finally:
        producer.close()


def _forget(day: Day) -> None:
    """Delete the position; where that fails the cluster does it in time."""
    with suppress(TryAgain):
        day.world.topic.forget([names.canary_group(day.replay_id, day.plan.day)])


class _Watch:
    """Whether they are seen: by the group, by their ids in the folder."""

    def __init__(
        self, day: Day, canary: Canary, lines: _Lines, event_id: EventId | None, sent: Mapping[str, Any]
    ) -> None:
        self._day, self._canary, self._event_id = day, canary, event_id
        self._ends = sent["ends"]
        self._since = datetime.fromisoformat(sent["since"])
        self._read: dict[tuple[str, str], Sample] = {}
        self._ids = NOTHING
        if event_id is not None:
            sampler = Sampler(event_id, 1)
            sampler.add(lines.lines)
            self._ids = sampler.result().ids

    def left(self) -> str:
        """What has not been seen yet; empty when all has."""
        return self._not_read() or self._not_shown()

    def _not_read(self) -> str:
        if not self._canary.consumer_group:
            return ""
        wait = LandingWait(self._canary.consumer_group, self._canary.topic)
        lag, _ = first_lag(self._day, [wait], {"0": self._ends}, {}, expired_counts=False)
        return lag.text.removesuffix(".") if lag else ""

    def _not_shown(self) -> str:
        """Only files that were written since count: others may hold the same events from an earlier time."""
        if not self._canary.folder or self._event_id is None:
            return ""
        world = self._day.world
        for blob in day_blobs(world.data, self._canary.folder, self._day.plan.day):
            key = blob.name, blob.etag
            if key not in self._read and blob.modified_at is not None and blob.modified_at >= self._since:
                self._read[key] = sample_of(world.data, blob, self._event_id, 1)
        part = share(self._ids, np.unique(joined(self._read.values()).ids))
        shown, of = round(part * len(self._ids)), len(self._ids)
        return "" if shown == of else f"{self._canary.folder} shows {shown:,} of {of:,} events"
