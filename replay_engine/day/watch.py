"""Whoever looks on while a replay runs."""

from typing import Protocol

from replay_engine.reports import ReplayReport


class Watch(Protocol):
    """Whoever looks on: told of every change, asked whether to stop. Must not raise and must not block."""

    def saw(self, report: ReplayReport) -> None:
        """The replay stands so now."""

    def cancelled(self) -> bool:
        """Whether a person asked to stop."""


class Nobody:
    """Watches without looking, and never asks to stop."""

    def saw(self, report: ReplayReport) -> None:
        """Nobody looks on."""

    def cancelled(self) -> bool:
        """Nobody asks to stop."""
        return False
