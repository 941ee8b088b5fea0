"""The `Publishers` contract of processes of this machine."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

import pytest

from replay_engine import PublisherPool
from replay_engine.adapters.local_publishers import LocalPublisherPool
from tests.adapters.publishers_contract import Ground, PublishersContract
from tests.fakes.scripted_engine import DIRECTORY, Stage


class ScriptedPublishers:
    """`LocalPublishers` whose processes have an engine that does what the test says."""

    orphaned_seconds = 10.0

    @contextmanager
    def pool(self, replay_id: str, day: date, shards: int) -> Iterator[PublisherPool]:
        command = [sys.executable, "-m", "tests.fakes.scripted_publisher", replay_id, str(day), str(shards)]
        pool = LocalPublisherPool(command, 2)
        try:
            yield pool
        finally:
            pool.stop()


class TestLocalPublishers(PublishersContract):
    """Each publisher is a child of the run."""

    @pytest.fixture
    def ground(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Ground:
        monkeypatch.setenv(DIRECTORY, str(tmp_path))
        return Ground(ScriptedPublishers(), Stage(tmp_path))
