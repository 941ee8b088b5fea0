"""Every test here is heard by Slack's rules, and its log is kept; the run job's side of Redis is a fixture."""

from collections.abc import Iterator

import pytest
from redis import Redis

from bot.publishers.pool import RqPublishers
from tests.helpers.board import Ahead
from tests.helpers.judged import judged, logged

__all__ = ["judged", "logged"]


@pytest.fixture
def publishers(redis_url: str, clock: Ahead) -> RqPublishers:
    return RqPublishers(redis_url, clock)


@pytest.fixture
def redis(redis_url: str) -> Iterator[Redis]:
    with Redis.from_url(redis_url) as client:
        yield client
