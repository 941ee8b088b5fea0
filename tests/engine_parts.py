"""What the engine's tests share: a scene in memory. And property tests, everybody's, are the same in every run."""

import pytest
from hypothesis import settings

from tests.helpers.scene import Scene

settings.register_profile("same", derandomize=True, deadline=None)
settings.load_profile("same")


@pytest.fixture
def scene() -> Scene:
    """A small platform: a source with two files, three sinks, a datasource, and much that is not of the day."""
    return Scene()
