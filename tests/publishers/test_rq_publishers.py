"""The `Publishers` contract of RQ's workers, on a real Valkey."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from redis import Redis

from bot.publishers.pool import RqPublishers
from replay_engine import Counts, Pace, ShardNews
from sandbox.valkey import Valkey
from tests.adapters.publishers_contract import DAY, REPLAY_ID, Ground, PublishersContract
from tests.fakes.scripted_engine import Stage
from tests.helpers.board import Ahead, publisher_workers


@pytest.fixture(scope="module")
def directory(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("stage")


@pytest.fixture(scope="module")
def workers(directory: Path, valkey: Valkey) -> Iterator[None]:
    """Two publishers for all tests here."""
    with publisher_workers(directory, valkey.url, 2):
        yield


@pytest.fixture
def stage(directory: Path) -> Stage:
    """Nothing said or seen yet."""
    for left in (*directory.glob("*.script"), *directory.glob("*.done"), *directory.glob("*.seen")):
        left.unlink()
    return Stage(directory)


@pytest.mark.usefixtures("workers")
class TestRqPublishers(PublishersContract):
    """Each publisher is a job."""

    @pytest.fixture
    def ground(self, redis_url: str, stage: Stage, clock: Ahead) -> Ground:
        return Ground(RqPublishers(redis_url, clock), stage, clock.put_forward)

    def test_publishers_go_on_when_redis_is_emptied(self, ground: Ground, redis_url: str) -> None:
        """What they need is there again with the next beat, and so is what they have said."""
        with ground.publishers.pool(REPLAY_ID, DAY, 1) as pool:
            pool.put(0)
            ground.until_at_work(pool, 0)
            pid = ground.stage.pid(0)
            with Redis.from_url(redis_url) as redis:
                redis.flushdb()
            pool.govern(Pace(paused=True))
            ground.until_pace(pool, 0, Pace(paused=True))
            ground.stage.tell(0, end=5)
            assert ground.end(pool, 0)[-1] == ShardNews(0, Counts(lines=5), ended=True)
            assert ground.stage.pid(0) == pid
