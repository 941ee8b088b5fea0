"""A day's positions in the cluster: opened before anything is published, closed to late publishers, deleted."""

from collections.abc import Callable, Iterator
from typing import TypeVar

from replay_engine.concurrently import each
from replay_engine.day.context import Day
from replay_engine.day.recall import recall
from replay_engine.model import Counts
from replay_engine.ports import ShardProducer
from replay_engine.publish import producers
from replay_engine.publish.shard_loop import close_shard, open_shard
from replay_engine.publish.shards import Position

T = TypeVar("T")


def open_offsets(day: Day, shards: int) -> None:
    """Put a position at the beginning of every shard that has none."""
    for _ in _each_producer(day, shards, open_shard):
        pass


def fence_publishers(day: Day) -> dict[int, Counts | None]:
    """Whoever publishes for this day, now or later, can commit nothing any more, and nothing of theirs stays open.

    Returns what was committed of each shard, ``None`` where Kafka does not know it any more. Without transactions
    nobody can be fenced; their publishers stop by themselves.
    """
    return {shard: _counts(found) for shard, found in _each_producer(day, opened_shards(day), close_shard)}


def _counts(found: Position | None) -> Counts | None:
    """Of a position whose note the cluster did not keep the lines passed, and nothing else."""
    if found is None:
        return None
    return Counts(lines=found.line) if found.bare else found.counts


def delete_offsets(day: Day) -> None:
    """Delete the consumer groups; harmless when that was done before."""
    shards = opened_shards(day)
    if shards:
        day.before_act()
        day.world.topic.forget(producers.groups(day.replay_id, day.plan.day, shards))


def _each_producer(day: Day, shards: int, act: Callable[[ShardProducer], T]) -> Iterator[tuple[int, T | None]]:
    topic = day.world.topic
    facts = producers.facts_of(topic, day.spec.topic) if shards else None

    def one(shard: int) -> tuple[int, T | None]:
        day.before_act()
        if facts is None:
            return shard, None
        return shard, act(producers.of_shard(topic, facts, day.replay_id, day.plan.day, day.spec, shard))

    yield from each(one, range(shards), day.world.publishers_at_once)


def opened_shards(day: Day) -> int:
    """How many shards the day was cut into, 0 where none was opened."""
    return int(recall(day.journal.entries).notes.get("publish", {}).get("shards", 0))
