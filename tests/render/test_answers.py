"""What ``/replay`` answers with, and the home tab."""

from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.render import answers
from bot.render.home import home
from replay_engine import (
    AuditEntry,
    DayReport,
    DayVerification,
    Finding,
    ReplayReport,
    ReplayState,
    Stage,
    Verification,
)
from sandbox.slack.workspace.elements import buttons_of, elements_of
from tests.helpers.values import HOSTILE, REPLAY_ID, REQUESTER, closed, days_from, report
from tests.render.values import AT, audit_entry, checked, checked_home, publishing, reports, said, shown

FIRST, SECOND, THIRD = days_from(3)
WHEN = "<!date^1575972900^{date_short_pretty} {time}|2019-12-10 10:15 UTC>"
ENDED = report([closed(FIRST), closed(SECOND)], ReplayState.COMPLETED)
USAGE = (("/replay", "opens a form"), ("/replay status [id]", "where a replay stands"), ("/replay <a>", "b & c"))


def test_a_status_has_the_days_and_who_did_what() -> None:
    """Without buttons: the live message has them."""
    blocks = answers.status_blocks(
        report([publishing(), closed(SECOND)]), [audit_entry("ask"), audit_entry(plan="0a1b")]
    )
    assert shown(blocks).splitlines() == [
        "*Replay of raw* · running",
        "1 of 2 days closed · 11,234 events · 14.1 MB",
        ":hourglass_flowing_sand: 2019-12-01 · publishing · ██████░░░░░░ 50% · 1,234 events · 1.2 MB",
        ":white_check_mark: 2019-12-02 · closed · 10,000 events · 12.9 MB · 3.9 s",
        f"{WHEN} <@{REQUESTER}> ask",
        f"{WHEN} <@{REQUESTER}> confirm · plan `0a1b`",
        f"`{REPLAY_ID}` -> `raw`",
    ]
    assert buttons_of(checked(blocks)) == ()
    assert answers.answer_text(blocks) == "*Replay of raw* · running"


def test_the_list_has_a_line_a_replay() -> None:
    queued = report([DayReport(FIRST, Stage.PLANNED)])
    assert shown(answers.list_blocks([queued, ENDED])).splitlines() == [
        "*The last replays*",
        f":white_circle: `{REPLAY_ID}` raw · 2019-12-01 · waiting for a worker · 0 of 1 day closed · 0 events · 0 B",
        f":white_check_mark: `{REPLAY_ID}` raw · 2019-12-01 to 2019-12-02 · completed · 2 of 2 days closed "
        "· 20,000 events · 25.8 MB",
    ]
    assert shown(answers.list_blocks([])) == "*The last replays*\nThere is none yet."
    assert "… and 10 more replays" in shown(answers.list_blocks([ENDED] * 40))


def test_a_history_says_who_did_what_and_when() -> None:
    """Whoever is not known to Slack is told by name."""
    told = shown(answers.history_blocks(REPLAY_ID, [audit_entry("ask"), audit_entry("resume", by="the worker")]))
    assert told.splitlines() == [
        f"*History of* `{REPLAY_ID}`",
        f"{WHEN} <@{REQUESTER}> ask",
        f"{WHEN} the worker had it carried on",
    ]
    assert "Nothing is written down." in shown(answers.history_blocks(REPLAY_ID, []))


@pytest.mark.parametrize(
    ("what", "facts", "said"),
    [
        ("asked", {"channel": "C0DATAREPLAY"}, "asked for it in <#C0DATAREPLAY>"),
        ("asked", {}, "asked for it"),
        ("confirmed", {"hash": "f" * 64}, "confirmed it"),
        ("cancel", {}, "cancelled it"),
        ("unpause", {}, "let it go on"),
        ("set_pace", {"paused": True, "bytes_per_second": None, "events_per_second": None}, "paused it"),
        ("set_pace", {"paused": True, "bytes_per_second": 2e7}, "set its pace: paused · limit 20 MB/s"),
        ("set_pace", {"paused": False, "bytes_per_second": 2e7}, "set its pace: limit 20 MB/s"),
        ("set_pace", {"paused": False}, "set its pace: no limit"),
        ("accept", {"day": "2019-12-01"}, "had `2019-12-01` accepted as it was"),
        ("restore", {"day": "2019-12-01"}, "had `2019-12-01` restored"),
        ("undo", {"day": "2019-12-01"}, "had `2019-12-01` undone"),
        ("release", {"day": "2019-12-01"}, "had `2019-12-01` released"),
    ],
)
def test_what_the_engine_notes_is_said_in_words(what: str, facts: dict[str, object], said: str) -> None:
    told = shown(answers.history_blocks(REPLAY_ID, [AuditEntry(AT, REQUESTER, what, facts)]))
    assert told.splitlines()[1] == f"{WHEN} <@{REQUESTER}> {said}"


def test_of_a_long_history_the_newest_is_told() -> None:
    audit_log = [AuditEntry(AT + timedelta(minutes=n), REQUESTER, f"deed {n}", {}) for n in range(500)]
    told = shown(answers.history_blocks(REPLAY_ID, audit_log)).splitlines()
    assert told[1].endswith(" earlier")
    assert told[-1].endswith("deed 499")
    assert len(told) - 2 + int(told[1].split()[1]) == 500


def test_the_last_replays_with_who_did_what() -> None:
    told = shown(
        answers.histories_blocks([(ENDED, [audit_entry("ask"), audit_entry("confirm", by="U00APPROVER")]), (ENDED, [])])
    )
    assert told.splitlines()[0] == "*Who did what*"
    assert told.splitlines()[2].strip() == f"<@{REQUESTER}> ask, <@U00APPROVER> confirm"
    assert shown(answers.histories_blocks([])) == "*Who did what*\nThere is no replay yet."


def test_a_check_that_found_nothing_wrong_says_so_first() -> None:
    good = DayVerification(FIRST, Stage.CLOSED, (Finding(True, "Every line is in the topic."),))
    blocks = answers.verify_blocks(Verification(REPLAY_ID, (good,)))
    assert shown(blocks).splitlines() == [
        ":white_check_mark: *All is as it should be*, in 1 day",
        "*2019-12-01* closed",
        ":white_check_mark: Every line is in the topic.",
        f"`{REPLAY_ID}`",
    ]


def test_what_is_wrong_comes_first() -> None:
    good, bad = Finding(True, "Right."), Finding(False, "A file of `unique` is missing.")
    days = (DayVerification(FIRST, Stage.CLOSED, (good,)), DayVerification(SECOND, Stage.BACKED_UP, (good, bad)))
    assert shown(answers.verify_blocks(Verification(REPLAY_ID, days))).splitlines() == [
        ":octagonal_sign: *1 finding wrong*, in 1 of 2 days",
        "*2019-12-02* backed up",
        ":x: A file of 'unique' is missing.",
        ":white_check_mark: Right.",
        "*2019-12-01* closed",
        ":white_check_mark: Right.",
        f"`{REPLAY_ID}`",
    ]


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_do_no_harm(text: str) -> None:
    """In reports, deeds and findings, and in as many of them as there may be."""
    days = [DayReport(day, Stage.RESTORED, error=text) for day in days_from(366)]
    hostile = report(days, ReplayState.COMPLETED_WITH_FAILURES, text=text)
    audit_log = [AuditEntry(AT, text, text, dict.fromkeys((text, "b", "c", "d", "e", "f"), text))] * 50
    findings = (Finding(False, text), Finding(True, text))
    verification = Verification(REPLAY_ID, tuple(DayVerification(day.day, day.stage, findings) for day in days))
    for blocks in (
        answers.status_blocks(hostile, audit_log, cancelled_by=REQUESTER),
        answers.list_blocks([hostile] * 50),
        answers.history_blocks(text, audit_log),
        answers.histories_blocks([(hostile, audit_log)] * 50),
        answers.verify_blocks(verification),
    ):
        checked(blocks)
        assert answers.answer_text(blocks)
    checked_home(home([hostile] * 50, [hostile] * 50))


@given(reports(), st.sampled_from((None, REQUESTER)))
@settings(max_examples=30, deadline=None)
def test_the_status_of_anything_is_true_and_fits(of: ReplayReport, cancelled_by: str | None) -> None:
    told = shown(answers.status_blocks(of, [audit_entry()] * 100, cancelled_by=cancelled_by))
    if of.state is not ReplayState.RUNNING:
        assert "running" not in told + shown(answers.list_blocks([of]))


def test_the_home_tab_shows_what_is_under_way_and_where_to_begin() -> None:
    view = checked_home(home([report([publishing()])], [ENDED]))
    assert buttons_of(view["blocks"]) == ("New replay", "Refresh", "Status", "Status")
    assert [(e.spec["action_id"], e.spec["value"]) for e in elements_of(view["blocks"])] == [
        ("new_replay", "home"),
        ("refresh_home", "home"),
        ("status", REPLAY_ID),
        ("status", REPLAY_ID),
    ]
    told = "\n".join(said(view["blocks"]))
    assert f":hourglass_flowing_sand: `{REPLAY_ID}` raw · 2019-12-01 · running · 0 of 1 day closed" in told
    assert f":white_check_mark: `{REPLAY_ID}` raw · 2019-12-01 to 2019-12-02 · completed" in told


def test_an_empty_home_tab_says_so() -> None:
    told = "\n".join(said(checked_home(home([], []))["blocks"]))
    assert "Nothing is under way." in told
    assert "There is none yet." in told


def test_the_home_tab_of_much_history_fits() -> None:
    view = checked_home(home([ENDED] * 200, [ENDED] * 200))
    assert "… and 180 more: `/replay list`" in said(view["blocks"])


def test_a_stranger_sees_only_the_refusal() -> None:
    view = checked_home(home([ENDED], [ENDED], refusal=f"Ask <@{REQUESTER}>."))
    assert (said(view["blocks"]), buttons_of(view["blocks"])) == ([f"Ask <@{REQUESTER}>."], ())
