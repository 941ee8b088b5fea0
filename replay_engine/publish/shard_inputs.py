"""What one publisher needs, put together from the kept plan and the manifest alone: it works on any machine.

Reads the state container, and writes there only the lines that it sets aside.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from datetime import date, timedelta

from replay_engine.errors import InDoubt
from replay_engine.model import Blob, Counts, Delivery, Plan
from replay_engine.ports import BlobExists, BlobStore, Clock, Topic
from replay_engine.publish import producers, shards
from replay_engine.publish.read_ahead import read_ahead
from replay_engine.publish.shard_loop import Orders, Shard, Stored, publish_shard
from replay_engine.publish.transform import Transform
from replay_engine.state import manifest, names, progress
from replay_engine.state.journal import read_document


@dataclass(frozen=True, slots=True)
class ShardInputs:
    """The ports a publisher works with."""

    data: BlobStore
    state: BlobStore
    topic: Topic
    clock: Clock
    read_ahead: Callable[[Iterator[Stored]], Iterable[Stored | None]] = read_ahead
    commit_interval: timedelta = timedelta(seconds=5)


def work(
    inputs: ShardInputs,
    plan: Plan,
    day: date,
    shard: int,
    of: int,
    orders: Orders,
    on_progress: Callable[[Counts], None],
) -> Counts:
    """Publish one of a day's ``of`` shards; raises as `publish_shard` does."""
    facts = producers.facts_of(inputs.topic, plan.spec.topic)
    return publish_shard(
        Shard(
            blobs=shards.cut(_source(inputs.state, plan.replay_id, day), of)[shard],
            store=inputs.data,
            producer=producers.of_shard(inputs.topic, facts, plan.replay_id, day, plan.spec, shard),
            transform=Transform(plan.spec.publishing, facts.max_line_bytes),
            on_bad_line=plan.spec.publishing.on_bad_line,
            set_aside=lambda blob, number, line: _set_aside(inputs.state, plan.replay_id, day, blob, number, line),
            clock=inputs.clock,
            orders=orders,
            on_progress=on_progress,
            read_ahead=inputs.read_ahead,
            commit_interval=inputs.commit_interval,
            at_least_lines=_floor(inputs, plan, day, shard),
        )
    )


def _floor(inputs: ShardInputs, plan: Plan, day: date, shard: int) -> int:
    """Lines that are surely committed. With transactions nobody who was overtaken can set a position back."""
    if plan.spec.publishing.delivery is not Delivery.AT_LEAST_ONCE:
        return 0
    return progress.read(inputs.state, plan.replay_id, day).shards.get(shard, Counts()).lines


def _source(state: BlobStore, replay_id: str, day: date) -> tuple[Blob, ...]:
    document = read_document(state, names.manifest(replay_id, day))
    if document is None:
        raise InDoubt("The manifest is gone.", advice="Keep the backup; compare it with the sinks by hand.")
    return manifest.load(document).inventory.source


def _set_aside(state: BlobStore, replay_id: str, day: date, blob: Blob, number: int, line: bytes) -> None:
    """Whole, under a name that says where it came from; one that was set aside before a death is the same."""
    with suppress(BlobExists):
        state.create(names.set_aside(replay_id, day, blob.name, number), line)
