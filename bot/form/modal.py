"""The request as a modal: from what is offered and filled in to a view, and from a view back to what it holds. Pure.

What Slack sends with a click or a submission is enough to show the form again with everything in it; nothing of it
is remembered here.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from slack_sdk.models.blocks import (
    ActionsBlock,
    Block,
    ButtonElement,
    MarkdownTextObject,
    PlainTextObject,
    SectionBlock,
)
from slack_sdk.models.views import View

from bot.form.fields import (
    DELETE,
    OTHER,
    Field,
    Filled,
    default_delete,
    default_topic,
    main_fields,
    more_fields,
    other_name,
    source_field,
)
from bot.form.inputs import BY_SETTINGS, LONGEST_TEXT, choice_value
from bot.language.offer import Offer
from bot.language.request import plan_request
from bot.render.mrkdwn import code, printable
from replay_engine import OptionKind, Place, Refused, Request, options

CALLBACK = "request"
_SECTION_CHARACTERS = 2800
_NAME_CHARACTERS = 100
_WRONG_CHARACTERS = 2000
#: A field that shows another's trouble where that one is not there.
_STAND_IN = {"brokerList": "cluster"}


def form(offered: Offer, filled: Filled, wrong: Refused | None = None) -> View:
    """The modal with what is filled in; what is ``wrong`` stands below its field, or above all."""
    request = filled.plan_request.request
    more = [field for field in more_fields(offered, filled) if filled.more or field.speaks or _is_about(wrong, field)]
    blocks: list[Block] = [source_field(offered, request)]
    if request.source:
        blocks.append(SectionBlock(block_id="dependents", text=MarkdownTextObject(text=_dependents(offered, request))))
    blocks += main_fields(offered, filled)
    blocks.append(_more_button(filled.more))
    blocks += [field.block for field in more]
    if wrong is not None:
        _complain(blocks, wrong)
    return View(
        type="modal",
        callback_id=CALLBACK,
        private_metadata=_metadata(offered, filled),
        title=PlainTextObject(text="Replay"),
        submit=PlainTextObject(text="Plan"),
        close=PlainTextObject(text="Close"),
        blocks=blocks,
    )


def opened_in(view: Mapping[str, Any]) -> str | None:
    """The channel in which a form was opened; none when it was in the bot's Home."""
    channel: str | None = json.loads(view["private_metadata"])["channel"]
    return channel


def read_form(view: Mapping[str, Any], offered: Offer) -> Filled:
    """What a view holds, as Slack sends it with a click or a submission."""
    metadata = json.loads(view["private_metadata"])
    values = _field_values(view)
    option_values: dict[str, Any] = {**values, **_yes_or_no(values), "source": _source(values.get("source"), offered)}
    option_values["topic"] = _topic(values.get("topic"), offered, metadata["topic"])
    option_values["deleteBackups"] = _deletes(values.get("deleteBackups"), metadata["delete"])
    if cluster := values.get("cluster"):
        option_values["cluster"] = _name_of(cluster, offered.clusters)
    return Filled(
        plan_request(option_values, offered),
        metadata["channel"],
        values.get("channel"),
        metadata["more"],
        metadata["mark"],
    )


def source_chosen(filled: Filled, mark: str) -> Filled:
    """Another source is chosen: its own topic, and what it deletes by itself. ``mark`` is new with each choice."""
    request = replace(filled.plan_request.request, topic=None, delete_backups=None)
    return replace(filled, plan_request=replace(filled.plan_request, request=request), mark=mark)


def field_errors(view: Mapping[str, Any], error: Refused) -> dict[str, str] | None:
    """What to say below the field that is to blame; ``None`` if the view does not show it."""
    block_ids = {block["block_id"].partition("@")[0]: block["block_id"] for block in view["blocks"] if _is_input(block)}
    field = error.field if error.field in block_ids else _STAND_IN.get(error.field, "")
    return {block_ids[field]: printable(str(error), _WRONG_CHARACTERS)} if field in block_ids else None


def _metadata(offered: Offer, filled: Filled) -> str:
    """What no field holds; and what the fields that follow the source say by themselves: that nobody has chosen."""
    source = filled.plan_request.request.source
    metadata = {
        "channel": filled.channel,
        "more": filled.more,
        "mark": filled.mark,
        "topic": _mark_of(default_topic(offered, source) or ""),
        "delete": default_delete(offered, source),
    }
    return json.dumps(metadata, separators=(",", ":"))


def _field_values(view: Mapping[str, Any]) -> dict[str, str]:
    """What stands in each field. One that Slack sends no state of was not touched and says what it began with."""
    states = view["state"]["values"]
    values = {}
    for block in filter(_is_input, view["blocks"]):
        element = block["element"]
        state = states.get(block["block_id"], {}).get(element["action_id"], _untouched(element))
        if (value := _value(state)) is not None and value != BY_SETTINGS:
            values[str(element["action_id"])] = value
    return values


def _untouched(element: Mapping[str, Any]) -> dict[str, Any]:
    begins = {"initial_option": "selected_option", "initial_options": "selected_options", "initial_value": "value"}
    begins |= {"initial_date": "selected_date", "initial_channel": "selected_channel"}
    return {now: element[first] for first, now in begins.items() if first in element}


def _value(state: Mapping[str, Any]) -> str | None:
    chosen = state.get("selected_option") or next(iter(state.get("selected_options") or ()), None)
    if chosen:
        return str(chosen["value"])
    text = state.get("selected_date") or state.get("selected_channel") or state.get("value")
    return text.strip() or None if isinstance(text, str) else None


def _is_input(block: Mapping[str, Any]) -> bool:
    return bool(block["type"] == "input")


def _yes_or_no(values: Mapping[str, str]) -> dict[str, bool]:
    """A flag says yes by being set, whatever its box is called."""
    kinds = {option.name: option.kind for option in options(Place.FORM) if option.name in values}
    flags = {name: True for name, kind in kinds.items() if kind is OptionKind.FLAG}
    return flags | {name: values[name] == "yes" for name, kind in kinds.items() if kind is OptionKind.YES_OR_NO}


def _source(chosen: str | None, offered: Offer) -> str:
    if chosen == OTHER:
        return other_name(offered)
    return _name_of(chosen, offered.sources) if chosen else ""


def _topic(value: str | None, offered: Offer, default: str) -> str | None:
    topic = _name_of(value, offered.topics) if value else None
    return None if topic is None or _mark_of(topic) == default else topic


def _mark_of(topic: str) -> str:
    """Short, and the same for a topic and for what of it a field can hold."""
    return choice_value(topic[:LONGEST_TEXT].strip())


def _deletes(value: str | None, default: bool) -> bool | None:
    """The default chooses nothing; so one file, which deletes nothing, can be asked for as well."""
    return None if value is None or (value == DELETE) == default else value == DELETE


def _name_of(chosen: str, names: Iterable[str]) -> str:
    """What an option's value stands for; a name that is gone stands for itself, and is refused as unknown."""
    return next((name for name in names if choice_value(name) == chosen), chosen)


def _is_about(wrong: Refused | None, field: Field) -> bool:
    name = str(field.block.block_id).partition("@")[0]
    return wrong is not None and name in (wrong.field, _STAND_IN.get(wrong.field))


def _dependents(offered: Offer, request: Request) -> str:
    entry = offered.sources.get(request.source)
    if entry is None:
        return "Not in the config: name its folder and its topic. Nothing is deleted."
    lines = f"Publishes to {code(entry.topic, _NAME_CHARACTERS)}. "
    if not entry.has_sinks:
        return f"{lines}Nothing depends on it: nothing is deleted."
    folders, datasources = _listed(entry.folders), _listed(entry.datasources)
    sinks = " and ".join(filter(None, (folders, f"Druid {datasources}" if datasources else "")))
    return f"{lines}Deletes and refills {sinks}."


def _listed(names: Iterable[str]) -> str:
    """As many as have room, and how many more there are."""
    shown = [code(name, _NAME_CHARACTERS) for name in names]
    fitting: list[str] = []
    remaining = _SECTION_CHARACTERS // 2 - 50
    for name in shown:
        remaining -= len(name) + 2
        if remaining < 0:
            return f"{', '.join(fitting)} … and {len(shown) - len(fitting)} more"
        fitting.append(name)
    return ", ".join(fitting)


def _more_button(more: bool) -> ActionsBlock:
    text, action = ("Fewer options", "fewer") if more else ("Show more", "more")
    return ActionsBlock(block_id="options", elements=[ButtonElement(action_id=action, text=text, value=action)])


def _complain(blocks: list[Block], wrong: Refused) -> None:
    names = [str(block.block_id).partition("@")[0] for block in blocks]
    field = wrong.field if wrong.field in names else _STAND_IN.get(wrong.field, "")
    place = names.index(field) + 1 if field in names else 0
    text = PlainTextObject(text=f":warning: {printable(str(wrong), _WRONG_CHARACTERS)}", emoji=True)
    blocks.insert(place, SectionBlock(block_id=f"{field}-wrong", text=text))
