"""What a run job and the publishers of its day tell each other: one Redis hash, the board.

::

    crew            the run job that gives the orders: the last one to come, and no other can write them
    beat            a number that it changes twice a second
    stop            there when every publisher is to stop
    orders:<shard>  who is to publish the shard, and how fast (null: wait)
    said:<attempt>  a number that a publisher changes twice a second, and its news once it has any

All of it can be lost at any moment: the run job writes its half again with the next beat, a publisher its own. What
is committed is in Kafka, what was done in the journal; nothing here decides what is published. The hash goes away
by itself soon after nobody writes to it any more.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from redis import Redis

from replay_engine import Pace, ShardNews, dump_news, dump_pace, load_news, load_pace

_KEPT_SECONDS = 60

_POST = """
local crew = redis.call('HGET', KEYS[1], 'crew')
if crew and crew ~= ARGV[1] then return 0 end
redis.call('HSET', KEYS[1], 'crew', ARGV[1], unpack(ARGV, 3))
redis.call('EXPIRE', KEYS[1], ARGV[2])
return 1
"""


@dataclass(frozen=True, slots=True)
class Order:
    """Who is to publish a shard, and how fast; without a pace it waits until it has been given its share."""

    attempt: str
    pace: Pace | None


@dataclass(frozen=True, slots=True)
class PublisherReport:
    """What a publisher has written to the board; ``beat`` tells whether it has come by since.

    It has no news before it has begun with its shard. ``bug`` is one that it died of.
    """

    beat: int
    news: ShardNews | None = None
    bug: str = ""


@dataclass(frozen=True, slots=True)
class PoolReply:
    """What a publisher reads from the board. ``order`` is ``None`` where nobody is to publish its shard."""

    beat: str
    stop: bool
    order: Order | None


class Board:
    """One day's. Raises what Redis raises."""

    def __init__(self, redis: Redis, replay_id: str, day: date) -> None:
        """``redis`` answers in strings; no request yet."""
        self._redis: Any = redis
        self._key = f"replay:shards:{replay_id}:{day}"

    def take_over(self, pool: str) -> None:
        """From now on these are this pool's orders: what stood there of an earlier one is void."""
        with self._redis.pipeline() as pipe:
            pipe.delete(self._key)
            pipe.hset(self._key, "crew", pool)
            pipe.expire(self._key, _KEPT_SECONDS)
            pipe.execute()

    def post(self, pool: str, beat: int, orders: Mapping[int, Order], *, stop: bool) -> bool:
        """Write orders over those that stand there; false if another pool has taken over."""
        fields: dict[str, str] = {"beat": str(beat)} | ({"stop": "1"} if stop else {})
        fields |= {f"orders:{shard}": _dump_order(order) for shard, order in orders.items()}
        flat = [part for pair in fields.items() for part in pair]
        return bool(self._redis.eval(_POST, 1, self._key, pool, _KEPT_SECONDS, *flat))

    def reports(self, attempts: Sequence[str]) -> Mapping[str, PublisherReport]:
        """The last report of each of these attempts; those that have reported nothing are left out."""
        if not attempts:
            return {}
        texts = self._redis.hmget(self._key, [f"said:{attempt}" for attempt in attempts])
        return {attempt: _load_report(text) for attempt, text in zip(attempts, texts, strict=True) if text is not None}

    def exchange(self, shard: int, attempt: str, report: PublisherReport) -> PoolReply | None:
        """Write a publisher's report, and read the run job's reply; ``None`` when no run job has written."""
        with self._redis.pipeline() as pipe:
            pipe.hset(self._key, f"said:{attempt}", _dump_report(report))
            pipe.expire(self._key, _KEPT_SECONDS)
            pipe.hmget(self._key, "beat", "stop", f"orders:{shard}")
            beat, stop, order = pipe.execute()[-1]
        return PoolReply(beat, stop is not None, order and _load_order(order)) if beat is not None else None


def _dump_report(report: PublisherReport) -> str:
    news = None if report.news is None else dump_news(report.news)
    return json.dumps({"beat": report.beat, "news": news, "bug": report.bug})


def _load_report(text: str) -> PublisherReport:
    raw = json.loads(text)
    return PublisherReport(raw["beat"], None if raw["news"] is None else load_news(raw["news"]), raw["bug"])


def _dump_order(order: Order) -> str:
    return json.dumps({"attempt": order.attempt, "pace": None if order.pace is None else dump_pace(order.pace)})


def _load_order(text: str) -> Order:
    raw = json.loads(text)
    return Order(raw["attempt"], None if raw["pace"] is None else load_pace(raw["pace"]))
