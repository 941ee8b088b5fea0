"""A day's positions in the cluster: opened before anything is published, closed to late publishers, deleted."""

from collections.abc import Callable, Iterator

from replay_engine.concurrently import each
from replay_engine.day.context import Day
from replay_engine.day.recall import recall
from replay_engine.model import Counts
from replay_engine.ports import Committed, ShardProducer
from replay_engine.publish import producers
from replay_engine.publish.shard_loop import fence, open_shard
from replay_engine.publish.shards import position


def open_offsets(day: Day, shards: int) -> None:
    """Put a position at the beginning of every shard that has none."""
    for _ in _each_producer(day, shards, open_shard):
        pass


def fence_publishers(day: Day) -> dict[int, Counts | None]:
    """Whoever still publishes for this day can commit nothing any more, and nothing of theirs stays open.

    Returns what was committed of each shard, ``None`` where Kafka does not know it any more. Without transactions
    nobody can be fenced; their publishers stop by themselves.
    """
    return {shard: _counts(kept) for shard, kept in _each_producer(day, opened_shards(day), fence)}


def _counts(kept: Committed | None) -> Counts | None:
    """Of a position whose note the cluster did not keep the lines passed, and nothing else."""
    if kept is None:
        return None
    found = position(kept)
    return Counts(lines=found.line) if found.bare else found.counts


def delete_offsets(day: Day) -> None:
    """Delete the consumer groups; harmless when that was done before."""
    shards = opened_shards(day)
    if shards:
        day.before_act()
        day.world.topic.forget(producers.groups(day.replay_id, day.plan.day, shards))


def _each_producer(
    day: Day, shards: int, act: Callable[[ShardProducer], Committed | None]
) -> Iterator[tuple[int, Committed | None]]:
    topic = day.world.topic
    facts = producers.facts_of(topic, day.spec.topic) if shards else None

    def one(shard: int) -> tuple[int, Committed | None]:
        day.before_act()
        if facts is None:
            return shard, None
        return shard, act(producers.of_shard(topic, facts, day.replay_id, day.plan.day, day.spec, shard))

    yield from each(one, range(shards), day.world.publishers_at_once)


def opened_shards(day: Day) -> int:
    """How many shards the day was cut into, 0 where none was opened."""
    return int(recall(day.journal.entries).notes.get("publish", {}).get("shards", 0))
