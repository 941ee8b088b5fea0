"""The main job in the page, with the real bot: the form, the plan, the confirmation, the live message, the thread.

Its pictures are the README's (`make screenshots`).
"""

import re

import pytest
from playwright.sync_api import expect

from tests.browser.desk import Desk
from tests.browser.town import REPLAY_MS, WORK_MS, live_of, plan_of, start

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

SINKS = ("unique", "channel", "telemetry-denormalized")


def test_from_the_form_to_the_refilled_sinks(talk: Desk) -> None:
    """Asha asks for three days, sees what is destroyed, confirms, and watches the sinks empty and refill."""
    before = [talk.cell("Files", sink).text_content() or "" for sink in SINKS]
    fill_the_form(talk)
    plan = plan_of(talk, "2019-12-01 to 2019-12-03")
    for told in ("Publish 18 files", "Delete and refill", "2019-12-02", "no estimate yet"):
        expect(plan).to_contain_text(told)
    talk.screenshot("plan")
    start(talk, plan)
    expect(plan).to_contain_text("Started by @Asha", timeout=WORK_MS)
    watch(talk)
    look_at_the_end(talk)
    for sink, then in zip(SINKS, before, strict=True):
        expect(talk.cell("Files", sink)).not_to_have_text(re.compile(rf"^({re.escape(then)}|0)$"))
    for day in range(3):
        expect(talk.cell("Files", "backup", day)).to_have_text("0")
    expect(talk.cell("Kafka", "prod.telemetry.valid")).not_to_have_text("0")


def fill_the_form(talk: Desk) -> None:
    """The source brings its topic and what it deletes; a limit, so that the replay can be watched."""
    talk.type_command("/replay")
    talk.wait_for_modal("Replay")
    talk.fill("Source", "raw")
    expect(talk.modal).to_contain_text("Publishes to prod.telemetry.valid. Deletes and refills unique, channel")
    talk.fill("Start date", "2019-12-01")
    talk.fill("End date", "2019-12-03")
    talk.screenshot("form")
    talk.press("Show more")
    expect(talk.field("Kafka topic")).to_have_value("prod.telemetry.valid")
    talk.fill("At most", "1MB/s")
    talk.press("Plan")
    expect(talk.modal).to_contain_text("The plan is in the channel.", timeout=WORK_MS)
    talk.press("Close", within=talk.modal.locator("footer"))
    expect(talk.modal).to_have_count(0)


def watch(talk: Desk) -> None:
    """In the middle of a day: how far it is, how fast, and what has been taken aside."""
    live = live_of(talk, "2019-12-01")
    expect(live).to_contain_text("2019-12-02 · publishing", timeout=REPLAY_MS)
    expect(talk.cell("Files", "backup", 1)).not_to_have_text("0", timeout=WORK_MS)
    expect(live).to_contain_text(re.compile("█.* events · .* MB/s"), timeout=REPLAY_MS)
    talk.screenshot("live")


def look_at_the_end(talk: Desk) -> None:
    """A message a day in the thread, and a summary with its charts; nothing is left to press."""
    live = live_of(talk, "2019-12-01")
    expect(live).to_contain_text("Replay of raw · completed", timeout=REPLAY_MS)
    expect(live.get_by_role("button", name="Cancel")).to_have_count(0)
    live.locator(".replies").click()
    expect(talk.thread).to_have_count(5, timeout=WORK_MS)
    for day in ("2019-12-01", "2019-12-02", "2019-12-03"):
        # A day that waits until its events have landed may close after the next one.
        closed = talk.thread.filter(has_text=f"{day} closed")
        expect(closed).to_have_count(1)
        expect(closed).to_contain_text("Events published: 8,000")
    expect(talk.thread.last).to_contain_text("@Asha Replay of raw · completed")
    expect(talk.thread.last).to_contain_text("Events published: 24,000")
    expect(talk.thread.last.locator("figure, svg[role=img], .chart").first).to_be_visible()
    talk.screenshot("done")
