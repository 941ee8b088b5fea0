"""What is wrong with a form is said in it, and nothing typed is lost."""

import json
from pathlib import Path

import pytest

from bot.queues import PLANS
from sandbox.world.parts import CONTAINER
from tests.helpers.conversation import Conversation, queued, serve_bot, with_wrong_key
from tests.helpers.values import HOSTILE
from tests.listeners.forms import ASKED, DAY, TYPED, complaint

EMPTY = {"prefix": None, "filePath": None, "deleteBackups": "delete", "rate": None}
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
