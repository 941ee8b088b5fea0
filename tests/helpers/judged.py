"""What surrounds every test of the bot: each of its folders has these `autouse` fixtures in its `conftest.py`."""

from collections.abc import Iterator, Sequence

import pytest
from structlog.testing import capture_logs
from structlog.typing import EventDict

from sandbox.slack import heard
from tests.slack_rules.said import problems_of


@pytest.fixture(autouse=True)
def logged() -> Iterator[Sequence[EventDict]]:
    """What was logged; structlog's own way to show an exception to a developer takes seconds."""
    with capture_logs() as entries:
        yield entries


@pytest.fixture(autouse=True)
def judged() -> Iterator[None]:
    """Whatever the bot says in a test, Slack's types and two libraries' rules allow it."""
    with heard() as said:
        yield
    assert problems_of(said) == []
