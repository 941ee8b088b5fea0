"""Both sides of a day's board for tests: publisher workers as processes, a publisher by hand, and a clock.

The workers' engine does what the test says.
"""

import os
import sys
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis import Redis

from bot.publishers.board import Board, PoolReply, PublisherReport
from bot.queues import SHARDS, queue
from bot.redis_connection import connect
from replay_engine import Counts, PublisherPool, ReplayError, ShardNews
from sandbox.processes import Child, child
from tests.adapters.publishers_contract import DAY, REPLAY_ID
from tests.fakes.scripted_engine import DIRECTORY


class Ahead:
    """A monotonic clock: time passes, and more of it when the test says so."""

    def __init__(self) -> None:
        self._ahead_seconds = 0.0

    def __call__(self) -> float:
        return time.monotonic() + self._ahead_seconds

    def put_forward(self, seconds: float = 4.0) -> None:
        """So long has passed; a single look proves no more silence than a few seconds."""
        self._ahead_seconds += seconds


def board_of(redis_url: str) -> Board:
    """The day's."""
    return Board(connect(redis_url, text=True), REPLAY_ID, DAY)


@dataclass(slots=True)
class Publisher:
    """A publisher by hand: it has taken a job off the queue, and says what the test says."""

    board: Board
    shard: int
    attempt: str
    beat: int = 0

    def say(
        self, lines: int | None = None, *, ended: bool = False, error: ReplayError | None = None
    ) -> PoolReply | None:
        news = None if lines is None else ShardNews(self.shard, Counts(lines=lines), ended, error)
        self.beat += 1
        return self.board.exchange(self.shard, self.attempt, PublisherReport(self.beat, news))


def waiting(redis: Redis) -> list[dict[str, Any]]:
    """What the jobs in the queue ask for, the next first."""
    return [job.kwargs for job in queue(SHARDS, redis).jobs]


def take(redis_url: str) -> Publisher:
    """Take the next job off the queue, as a worker does."""
    with Redis.from_url(redis_url) as redis:
        asked = waiting(redis)[0]
        redis.lpop(queue(SHARDS, redis).key)
    return Publisher(board_of(redis_url), asked["shard"], asked["attempt"])


def news_until_silent(pool: PublisherPool, clock: Ahead, looks: int = 5) -> list[ShardNews]:
    """All news of more than the time after which a silent publisher is dead."""
    heard = list(pool.news())
    for _ in range(looks):
        clock.put_forward()
        heard.extend(pool.news())
    return heard


@contextmanager
def publisher_workers(directory: Path, redis_url: str, how_many: int) -> Iterator[list[Child]]:
    """So many of ``replay-worker``'s children for shards."""
    environment = {**os.environ, DIRECTORY: str(directory), "REPLAY_REDIS_URL": redis_url, "SLACK_BOT_TOKEN": "xoxb-"}
    command = [sys.executable, "-m", "tests.helpers.publisher_process"]
    with ExitStack() as started:
        yield [
            started.enter_context(
                child(
                    "a publisher",
                    command,
                    log=directory / f"worker{number}.log",
                    environment=environment,
                    ready=lambda started: "ready" in started.output(),
                )
            )
            for number in range(how_many)
        ]
