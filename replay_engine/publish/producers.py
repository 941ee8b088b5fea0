"""The producer of one shard, as its plan wants it: the same for whoever opens, publishes or fences it."""

from collections.abc import Iterator
from datetime import date

from replay_engine.errors import TryAgain, Unreachable
from replay_engine.model import Delivery, ReplaySpec
from replay_engine.ports import ShardProducer, Topic, TopicFacts
from replay_engine.state import names


def facts_of(topic: Topic, name: str) -> TopicFacts:
    """As `Topic.check`, of a topic that was there when the plan was made: a cluster that is away now will be back."""
    try:
        return topic.check(name)
    except Unreachable as error:
        raise TryAgain(error.message, advice=error.advice) from error


def of_shard(topic: Topic, facts: TopicFacts, replay_id: str, day: date, spec: ReplaySpec, shard: int) -> ShardProducer:
    """Nothing is asked of the cluster yet."""
    headers = {"replay-id": replay_id.encode(), "replay-day": str(day).encode()} if spec.publishing.headers else {}
    return topic.producer(
        spec.topic,
        names.shard_group(replay_id, day, shard),
        facts,
        transactions=spec.publishing.delivery is not Delivery.AT_LEAST_ONCE,
        headers=headers,
    )


def groups(replay_id: str, day: date, shards: int) -> Iterator[str]:
    """The consumer groups that hold a day's positions."""
    return (names.shard_group(replay_id, day, shard) for shard in range(shards))
