"""What a copy is worth is decided by what is there, not by who asked for it."""

import pytest

from replay_engine.day.verified_copy import ended
from replay_engine.errors import CopyFailed
from tests.helpers.scene import DAY, Scene


def test_a_copy_that_never_was_does_not_count(scene: Scene) -> None:
    """Begun somewhere, it may have been refused or deleted since: nothing may be given up for it."""
    day = scene.day(scene.plan())
    original = next(iter(day.world.data.list(f"raw/{DAY}")))
    with pytest.raises(CopyFailed, match="is not there"):
        ended(day.world.state, original, "backup/nowhere", day.world.clock)
