"""Steering a replay in the page: slower, faster, pause, resume, and a cancel in the middle of a day."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.desk import Desk
from tests.browser.town import DAYS, REPLAY_MS, WORK_MS, ask, hears, live_of, start

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DAY, NEXT_DAY = "2019-12-04", "2019-12-05"
SINKS = ("unique", "channel", "telemetry-denormalized")


@pytest.mark.parametrize("watched", [DAYS[3:5]])
def test_a_replay_is_slowed_paused_and_cancelled(talk: Desk) -> None:
    """Every button says what it did; the cancelled day gets back what it had, and what had landed is kept aside."""
    before = [talk.cell("Files", sink).text_content() or "" for sink in SINKS]
    start(talk, ask(talk, f"raw {DAY} {NEXT_DAY} rate=500kB/s", DAY))
    live = live_of(talk, DAY)
    for sink in SINKS:
        expect(talk.cell("Files", sink)).to_have_text("0", timeout=WORK_MS)
    expect(talk.cell("Files", "unique")).not_to_have_text("0", timeout=WORK_MS)
    pause_and_steer(talk, live)
    is_under_way_at_home(talk)
    cancel(talk, live)
    for sink, then in zip(SINKS, before, strict=True):
        expect(talk.cell("Files", sink)).to_have_text(then)
    expect(talk.cell("Files", "quarantine")).not_to_have_text("0")


def pause_and_steer(talk: Desk, live: Locator) -> None:
    """What was ordered is told to the one who pressed, and shows in the live message."""
    pause(talk, live)
    talk.press("Slower", within=live)
    hears(talk, "Slower: at most 0.25 MB/s")
    expect(live).to_contain_text("limit 0.25 MB/s", timeout=WORK_MS)
    talk.press("Faster", within=live)
    hears(talk, "Faster: at most 0.5 MB/s")
    expect(live).to_contain_text("limit 0.5 MB/s", timeout=WORK_MS)
    talk.type_command("/replay rate 100kB/s")
    hears(talk, "The new rate holds within seconds.")
    talk.press("Resume", within=live)
    hears(talk, "Going on.")
    expect(live).not_to_contain_text("publishing is paused", timeout=WORK_MS)
    expect(live).to_contain_text("limit 0.1 MB/s", timeout=WORK_MS)
    pause(talk, live)


def pause(talk: Desk, live: Locator) -> None:
    talk.press("Pause", within=live)
    hears(talk, "Pausing: within seconds nothing more is published")
    expect(live).to_contain_text("running, publishing is paused", timeout=WORK_MS)


def is_under_way_at_home(talk: Desk) -> None:
    """The Home tab has it among those that run."""
    row = talk.open_home().locator(".block").filter(has_text=DAY)
    expect(row).to_contain_text("running, publishing is paused", timeout=WORK_MS)
    talk.go_to("data-replay")


def cancel(talk: Desk, live: Locator) -> None:
    """After a question that says what it will do; the message says who did it and what became of the days."""
    talk.press("Cancel", within=live)
    question = talk.page.get_by_role("alertdialog")
    expect(question).to_contain_text(f"Then {DAY} is restored to what it was")
    talk.press("Let it run")
    expect(live).to_contain_text("running, publishing is paused")
    talk.press("Cancel", within=live)
    talk.press("Cancel the replay")
    expect(live).to_contain_text("Replay of raw · cancelled by @Asha", timeout=REPLAY_MS)
    expect(live).to_contain_text(f"{DAY} · restored")
    expect(live).to_contain_text(f"{NEXT_DAY} · not begun")
    expect(live.get_by_role("button", name="Resume")).to_have_count(0)
    live.locator(".replies").click()
    expect(talk.thread.last).to_contain_text("Retry failed days", timeout=WORK_MS)
    expect(talk.thread.last).to_contain_text("@Asha Replay of raw · cancelled by @Asha")
