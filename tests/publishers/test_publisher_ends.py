"""What becomes of a shard when its RQ worker ends: by a signal, or killed."""

import os
import signal
from pathlib import Path

import pytest

from bot.publishers.pool import RqPublishers
from replay_engine import Counts, ShardNews, TryAgain
from tests.adapters.publishers_contract import DAY, REPLAY_ID, Ground, ended, runs
from tests.fakes.scripted_engine import Stage
from tests.helpers.board import Ahead, publisher_workers


@pytest.fixture
def ground(redis_url: str, tmp_path: Path, clock: Ahead) -> Ground:
    return Ground(RqPublishers(redis_url, clock), Stage(tmp_path), clock.put_forward)


def test_a_worker_that_is_told_to_end_gives_its_shard_back(ground: Ground, redis_url: str, tmp_path: Path) -> None:
    """At once, not after the hours that a shard may take; and another takes it."""
    with publisher_workers(tmp_path, redis_url, 1) as (worker,), ground.publishers.pool(REPLAY_ID, DAY, 1) as pool:
        pool.put(0)
        ground.until_at_work(pool, 0)
        ground.stage.tell(0, last=3)
        worker.process.terminate()
        end = ended(ground.end(pool, 0), 0)
        assert (type(end.error), end.counts.lines) == (TryAgain, 3)
        assert worker.process.wait(30) == 0
        with publisher_workers(tmp_path, redis_url, 1):
            pool.put(0)
            ground.stage.tell(0, end=5)
            assert ended(ground.end(pool, 0), 0) == ShardNews(0, Counts(lines=5), ended=True)


def test_a_publisher_outlives_its_worker(ground: Ground, redis_url: str, tmp_path: Path) -> None:
    """Who publishes says so itself: nobody else begins the shard while it lives, and its end counts."""
    with publisher_workers(tmp_path, redis_url, 1) as (worker,), ground.publishers.pool(REPLAY_ID, DAY, 1) as pool:
        pool.put(0)
        ground.until_at_work(pool, 0)
        os.kill(worker.pid, signal.SIGKILL)
        worker.process.wait()
        assert runs(ground.stage.pid(0))
        ground.stage.tell(0, say=4)
        ground.news(pool, lambda news: news == ShardNews(0, Counts(lines=4)))
        ground.stage.tell(0, end=5)
        assert ended(ground.end(pool, 0), 0) == ShardNews(0, Counts(lines=5), ended=True)
