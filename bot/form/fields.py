"""The fields of the request form, from the engine's table of options, what is offered and what is filled in. Pure.

A block's id is the mission's name of its field, so that a refusal finds it. Slack keeps what stands in a field for as
long as its id stays: the fields that follow the source carry a mark behind their name, and get another when the
source is chosen anew. Nothing that differs from what would happen anyway is out of sight: *Fewer options* hides only
fields that say nothing.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from slack_sdk.models.blocks import (
    ChannelSelectElement,
    CheckboxesElement,
    DatePickerElement,
    InputBlock,
    InputInteractiveElement,
    Option,
    PlainTextInputElement,
    RadioButtonsElement,
    StaticSelectElement,
)

from bot.language.offer import Offer, OfferedSource, cluster_of
from bot.language.request import PlanRequest
from bot.render.mrkdwn import printable
from replay_engine import FormSection, FreeText, OptionKind, Place, Request, RequestOption, options, parse_day

#: Values of options that are no name; a name that looks like one of these is sent as its digest.
OTHER, BY_SETTINGS = ":other", ":settings"
DELETE, KEEP, DRY_RUN = "delete", "keep", "dry-run"
MOST_OPTIONS = 100
LONGEST_TEXT = 1024
_OPTION_CHARACTERS = 75
_PLACEHOLDER_CHARACTERS = 150


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form holds. ``channel`` is where it was opened; without one it asks, and ``chosen`` is the answer."""

    wish: PlanRequest
    channel: str | None = None
    chosen: str | None = None
    more: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A block, and whether what stands in it makes a difference: such a field is never hidden."""

    block: InputBlock
    speaks: bool = True


def other_name(offered: Offer) -> str:
    """What a source that is not in the config is called: by no name that is."""
    name = "other"
    while name in offered.sources:
        name += "-"
    return name


def choice_value(name: str) -> str:
    """A name as the value of an option: itself, or what stands for it where Slack would not take it."""
    if 0 < len(name) <= _OPTION_CHARACTERS and not name.startswith(":"):
        return name
    return f":{hashlib.sha256(name.encode()).hexdigest()[:24]}"


def block_id(field: str, mark: str) -> str:
    """Of a field that follows the source."""
    return f"{field}@{mark}"


def main_fields(offered: Offer, filled: Filled) -> Iterator[Field]:
    """What is always to be seen."""
    if filled.channel is None:
        where = ChannelSelectElement(action_id="channel", initial_channel=filled.chosen)
        yield Field(_input("channel", "Where to post", where, "The plan and the replay are shown there."))
    yield from _fields(offered, filled, FormSection.MAIN)


def source_field(offered: Offer, request: Request) -> InputBlock:
    """A select over the config; what is chosen is told to the bot at once."""
    names = [name for name in offered.sources if name != request.source]
    if request.source in offered.sources or (request.source and request.source != other_name(offered)):
        names.insert(0, request.source)
    shown = names[: MOST_OPTIONS - 1]
    choices = [_choice(name, _described(offered.sources.get(name))) for name in sorted(shown, key=_order(offered))]
    choices.append(Option(text="Other", value=OTHER, description="Not in the config: name its folder and topic"))
    wanted = choice_value(request.source) if request.source in names else OTHER if request.source else None
    (row,) = (option for option in options(Place.FORM) if option.kind is OptionKind.SOURCE)
    element = StaticSelectElement(
        action_id=row.name, options=choices, initial_option=_initial(choices, wanted), placeholder=row.unsaid
    )
    hint = row.hint if len(names) > len(shown) else None
    return InputBlock(block_id=row.name, label=row.label, element=element, hint=hint, dispatch_action=True)


def more_fields(offered: Offer, filled: Filled) -> Iterator[Field]:
    """What stands under *Show more*."""
    for section in FormSection:
        if section is not FormSection.MAIN:
            yield from _fields(offered, filled, section)


def _fields(offered: Offer, filled: Filled, section: FormSection) -> Iterator[Field]:
    """The options of a section, each by its own rules or else by its kind."""
    for option in options(Place.FORM):
        if option.section is section:
            yield from _RULES.get(option.name, _by_kind)(option, offered, filled)


def _by_kind(option: RequestOption, offered: Offer, filled: Filled) -> Iterator[Field]:
    said = filled.wish.said()[option.name]
    if option.kind is OptionKind.DAY:
        yield Field(_date(option, said))
    elif option.kind is OptionKind.CHOICE:
        yield _by_settings(option, [str(word) for word in option.choices or ()], said)
    elif option.kind is OptionKind.YES_OR_NO:
        yield _by_settings(option, ["yes", "no"], None if said is None else "yes" if said else "no")
    elif option.kind is OptionKind.FLAG:
        yield _flag(option, bool(said))
    elif option.free_text is None or option.free_text in offered.free_text:
        yield Field(_text(option.name, option, said, unsaid=option.unsaid), bool(said))


def default_delete(offered: Offer, source: str) -> bool:
    """Whether stored data is deleted when nothing is said."""
    entry = offered.sources.get(source)
    return entry is not None and entry.has_sinks


def default_topic(offered: Offer, source: str) -> str | None:
    """Where a source goes when nothing is said."""
    entry = offered.sources.get(source)
    return entry.topic if entry else None


def _container(option: RequestOption, offered: Offer, filled: Filled) -> Iterator[Field]:
    """The one of the settings stands there by itself."""
    if FreeText.CONTAINER in offered.free_text:
        yield Field(_text(option.name, option, filled.wish.request.bucket, unsaid=offered.bucket or ""))


def _deletion(option: RequestOption, offered: Offer, filled: Filled) -> Iterator[Field]:
    request = filled.wish.request
    if not request.source or (_is_outside(offered, request) and request.delete_backups is None):
        return
    usual = default_delete(offered, request.source)
    choices = [
        Option(text="Delete and refill", value=DELETE, description="For the days: what depends on the source"),
        Option(text="Only publish", value=KEEP, description="For data that the sinks never had"),
    ]
    deletes = usual if request.delete_backups is None else request.delete_backups
    element = RadioButtonsElement(
        action_id=option.name, options=choices, initial_option=_initial(choices, DELETE if deletes else KEEP)
    )
    yield Field(_input(block_id(option.name, filled.mark), option.label, element, option.hint), deletes != usual)


def _folder(option: RequestOption, offered: Offer, filled: Filled) -> Iterator[Field]:
    """Needed by a source that the config does not have."""
    said = filled.wish.request.prefix
    yield Field(_text(option.name, option, said), bool(said) or _is_outside(offered, filled.wish.request))


def _topic(option: RequestOption, offered: Offer, filled: Filled) -> Iterator[Field]:
    """The source's own, until another is named: as people like, or one of the config's."""
    request, ident = filled.wish.request, block_id(option.name, filled.mark)
    usual = default_topic(offered, request.source)
    asked = request.topic or usual
    block = _text(ident, option, asked)
    choices = [_choice(topic) for topic in _with(offered.topics, usual)]
    if choices and FreeText.TOPIC not in offered.free_text:
        initial = _initial(choices, choice_value(asked) if asked else None)
        element = StaticSelectElement(
            action_id=option.name, options=choices, initial_option=initial, placeholder=option.unsaid
        )
        block = _input(ident, option.label, element, "One of the config's.", optional=True)
    yield Field(block, asked != usual or _is_outside(offered, request))


def _cluster(option: RequestOption, offered: Offer, filled: Filled) -> Iterator[Field]:
    if offered.clusters:
        cluster = cluster_of(filled.wish.request.broker_list, offered)
        yield _by_settings(option, list(_with(tuple(offered.clusters), cluster)), cluster)


def _brokers(option: RequestOption, offered: Offer, filled: Filled) -> Iterator[Field]:
    """What is not said by a cluster's name."""
    said = filled.wish.request.broker_list
    typed = None if cluster_of(said, offered) else said
    if FreeText.BROKERS in offered.free_text:
        yield Field(_text(option.name, option, typed), bool(typed))


def _dry_run(option: RequestOption, _: Offer, filled: Filled) -> Iterator[Field]:
    only_plan = Option(text="Only show the plan", value=DRY_RUN, description="Nobody can start it: to start, ask again")
    yield _flag(option, filled.wish.dry_run, only_plan)


#: Options whose field follows the source, or what is offered.
_RULES: dict[str, Callable[[RequestOption, Offer, Filled], Iterator[Field]]] = {
    "source": lambda *_: iter(()),
    "bucket": _container,
    "deleteBackups": _deletion,
    "prefix": _folder,
    "topic": _topic,
    "cluster": _cluster,
    "brokerList": _brokers,
    "dryRun": _dry_run,
}


def _is_outside(offered: Offer, request: Request) -> bool:
    """Whether a source is named that the config does not have."""
    return bool(request.source) and request.source not in offered.sources


def _flag(option: RequestOption, said: bool, choice: Option | None = None) -> Field:
    choices = [choice or Option(text=option.label, value="yes")]
    element = CheckboxesElement(action_id=option.name, options=choices, initial_options=choices if said else None)
    return Field(_input(option.name, option.label, element, option.hint, optional=True), said)


def _by_settings(option: RequestOption, names: list[str], said: str | None) -> Field:
    """A select that begins with: as it is set anyway."""
    choices = [Option(text=option.unsaid or "As usual", value=BY_SETTINGS), *map(_choice, names)]
    initial = _initial(choices, choice_value(said) if said else None) or choices[0]
    element = StaticSelectElement(action_id=option.name, options=choices, initial_option=initial)
    return Field(_input(option.name, option.label, element, option.hint), initial is not choices[0])


def _described(entry: OfferedSource | None) -> str | None:
    """The topic and what is cleared, by name where there is room, else by number; Slack has one line for it."""
    if entry is None:
        return None
    if not entry.has_sinks:
        return f"to {entry.topic}; clears nothing"
    druid = [f"{len(entry.datasources)} in Druid"] if entry.datasources else []
    by_name = f"to {entry.topic}; clears {', '.join([*entry.folders, *druid])}"
    if len(by_name) <= _OPTION_CHARACTERS:
        return by_name
    return f"clears {', '.join([f'{len(entry.folders)} folders', *druid])}; to {entry.topic}"


def _choice(name: str, description: str | None = None) -> Option:
    shown = printable(description, _OPTION_CHARACTERS) if description else None
    return Option(text=_visible(name, _OPTION_CHARACTERS), value=choice_value(name), description=shown)


def _initial(options: Iterable[Option], wanted: str | None) -> Option | None:
    return next((option for option in options if option.value == wanted), None)


def _with(names: tuple[str, ...], needed: str | None) -> tuple[str, ...]:
    """As many as Slack takes beside one more, and the one that is needed among them."""
    shown = names[: MOST_OPTIONS - 1]
    return shown if needed is None or needed in shown or needed not in names else (needed, *shown[1:])


def _order(offered: Offer) -> Callable[[str], int]:
    places = {name: number for number, name in enumerate(offered.sources)}
    return lambda name: places.get(name, -1)


def _date(option: RequestOption, said: str | None) -> InputBlock:
    element = DatePickerElement(action_id=option.name, initial_date=said if parse_day(said or "") else None)
    return _input(option.name, option.label, element, option.hint, optional=True)


def _text(ident: str, option: RequestOption, said: str | None, unsaid: str = "") -> InputBlock:
    element = PlainTextInputElement(
        action_id=option.name,
        initial_value=said[:LONGEST_TEXT] if said else None,
        max_length=LONGEST_TEXT,
        placeholder=_visible(unsaid, _PLACEHOLDER_CHARACTERS) if unsaid else None,
    )
    return _input(ident, option.label, element, option.hint, optional=True)


def _input(
    ident: str, label: str, element: InputInteractiveElement, hint: str = "", *, optional: bool = False
) -> InputBlock:
    return InputBlock(block_id=ident, label=label, element=element, hint=hint or None, optional=optional)


def _visible(text: str, longest: int) -> str:
    return printable(text, longest).strip() or "…"
