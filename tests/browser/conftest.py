"""A Chromium that the machine has, and a desk in front of the page.

Where there is no Chromium the browser tests are left out, and the run says so; with ``CI=true`` it fails instead.
"""

import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import closing
from datetime import date
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from sandbox.slack import SlackStandIn, slack_stand_in
from sandbox.up import Sandbox
from sandbox.world.watch import WorldWatch
from tests.browser.desk import PATIENCE_SECONDS, Desk, desk_at
from tests.browser.town import DAYS, running_town

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("chromium-browser")
_LEFT_OUT = pytest.StashKey[int]()


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Leave the browser tests out where there is no browser; in CI that is an error."""
    left_out = [] if CHROMIUM else [item for item in items if item.get_closest_marker("browser")]
    if not left_out:
        return
    if os.environ.get("CI") == "true":
        raise pytest.UsageError("CI must not leave out the browser tests: install chromium")
    config.stash[_LEFT_OUT] = len(left_out)
    config.hook.pytest_deselected(items=left_out)
    items[:] = [item for item in items if item not in left_out]


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter, config: pytest.Config) -> None:
    """Say what was left out."""
    if number := config.stash.get(_LEFT_OUT, 0):
        terminalreporter.write_line(f"Left out: {number} browser tests, as this machine has no chromium.")


@pytest.fixture(scope="session")
def chromium() -> Iterator[Browser]:
    """One browser for all tests; each has a profile of its own in it."""
    expect.set_options(timeout=PATIENCE_SECONDS * 1000)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--headless=new"])
        with browser:
            yield browser


@pytest.fixture
def screenshots(tmp_path: Path) -> Path:
    """Where pictures go: a folder of the test's own, or the one that ``SCREENSHOTS`` names."""
    named = os.environ.get("SCREENSHOTS")
    return Path(named) if named else tmp_path / "screenshots"


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    """A workspace of the test's own, with short patience for the app."""
    with slack_stand_in(limits=False, ack_seconds=1.0) as running:
        yield running


@pytest.fixture
def desk(chromium: Browser, slack: SlackStandIn, screenshots: Path) -> Iterator[Desk]:
    """Asha's browser, open at the workspace's page."""
    with desk_at(chromium, f"{slack.url}/", screenshots) as opened:
        yield opened


@pytest.fixture(scope="session")
def town(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sandbox]:
    """The whole sandbox with the real bot and its workers, for all tests; each has days of its own in it."""
    with running_town(tmp_path_factory.mktemp("town")) as running:
        yield running


@pytest.fixture
def watched() -> Sequence[date]:
    """The days that the page's panel of the world shows; a test may have others."""
    return DAYS[:3]


@pytest.fixture
def talk(chromium: Browser, town: Sandbox, watched: Sequence[date], screenshots: Path) -> Iterator[Desk]:
    """Asha's browser in front of the real bot, with nothing left open by whoever sat there before."""
    with closing(WorldWatch(town.world, watched)) as watch:
        town.slack.page.world = watch
        with desk_at(chromium, f"{town.slack.url}/", screenshots) as opened:
            opened.close_all()
            yield opened
    town.check()
