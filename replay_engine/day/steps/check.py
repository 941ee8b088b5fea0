"""Before anything is cleared: can the topic take the day, and can the day be read?

If the process dies here the manifest may be there, and a canary may have been sent to its own topic; nothing else has
happened. It must not write to the day's topic.
"""

from collections.abc import Sequence
from dataclasses import asdict

import numpy as np

from replay_engine.day.canary import try_out
from replay_engine.day.context import Day, Progress
from replay_engine.day.coverage import coverage, without
from replay_engine.errors import CannotProceed, EmptySource, LineRefused, Refused
from replay_engine.event_ids import EventId, Sampler
from replay_engine.model import Blob, CheckSource, Counts, Delivery, OnBadLine
from replay_engine.plan.sink_warnings import outweighed
from replay_engine.plan.source_check import check_heads, find_event_id, read_through
from replay_engine.ports import TopicFacts
from replay_engine.publish import producers
from replay_engine.publish.transform import Transform
from replay_engine.state import names, source_ids
from replay_engine.state.source_ids import SourceIds

#: Of a smaller source every id is compared: a sample of it would say too little.
_ALL_IDS_BYTES = 64 << 20
#: A very large source is sampled the more thinly, so that never many more than two million ids, 16 MB, are kept of a
#: side: at 100 stored bytes an event, that many events have this size.
_BYTES_A_SAMPLE = 200 << 20


def check(day: Day) -> dict[str, object]:
    """Try the topic, look at every source file; raises what would keep the day from being published."""
    facts = _check_topic(day)
    promised = day.promised()
    inventory = promised.inventory if promised else day.look()
    blobs = inventory.source
    if day.spec.publishing.check_source is not CheckSource.FULL:
        check_heads(blobs, day.world.data, day.world.width, day.check_cancelled)
        _check_weight(day)
        tried = _try_canary(day, blobs, _event_id(day, blobs) if day.spec.canary else None)
        day.promise(inventory)
        return {**tried, "max_message_bytes": facts.max_message_bytes, "partitions": facts.partitions}
    publishing = day.spec.publishing
    event_id = _event_id(day, blobs)
    modulus = sampled(day.spec.landing.sample, sum(blob.size_bytes for blob in blobs))
    found, sample = read_through(
        blobs,
        day.world.data,
        day.world.publishers_at_once,
        Transform(publishing, facts.max_line_bytes),
        lambda stored_bytes: day.progressed(Progress(Counts(stored_bytes=stored_bytes))),
        day.check_cancelled,
        lambda: Sampler(event_id, modulus) if event_id else None,
    )
    if day.spec.destructive and not found.lines:
        raise EmptySource(
            f"No line of {day.plan.day} would be published: {found.empty_lines:,} are empty, {found.filtered_lines:,} "
            f"are left out by filters, {found.bad_lines:,} cannot be sent.",
            advice="Check the folder, the date and the filters; its sinks were left alone.",
        )
    if found.bad_lines and publishing.on_bad_line is OnBadLine.FAIL:
        raise LineRefused(
            f"{found.first_bad} So it is with {found.bad_lines:,} lines of the day.",
            advice="Mend them (for size: the topic's max.message.bytes), or say on_bad_line set-aside.",
        )
    left_out: tuple[str, ...] = ()
    if event_id is None:
        _check_weight(day)
    else:
        ids = SourceIds(event_id, modulus, sample.events, np.unique(sample.ids))
        source_ids.keep(day.world.state, day.replay_id, day.plan.day, ids)
        covered = coverage(day, inventory, ids)
        _check_weight(day, covered.unknown)
        left_out = covered.left_out
    tried = _try_canary(day, blobs, event_id)
    promise = day.promise(without(inventory, left_out), left_out)
    facts_of_ids = {"event_id": event_id.path, "sample": modulus} if event_id else {"event_id": ""}
    return {**asdict(found), **facts_of_ids, **tried, "left_out": list(promise.left_out)}


def sampled(sample: int, stored_bytes: int) -> int:
    """Of how many ids one is compared, of a source of that size, where the config says ``sample``."""
    return max(sample, stored_bytes // _BYTES_A_SAMPLE) if stored_bytes >= _ALL_IDS_BYTES else 1


def _check_weight(day: Day, unknown: Sequence[str] | None = None) -> None:
    """Without event ids nobody can tell that the source is what filled the sinks: their sizes must be of one kind.

    ``unknown`` are the folders whose files have none, where the source has; left out: no folder is known.
    """
    for prefix, trouble in () if day.spec.again else outweighed(day.plan, day.spec.landing):
        if unknown is None or any(f"{folder}/".startswith(f"{prefix}/") for folder in unknown):
            raise Refused(
                f"{trouble} No event ids say that they come from it.",
                advice="Check folder and date; set landing.largest for this source, or say again=yes (--again).",
            )


def _try_canary(day: Day, blobs: Sequence[Blob], event_id: EventId | None) -> dict[str, object]:
    return try_out(day, day.spec.canary, blobs, event_id) if day.spec.canary else {}


def _event_id(day: Day, blobs: Sequence[Blob]) -> EventId | None:
    """Of a day that deletes nothing no ids are needed: nothing of it has to come back."""
    if not day.spec.destructive:
        return None
    return find_event_id(blobs, day.world.data, day.spec.landing.event_id)


def _check_topic(day: Day) -> TopicFacts:
    facts = producers.facts_of(day.world.topic, day.spec.topic)
    group = names.preflight_group(day.replay_id)
    day.before_act()
    if day.spec.publishing.delivery is Delivery.AT_LEAST_ONCE:
        day.world.topic.check_positions(group, day.spec.topic)
    elif not day.world.topic.has_transactions(group, day.spec.topic):
        raise CannotProceed("This Kafka cluster has no transactions any more.", advice="Plan the day again.")
    return facts
