"""``replay-worker``'s child for shards, with an engine that does what the test says."""

import os

from bot import logs
from bot.jobs import queue_worker
from bot.publishers import job as shard_job
from bot.queues import SHARDS
from tests.fakes.scripted_engine import ScriptedEngine

if __name__ == "__main__":
    logs.configure()
    vars(shard_job)["Engine"] = ScriptedEngine
    queue_worker.work(SHARDS, os.environ["REPLAY_REDIS_URL"])
