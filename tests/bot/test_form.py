"""The request form: what a person puts in is what is asked for, and comes back with what is wrong."""

from datetime import date
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot import request_form
from replay_engine import BadRequest, Refused, Request
from sandbox.slack.block_rules import checked_view
from sandbox.slack.elements import first_state
from tests.bot.values import HOSTILE, texts

SOURCES = ("ingest", "raw", "unique", "denorm", "wfs", "failed")
CHANNEL = "C0DATAREPLAY"


def shown(asked: Request | None = None, wrong: Refused | None = None) -> dict[str, Any]:
    """The form as Slack takes it."""
    return checked_view(request_form.form(CHANNEL, SOURCES, asked, wrong).to_dict())


def read_back(asked: Request, wrong: Refused | None = None) -> Request:
    """What the form holds when a person submits it as it was opened."""
    return request_form.parse_form(first_state(shown(asked, wrong)["blocks"]))


def typed() -> st.SearchStrategy[str | None]:
    text = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), min_size=1, max_size=100)
    return st.none() | text.map(str.strip).filter(bool)


def days() -> st.SearchStrategy[str | None]:
    return st.none() | st.dates(date(1970, 1, 1)).map(str)


REQUESTS = st.builds(
    Request,
    st.sampled_from([*SOURCES, request_form.OTHER_SOURCE]),
    start_date=days(),
    end_date=days(),
    bucket=typed(),
    prefix=typed(),
    file_path=typed(),
    topic=typed(),
    broker_list=typed(),
    delete_backups=st.none() | st.booleans(),
)


@given(REQUESTS, st.none() | st.sampled_from([*request_form.ATTRIBUTES, "", "elsewhere"]))
def test_the_form_keeps_a_request(asked: Request, field: str | None) -> None:
    """Every request comes out of its form as it went in, also when the form says what is wrong."""
    wrong = None if field is None else BadRequest(field, "It is wrong.", advice="Mend it.")
    assert read_back(asked, wrong) == asked


def test_an_untouched_form_wants_a_source() -> None:
    """Nothing is chosen beforehand but that the source decides what is deleted."""
    view = shown()
    assert request_form.parse_form(first_state(view["blocks"])) == Request(request_form.OTHER_SOURCE)
    assert (view["callback_id"], view["private_metadata"]) == ("request", CHANNEL)
    needed = [block["block_id"] for block in view["blocks"] if not block.get("optional")]
    assert needed == ["source", "deleteBackups"]


@pytest.mark.parametrize("field", request_form.ATTRIBUTES)
def test_what_is_wrong_stands_below_its_field(field: str) -> None:
    """A refusal that comes later than the submission is as near to its field as one that comes at once."""
    blocks = shown(Request("raw"), BadRequest(field, "It is wrong.", advice="Mend it."))["blocks"]
    place = next(number for number, block in enumerate(blocks) if block["block_id"] == field)
    assert blocks[place + 1]["text"]["text"] == ":warning: It is wrong. Mend it."


def test_what_no_field_is_to_blame_for_stands_above_all() -> None:
    blocks = shown(Request("raw"), Refused("The account rejects the key."))["blocks"]
    assert blocks[0]["text"]["text"] == ":warning: The account rejects the key."


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_as_it_was(text: str) -> None:
    """In a field and in plain text nothing needs escaping, and nothing is."""
    short = text[:1000].strip()
    asked = Request("raw", bucket=short, prefix=short, topic=short)
    wrong = BadRequest("topic", f"There is no topic {text}.")
    assert read_back(asked, wrong) == asked
    assert texts(shown(asked, wrong)["blocks"], "mrkdwn") == []


@pytest.mark.parametrize("number", [0, 1, 99, 100, 500])
def test_any_number_of_sources_makes_a_form(number: int) -> None:
    """Slack shows at most a hundred; the others can still be typed after the command."""
    sources = [f"source-{n}" for n in range(number)]
    view = checked_view(request_form.form(CHANNEL, sources).to_dict())
    options = [option["value"] for option in view["blocks"][0]["element"]["options"]]
    assert options == [*sources[:99], request_form.OTHER_SOURCE]
