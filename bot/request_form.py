"""The request as people give it in Slack, a form or a line of text, to a `Request`, and back into the form.

Pure. Every field is named as the mission names it; the same name is the form's block id, so that a refusal
finds its field.
"""

import shlex
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from slack_sdk.models.blocks import (
    Block,
    DatePickerElement,
    InputBlock,
    InputInteractiveElement,
    Option,
    PlainTextInputElement,
    PlainTextObject,
    SectionBlock,
    StaticSelectElement,
)
from slack_sdk.models.views import View

from replay_engine import BadRequest, Refused, Request

#: Block id and Slack action id of every field are its mission name; here it meets the request's attribute.
ATTRIBUTES = {
    "source": "source",
    "startDate": "start_date",
    "endDate": "end_date",
    "bucket": "bucket",
    "prefix": "prefix",
    "filePath": "file_path",
    "topic": "topic",
    "brokerList": "broker_list",
    "deleteBackups": "delete_backups",
}
OTHER_SOURCE = "other"
_MOST_OPTIONS = 100
#: The options of the text, written like the mission's names or with dashes: ``filePath`` or ``file-path``.
_OPTIONS = {name.lower(): name for name in ("bucket", "prefix", "filePath", "topic", "brokerList", "deleteBackups")}
_YES = {"true": True, "yes": True, "false": False, "no": False}
#: Phones type these for what was meant as a quote.
_QUOTES = str.maketrans("“”„‘’", '"""\'\'')
USAGE = "/replay raw 2019-12-01 2019-12-03 [bucket= prefix= file-path= topic= broker-list= delete-backups=yes|no]"
_ADVICE = f"Write it like: {USAGE}"


def parse_text(text: str) -> Request:
    """``SOURCE START [END] [option=value …]`` in any order of options; `BadRequest` says which word is wrong."""
    try:
        words = shlex.split(text.translate(_QUOTES))
    except ValueError as error:
        raise BadRequest("source", f"The quotes do not match: {error}.", advice=_ADVICE) from error
    plain = [word for word in words if "=" not in word]
    if not 1 <= len(plain) <= 3:
        raise BadRequest("source", "A source and one or two dates are wanted.", advice=_ADVICE)
    source, *dates = plain
    request = Request(source, start_date=dates[0] if dates else None, end_date=dates[-1] if dates else None)
    given = [_option(word) for word in words if "=" in word]
    if twice := [name for name, number in Counter(name for name, _ in given).items() if number > 1]:
        raise BadRequest(twice[0], f"{twice[0]} is given more than once.", advice="Say it once.")
    return replace(request, **{ATTRIBUTES[name]: value for name, value in given})


def _option(word: str) -> tuple[str, Any]:
    """The mission's name of an option, and its value."""
    written, _, value = word.partition("=")
    name = _OPTIONS.get(written.replace("-", "").lower())
    if name is None:
        raise BadRequest("source", f"There is no option {written}.", advice=_ADVICE)
    if name != "deleteBackups":
        return name, value
    if value.lower() not in _YES:
        raise BadRequest(name, f"{written}={value} is neither yes nor no.", advice="Say yes or no.")
    return name, _YES[value.lower()]


def parse_form(values: Mapping[str, Mapping[str, Mapping[str, Any]]]) -> Request:
    """A submitted view's ``state.values``."""
    given = {field: _value(values[field][field]) for field in ATTRIBUTES if field in values}
    delete = given.pop("deleteBackups", None)
    named = {ATTRIBUTES[field]: value for field, value in given.items()}
    source = named.pop("source") or OTHER_SOURCE
    return Request(source, **named, delete_backups=_YES.get(delete or ""))


def _value(state: Mapping[str, Any]) -> str | None:
    if "selected_option" in state:
        return state["selected_option"]["value"] if state["selected_option"] else None
    text = state.get("selected_date") or state.get("value")
    return text.strip() if isinstance(text, str) and text.strip() else None


def form(channel: str, sources: Iterable[str], asked: Request | None = None, wrong: Refused | None = None) -> View:
    """The modal; with what was ``asked`` filled in and, below its field, what is ``wrong``."""
    blocks: list[Block] = []
    names = [*[name for name in sources if name != OTHER_SOURCE][: _MOST_OPTIONS - 1], OTHER_SOURCE]
    for block in _inputs(names, asked or Request("")):
        blocks.append(block)
        if wrong and wrong.field == block.block_id:
            blocks.append(_complaint(wrong))
    if wrong and wrong.field not in ATTRIBUTES:
        blocks.insert(0, _complaint(wrong))
    return View(
        type="modal",
        callback_id="request",
        private_metadata=channel,
        title=PlainTextObject(text="Replay"),
        submit=PlainTextObject(text="Plan"),
        close=PlainTextObject(text="Close"),
        blocks=blocks,
    )


def _inputs(sources: Sequence[str], asked: Request) -> tuple[InputBlock, ...]:
    return (
        _input("source", "Source", _select(sources, asked.source), "What is read; other: not in the config."),
        _input("startDate", "Start date", _date("startDate", asked.start_date), optional=True),
        _input("endDate", "End date", _date("endDate", asked.end_date), "Included.", optional=True),
        _input("deleteBackups", "Delete stored data", _delete(asked), "Of the sinks that depend on the source."),
        _text("bucket", "Container", asked.bucket),
        _text("prefix", "Folder to read", asked.prefix, "Instead of the source's own."),
        _text("filePath", "One file", asked.file_path, "For missing data: nothing is deleted."),
        _text("topic", "Kafka topic", asked.topic, "Full name, instead of the source's own."),
        _text("brokerList", "Brokers", asked.broker_list, "host:port, separated by commas."),
    )


def _input(
    field: str, label: str, element: InputInteractiveElement, hint: str | None = None, *, optional: bool = False
) -> InputBlock:
    return InputBlock(block_id=field, label=label, element=element, hint=hint, optional=optional)


def _text(field: str, label: str, value: str | None, hint: str | None = None) -> InputBlock:
    element = PlainTextInputElement(action_id=field, initial_value=value, max_length=1024)
    return _input(field, label, element, hint, optional=True)


def _date(field: str, value: str | None) -> DatePickerElement:
    return DatePickerElement(action_id=field, initial_date=value)


def _select(sources: Sequence[str], chosen: str) -> StaticSelectElement:
    options = {name: Option(text=name[:75], value=name[:75]) for name in sources}
    return StaticSelectElement(action_id="source", options=list(options.values()), initial_option=options.get(chosen))


def _delete(asked: Request) -> StaticSelectElement:
    options = {
        None: Option(text="as the source needs it", value="auto"),
        True: Option(text="yes", value="true"),
        False: Option(text="no", value="false"),
    }
    return StaticSelectElement(
        action_id="deleteBackups", options=list(options.values()), initial_option=options[asked.delete_backups]
    )


def _complaint(wrong: Refused) -> SectionBlock:
    return SectionBlock(
        block_id=f"{wrong.field}-wrong", text=PlainTextObject(text=f":warning: {wrong}"[:3000], emoji=True)
    )
