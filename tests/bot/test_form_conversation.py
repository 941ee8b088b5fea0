"""The form as a person uses it: what is wrong is said at its field, at once or after a look at the world."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from sandbox.slack import OpenView
from sandbox.world import CONTAINER
from tests.bot.conftest import FreshDays
from tests.bot.conversation import Conversation, with_wrong_key

DAY = "2019-12-30"
ASKED = {"source": "raw", "startDate": DAY, "endDate": DAY}
EMPTY = {"prefix": None, "filePath": None, "deleteBackups": "auto"}
TYPED = {"startDate": DAY, "endDate": DAY, "prefix": "raw", "deleteBackups": "no"}


def complaint(form: OpenView, field: str) -> str:
    """What stands directly below a field."""
    ids = [block["block_id"] for block in form.blocks]
    below = form.blocks[ids.index(field) + 1]
    assert below["block_id"] == f"{field}-wrong"
    return str(below["text"]["text"])


def test_the_form_leads_to_a_plan(conversation: Conversation, fresh_days: FreshDays) -> None:
    """A filled form is acknowledged at once, and says where the plan is when there is one."""
    (day,) = fresh_days(1)
    form = conversation.form()
    form.fill({"Source": "raw", "Start date": day, "End date": day})
    assert form.submit().outcome == "updated"
    assert "Nothing is touched." in conversation.says(form)
    conversation.make_plans()
    assert "The plan is in the channel." in conversation.says(form)
    (plan,) = conversation.slack.messages()
    assert plan.buttons == ("Review and start", "Discard")
    assert f"`{day}` 6 files" in conversation.says(plan)


MISTAKES: tuple[tuple[dict[str, object], str, str], ...] = (
    ({"endDate": "2019-12-29"}, "endDate", "endDate 2019-12-29 is before startDate 2019-12-30."),
    ({"endDate": "2021-12-30"}, "endDate", "more than 366 days"),
    ({"startDate": None, "endDate": None}, "startDate", "is no date"),
    ({"source": "other"}, "source", "'other' is not in the config."),
    ({"source": "other", "prefix": "raw"}, "topic", "topic is missing."),
    ({"filePath": f"raw/{DAY}-1.json.gz", "deleteBackups": "true"}, "deleteBackups", "One file cannot be replayed"),
    ({"filePath": "raw/2019-11-01-1.json.gz"}, "filePath", "is no file of these dates"),
)


def test_what_cannot_be_meant_is_said_at_once(conversation: Conversation) -> None:
    """Without a look at the world, below its field, with everything typed still there; and no plan is made."""
    form = conversation.form()
    for values, field, said in MISTAKES:
        form.fill(EMPTY | ASKED | values)
        result = form.submit()
        assert (result.outcome, list(result.errors)) == ("errors", [field])
        assert said in result.errors[field]
        assert {name: form.value(name) for name in values} == values
    conversation.make_plans()
    assert conversation.slack.messages() == []


@pytest.mark.parametrize(
    ("values", "field", "said"),
    [
        ({"source": "raw", "bucket": "no-such-container"}, "bucket", "There is no container no-such-container."),
        ({"source": "raw", "topic": "no.such.topic"}, "topic", "There is no topic no.such.topic on"),
        ({"source": "raw", "filePath": f"raw/{DAY}-1.json.gz", "prefix": None}, "filePath", "There is no file raw/"),
    ],
)
def test_what_the_world_does_not_have_is_said_in_the_form(
    conversation: Conversation, values: dict[str, object], field: str, said: str
) -> None:
    """Found by the worker, told below the field, with everything typed kept; mending it there is enough."""
    form = conversation.form()
    assert conversation.submit(form, TYPED | values).outcome == "updated"
    assert said in complaint(form, field)
    kept = {name: form.value(name) for name in TYPED | values}
    assert kept == {**TYPED, "deleteBackups": "false", **values}
    assert conversation.slack.messages() == []
    assert conversation.submit(form, {field: None}).outcome == "updated"
    assert len(conversation.slack.messages()) == 1


def test_wrong_credentials_are_said_above_the_form(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    """No field is to blame; the secret is not repeated."""
    monkeypatch.setenv("REPLAY_AZURE_CONNECTION_STRING", with_wrong_key(conversation))
    form = conversation.form()
    conversation.submit(form, {"source": "raw", **TYPED})
    first = form.blocks[0]
    assert (first["type"], "rejected" in str(first), "d3Jvbmc" in str(form.blocks)) == ("section", True, False)
    assert form.value("startDate") == DAY


def test_a_config_that_breaks_later_is_said_in_the_form(
    conversation: Conversation, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The worker reads the config itself, and says when it cannot."""
    broken = tmp_path / "broken.json"
    broken.write_text(json.dumps({"raw": {}}))
    monkeypatch.setenv("REPLAY_CONFIG", str(broken))
    form = conversation.form()
    conversation.submit(form, {"source": "raw", **TYPED})
    assert "is wrong at raw.outputKafkaTopic" in str(form.blocks[0])


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
    form = conversation.form()
    form.fill({"source": "raw", "bucket": "no-such-container", **TYPED})
    form.submit()
    form.close()
    conversation.make_plans()
    assert conversation.whispered() == ["No plan: There is no container no-such-container. Check its name."]


def test_where_the_bot_may_not_write_it_says_so_directly(conversation: Conversation, fresh_days: FreshDays) -> None:
    """A plan asked for in a channel that the bot is no member of does not just disappear."""
    (day,) = fresh_days(1)
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
