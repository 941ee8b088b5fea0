"""Figures that the run prints at its end: how many schedules, faults and kills were really played."""

from collections import Counter
from collections.abc import Callable

import pytest


@pytest.fixture
def figures(request: pytest.FixtureRequest) -> Callable[[str, int], None]:
    """Note a figure. It travels with the test's report, for the test may run in a worker process."""
    return lambda what, number: request.node.user_properties.append((what, number))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print their sums."""
    sums = Counter[str]()
    for outcome in ("passed", "failed"):
        for report in terminalreporter.getreports(outcome):
            for what, number in report.user_properties if report.when == "call" else ():
                sums[what] += number
    for what, number in sums.items():
        terminalreporter.write_line(f"{what}: {number:,}")
