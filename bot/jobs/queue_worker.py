"""One RQ worker on one queue, in a process of its own: a child of ``replay-worker``.

It prints ``ready`` when it listens. Each job runs in a process of its own below it; if this one is killed, that
one runs on.
"""

import os
import signal
import sys
from typing import Any

from redis import Redis
from rq import Worker
from rq.serializers import JSONSerializer

from bot.publishers import job as shard_job
from bot.queues import SHARDS, AllowedJob, queue

#: An idle worker looks up at least this often; also how soon a dead one is noticed.
_WORKER_TTL_SECONDS = 60


class PublisherWorker(Worker):
    """Told to end, it does not let its shard run to the end, which takes long, but has it given back.

    A Ctrl-C in a terminal goes to every process; this one waits for the word of its parent, which has an order.
    """

    def _install_signal_handlers(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, self.request_stop)

    def handle_warm_shutdown_request(self) -> None:
        """Tell the process of the job; the worker ends after it."""
        if self.horse_pid:
            os.kill(self.horse_pid, signal.SIGTERM)

    def setup_work_horse_signals(self) -> None:
        """In the process of the job: hear that."""
        signal.signal(signal.SIGINT, signal.SIG_IGN)
        signal.signal(signal.SIGTERM, lambda *_: shard_job.leave())


def work(name: str, redis_url: str) -> None:
    """Take jobs off that queue until a signal comes."""
    redis = Redis.from_url(redis_url)
    kind: Any = PublisherWorker if name == SHARDS else Worker
    worker = kind(
        [queue(name, redis)],
        connection=redis,
        serializer=JSONSerializer,
        job_class=AllowedJob,
        worker_ttl=_WORKER_TTL_SECONDS,
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))  # until RQ has its own handlers
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    # The parent reads no further: whatever a job prints goes where the logs go.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    worker.work(logging_level="WARNING")
