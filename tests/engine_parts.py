"""What the engine's tests share: a scene in memory, and property tests that are the same in every run."""

import pytest
from hypothesis import settings

from tests.helpers.scene import Scene

settings.register_profile("engine", derandomize=True, deadline=None, max_examples=60)
settings.load_profile("engine")


@pytest.fixture
def scene() -> Scene:
    """A small platform: a source with two files, three sinks, a datasource, and much that is not of the day."""
    return Scene()
