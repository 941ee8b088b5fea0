"""Plans and confirmations as Slack shows them: within its rules, nothing hidden, nothing harmful."""

import pytest

from bot import blocks
from replay_engine import Plan
from sandbox.slack.block_rules import checked_view
from sandbox.slack.elements import buttons_of
from tests.bot.values import ASKER, HOSTILE, assert_harmless, checked, plan, texts


def shown(of: Plan, decision: str | None = None) -> str:
    """Everything that the plan's message says."""
    return "\n".join(texts(checked(blocks.plan_blocks(of, ASKER, decision))))


def test_a_plan_shows_what_it_would_destroy() -> None:
    """Totals over all days for each sink and datasource, and the numbers of each day."""
    said = shown(plan(3))
    assert "*Publish* 18 files, 38.4 MB stored, from `raw/raw` to `raw`" in said
    assert "*Delete and refill* `raw-unique` 6 files (2.7 kB), `raw-events` 12 segments" in said
    assert "`2019-12-02` 6 files, 12.8 MB; deletes 2 files, 4 segments" in said
    assert ":warning: raw is shared" in said
    assert f"<@{ASKER}>" in said


def test_a_plan_that_deletes_nothing_says_so() -> None:
    assert "*Delete* nothing" in shown(plan(1, destructive=False))


def test_no_sink_is_left_out_however_many_there_are() -> None:
    """What a person confirms names everything that goes."""
    said = shown(plan(1, sinks=60))
    assert [f"`sink-{number}-raw`" in said for number in range(60)] == [True] * 60


def test_buttons_are_there_until_it_is_decided() -> None:
    """A decided plan, and one of which no day can run, has nothing left to press."""
    open_plan, refused = plan(), plan(refusal="2019-12-01 has nothing to replay in raw.")
    assert buttons_of(checked(blocks.plan_blocks(open_plan, ASKER))) == ("Review and start", "Discard")
    assert buttons_of(checked(blocks.plan_blocks(open_plan, ASKER, "Discarded"))) == ()
    assert buttons_of(checked(blocks.plan_blocks(refused, ASKER))) == ()


def test_a_refused_day_says_why() -> None:
    assert ":no_entry: it is empty" in shown(plan(2, refusal="it is empty"))


@pytest.mark.parametrize("text", ["", *HOSTILE])
def test_a_year_of_days_fits(text: str) -> None:
    """366 days with a refusal and warnings each are within Slack's limits, and the rest is counted."""
    said = shown(plan(366, refusal=f"{text} cannot be read", warning=f"{text} is empty"))
    assert "more days" in said


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_do_no_harm(text: str) -> None:
    """Whatever a person, the config or the store has named cannot mention, link or break out of its place."""
    hostile = plan(2, text=text, sinks=20, refusal=text, warning=text)
    as_json = checked(blocks.plan_blocks(hostile, ASKER, f"Discarded by <@{ASKER}>"))
    for said in [*texts(as_json, "mrkdwn"), blocks.plan_text(hostile)]:
        assert_harmless(said)
    assert len(blocks.plan_text(hostile)) < 4000


@pytest.mark.parametrize("text", ["raw", *HOSTILE])
def test_the_confirmation_keeps_to_the_rules(text: str) -> None:
    """The confirmation modal is valid and harmless for any plan."""
    view = checked_view(blocks.confirmation(plan(366, text=text, sinks=20, refusal=text)).to_dict())
    for said in texts(view["blocks"], "mrkdwn"):
        assert_harmless(said)


def test_a_destructive_plan_wants_the_source_typed() -> None:
    """The confirmation repeats what goes, and has a field for the name; a harmless plan has none."""
    view = checked_view(blocks.confirmation(plan(3)).to_dict())
    said = "\n".join(texts(view["blocks"]))
    assert "*Delete and refill* `raw-unique` 6 files" in said
    assert "3 days, 2019-12-01 to 2019-12-03." in said
    assert "Type raw to confirm" in said
    harmless = checked_view(blocks.confirmation(plan(destructive=False)).to_dict())
    assert [block["type"] for block in harmless["blocks"]] == ["section"]


def test_the_confirmation_counts_the_days_that_cannot_run() -> None:
    view = checked_view(blocks.confirmation(plan(40, refusal="empty")).to_dict())
    assert "40 of them will fail unchanged: 2019-12-01, 2019-12-02" in "\n".join(texts(view["blocks"]))


def test_a_notice_is_a_modal_with_nothing_to_submit() -> None:
    view = checked_view(blocks.notice(f"Ask <@{ASKER}>.").to_dict())
    assert (texts(view["blocks"]), "submit" in view) == ([f"Ask <@{ASKER}>."], False)
