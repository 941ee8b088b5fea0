"""RQ's own worker in this process, and what a hostile job would run."""

from pathlib import Path
from typing import Any

from redis import Redis
from rq import Queue, SimpleWorker
from rq.serializers import JSONSerializer
from rq.timeouts import TimerDeathPenalty

from bot.queues import AllowedJob


class ThreadWorker(SimpleWorker):
    """Takes jobs in any thread: signals, and alarms for timeouts, belong to the main one.

    It takes no commands over Redis either: hearing them has a thread that often needs a second to end.
    """

    death_penalty_class = TimerDeathPenalty

    def _install_signal_handlers(self) -> None:
        pass

    def subscribe(self) -> None:
        pass

    def unsubscribe(self) -> None:
        pass


def work_off(redis_url: str, queue: str) -> None:
    """Take every job that is in the queue now, as the worker process does."""
    with Redis.from_url(redis_url) as redis:
        queues = [Queue(queue, connection=redis, serializer=JSONSerializer, job_class=AllowedJob)]
        worker = ThreadWorker(queues, connection=redis, serializer=JSONSerializer, job_class=AllowedJob)
        worker.work(burst=True, logging_level="CRITICAL")


def strike(mark: str, *_: Any) -> None:
    """What nobody may make the worker do."""
    Path(mark).touch()


def struck(*_: Any) -> None:
    """The same as a callback, which is given no arguments of its own."""
    Path("struck").touch()
