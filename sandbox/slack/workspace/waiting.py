"""Waiting for the conversation to go on: on the workspace's condition, so that nothing ever polls or sleeps."""

from collections.abc import Callable
from typing import TypeVar

from sandbox.slack.errors import NeverCameError
from sandbox.slack.workspace.state import HOME_CHANNEL, Workspace
from sandbox.slack.workspace.transcript import transcript

T = TypeVar("T")
PATIENCE_SECONDS = 10.0


def wait_for(workspace: Workspace, predicate: Callable[[], T | None], timeout_seconds: float, what: str) -> T:
    """The first true thing that the predicate gives; it is asked now and after every change."""
    with workspace.changed:
        found = workspace.changed.wait_for(predicate, timeout_seconds)
    if not found:
        wanted = what or "what was waited for"
        said = transcript(workspace, HOME_CHANNEL)
        raise NeverCameError(f"{wanted} did not come in {timeout_seconds:g} s\n{said}")
    return found
