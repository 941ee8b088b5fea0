"""The queue of shards: jobs for publishers. Raises what Redis raises.

A job is put once and never again: it has no retry, and whoever wants the shard published once more puts another.
"""

from datetime import date

from redis import Redis
from rq.worker_registration import get_keys

from bot.queues import FOREVER, PUBLISH_SHARD, SHARDS, queue

_FAILURE_SECONDS = 24 * 3600


class ShardQueue:
    """One day's part of it."""

    def __init__(self, redis: Redis, replay_id: str, day: date, shards: int) -> None:
        """No request yet."""
        self._queue = queue(SHARDS, redis)
        self._redis, self._replay_id, self._day, self._shards = redis, replay_id, day, shards

    def job_id(self, shard: int, attempt: str) -> str:
        """The id of the job for that."""
        return f"publish-{self._replay_id}-{self._day}-{shard}-{attempt[:8]}"

    def put(self, shard: int, attempt: str) -> None:
        """Have somebody take it."""
        job_kwargs = {"replay_id": self._replay_id, "day": str(self._day), "shard": shard, "of": self._shards}
        self._queue.enqueue_call(
            PUBLISH_SHARD,
            kwargs=job_kwargs | {"attempt": attempt},
            timeout=FOREVER,
            job_id=self.job_id(shard, attempt),
            result_ttl=0,
            failure_ttl=_FAILURE_SECONDS,
        )

    def withdraw(self, shard: int, attempt: str) -> bool:
        """Take it back; false if somebody has taken it already."""
        job_id = self.job_id(shard, attempt)
        if not self._queue.remove(job_id):
            return False
        self._redis.delete(self._queue.job_class.key_for(job_id))
        return True

    def waiting(self) -> frozenset[str]:
        """The ids of the jobs that nobody has taken yet."""
        return frozenset(self._queue.get_job_ids())

    def has_listeners(self) -> bool:
        """Whether any worker takes jobs off it. Those that were killed are on the list for a while; their keys go."""
        listening = get_keys(self._queue)
        return bool(listening and self._redis.exists(*listening))
