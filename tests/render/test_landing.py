"""Days that wait for their landing, wherever they are shown: since when, for what, and what can be done."""

import json
from dataclasses import replace

import pytest

from bot.render import answers
from bot.render.confirmation import order_confirmation
from bot.render.day import day_text
from bot.render.home import home
from bot.render.landing import landed_text, overdue_blocks, overdue_text
from bot.render.live import live_blocks, live_text
from bot.render.style import Style
from replay_engine import DayReport, ReplayReport, ReplayState, Stage
from sandbox.slack.workspace.elements import buttons_of, elements_of, find
from tests.helpers.values import FIRST, HOSTILE, REPLAY_ID, REQUESTER, closed, days_from, report
from tests.render.values import AT, checked, checked_home, checked_modal, publishing, said, shown

WHEN = "<!date^1575972900^{date_short_pretty} {time}|2019-12-10 10:15 UTC>"
MISSING = {"unique": "unique: 16 of 40 sampled events are missing", "channel/raw": "channel/raw: no new file, 2 before"}
TOLD = "Not everything has landed: unique: 16 of 40 sampled events are missing; channel/raw: no new file, 2 before."
WAITS = DayReport(
    FIRST,
    Stage.SETTLED,
    lines_published=40,
    landing=TOLD,
    landing_since=AT,
    landing_missing=MISSING,
    landing_missing_folders=2,
    next_step="land",
)
LATE = replace(WAITS, landing_overdue=True)


def waiting(count: int = 1, **more: object) -> ReplayReport:
    return report([replace(WAITS, day=day, **more) for day in days_from(count)], ReplayState.LANDING)  # type: ignore[arg-type]


@pytest.mark.parametrize("style", ["native", "plain"])
def test_the_live_message_says_what_is_waited_for_and_what_can_be_done(style: Style) -> None:
    """Neither failed, nor closed, nor running."""
    blocks = live_blocks(waiting(), REQUESTER, style=style)
    told = shown(blocks)
    assert told.splitlines()[0] == "*Replay of raw* · waits for landing"
    assert "Next: it closes by itself when everything has come back." in told
    assert "2019-12-01 · published, waiting to land" in told
    assert f":stopwatch: *2019-12-01* waits to land since {WHEN}: {TOLD}" in told
    assert not any(word in told for word in ("failed", "running", "interrupted", ":warning:", "1 of 1"))
    assert live_text(waiting()) == "Replay of raw: waits for landing, 0 of 1 day closed"
    assert buttons_of(checked(blocks)) == ("Accept the loss", "Restore")
    assert {one.spec["value"] for one in elements_of(checked(blocks))} == {f"{REPLAY_ID} 2019-12-01"}


def test_one_that_waits_for_too_long_is_told_to() -> None:
    told = shown(live_blocks(waiting(landing_overdue=True), REQUESTER))
    assert f"*2019-12-01* waits to land since {WHEN}, longer than it should: " in told
    assert "longer than it should" in shown(answers.status_blocks(waiting(landing_overdue=True), []))


def test_of_many_that_wait_three_have_buttons() -> None:
    blocks = live_blocks(waiting(31), REQUESTER)
    assert buttons_of(checked(blocks)) == ("Accept the loss", "Restore") * 3
    assert f"… and 28 more days waiting to land: `/replay status {REPLAY_ID}`" in shown(blocks)


def test_while_the_next_day_is_published_the_first_one_goes_on_waiting() -> None:
    """The one that somebody is at is the next; that one can be steered."""
    second = days_from(2)[1]
    mixed = report([WAITS, publishing(day=second)])
    assert "2019-12-02 · publishing" in shown(live_blocks(mixed, REQUESTER))
    assert buttons_of(checked(live_blocks(mixed, REQUESTER)))[:3] == ("Accept the loss", "Restore", "Cancel")
    by_journals = report([WAITS, DayReport(second, Stage.CLEARED, next_step="publish")])
    assert "2019-12-01 · published, waiting to land" in shown(live_blocks(by_journals, REQUESTER))
    assert "2019-12-02 · publishing" in shown(live_blocks(by_journals, REQUESTER))


def test_a_run_that_only_waits_does_not_say_that_it_runs() -> None:
    assert "*Replay of raw* · waits for landing" in shown(live_blocks(report([WAITS]), REQUESTER))


def test_the_lists_say_so_too() -> None:
    line = f":stopwatch: `{REPLAY_ID}` raw · 2019-12-01 · waits for landing · 0 of 1 day closed"
    assert line in shown(answers.list_blocks([waiting()]))
    assert line in "\n".join(said(checked_home(home([waiting()], []))["blocks"]))
    assert f"waits to land since {WHEN}: {TOLD}" in shown(answers.status_blocks(waiting(), []))


def test_those_who_asked_and_confirmed_are_told_with_numbers() -> None:
    """Each once, also where one person is both; three ways out."""
    text = overdue_text(LATE, "raw", (REQUESTER, "U00APPROVER"))
    both = f"<@{REQUESTER}> <@U00APPROVER>"
    assert text.splitlines()[:4] == [
        f":stopwatch: {both} *2019-12-01* of the replay of raw waits for its landing since {WHEN}.",
        "Not come back yet:",
        "• unique: 16 of 40 sampled events are missing",
        "• channel/raw: no new file, 2 before",
    ]
    assert "wait on: it closes by itself" in text
    assert overdue_text(LATE, "raw", (REQUESTER, REQUESTER)).count("<@") == 1
    blocks = checked(overdue_blocks(text, LATE, REPLAY_ID))
    assert buttons_of(blocks) == ("Accept the loss", "Restore")


def test_of_many_folders_the_first_are_told_and_how_many_more() -> None:
    many = replace(
        LATE, landing_missing={str(n): f"folder {n}: no new file" for n in range(5)}, landing_missing_folders=4000
    )
    assert overdue_text(many, "raw", (REQUESTER,)).count("•") == 5
    assert "… and 3,995 more folders" in overdue_text(many, "raw", (REQUESTER,))
    behind = replace(LATE, landing="downstream is 12 offsets behind.", landing_missing={}, landing_missing_folders=0)
    assert "downstream is 12 offsets behind." in overdue_text(behind, "raw", (REQUESTER,))


@pytest.mark.parametrize(
    ("day", "expected"),
    [
        (closed(FIRST, landed="proved"), "waits no more, it is closed: proved by event ids"),
        (closed(FIRST, landed="refilled"), "waits no more, it is closed: every sink was refilled"),
        (closed(FIRST, landed="accepted", accepted_by=REQUESTER), f"closed: accepted as it was by <@{REQUESTER}>"),
        (DayReport(FIRST, Stage.RESTORED), "waits no more: it is restored."),
        (DayReport(FIRST, Stage.HELD), "waits for a person now: it is held."),
    ],
)
def test_what_became_of_it_is_said_in_its_place(day: DayReport, expected: str) -> None:
    assert expected in landed_text(day)


def test_a_closed_day_says_how_it_was_told_that_it_landed() -> None:
    assert "Landed: proved by event ids" in day_text(closed(FIRST, landed="proved"))
    assert "Landed: accepted as it was by asha" in day_text(closed(FIRST, landed="accepted", accepted_by="asha"))
    assert "Landed" not in day_text(closed(FIRST, landed="nothing was deleted"))


def test_before_a_loss_is_accepted_it_is_shown_in_numbers() -> None:
    """And the source's name is typed."""
    view = checked_modal(order_confirmation("accept", waiting(), WAITS, "C0DATAREPLAY"))
    assert view["title"]["text"] == "Accept this day?"
    kept = {"order": "accept", "id": REPLAY_ID, "day": "2019-12-01", "source": "raw", "channel": "C0DATAREPLAY"}
    assert json.loads(view["private_metadata"]) == kept
    lines = said(view["blocks"])[0].splitlines()
    assert lines[1:5] == [
        "It stands at: published, waiting to land. Published: 40 events.",
        "Not come back yet:",
        "• unique: 16 of 40 sampled events are missing",
        "• channel/raw: no new file, 2 before",
    ]
    assert "What has not come back is given up together with its backup" in lines[5]
    assert find(view["blocks"], "typed/typed").label == "Type raw to confirm"


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_folders_do_no_harm(text: str) -> None:
    day = replace(
        LATE, landing=text, landing_missing=dict.fromkeys("abcde", text), landing_missing_folders=9, accepted_by=text
    )
    days = [replace(day, day=one) for one in days_from(31)]
    of = report(days, ReplayState.LANDING, text)
    for blocks in (
        live_blocks(of, REQUESTER),
        live_blocks(of, REQUESTER, style="plain"),
        answers.status_blocks(of, []),
        overdue_blocks(overdue_text(day, text, (text, REQUESTER)), day, REPLAY_ID),
    ):
        checked(blocks)
    checked_modal(order_confirmation("accept", of, day, "C0DATAREPLAY"))
    day_text(closed(FIRST, landed="accepted", accepted_by=text))
