"""A day's positions in the cluster: opened before anything is published, closed to late publishers, deleted."""

from collections.abc import Callable

from replay_engine import shard_producers
from replay_engine.concurrently import each
from replay_engine.day import Day
from replay_engine.ports import ShardProducer
from replay_engine.publishing import fence, open_shard
from replay_engine.recall import recall


def open_positions(day: Day, shards: int) -> None:
    """Put a position at the beginning of every shard that has none."""
    _each_producer(day, shards, open_shard)


def fence_publishers(day: Day) -> None:
    """Whoever still publishes for this day can commit nothing any more, and nothing of theirs stays open.

    Without transactions nobody can be fenced; their publishers stop by themselves.
    """
    _each_producer(day, _shards(day), fence)


def forget_positions(day: Day) -> None:
    """Delete the consumer groups; harmless when that was done before."""
    day.before_act()
    day.world.topic.forget(shard_producers.groups(day.replay_id, day.plan.day, _shards(day)))


def _each_producer(day: Day, shards: int, act: Callable[[ShardProducer], None]) -> None:
    topic = day.world.topic
    facts = shard_producers.facts_of(topic, day.spec.topic) if shards else None

    def one(shard: int) -> None:
        day.before_act()
        if facts is not None:
            act(shard_producers.of_shard(topic, facts, day.replay_id, day.plan.day, day.spec, shard))

    for _ in each(one, range(shards), day.world.publishers_at_once):
        pass


def _shards(day: Day) -> int:
    return int(recall(day.journal.entries).notes.get("publish", {}).get("shards", 0))
