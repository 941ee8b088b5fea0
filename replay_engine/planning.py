"""Spec + what is there now -> Plan, a pure value. A dry run prints exactly this.

Reads only: planning never writes, locks or deletes anything.
"""

from datetime import date

from replay_engine.day import World
from replay_engine.errors import NotThere, Refused
from replay_engine.inventory import fingerprint, take
from replay_engine.model import Amount, Blob, DayPlan, Inventory, Plan, ReplaySpec
from replay_engine.plan_document import plan_hash
from replay_engine.safety import check_inventory


def make_plan(spec: ReplaySpec, world: World, replay_id: str) -> Plan:
    """Look at the world and say what would be done; days that cannot run carry the reason.

    Raises a `Refused` kind when nothing could run at all: container, topic, broker, Druid, credentials.
    """
    if not world.data.exists():
        raise NotThere(f"There is no container {spec.container}.", field="bucket", advice="Check its name.")
    if spec.file_path and world.data.head(spec.file_path) is None:
        raise NotThere(f"There is no file {spec.file_path}.", field="filePath", advice="Check its full name.")
    for topic in dict.fromkeys((spec.topic, *(wait.topic for wait in spec.landing_waits))):
        world.topic.check(topic)
    days = tuple(_day_plan(spec, day, world) for day in spec.days)
    return Plan(replay_id, spec, days, world.clock.now(), plan_hash(spec, days))


def _day_plan(spec: ReplaySpec, day: date, world: World) -> DayPlan:
    inventory = take(spec, day, world.data, world.segments)
    refusal = ""
    try:
        check_inventory(spec, day, inventory)
    except Refused as error:
        refusal = str(error)
    return DayPlan(
        day=day,
        source=_amount(inventory.source),
        sinks={prefix: _amount(blobs) for prefix, blobs in inventory.sinks.items()},
        segments={datasource: len(found) for datasource, found in inventory.segments.items()},
        fingerprint=fingerprint(inventory),
        refusal=refusal,
        warnings=_warnings(day, inventory, world),
    )


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
