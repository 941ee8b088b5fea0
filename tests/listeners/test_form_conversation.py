"""The form as a person uses it: what follows from a source, what is wrong, and that nothing typed is lost."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from bot import settings
from bot.form.fields import Filled
from bot.form.modal import form
from bot.language.offer import offer
from bot.language.request import PlanRequest
from bot.queues import PLANS
from bot.slack_client import web_client
from replay_engine import Engine, Request, load_settings
from sandbox.slack import OpenView
from sandbox.slack.delivery import payloads
from sandbox.slack.workspace.state import HOME_CHANNEL
from sandbox.world.parts import CONTAINER
from tests.bot_parts import FreshDays
from tests.helpers.conversation import Conversation, queued, serve_bot, with_wrong_key
from tests.helpers.values import HOSTILE

DAY = "2019-12-30"
ASKED = {"startDate": DAY, "endDate": DAY}
EMPTY = {"prefix": None, "filePath": None, "deleteBackups": "delete", "rate": None}
TYPED = {"startDate": DAY, "endDate": DAY, "prefix": "raw", "deleteBackups": "keep", "rate": "20MB/s"}


def fields(form: OpenView) -> list[str]:
    """Which fields a person sees."""
    return [block["block_id"].partition("@")[0] for block in form.blocks]


def complaint(form: OpenView, field: str) -> str:
    """What stands directly below a field."""
    there = fields(form)
    below = form.blocks[there.index(field) + 1]
    assert below["block_id"] == f"{field}-wrong"
    return str(below["text"]["text"])


def test_the_form_leads_to_a_plan(conversation: Conversation, fresh_days: FreshDays) -> None:
    """A filled form is acknowledged at once, and says where the plan is when there is one."""
    (day,) = fresh_days(1)
    form = conversation.form()
    conversation.choose_source(form, "raw")
    form.fill({"Start date": day, "End date": day})
    assert form.submit().outcome == "updated"
    assert "Nothing is touched." in conversation.says(form)
    conversation.make_plans()
    assert "The plan is in the channel." in conversation.says(form)
    (plan,) = conversation.slack.messages()
    assert plan.buttons == ("Review and start", "Discard")
    assert f"`{day}` 6 files" in conversation.says(plan)


def test_a_source_brings_its_topic_and_what_depends_on_it(conversation: Conversation) -> None:
    """Each time that another is chosen; what was typed elsewhere stays."""
    form = conversation.form()
    form.fill({"Start date": DAY})
    conversation.choose_source(form, "raw")
    assert "Deletes and refills" in conversation.says(form)
    assert fields(form) == ["source", "dependents", "bucket", "startDate", "endDate", "options"]
    conversation.click_in(form, "Show more")
    own = form.value("topic")
    assert str(own).endswith("telemetry.valid")
    assert form.value("deleteBackups") == "delete"
    form.fill({"topic": "typed", "prefix": "raw"})
    conversation.choose_source(form, "failed")
    assert str(form.value("topic")).endswith("telemetry.raw")
    assert "Nothing depends on it: nothing is deleted." in conversation.says(form)
    assert [form.value(name) for name in ("deleteBackups", "prefix", "startDate")] == ["keep", "raw", DAY]
    conversation.choose_source(form, "raw")
    assert (form.value("topic"), form.value("deleteBackups")) == (own, "delete")


def test_fewer_options_hide_only_what_says_nothing(conversation: Conversation) -> None:
    form = conversation.form_of("raw")
    form.fill({"prefix": "raw", "Dry run": "dry-run", "Delivery": "exactly_once", "Cluster": "here"})
    conversation.click_in(form, "Fewer options")
    assert fields(form)[6:] == ["prefix", "cluster", "delivery", "dryRun"]
    conversation.click_in(form, "Show more")
    kept = [form.value(name) for name in ("prefix", "dryRun", "delivery", "cluster", "onBadLine")]
    assert kept == ["raw", ["dry-run"], "exactly_once", "here", ":settings"]


MISTAKES: tuple[tuple[dict[str, object], str, str], ...] = (
    ({"endDate": "2019-12-29"}, "endDate", "endDate 2019-12-29 is before startDate 2019-12-30."),
    ({"endDate": "2021-12-30"}, "endDate", "more than 366 days"),
    ({"startDate": None, "endDate": None}, "startDate", "is no date"),
    ({"filePath": "raw/2019-11-01-1.json.gz"}, "filePath", "is no file of these dates"),
    ({"bucket": "Not A Name"}, "bucket", "is no name of a container"),
    ({"rate": "fast"}, "rate", "'fast' is no rate."),
)


def test_what_cannot_be_meant_is_said_at_once(conversation: Conversation) -> None:
    """Without a look at the world, below its field, with everything typed still there; and no plan is made."""
    form = conversation.form_of("raw")
    for values, field, said in MISTAKES:
        form.fill(EMPTY | {"bucket": None} | ASKED | values)
        result = form.submit()
        assert (result.outcome, list(result.errors)) == ("errors", [field])
        assert said in result.errors[field]
        assert {name: form.value(name) for name in values} == values
    assert queued(conversation, PLANS) == []


def test_another_source_is_asked_for_its_folder_and_topic(conversation: Conversation) -> None:
    """What a source of the config brings itself."""
    form = conversation.form()
    conversation.choose_source(form, "Other")
    form.fill(ASKED)
    assert "'other' is not in the config." in form.submit().errors["source"]
    form.fill({"prefix": "raw"})
    result = form.submit()
    assert [name.partition("@")[0] for name in result.errors] == ["topic"]


def test_what_is_wrong_with_a_hidden_field_brings_it_up(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No Druid is configured, so the source cannot be cleared: the form shows the field, and why."""
    monkeypatch.delenv("REPLAY_DRUID_URL")
    with serve_bot() as url:
        conversation.slack.use_http(url)
        form = conversation.form()
        conversation.choose_source(form, "raw")
        form.fill(ASKED)
        assert form.submit().outcome == "updated"
    assert "no Druid is configured" in complaint(form, "deleteBackups")
    assert (form.value("source"), form.value("startDate")) == ("raw", DAY)


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"bucket": "no-such-container"}, "bucket", "There is no container no-such-container."),
        ({"topic": "no.such.topic"}, "topic", "There is no topic no.such.topic on"),
        ({"filePath": f"raw/{DAY}-1.json.gz", "prefix": None}, "filePath", "There is no file raw/"),
    ],
)
def test_what_the_world_does_not_have_is_said_in_the_form(
    conversation: Conversation, values: dict[str, object], field: str, said: str
) -> None:
    """Found by the worker, told below the field, with everything typed kept; mending it there is enough."""
    form = conversation.form_of("raw")
    assert conversation.submit(form, TYPED | values).outcome == "updated"
    assert said in complaint(form, field)
    conversation.click_in(form, "Show more")
    assert {name: form.value(name) for name in TYPED | values} == TYPED | values
    assert conversation.slack.messages() == []
    assert conversation.submit(form, {field: None}).outcome == "updated"
    assert len(conversation.slack.messages()) == 1


def test_wrong_credentials_are_said_above_the_form(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    """No field is to blame; the secret is not repeated."""
    monkeypatch.setenv("REPLAY_AZURE_CONNECTION_STRING", with_wrong_key(conversation))
    form = conversation.form_of("raw")
    conversation.submit(form, TYPED)
    first = form.blocks[0]
    assert (first["type"], "rejected" in str(first), "d3Jvbmc" in str(form.blocks)) == ("section", True, False)
    assert form.value("startDate") == DAY


def test_a_config_that_breaks_later_is_said_in_the_form(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The worker reads the config itself, and says when it cannot; the source stays chosen."""
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({"raw": {}}))
    form = conversation.form_of("raw")
    with monkeypatch.context() as change:
        change.setenv("REPLAY_CONFIG", str(broken))
        conversation.submit(form, TYPED | {"deleteBackups": "delete", "bucket": CONTAINER})
    assert "is wrong at raw.outputKafkaTopic" in str(form.blocks[0])
    assert [form.value(name) for name in ("source", "prefix", "bucket")] == ["raw", "raw", CONTAINER]
    conversation.submit(form, {"prefix": None})
    (plan,) = conversation.slack.messages()
    assert "*Delete and refill*" in conversation.says(plan)


def test_a_form_that_is_sent_twice_makes_one_plan(conversation: Conversation) -> None:
    """However often it is clicked, also when the first plan is made already; and a mended form makes another."""
    form = conversation.form_of("raw")
    form.fill(ASKED | {"bucket": "no-such-container"})
    assert form.submit(clicks=3).outcome == "updated"
    assert len(queued(conversation, PLANS)) == 1
    conversation.make_plans()
    form.fill({"bucket": None})
    assert form.submit(clicks=2).outcome == "updated"
    conversation.make_plans()
    assert len(conversation.slack.messages()) == 1


def test_a_dry_run_cannot_be_started(conversation: Conversation) -> None:
    """The plan is there with its numbers, without buttons; nor is it remembered as one that could be."""
    form = conversation.form_of("raw")
    conversation.submit(form, ASKED | {"Dry run": "dry-run"})
    (plan,) = conversation.slack.messages()
    assert plan.buttons == ()
    assert "A dry run: it cannot be started. Nothing was touched." in conversation.says(plan)
    assert conversation.records.plan(plan.text.removeprefix("Plan ").partition(":")[0]) is None
    again = conversation.plan(f"raw {DAY} dry-run")
    assert again.buttons == ()


def test_a_limit_holds_from_the_start(conversation: Conversation, fresh_days: FreshDays) -> None:
    """What was asked for with the replay is ordered before its first day begins."""
    (day,) = fresh_days(1)
    plan = conversation.plan(f"failed {day} rate=20MB/s")
    assert conversation.review(plan).submit().outcome == "closed"
    conversation.run()
    assert conversation.pace(plan).bytes_per_second == 20e6


def test_hostile_text_in_every_field_is_answered(conversation: Conversation) -> None:
    """Nothing breaks, nothing is planned, and what was typed is still there."""
    form = conversation.form_of("raw")
    names = ("bucket", "prefix", "filePath", "topic", "rate")
    for text in HOSTILE:
        typed = text[:1024]
        form.fill(ASKED | dict.fromkeys(names, typed))
        assert form.submit().outcome == "errors"
        assert [form.value(name) for name in names] == [typed] * 5
        conversation.click_in(form, "Fewer options")
        conversation.click_in(form, "Show more")
        assert [form.value(name) for name in names] == [typed] * 5
    assert queued(conversation, PLANS) == []


def test_a_form_that_belongs_to_no_channel_asks_for_one(conversation: Conversation) -> None:
    """As from the Home tab: the plan is posted where the person says, and nowhere before."""
    bot = settings.load()
    view = form(offer(Engine(load_settings()), bot), Filled(PlanRequest(Request("")), None))
    trigger = conversation.slack.desk.tickets.trigger(conversation.asha.id)
    web_client(bot).views_open(trigger_id=trigger, view=view)
    opened = conversation.asha.wait_for_view()
    conversation.choose_source(opened, "raw")
    opened.fill(ASKED)
    assert list(opened.submit().errors) == ["channel"]
    channel = conversation.slack.workspace.channel(HOME_CHANNEL).id
    assert conversation.submit(opened, {"channel": channel}).outcome == "updated"
    assert [plan.channel for plan in conversation.slack.messages()] == [channel]


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


def test_a_choice_that_was_overtaken_is_quiet(conversation: Conversation) -> None:
    """A click that was sent before the form had changed."""
    form = conversation.form_of("raw")
    before = len(conversation.slack.refusals)
    stale = form.view
    conversation.click_in(form, "Fewer options")
    entry = {"type": "button", "action_id": "more", "block_id": "options", "value": "more"}
    click = payloads.action_in_view(conversation.asha.user, stale, entry, trigger_id="1.2.3")
    assert conversation.requests.send("interactive", click).ok
    refused = conversation.slack.wait_for(lambda: conversation.slack.refusals[before:], what="the refused update")
    assert "hash_conflict" in refused[0]
    assert conversation.whispered() == []


def test_an_empty_day_is_a_refused_plan(conversation: Conversation, fresh_days: FreshDays) -> None:
    """A day without stored files could only lose what its sinks hold: the plan has nothing to press."""
    plan = conversation.plan("raw 2021-05-05 2021-05-06")
    assert "2021-05-05 has nothing to replay in raw." in conversation.says(plan)
    assert plan.buttons == ()
    (day,) = fresh_days(1)
    mixed = conversation.plan(f"unique {day} {day + timedelta(days=400)}")
    assert mixed.text == plan.text, "more than a year is refused, so there is no other plan"
    assert "more than 366 days" in conversation.whispered()[-1]


def test_a_form_that_was_closed_is_answered_in_the_channel(conversation: Conversation) -> None:
    """To the person alone, when the form is gone before the worker has looked."""
    form = conversation.form_of("raw")
    form.fill({"bucket": "no-such-container", **TYPED})
    form.submit()
    form.close()
    conversation.make_plans()
    assert conversation.whispered() == ["No plan: There is no container no-such-container. Check its name."]


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
