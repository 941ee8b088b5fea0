"""The world panel: numbers that come and go, marked when they change; a day that a newcomer may damage."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect

from sandbox.slack import SlackStandIn
from tests.browser.desk import Desk, desk_at
from tests.sandbox.slack.bots import Json

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]


class SmallWorld:
    """Two days of one sink, as the test says."""

    def __init__(self) -> None:
        self.files = [4, 2]
        self.messages = 0
        self.damaged: list[str] = []

    def look(self) -> Json:
        cells = [{"count": count, "note": f"{count} kB"} for count in self.files]
        return {
            "days": ["2019-12-01", "2019-12-02"],
            "tables": [{"title": "Files", "rows": [{"name": "unique", "kind": "sink", "cells": cells}]}],
            "topics": [{"name": "prod.telemetry.valid", "messages": self.messages}],
        }

    def damage(self, day: str) -> str:
        if day in self.damaged:
            raise LookupError("There is nothing left to damage.")
        self.damaged.append(day)
        return f"A file of {day} is damaged."


@pytest.fixture
def small_world(slack: SlackStandIn) -> SmallWorld:
    """A world around the workspace, before the page is opened."""
    small = SmallWorld()
    slack.page.world = small
    return small


@pytest.fixture
def outside(chromium: Browser, slack: SlackStandIn, small_world: SmallWorld, screenshots: Path) -> Iterator[Desk]:
    """A desk from which the world can be seen."""
    with desk_at(chromium, f"{slack.url}/", screenshots) as desk:
        yield desk


def test_numbers_change_and_flash(outside: Desk, small_world: SmallWorld) -> None:
    """What empties flashes one way, what fills the other."""
    emptied, filled = outside.cell("Files", "unique", 0), outside.cell("Files", "unique", 1)
    expect(emptied).to_have_text("44 kB")
    small_world.files = [0, 9]
    expect(emptied).to_have_class("none flash-less")
    expect(filled).to_contain_class("flash-more")
    expect(emptied).to_have_text("0")
    expect(filled).to_have_text("99 kB")
    expect(filled).not_to_contain_class("flash-more")
    small_world.messages = 12_345
    expect(outside.cell("Kafka", "prod.telemetry.valid")).to_contain_text("12,345")


def test_the_panel_can_be_folded_away(outside: Desk) -> None:
    """And comes back."""
    panel = outside.page.get_by_label("The world", exact=True)
    outside.press("Hide the world", within=panel)
    expect(panel.get_by_role("table")).to_have_count(0)
    outside.press("Show the world", within=panel)
    expect(panel.get_by_role("table", name="Files")).to_be_visible()


def test_a_day_can_be_damaged(outside: Desk, small_world: SmallWorld) -> None:
    """What was done is said, also when there was nothing to do."""
    panel = outside.page.get_by_label("The world", exact=True)
    panel.get_by_label("Day to damage").select_option("Dec 2")
    outside.press("Damage a file", within=panel)
    expect(panel.get_by_role("status")).to_have_text("A file of 2019-12-02 is damaged.")
    outside.press("Damage a file", within=panel)
    expect(panel.get_by_role("status")).to_have_text("There is nothing left to damage.")
    assert small_world.damaged == ["2019-12-02"]


def test_without_a_world_there_is_no_panel(desk: Desk) -> None:
    """The stand-in alone is a chat and nothing more."""
    expect(desk.page.get_by_label("The world", exact=True)).to_be_hidden()
