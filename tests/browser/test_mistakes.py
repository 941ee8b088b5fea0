"""Mistakes in the page: in a line, in the form, and in the stored data. Nothing typed is lost, nothing is half done."""

import pytest
from playwright.sync_api import Locator, expect

from tests.browser.desk import Desk
from tests.browser.town import DAYS, REPLAY_MS, WORK_MS, ask, hears, live_of, plan_of, start

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DAY = "2019-12-07"


def test_a_mistyped_line_is_answered_with_one_to_paste(talk: Desk) -> None:
    """Which works as it stands; its plan can be discarded, and is then a record."""
    talk.type_command("/replay rwa 2019-12-01")
    answer = hears(talk, "rwa is no source of the config.")
    expect(answer).to_contain_text("Understood: 2019-12-01")
    line = answer.locator("code").last.inner_text()
    assert line == "/replay raw 2019-12-01"
    talk.type_command(line)
    hears(talk, "the plan appears in the channel")
    plan = plan_of(talk, "Days 1, 2019-12-01")
    discard(talk, plan)


def discard(talk: Desk, plan: Locator) -> None:
    talk.press("Discard", within=plan)
    expect(plan).to_contain_text("Discarded by @Asha; nothing was touched.", timeout=WORK_MS)
    expect(plan.get_by_role("button", name="Review and start")).to_have_count(0)


def test_the_form_says_below_each_field_what_is_wrong(talk: Desk) -> None:
    """From the Home tab, where the form asks for the channel too; everything that was typed stays."""
    talk.open_home()
    talk.press("New replay")
    talk.wait_for_modal("Replay")
    talk.fill("Source", "raw")
    expect(talk.modal).to_contain_text("Publishes to")
    talk.fill("Where to post", "#random")
    talk.fill("Start date", "2019-12-03")
    talk.fill("End date", "2019-12-01")
    talk.press("Plan")
    expect(talk.error_under("Where to post")).to_contain_text("The bot does not listen in that channel.")
    talk.fill("Where to post", "#data-replay")
    talk.press("Plan")
    expect(talk.error_under("End date")).to_contain_text("Swap them.", timeout=WORK_MS)
    talk.press("Show more")
    talk.fill("At most", "fast")
    talk.fill("End date", "2019-12-03")
    talk.press("Plan")
    expect(talk.error_under("At most")).to_contain_text("Write it like 20MB/s", timeout=WORK_MS)
    typed = {
        "Source": "raw",
        "Where to post": "C0DATAREPLAY",
        "Start date": "2019-12-03",
        "End date": "2019-12-03",
        "At most": "fast",
    }
    for label, value in typed.items():
        expect(talk.field(label)).to_have_value(value)
    talk.close_all()


def test_a_folder_that_is_not_there_is_told_before_anything_can_start(talk: Desk) -> None:
    """The plan says of which day nothing is found, and has nothing to press."""
    talk.type_command(f"/replay raw {DAY} prefix=nosuch dry-run")
    plan = talk.said_to_all("Dry run: replay raw", DAY)
    expect(plan).to_contain_text("nosuch", timeout=WORK_MS)
    expect(plan).to_contain_text("cannot be started")
    expect(plan.get_by_role("button", name="Review and start")).to_have_count(0)


@pytest.mark.parametrize("watched", [DAYS[6:7]])
def test_a_damaged_day_is_restored_and_can_be_planned_again(talk: Desk) -> None:
    """Somebody cuts a stored file short, and only the heads are looked at; the day fails, gets back what it had, and
    the summary offers a new plan.
    """
    before = talk.cell("Files", "unique").text_content() or ""
    plan = ask(talk, f"raw {DAY} check-source=heads", DAY)
    panel = talk.page.get_by_label("The world", exact=True)
    talk.press("Damage a file", within=panel)
    expect(panel.get_by_role("status")).to_contain_text("now ends too early.")
    discard(talk, plan)
    start(talk, ask(talk, f"raw {DAY} check-source=heads", DAY))
    live = live_of(talk, DAY)
    expect(live).to_contain_text("Replay of raw · completed with failures", timeout=REPLAY_MS)
    live.locator(".replies").click()
    expect(talk.thread.filter(has_text=f"{DAY} restored · failed")).to_contain_text("its gzip data ends too early")
    summary = talk.thread.filter(has_text="Days closed: 0 of 1")
    expect(summary).to_be_visible(timeout=WORK_MS)
    expect(talk.cell("Files", "unique")).to_have_text(before)
    expect(talk.cell("Files", "backup")).to_have_text("0")
    plans = talk.messages.filter(has_text="Plan: replay raw").filter(has_text=DAY)
    there = plans.count()
    talk.press("Retry failed days", within=summary)
    expect(plans).to_have_count(there + 1, timeout=WORK_MS)
    discard(talk, plans.last)
