"""The request form: what a person puts in is what is asked for, and comes back with what is wrong."""

import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.form.fields import Filled, other_name
from bot.form.inputs import choice_value
from bot.form.modal import field_errors, form, read_form, source_chosen
from bot.language.offer import Offer, OfferedSource, permitted
from bot.language.request import PlanRequest
from replay_engine import BadRequest, FreeText, Refused, Request
from sandbox.slack.rules.blocks import checked_view
from sandbox.slack.workspace.elements import first_state, kept_state
from tests.helpers.requests import CLOSED, CLUSTERS, CONFIG, OPEN, names, plan_requests, requests
from tests.helpers.values import HOSTILE, assert_harmless, texts

CHANNEL = "C0DATAREPLAY"
MAIN = ["source", "dependents", "bucket", "startDate", "endDate", "options"]
MORE = ["deleteBackups", "prefix", "filePath", "topic", "cluster", "brokerList", "rate"]
MORE += ["delivery", "onBadLine", "checkSource", "again", "dryRun"]
FIELDS = [*MAIN[:1], *MAIN[2:5], *MORE]


def shown(
    filled: Filled, wrong: Refused | None = None, offered: Offer = OPEN, before: dict[str, Any] | None = None
) -> dict[str, Any]:
    """The form as Slack takes it, and sends it again when somebody clicks in it."""
    view = checked_view(form(offered, filled, wrong).to_dict())
    held = first_state(view["blocks"]) if before is None else kept_state(view["blocks"], before["state"]["values"])
    return view | {"state": {"values": held}, "hash": "1.a", "id": "V1"}


def asked(request: Request, **more: Any) -> Filled:
    return Filled(PlanRequest(request), CHANNEL, **more)


def ids(view: dict[str, Any]) -> list[str]:
    """The blocks by their field."""
    return [block["block_id"].partition("@")[0] for block in view["blocks"]]


def put(view: dict[str, Any], field: str, **state: Any) -> dict[str, Any]:
    """The view after somebody has put something into a field."""
    (ident,) = (block["block_id"] for block in view["blocks"] if block["block_id"].partition("@")[0] == field)
    values = view["state"]["values"]
    return view | {"state": {"values": {**values, ident: {field: {**values[ident][field], **state}}}}}


def text_of(view: dict[str, Any], block_id: str) -> str:
    (block,) = (block for block in view["blocks"] if block["block_id"] == block_id)
    return str(block["text"]["text"])


def same(plan_request: PlanRequest, offered: Offer) -> PlanRequest:
    """As the form says it: what is so by itself is not said; brokers by their cluster's name are in its order."""
    request, entry = plan_request.request, offered.sources.get(plan_request.request.source)
    usual = bool(entry and entry.has_sinks)
    delete = None if request.delete_backups == usual else request.delete_backups
    topic = None if entry and request.topic == entry.topic else request.topic
    said = replace(request, delete_backups=delete, topic=topic, again=request.again or None)
    return replace(plan_request, request=said)


FILLED = st.builds(
    Filled,
    plan_requests(requests(st.sampled_from([*CONFIG, "other"]), names() | st.sampled_from([*CLUSTERS.values()]))),
    st.none() | st.just(CHANNEL),
    st.none() | st.just("C0OTHER"),
    st.booleans(),
    st.sampled_from(["", "r20191210-101500-0a1b2c"]),
)
WRONG = st.none() | st.sampled_from([*FIELDS, "", "elsewhere"]).map(lambda name: BadRequest(name, "It is wrong."))


@given(FILLED, WRONG)
def test_the_form_keeps_what_was_asked(filled: Filled, wrong: Refused | None) -> None:
    """Everything comes out of its form as it went in, open or not, also when the form says what is wrong."""
    kept = replace(
        filled, plan_request=same(filled.plan_request, OPEN), chosen=None if filled.channel else filled.chosen
    )
    assert read_form(shown(filled, wrong), OPEN) == kept


@given(FILLED)
def test_more_and_fewer_keep_everything(filled: Filled) -> None:
    """Opening and closing the form again and again changes nothing in it."""
    view = shown(filled)
    for more in (True, False, True):
        view = shown(replace(read_form(view, OPEN), more=more), before=view)
    assert read_form(view, OPEN).plan_request == same(filled.plan_request, OPEN)


def test_a_closed_form_shows_what_is_not_as_usual() -> None:
    """Nothing that makes a difference is out of sight."""
    assert ids(shown(asked(Request("raw")))) == MAIN
    assert ids(shown(asked(Request("raw"), more=True))) == [*MAIN, *MORE]
    said = Request(
        "raw", prefix="p", topic="t", delete_backups=False, broker_list=CLUSTERS["test"], delivery="exactly_once"
    )
    filled = Filled(PlanRequest(said, dry_run=True), CHANNEL)
    assert ids(shown(filled)) == [*MAIN, "deleteBackups", "prefix", "topic", "cluster", "delivery", "dryRun"]
    outside = asked(Request(other_name(OPEN)))
    assert ids(shown(outside)) == [*MAIN, "prefix", "topic"]


def test_an_untouched_form_wants_a_source() -> None:
    """Nothing is chosen beforehand, and nothing else is needed but where to post if that is not known."""
    view = shown(asked(Request("")))
    assert read_form(view, OPEN) == asked(Request(""))
    assert [block["block_id"] for block in view["blocks"] if not block.get("optional")] == ["source", "options"]
    from_home = shown(Filled(PlanRequest(Request("")), None))
    assert "channel" in ids(from_home)
    assert read_form(put(from_home, "channel", selected_channel="C1"), OPEN).chosen == "C1"


def test_choosing_a_source_fills_in_what_follows_it() -> None:
    """Its topic and whether it deletes; what was typed for another source does not stay, all else does."""
    view = shown(asked(Request("raw", prefix="p"), more=True))
    view = put(put(view, "topic", value="typed"), "startDate", selected_date="2019-12-01")
    option = {"text": {"type": "plain_text", "text": "failed"}, "value": "failed"}
    view = put(view, "source", selected_option=option)
    after = shown(source_chosen(read_form(view, OPEN), "2.b"), before=view)
    assert read_form(after, OPEN).plan_request.request == Request("failed", "2019-12-01", prefix="p")
    assert text_of(after, "dependents").endswith("Nothing depends on it: nothing is deleted.")
    held = {ident: state for ident, state in after["state"]["values"].items() if "@2.b" in ident}
    assert held["topic@2.b"]["topic"]["value"] == "prod.telemetry.raw"
    assert held["deleteBackups@2.b"]["deleteBackups"]["selected_option"]["value"] == "keep"


def test_a_source_chosen_just_before_the_submission_brings_its_own_topic() -> None:
    """The form still shows the other source's: what it filled in by itself was chosen by nobody."""
    view = shown(asked(Request("raw"), more=True))
    option = {"text": {"type": "plain_text", "text": "unique"}, "value": "unique"}
    assert read_form(put(view, "source", selected_option=option), OPEN).plan_request.request == Request("unique")


def test_what_depends_on_a_source_is_said() -> None:
    assert text_of(shown(asked(Request("raw"))), "dependents") == (
        "Publishes to `prod.telemetry.valid`. Deletes and refills `unique`, `channel` and Druid `telemetry-events`."
    )
    options = shown(asked(Request("")))["blocks"][0]["element"]["options"]
    described = {option["value"]: option["description"]["text"] for option in options}
    assert described["raw"] == "to prod.telemetry.valid; clears unique, channel, 1 in Druid"
    assert described["failed"] == "to prod.telemetry.raw; clears nothing"


def test_one_file_deletes_nothing_by_itself() -> None:
    """Although the source would: what stands there by itself is not said."""
    view = put(shown(asked(Request("raw"), more=True)), "filePath", value=" raw/f.json.gz ")
    assert read_form(view, OPEN).plan_request.request == Request("raw", file_path="raw/f.json.gz")


def test_only_what_is_left_open_is_free_text() -> None:
    """Else there are the config's topics and the named clusters, and no container to choose."""
    view = shown(asked(Request("raw"), more=True), offered=CLOSED)
    kinds = {
        block["block_id"].partition("@")[0]: block["element"]["type"] for block in view["blocks"] if "element" in block
    }
    assert kinds["topic"] == kinds["cluster"] == "static_select"
    assert {"bucket", "brokerList"} & kinds.keys() == set()
    assert "cluster" not in ids(shown(asked(Request("raw"), more=True), offered=replace(CLOSED, clusters={})))


@given(
    plan_requests(requests(st.sampled_from([*CONFIG]), st.sampled_from([*CLUSTERS.values()]))),
    st.sampled_from([OPEN, CLOSED]),
)
def test_a_form_never_asks_for_what_is_not_permitted(plan_request: PlanRequest, offered: Offer) -> None:
    """Whatever was asked before: the form cannot say it."""
    permitted(
        read_form(shown(Filled(plan_request, CHANNEL, more=True), offered=offered), offered).plan_request.request,
        offered,
    )


@pytest.mark.parametrize("field", FIELDS)
def test_what_is_wrong_stands_below_its_field(field: str) -> None:
    """A refusal that comes later than the submission is as near to its field as one that comes at once."""
    view = shown(asked(Request("raw")), BadRequest(field, "It is wrong.", advice="Mend it."))
    assert ids(view)[ids(view).index(field) + 1] == f"{field}-wrong"
    assert text_of(view, f"{field}-wrong") == ":warning: It is wrong. Mend it."


def test_what_no_field_is_to_blame_for_stands_above_all() -> None:
    blocks = shown(asked(Request("raw")), Refused("The account rejects the key."))["blocks"]
    assert blocks[0]["text"]["text"] == ":warning: The account rejects the key."


def test_errors_name_a_field_that_is_shown() -> None:
    """Slack takes no other for an answer; brokers may be there as a cluster only."""
    view = shown(asked(Request("raw"), mark="2.b", more=True), offered=CLOSED)
    assert field_errors(view, BadRequest("topic", "No.")) == {"topic@2.b": "No."}
    assert field_errors(view, BadRequest("brokerList", "No.")) == {"cluster": "No."}
    assert field_errors(view, BadRequest("bucket", "No.")) is None
    assert field_errors(shown(asked(Request("raw"))), BadRequest("topic", "No.")) is None


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_text_comes_back_as_it_was(text: str) -> None:
    """In a field nothing is escaped; where the bot itself repeats a name it is harmless."""
    short = text[:1000].strip()
    filled = asked(Request("raw", bucket=short, prefix=short, topic=short, broker_list=short))
    wrong = BadRequest("topic", f"There is no topic {text}.")
    assert read_form(shown(filled, wrong), OPEN) == filled
    hostile = replace(OPEN, sources={text: OfferedSource(text, (text,), (text,))}, bucket=text)
    view = shown(asked(Request(text), more=True), offered=hostile)
    assert read_form(view, hostile).plan_request.request == Request(text)
    for said in texts(view["blocks"], "mrkdwn"):
        assert_harmless(said)


CONFIGS = st.dictionaries(
    names(),
    st.builds(OfferedSource, names(249), *(st.lists(names(), max_size=12).map(tuple) for _ in range(2))),
    max_size=6,
)


@given(CONFIGS, st.data(), st.booleans(), st.frozensets(st.sampled_from(FreeText)))
def test_any_config_makes_a_form(
    sources: dict[str, OfferedSource], data: st.DataObject, more: bool, free: frozenset[FreeText]
) -> None:
    """Slack's limits hold whatever the names are, and every source can be chosen and comes back by its name."""
    offered = Offer(sources, data.draw(st.none() | names()), None, {"c" * 75: "a:1"}, free)
    source = data.draw(st.sampled_from(["", other_name(offered), *sources]))
    view = shown(asked(Request(source), more=more), offered=offered)
    assert read_form(view, offered).plan_request.request == Request(source)
    assert len(view["private_metadata"]) < 3000


def test_a_source_with_hundreds_of_sinks_says_how_many_more() -> None:
    many = tuple(f"sink-{number}-{'x' * 80}" for number in range(300))
    offered = replace(OPEN, sources={"raw": OfferedSource("t", many, many)})
    said = text_of(shown(asked(Request("raw")), offered=offered), "dependents")
    assert "more and Druid" in said
    assert len(said) <= 3000


@pytest.mark.parametrize("number", [0, 1, 99, 100, 500])
def test_any_number_of_sources_makes_a_form(number: int) -> None:
    """Slack shows at most a hundred, the chosen one always; the others can still be typed after the command."""
    offered = Offer({f"source-{n}": OfferedSource(f"t{n}") for n in range(number)})
    block = shown(asked(Request(f"source-{number - 1}")), offered=offered)["blocks"][0]
    options = [option["value"] for option in block["element"]["options"]]
    assert len(options) == min(number + 1, 100) + (number == 0)
    assert block["element"]["initial_option"]["value"] == f"source-{number - 1}"
    assert ("hint" in block) == (number > 99)


def test_a_source_called_like_the_forms_own_words_is_itself() -> None:
    """``other`` in the config is that source, and *Other* is none of the config."""
    offered = Offer({name: OfferedSource("t") for name in ("other", ":other", "other-")})
    for name in offered.sources:
        assert read_form(shown(asked(Request(name)), offered=offered), offered).plan_request.request.source == name
    outside = read_form(shown(asked(Request(other_name(offered))), offered=offered), offered)
    assert outside.plan_request.request.source not in offered.sources


def test_a_field_that_slack_sends_no_state_of_says_what_it_began_with() -> None:
    """Slack leaves out what nobody has touched since an update, now and then."""
    filled = asked(Request("raw", "2019-12-01", prefix="p", delivery="exactly_once", delete_backups=False))
    view = shown(filled) | {"state": {"values": {}}}
    assert read_form(view, OPEN) == filled


def test_a_choice_that_is_gone_is_refused_by_its_name() -> None:
    """The config has changed while the form was open."""
    view = shown(asked(Request("raw", topic="prod.telemetry.sink"), more=True), offered=CLOSED)
    rest = replace(CLOSED, sources={"wfs": OfferedSource("t")}, clusters={})
    assert read_form(view, rest).plan_request.request == Request("raw", topic="prod.telemetry.sink")


def test_what_the_form_remembers_is_small() -> None:
    metadata = json.loads(shown(asked(Request("raw"), mark="2.b"))["private_metadata"])
    topic = choice_value("prod.telemetry.valid")
    assert metadata == {"channel": CHANNEL, "more": False, "mark": "2.b", "topic": topic, "delete": True}
