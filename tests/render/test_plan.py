"""Plans as Slack shows them: within its rules, nothing hidden, nothing harmful."""

from dataclasses import replace
from datetime import date

import pytest

from bot.render.plan import plan_blocks, plan_text
from replay_engine import Estimate, Plan
from replay_engine.model import Amount, Canary, Delivery, EarlierDay, Publishing
from sandbox.slack.workspace.elements import buttons_of, find
from tests.helpers.values import FIRST, HOSTILE, REPLAY_ID, REQUESTER, plan
from tests.render.values import assert_harmless, checked, shown

OUTLOOK = Estimate({FIRST: 10_000, date(2019, 12, 2): 20_000}, 725.0, "r20191205-090000-1c2d3e")


def message(of: Plan, estimate: Estimate | None = None) -> str:
    return shown(plan_blocks(of, REQUESTER, estimate=estimate))


def test_a_plan_says_all_that_a_person_decides_on() -> None:
    """Totals and each day: what is published, what is destroyed, how long it takes, by which plan, who asked."""
    assert message(plan(3), OUTLOOK).splitlines() == [
        "Plan: replay raw",
        "*Publish* 18 files, 38.4 MB stored, 30,000 events in 2 of the days, from `raw/raw` to `raw` "
        "at `127.0.0.1:9092`",
        "*Delete and refill* `raw-unique` 6 files (2.7 kB), `raw-events` 12 segments",
        ":warning: raw is shared",
        "*Days* 3, 2019-12-01 to 2019-12-03",
        "*Time* about 12 min 5 s, going by `r20191205-090000-1c2d3e`",
        "`2019-12-01` 6 files, 12.8 MB, 10,000 events; deletes 2 files (900 B), 4 segments",
        "`2019-12-02` 6 files, 12.8 MB, 20,000 events; deletes 2 files (900 B), 4 segments",
        "`2019-12-03` 6 files, 12.8 MB; deletes 2 files (900 B), 4 segments",
        f"`{REPLAY_ID}` · plan `{plan(3).hash[:12]}` · <@{REQUESTER}> · "
        "<!date^1575936000^{date_short_pretty} {time}|2019-12-10 00:00 UTC>",
        "Review and start",
        "Discard",
    ]


def test_what_earlier_replays_did_to_a_day_is_said() -> None:
    """Beside the day, with the events that are in the topic already."""
    asked = plan(2)
    earlier = EarlierDay("r20191205-090000-1c2d3e", "closed", 10_000)
    days = (
        replace(asked.days[0], earlier=(earlier, replace(earlier, text="restored", lines_published=0))),
        asked.days[1],
    )
    lines = message(replace(asked, days=days)).splitlines()
    told = "before: r20191205-090000-1c2d3e closed, 10,000 events published; r20191205-090000-1c2d3e restored"
    assert [line for line in lines if line.startswith("before")] == [told]


def test_the_leaf_folders_of_a_sink_are_counted() -> None:
    """Of all days together; one is not worth saying."""
    asked = plan(2)
    folders = ({"raw-unique/a": Amount(1, 1), "raw-unique/b": Amount(1, 1)}, {"raw-unique/b": Amount(1, 1)})
    days = tuple(replace(day, folders=found) for day, found in zip(asked.days, folders, strict=True))
    assert "`raw-unique` 4 files (1.8 kB) in 2 folders, " in message(replace(asked, days=days))
    one = replace(asked, days=tuple(replace(day, folders=folders[1]) for day in asked.days))
    assert "`raw-unique` 4 files (1.8 kB), " in message(one)


def test_a_canary_is_told() -> None:
    """Where the first events go before a day is cleared."""
    spec = replace(plan().spec, canary=Canary("telemetry.canary", "reader"))
    told = "*Canary* the first 1,000 events of a day go to telemetry.canary; it is cleared when reader has read them"
    assert told in message(replace(plan(), spec=spec)).splitlines()


@pytest.mark.parametrize("estimate", [None, Estimate({}, None, "")])
def test_without_an_earlier_replay_there_is_no_estimate(estimate: Estimate | None) -> None:
    assert "*Time* no estimate yet: there is no earlier replay to go by" in message(plan(), estimate)


def test_a_plan_that_deletes_nothing_says_so() -> None:
    said = message(plan(1, destructive=False))
    assert "*Delete* nothing" in said
    assert "`2019-12-01` 6 files, 12.8 MB; deletes nothing" in said


def test_how_lines_are_published_is_said_where_it_is_not_the_default() -> None:
    """A weaker promise or a key is part of what a person confirms."""
    asked = plan(1)
    how = Publishing(delivery=Delivery.AT_LEAST_ONCE, key="did")
    assert "*Lines* at least once, keyed by did" in message(replace(asked, spec=replace(asked.spec, publishing=how)))
    assert "*Lines*" not in message(asked)


def test_a_day_that_cannot_run_is_not_counted_in() -> None:
    """Its files are not touched, so the totals leave them out; the day says why."""
    asked = plan(3)
    first, *others = asked.days
    said = message(replace(asked, days=(replace(first, refusal="it is empty"), *others)))
    assert "*Publish* 12 files, 25.6 MB" in said
    assert "`raw-unique` 4 files (1.8 kB), `raw-events` 8 segments" in said
    assert ":no_entry: 1 of them will fail unchanged: 2019-12-01." in said
    assert "`2019-12-01` 6 files, 12.8 MB\n:no_entry: it is empty" in said


def test_no_sink_is_left_out_however_many_there_are() -> None:
    """What a person confirms names everything that goes; of very many the last are counted."""
    said = message(plan(1, sinks=60))
    assert [f"`sink-{number}-raw`" in said for number in range(60)] == [True] * 60
    assert "212 more sinks 422 files (189.9 kB), 4 segments" in message(plan(1, sinks=300))


def test_names_that_begin_alike_stay_apart_when_they_are_shortened() -> None:
    """Sixty long names of one config differ at their ends."""
    said = message(plan(366, text="n" * 300, sinks=60))
    assert [f"`sink-{number}-n" in said for number in range(60)] == [True] * 60
    assert "n-unique` 732 files" in said


def test_buttons_are_there_until_it_is_decided() -> None:
    """A decided plan, a dry run, and one of which no day can run, have nothing left to press."""
    buttons = checked(plan_blocks(plan(), REQUESTER))
    assert buttons_of(buttons) == ("Review and start", "Discard")
    assert [find(buttons, action).spec["value"] for action in ("review", "discard")] == [REPLAY_ID, REPLAY_ID]
    decided = checked(plan_blocks(plan(), REQUESTER, decision=f"Discarded by <@{REQUESTER}>"))
    assert buttons_of(decided) == ()
    refused = plan(refusal="2019-12-01 has nothing to replay in raw.")
    assert buttons_of(checked(plan_blocks(refused, REQUESTER))) == ()
    assert "No day of it can run: there is nothing to start." in message(refused)


def test_a_plan_that_cannot_run_counts_nothing() -> None:
    """Only why, day by day."""
    said = message(plan(2, refusal="it is empty"), OUTLOOK).splitlines()
    assert said[:2] == ["Plan: replay raw", "*Days* 2, 2019-12-01 to 2019-12-02, from `raw/raw`"]
    assert [":no_entry: it is empty" in line for line in said].count(True) == 2
    assert [line for line in said if line.startswith(("*Publish*", "*Delete", "*Time*"))] == []


def test_a_dry_run_cannot_be_started() -> None:
    dry = plan_blocks(plan(), REQUESTER, dry_run=True)
    assert buttons_of(checked(dry)) == ()
    assert "Dry run: replay raw" in shown(dry)
    assert "A dry run: it cannot be started. Nothing was touched." in shown(dry)


def test_who_else_has_to_confirm_is_said() -> None:
    asked = plan_blocks(plan(), REQUESTER, approvers_must_confirm=True)
    assert f"An approver who is not <@{REQUESTER}> has to confirm it." in shown(asked)
    assert buttons_of(checked(asked)) == ("Review and start", "Discard")


@pytest.mark.parametrize("text", ["", "n" * 300, *HOSTILE])
@pytest.mark.parametrize("sinks", [0, 60, 400])
def test_a_year_of_days_fits(text: str, sinks: int) -> None:
    """366 days with a refusal or warnings each are within Slack's limits, and the rest is counted."""
    estimate = Estimate({}, 9e9, text)
    long = plan(366, text=text, sinks=sinks, warning=f"{text} is empty")
    assert "more days" in message(long, estimate)
    refused = plan(366, text=text, sinks=sinks, refusal=f"{text} cannot be read", warning=text)
    assert "more days" in message(refused, estimate)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_do_no_harm(text: str) -> None:
    """Whatever a person, the config or the store has named cannot mention, link or break out of its place."""
    hostile = plan(2, text=text, sinks=20, refusal=text, warning=text)
    how = Publishing(delivery=Delivery.EXACTLY_ONCE, key=text)
    spec = replace(hostile.spec, publishing=how, broker_list=text)
    checked(plan_blocks(replace(hostile, spec=spec), REQUESTER, estimate=Estimate({}, 1.0, text), dry_run=True))
    assert_harmless(plan_text(hostile))
    assert len(plan_text(hostile)) < 4000


def test_the_notification_says_what_is_asked() -> None:
    assert plan_text(plan(3)) == f"Plan {REPLAY_ID}: raw 2019-12-01 to 2019-12-03 -> raw"
