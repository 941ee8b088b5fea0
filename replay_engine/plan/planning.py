"""Spec + what is there now -> Plan, a pure value. A dry run prints exactly this.

Planning never writes, locks or deletes anything. What it tries with Kafka, a transaction of nothing, it aborts.
"""

from dataclasses import replace
from datetime import date

from replay_engine.errors import BadRequest, NotThere, Refused
from replay_engine.model import Amount, Blob, DayPlan, Delivery, Inventory, Plan, ReplaySpec
from replay_engine.plan.document import plan_hash
from replay_engine.plan.inventory import fingerprint, take
from replay_engine.plan.quiet import too_early
from replay_engine.plan.safety import check_inventory
from replay_engine.plan.sink_warnings import doubled_sinks, outweighed, sink_cautions
from replay_engine.ports import Topic, TopicFacts
from replay_engine.state import names
from replay_engine.world import World


def make_plan(spec: ReplaySpec, world: World, replay_id: str) -> Plan:
    """Look at the world and say what would be done; days that cannot run carry the reason.

    Raises a `Refused` kind when nothing could run at all: container, topic, broker, Druid, credentials.
    """
    if not world.data.exists():
        raise NotThere(f"There is no container {spec.container}.", field="bucket", advice="Check its name.")
    if spec.file_path and world.data.head(spec.file_path) is None:
        raise NotThere(f"There is no file {spec.file_path}.", field="filePath", advice="Check its full name.")
    canary = [spec.canary.topic] if spec.canary else []
    for topic in dict.fromkeys([*(wait.topic for wait in spec.landing_waits), *canary]):
        world.topic.check(topic)
    spec = _with_delivery(spec, world.topic.check(spec.topic), world.topic, replay_id)
    days = tuple(_day_plan(spec, day, world) for day in spec.days)
    cautions = (*spec.cautions, *sink_cautions(spec, days, world.data, world.segments), *_undo(spec, world))
    spec = replace(spec, cautions=cautions)
    return Plan(replay_id, spec, days, world.clock.now(), plan_hash(spec, days))


def _with_delivery(spec: ReplaySpec, facts: TopicFacts, topic: Topic, replay_id: str) -> ReplaySpec:
    """Settle what readers may count on, and say what a person should know of it."""
    delivery, cautions = spec.publishing.delivery, list(spec.cautions)
    if facts.max_message_bytes is None:
        cautions.append(
            f"Kafka does not say how large messages of {spec.topic} may be: a line above 1 MB counts as too large."
        )
    if delivery is not Delivery.AT_LEAST_ONCE:
        has = topic.has_transactions(names.preflight_group(replay_id), spec.topic)
        if delivery is Delivery.EXACTLY_ONCE and not has:
            raise BadRequest(
                "delivery", "This Kafka cluster has no transactions.", advice="Ask for at_least_once, or leave it open."
            )
        delivery = Delivery.EXACTLY_ONCE if has else Delivery.AT_LEAST_ONCE
    if delivery is Delivery.AT_LEAST_ONCE:
        cautions.append("Without transactions: what is interrupted may be published twice, a few seconds of it.")
    return replace(spec, cautions=tuple(cautions), publishing=replace(spec.publishing, delivery=delivery))


def _day_plan(spec: ReplaySpec, day: date, world: World) -> DayPlan:
    inventory = take(spec, day, world.data, world.segments)
    refusal = ""
    try:
        check_inventory(spec, day, inventory)
    except Refused as error:
        refusal = str(error)
    early, written = too_early(spec, day, inventory, world.clock.now(), world.quiet)
    plan = DayPlan(
        day=day,
        source=_amount(inventory.source),
        sinks={prefix: _amount(blobs) for prefix, blobs in inventory.sinks.items()},
        segments={datasource: len(found) for datasource, found in inventory.segments.items()},
        fingerprint=fingerprint(inventory),
        refusal=refusal or early,
        warnings=(*_warnings(day, inventory, world), *([written] if written else [])),
        folders=_folders(inventory),
    )
    more = (*doubled_sinks(spec, plan, world.data), *(text for _, text in outweighed(plan, spec.landing)))
    return replace(plan, warnings=(*plan.warnings, *more))


def _undo(spec: ReplaySpec, world: World) -> tuple[str, ...]:
    """A keep time of 0 gives every backup up at once, also of days that were only seen to be refilled."""
    if not spec.destructive or world.keep_backups_for:
        return ()
    return ("Backups are not kept (REPLAY_KEEP_BACKUPS_FOR=0): a day that has closed cannot be undone.",)


def _folders(inventory: Inventory) -> dict[str, Amount]:
    """The leaf folders of the sinks, by name."""
    found: dict[str, Amount] = {}
    for blob in (blob for blobs in inventory.sinks.values() for blob in blobs):
        folder = blob.name.rpartition("/")[0]
        before = found.get(folder, Amount(0, 0))
        found[folder] = Amount(before.blobs + 1, before.size_bytes + blob.size_bytes)
    return dict(sorted(found.items()))


def _amount(blobs: tuple[Blob, ...]) -> Amount:
    return Amount(len(blobs), sum(blob.size_bytes for blob in blobs))


def _warnings(day: date, inventory: Inventory, world: World) -> tuple[str, ...]:
    warnings = []
    if day >= world.clock.now().date():
        warnings.append("This day is not over: the pipeline may still write to it.")
    empty = [blob.name for blob in inventory.source if not blob.size_bytes]
    if empty:
        warnings.append(f"{len(empty)} source files are empty, {empty[0]} among them.")
    return tuple(warnings)
