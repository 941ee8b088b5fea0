"""Before anything is cleared: can the topic take the day, and can the day be read?

If the process dies here the manifest may be there, and nothing else has happened. It must not write to the topic.
"""

from dataclasses import asdict

from replay_engine.day.context import Day, Progress
from replay_engine.errors import CannotProceed, EmptySource, LineRefused
from replay_engine.model import CheckSource, Counts, Delivery, OnBadLine
from replay_engine.plan.source_check import check_heads, read_through
from replay_engine.ports import TopicFacts
from replay_engine.publish import producers
from replay_engine.publish.transform import Transform
from replay_engine.state import names


def check(day: Day) -> dict[str, object]:
    """Try the topic, look at every source file; raises what would keep the day from being published."""
    facts = _check_topic(day)
    blobs = day.promise().inventory.source
    if day.spec.publishing.check_source is not CheckSource.FULL:
        check_heads(blobs, day.world.data, day.world.width, day.check_cancelled)
        return {"max_message_bytes": facts.max_message_bytes, "partitions": facts.partitions}
    publishing = day.spec.publishing
    found = read_through(
        blobs,
        day.world.data,
        day.world.publishers_at_once,
        Transform(publishing, facts.max_line_bytes),
        lambda stored_bytes: day.progressed(Progress(Counts(stored_bytes=stored_bytes))),
        day.check_cancelled,
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
    return asdict(found)


def _check_topic(day: Day) -> TopicFacts:
    facts = producers.facts_of(day.world.topic, day.spec.topic)
    group = names.preflight_group(day.replay_id)
    day.before_act()
    if day.spec.publishing.delivery is Delivery.AT_LEAST_ONCE:
        day.world.topic.check_positions(group, day.spec.topic)
    elif not day.world.topic.has_transactions(group, day.spec.topic):
        raise CannotProceed("This Kafka cluster has no transactions any more.", advice="Plan the day again.")
    return facts
