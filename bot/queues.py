"""The queues, and what may stand in them: JSON in, nothing out; only the functions named here can be run.

Plans, orders, runs and shards have queues and workers of their own, so that nobody waits for a plan while a long
replay runs, or for a cancel while a plan is made, and a run that waits for its shards never stands in their way.
"""

from collections.abc import Mapping
from typing import Any

from redis import Redis
from rq import Queue
from rq.job import Job
from rq.serializers import JSONSerializer
from rq.utils import import_attribute

PLANS, ORDERS, RUNS, SHARDS = "replay-plans", "replay-orders", "replay-runs", "replay-shards"
#: A job's timeout where there is none.
FOREVER = -1
PUBLISH_SHARD = "bot.shard_job.publish_shard_job"
#: What may stand in a queue, and the function that runs for it. The names in the queues do not change when functions
#: move: what an older program has queued is run.
_JOBS = {
    "bot.plan_jobs.plan_replay": "bot.jobs.plan.plan_replay",
    "bot.plan_jobs.plan_retry": "bot.jobs.plan.plan_retry",
    "bot.order_jobs.steer": "bot.jobs.orders.steer",
    "bot.order_jobs.status": "bot.jobs.orders.status",
    "bot.order_jobs.listing": "bot.jobs.orders.listing",
    "bot.order_jobs.history": "bot.jobs.orders.history",
    "bot.order_jobs.verify": "bot.jobs.orders.verify",
    "bot.order_jobs.ask_once_more": "bot.jobs.orders.ask_once_more",
    "bot.order_jobs.show_home": "bot.jobs.orders.show_home",
    "bot.run_jobs.run_replay": "bot.jobs.run.run_replay",
    "bot.run_jobs.carry_on_replay": "bot.jobs.run.carry_on_replay",
    "bot.run_jobs.resume_replay": "bot.jobs.run.resume_replay",
    "bot.run_jobs.turn_back_day": "bot.jobs.run.turn_back_day",
    PUBLISH_SHARD: "bot.publishers.job.publish_shard_job",
}
_NEVER_READ = {b"success_callback_name", b"failure_callback_name", b"stopped_callback_name", b"webhooks"}


class AllowedJob(Job):
    """A job that can only be one of ours: the queue names functions, and anybody may write to a queue."""

    @property
    def func(self) -> Any:
        """The function to run."""
        if self.func_name not in _JOBS:
            raise PermissionError(f"{self.func_name} is no job of this bot.")
        return import_attribute(_JOBS[self.func_name])

    def restore(self, raw_data: Mapping[bytes, bytes]) -> None:
        """Read a job without what else it may name: callbacks are functions too, webhooks are addresses to call."""
        super().restore({name: value for name, value in raw_data.items() if name not in _NEVER_READ})


def queue(name: str, redis: Redis) -> Queue:
    """One of ours, as we write to it and take from it."""
    return Queue(name, connection=redis, serializer=JSONSerializer, job_class=AllowedJob)
