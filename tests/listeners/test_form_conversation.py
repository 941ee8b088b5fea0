"""The form as a person uses it: what follows from a source, and how it leads to one plan."""

from bot import settings
from bot.form.fields import Filled
from bot.form.modal import form
from bot.language.offer import offer
from bot.language.request import PlanRequest
from bot.queues import PLANS
from bot.slack_client import web_client
from replay_engine import Engine, Request, load_settings
from sandbox.slack.delivery import payloads
from sandbox.slack.workspace.state import HOME_CHANNEL
from tests.bot_parts import FreshDays
from tests.helpers.conversation import Conversation, queued
from tests.listeners.forms import ASKED, DAY, TYPED, fields


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


def test_a_form_that_was_closed_is_answered_in_the_channel(conversation: Conversation) -> None:
    """To the person alone, when the form is gone before the worker has looked."""
    form = conversation.form_of("raw")
    form.fill({"bucket": "no-such-container", **TYPED})
    form.submit()
    form.close()
    conversation.make_plans()
    assert conversation.whispered() == ["No plan: There is no container no-such-container. Check its name."]
