"""Figures that the run prints at its end: how many schedules, faults and kills were really played."""

from collections.abc import Callable

import pytest

_FIGURES = pytest.StashKey[dict[str, int]]()


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[[str, int], None]:
    """Note a figure."""
    noted = request.config.stash.setdefault(_FIGURES, {})

    def note(what: str, number: int) -> None:
        noted[what] = noted.get(what, 0) + number

    return note


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Print them."""
    for what, number in config.stash.get(_FIGURES, {}).items():
        terminalreporter.write_line(f"{what}: {number:,}")
