"""A replay asked for in a line of text: what it leads to, and what is refused."""

from datetime import timedelta

import pytest

from bot.queues import PLANS
from sandbox.world.parts import CONTAINER
from tests.bot_parts import FreshDays
from tests.helpers.conversation import Conversation, queued, serve_bot
from tests.listeners.forms import DAY, fields


def test_a_limit_holds_from_the_start(conversation: Conversation, fresh_days: FreshDays) -> None:
    """What was asked for with the replay is ordered before its first day begins."""
    (day,) = fresh_days(1)
    plan = conversation.plan(f"failed {day} rate=20MB/s")
    assert conversation.review(plan).submit().outcome == "closed"
    conversation.run()
    assert conversation.pace(plan).bytes_per_second == 20e6


def test_brokers_that_nobody_named_are_refused(conversation: Conversation) -> None:
    """As text; the form has no field for them, and a cluster by its name is understood."""
    said = conversation.asha.slash("/replay", f"raw {DAY} brokers=evil:9092").text
    assert "Brokers may not be named here. Name a cluster: here, nowhere." in said
    assert "brokerList" not in fields(conversation.form_of("raw"))
    assert queued(conversation, PLANS) == []
    conversation.asha.slash("/replay", f"raw {DAY} cluster=nowhere")
    conversation.make_plans()
    assert "No broker of 127.0.0.1:1 answers." in conversation.whispered()[-1]


def test_a_mistake_in_the_text_brings_the_line_to_paste(conversation: Conversation) -> None:
    """And the line makes the plan."""
    said = conversation.asha.slash("/replay", "rwa 2019/12/30").text
    line = said.splitlines()[-1].strip("`")
    assert line == f"/replay raw {DAY}"
    plan = conversation.plan(line.removeprefix("/replay "))
    assert f"`{DAY}` 6 files" in conversation.says(plan)


def test_an_empty_day_is_a_refused_plan(conversation: Conversation, fresh_days: FreshDays) -> None:
    """A day without stored files could only lose what its sinks hold: the plan has nothing to press."""
    plan = conversation.plan("raw 2021-05-05 2021-05-06")
    assert "2021-05-05 has nothing to replay in raw." in conversation.says(plan)
    assert plan.buttons == ()
    (day,) = fresh_days(1)
    mixed = conversation.plan(f"unique {day} {day + timedelta(days=400)}")
    assert mixed.text == plan.text, "more than a year is refused, so there is no other plan"
    assert "more than 366 days" in conversation.whispered()[-1]


def test_where_the_bot_may_not_write_it_says_so_directly(
    conversation: Conversation, fresh_days: FreshDays, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A plan asked for in a channel that is allowed, and that the bot is no member of, does not just disappear."""
    (day,) = fresh_days(1)
    monkeypatch.setenv("REPLAY_SLACK_CHANNELS", conversation.slack.workspace.channel("random").id)
    with serve_bot() as url:
        conversation.slack.use_http(url)
        conversation.asha.slash("/replay", f"raw {day}", channel="random")
    conversation.make_plans()
    (said,) = [message.text for message in conversation.slack.messages(conversation.asha.id)]
    assert "not_in_channel" in said
    assert "Invite the bot there and ask again." in said


def test_one_file_is_replayed_by_its_name(conversation: Conversation, fresh_days: FreshDays) -> None:
    """Its day is its own, and nothing is deleted."""
    (day,) = fresh_days(1)
    name = conversation.seeded.days[day].source_blobs[0]
    plan = conversation.plan(f"raw file-path={name}")
    said = conversation.says(plan)
    assert f"`{CONTAINER}/{name}`" in said
    assert (f"`{day}` 1 files" in said, "*Delete* nothing" in said) == (True, True)
