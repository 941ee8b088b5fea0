"""The last questions: what goes is said in numbers, and a name is typed."""

import json

import pytest

from bot.render.confirmation import confirmation, notice, order_confirmation
from sandbox.slack.workspace.elements import find
from tests.helpers.values import FIRST, HOSTILE, REPLAY_ID, REQUESTER, closed, plan, report
from tests.render.values import checked_modal, said


@pytest.mark.parametrize("text", ["raw", *HOSTILE])
@pytest.mark.parametrize("sinks", [0, 400])
def test_the_confirmation_keeps_to_the_rules(text: str, sinks: int) -> None:
    """The confirmation modal is valid and harmless for any plan."""
    checked_modal(confirmation(plan(366, text=text, sinks=sinks, refusal=text), wrong=text))


def test_a_destructive_plan_wants_the_source_typed() -> None:
    """The confirmation repeats what goes, and has a field for the name."""
    view = checked_modal(confirmation(plan(3)))
    assert (view["callback_id"], view["private_metadata"]) == ("confirm", REPLAY_ID)
    assert said(view["blocks"])[0].splitlines() == [
        "*Publish* 18 files, 38.4 MB stored, from `raw/raw` to `raw` at `127.0.0.1:9092`",
        "*Delete and refill* `raw-unique` 6 files (2.7 kB), `raw-events` 12 segments",
        ":warning: raw is shared",
        "*Days* 3, 2019-12-01 to 2019-12-03",
        "Everything is backed up before it is deleted; a day that fails gets back what it had.",
    ]
    assert find(view["blocks"], "typed/typed").label == "Type raw to confirm"


def test_a_harmless_plan_wants_nothing_typed() -> None:
    view = checked_modal(confirmation(plan(destructive=False)))
    assert [block["type"] for block in view["blocks"]] == ["section"]
    assert "backed up" not in said(view["blocks"])[0]


def test_what_was_wrong_comes_first() -> None:
    view = checked_modal(confirmation(plan(), wrong="Type raw, the source's name, exactly."))
    assert said(view["blocks"])[0].splitlines()[0] == ":warning: Type raw, the source's name, exactly."


def test_the_confirmation_counts_the_days_that_cannot_run() -> None:
    view = checked_modal(confirmation(plan(40, refusal="empty")))
    assert "40 of them will fail unchanged: 2019-12-01, 2019-12-02" in said(view["blocks"])[0]
    assert "2019-12-10 and 30 more." in said(view["blocks"])[0]


@pytest.mark.parametrize(("order", "title"), [("restore", "Restore this day?"), ("undo", "Undo this day?")])
def test_an_order_is_asked_for_once_more(order: str, title: str) -> None:
    """What it is about is kept in the modal, and the name is typed."""
    view = checked_modal(order_confirmation(order, report([closed(FIRST)]), closed(FIRST), "C0DATAREPLAY"))
    assert (view["callback_id"], view["title"]["text"]) == ("order", title)
    kept = {"order": order, "id": REPLAY_ID, "day": "2019-12-01", "source": "raw", "channel": "C0DATAREPLAY"}
    assert json.loads(view["private_metadata"]) == kept
    lines = said(view["blocks"])[0].splitlines()
    assert lines[0] == f"*{order.capitalize()}* `2019-12-01` of `{REPLAY_ID}`, a replay of raw."
    assert lines[1] == "It stands at: closed. Published: 10,000 events."
    assert find(view["blocks"], "typed/typed").label == "Type raw to confirm"


@pytest.mark.parametrize("text", HOSTILE)
def test_an_order_about_a_hostile_source_does_no_harm(text: str) -> None:
    checked_modal(order_confirmation("undo", report([closed(FIRST)], text=text), closed(FIRST), "C0DATAREPLAY"))


def test_a_notice_is_a_modal_with_nothing_to_submit() -> None:
    view = checked_modal(notice(f"Ask <@{REQUESTER}>."))
    assert (said(view["blocks"]), "submit" in view) == ([f"Ask <@{REQUESTER}>."], False)


def test_a_notice_that_is_too_long_is_cut() -> None:
    assert said(checked_modal(notice("x" * 10_000))["blocks"])[0].endswith("x…")
