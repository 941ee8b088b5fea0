"""How often a publisher commits in these tests."""

import pytest

from replay_engine.publish import inflate
from replay_engine.publish import shard_loop as publishing


@pytest.fixture
def commits_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """After every piece, and a piece is small."""
    monkeypatch.setattr(publishing, "COMMIT_BYTES", 1)
    monkeypatch.setattr(inflate, "PIECE_BYTES", 16)
