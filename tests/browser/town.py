"""The world in which the real bot is talked to, and what people do there about a replay, in few words.

Tests share it and keep apart by their days, all of which are alike.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from pathlib import Path

from playwright.sync_api import Locator, expect

from sandbox.up import Sandbox, sandbox
from sandbox.world.seed import seed
from tests.browser.desk import Desk

EVENTS = 8000
DAYS = tuple(date(2019, 12, day) for day in range(1, 8))
#: For what waits for workers, or for a part of a replay.
WORK_MS, REPLAY_MS = 30_000.0, 90_000.0


@contextmanager
def running_town(directory: Path) -> Iterator[Sandbox]:
    """Everything, filled; ``directory`` gets the logs."""
    with sandbox(directory) as running:
        seed(running.world.container, running.world.druid.state, days=DAYS, events_per_day=EVENTS)
        yield running


def plan_of(desk: Desk, day: str) -> Locator:
    """The newest plan that has this day, once it is there."""
    plan = desk.said_to_all("Plan: replay", day)
    expect(plan).to_be_visible(timeout=WORK_MS)
    return plan


def live_of(desk: Desk, day: str) -> Locator:
    """The live message of the newest replay that has this day, once it is there."""
    live = desk.said_to_all("Replay of", day)
    expect(live).to_be_visible(timeout=WORK_MS)
    return live


def ask(desk: Desk, text: str, day: str) -> Locator:
    """Ask for a replay in one line; its plan."""
    desk.type_command(f"/replay {text}")
    plan = plan_of(desk, day)
    expect(plan.get_by_role("button", name="Review and start")).to_be_visible(timeout=WORK_MS)
    return plan


def start(desk: Desk, plan: Locator, typed: str = "raw") -> None:
    """Review the plan, type the source's name, start."""
    desk.press("Review and start", within=plan)
    desk.wait_for_modal("Start this replay?")
    desk.fill(f"Type {typed} to confirm", typed)
    desk.press("Start")
    expect(desk.modal).to_have_count(0)


def hears(desk: Desk, text: str) -> Locator:
    """The newest thing that only this person is told, once it says this."""
    expect(desk.whispers.last).to_contain_text(text, timeout=WORK_MS)
    return desk.whispers.last
