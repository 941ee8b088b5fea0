"""Who may do what, in the page; and what the bot answers about a replay that somebody else has started."""

import re

import pytest
from playwright.sync_api import Locator, expect

from sandbox.up import Sandbox
from tests.browser.desk import Desk
from tests.browser.town import DAYS, REPLAY_MS, WORK_MS, ask, hears, live_of, start

pytestmark = [pytest.mark.browser, pytest.mark.timeout(240)]

DAY = "2019-12-06"
_ID = re.compile(r"r\d{8}-\d{6}-[0-9a-f]{6}")


@pytest.mark.parametrize("watched", [DAYS[5:6]])
def test_a_stranger_is_refused_and_an_approver_may_start_it(talk: Desk, town: Sandbox) -> None:
    """Chen is told whom to ask, and nobody else hears of it; Ben starts what Asha asked for, and may look."""
    plan = ask(talk, f"raw {DAY}", DAY)
    is_refused(talk, plan)
    talk.as_person("Ben")
    expect(talk.whispers.filter(has_text="You may not")).to_have_count(0)
    talk.type_command(f"/replay raw {DAY}")
    hears(talk, "You may not ask for a replay. Ask one of @Asha.")
    start(talk, plan)
    expect(plan).to_contain_text("Started by @Ben", timeout=WORK_MS)
    live = live_of(talk, DAY)
    expect(live).to_contain_text("Replay of raw · completed", timeout=REPLAY_MS)
    expect(live).to_contain_text("@Asha")
    gets_answers(talk, live)
    is_at_home(talk)
    assert town.slack.refusals == []


def is_refused(talk: Desk, plan: Locator) -> None:
    talk.as_person("Chen")
    talk.press("Review and start", within=plan)
    hears(talk, "You may not confirm a replay. Ask one of @Ben, @Asha.")
    talk.press("Discard", within=plan)
    hears(talk, "You may not stop a replay.")
    talk.type_command("/replay")
    hears(talk, "You may not ask for a replay.")
    expect(talk.modal).to_have_count(0)
    expect(talk.open_home()).to_contain_text("You may not look at a replay.", timeout=WORK_MS)
    expect(talk.page.locator(".home").get_by_role("button")).to_have_count(0)
    talk.go_to("data-replay")


def gets_answers(talk: Desk, live: Locator) -> None:
    """How it stands, who did what, and whether the world is as the journals say."""
    found = _ID.search(live.inner_text())
    assert found is not None
    for text, answer in (
        (f"status {found[0]}", "Replay of raw · completed"),
        ("list", "The last replays"),
        ("history", "Who did what"),
        (f"history {found[0]}", "History of"),
        (f"verify {found[0]}", "All is as it should be, in 1 day"),
    ):
        talk.type_command(f"/replay {text}")
        expect(hears(talk, answer)).to_contain_text(found[0])
    history = talk.whispers.filter(has_text="History of").filter(has_text=found[0])
    expect(history).to_contain_text("@Asha asked for it in #data-replay")
    expect(history).to_contain_text("@Ben confirmed it")


def is_at_home(talk: Desk) -> None:
    """Among the last ones, with its status in a modal."""
    row = talk.open_home().locator(".block").filter(has_text=DAY).first
    expect(row).to_contain_text("completed", timeout=WORK_MS)
    talk.press("Status", within=row)
    talk.wait_for_modal("Replay")
    expect(talk.modal).to_contain_text(f"{DAY} · closed · 8,000 events", timeout=WORK_MS)
    expect(talk.modal).to_contain_text("@Ben confirmed it")
    talk.close_all()
