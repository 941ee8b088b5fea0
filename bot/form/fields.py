"""The fields of the request form, from the engine's table of options, what is offered and what is filled in. Pure.

A block's id is the mission's name of its field, so that a refusal finds it. Slack keeps what stands in a field for as
long as its id stays: the fields that follow the source carry a mark behind their name, and get another when the
source is chosen anew. Nothing that differs from what would happen anyway is out of sight: *Fewer options* hides only
fields that say nothing.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass

from slack_sdk.models.blocks import ChannelSelectElement, InputBlock, Option, RadioButtonsElement, StaticSelectElement

from bot.form.inputs import (
    CHOICE_CHARACTERS,
    MOST_CHOICES,
    as_many_as_fit,
    choice_of,
    choice_value,
    date_input,
    flag_input,
    initial_choice,
    input_block,
    select_input,
    text_input,
)
from bot.language.offer import Offer, OfferedSource, cluster_of
from bot.language.request import PlanRequest
from replay_engine import FormSection, FreeText, OptionKind, Place, Request, RequestOption, options

#: Values of choices that are no name.
OTHER = ":other"
DELETE, KEEP, DRY_RUN = "delete", "keep", "dry-run"


@dataclass(frozen=True, slots=True)
class Filled:
    """What a form holds. ``channel`` is where it was opened; without one it asks, and ``chosen`` is the answer."""

    plan_request: PlanRequest
    channel: str | None = None
    chosen: str | None = None
    more: bool = False
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Field:
    """A block, and whether what stands in it makes a difference: such a field is never hidden."""

    block: InputBlock
    speaks: bool


def main_fields(offered: Offer, filled: Filled) -> Iterator[InputBlock]:
    """What is always to be seen below the source."""
    if filled.channel is None:
        where = ChannelSelectElement(action_id="channel", initial_channel=filled.chosen)
        yield input_block("channel", "Where to post", where, "The plan and the replay are shown there.")
    for field in _fields(offered, filled, FormSection.MAIN):
        yield field.block


def more_fields(offered: Offer, filled: Filled) -> Iterator[Field]:
    """What stands under *Show more*."""
    for section in FormSection:
        if section is not FormSection.MAIN:
            yield from _fields(offered, filled, section)


def source_field(offered: Offer, request: Request) -> InputBlock:
    """A select over the config; what is chosen is told to the bot at once."""
    names = [name for name in offered.sources if name != request.source]
    if request.source in offered.sources or (request.source and request.source != other_name(offered)):
        names.insert(0, request.source)
    shown = names[: MOST_CHOICES - 1]
    choices = [choice_of(name, _described(offered.sources.get(name))) for name in sorted(shown, key=_order(offered))]
    choices.append(Option(text="Other", value=OTHER, description="Not in the config: name its folder and topic"))
    initial = choice_value(request.source) if request.source in names else OTHER if request.source else None
    (row,) = (option for option in options(Place.FORM) if option.kind is OptionKind.SOURCE)
    element = StaticSelectElement(
        action_id=row.name,
        options=choices,
        initial_option=initial_choice(choices, initial),
        placeholder=row.placeholder,
    )
    hint = row.hint if len(names) > len(shown) else None
    return InputBlock(block_id=row.name, label=row.label, element=element, hint=hint, dispatch_action=True)


def other_name(offered: Offer) -> str:
    """What a source that is not in the config is called: by no name that is."""
    name = "other"
    while name in offered.sources:
        name += "-"
    return name


def block_id(field: str, mark: str) -> str:
    """Of a field that follows the source."""
    return f"{field}@{mark}"


def default_delete(offered: Offer, source: str) -> bool:
    """Whether stored data is deleted when nothing is chosen."""
    entry = offered.sources.get(source)
    return entry is not None and entry.has_sinks


def default_topic(offered: Offer, source: str) -> str | None:
    """Where a source goes when no topic is named."""
    entry = offered.sources.get(source)
    return entry.topic if entry else None


def _fields(offered: Offer, filled: Filled, section: FormSection) -> Iterator[Field]:
    """The options of a section, each by its own rule or else by its kind."""
    for option in options(Place.FORM):
        if option.section is section and option.kind is not OptionKind.SOURCE:
            yield from _RULES.get(option.name, _by_kind)(option, offered, filled)


def _by_kind(option: RequestOption, offered: Offer, filled: Filled) -> Iterator[Field]:
    value = filled.plan_request.values()[option.name]
    if option.kind is OptionKind.DAY:
        block = date_input(option, value)
    elif option.kind is OptionKind.CHOICE:
        words = [str(word) for word in option.choices or ()]
        value = value if value in words else None
        block = select_input(option, words, value)
    elif option.kind is OptionKind.YES_OR_NO:
        block = select_input(option, ("yes", "no"), None if value is None else "yes" if value else "no")
    elif option.kind is OptionKind.FLAG:
        block = flag_input(option, Option(text=option.label, value="yes"), bool(value))
    elif option.free_text is None or option.free_text in offered.free_text:
        block = text_input(option, value, option.placeholder)
    else:
        return
    yield Field(block, value not in (None, ""))


def _container(option: RequestOption, offered: Offer, filled: Filled) -> Iterator[Field]:
    """While none is named, the one of the settings is shown."""
    if FreeText.CONTAINER in offered.free_text:
        value = filled.plan_request.request.bucket
        yield Field(text_input(option, value, offered.bucket or ""), bool(value))


def _deletion(option: RequestOption, offered: Offer, filled: Filled) -> Iterator[Field]:
    """What the source does by itself, until the other is chosen."""
    request = filled.plan_request.request
    if not request.source or (_is_outside(offered, request) and request.delete_backups is None):
        return
    usual = default_delete(offered, request.source)
    choices = [
        Option(text="Delete and refill", value=DELETE, description="For the days: what depends on the source"),
        Option(text="Only publish", value=KEEP, description="For data that the sinks never had"),
    ]
    deletes = usual if request.delete_backups is None else request.delete_backups
    element = RadioButtonsElement(
        action_id=option.name, options=choices, initial_option=initial_choice(choices, DELETE if deletes else KEEP)
    )
    yield Field(input_block(block_id(option.name, filled.mark), option.label, element, option.hint), deletes != usual)


def _folder(option: RequestOption, offered: Offer, filled: Filled) -> Iterator[Field]:
    """Needed by a source that the config does not have."""
    value = filled.plan_request.request.prefix
    yield Field(text_input(option, value), bool(value) or _is_outside(offered, filled.plan_request.request))


def _topic(option: RequestOption, offered: Offer, filled: Filled) -> Iterator[Field]:
    """The source's own, until another is named: as people like, or one of the config's."""
    request, ident = filled.plan_request.request, block_id(option.name, filled.mark)
    usual = default_topic(offered, request.source)
    topic = request.topic or usual
    block = text_input(option, topic, block_id=ident)
    choices = [choice_of(name) for name in as_many_as_fit(offered.topics, usual)]
    if choices and FreeText.TOPIC not in offered.free_text:
        initial = initial_choice(choices, choice_value(topic) if topic else None)
        element = StaticSelectElement(
            action_id=option.name, options=choices, initial_option=initial, placeholder=option.placeholder
        )
        block = input_block(ident, option.label, element, "One of the config's.", optional=True)
    yield Field(block, topic != usual or _is_outside(offered, request))


def _cluster(option: RequestOption, offered: Offer, filled: Filled) -> Iterator[Field]:
    """Brokers by the name that the settings give them."""
    if offered.clusters:
        cluster = cluster_of(filled.plan_request.request.broker_list, offered)
        names = as_many_as_fit(tuple(offered.clusters), cluster)
        yield Field(select_input(option, names, cluster), cluster is not None)


def _brokers(option: RequestOption, offered: Offer, filled: Filled) -> Iterator[Field]:
    """What is not said by a cluster's name."""
    if FreeText.BROKERS in offered.free_text:
        value = filled.plan_request.request.broker_list
        typed = None if cluster_of(value, offered) else value
        yield Field(text_input(option, typed), bool(typed))


def _again(option: RequestOption, _: Offer, filled: Filled) -> Iterator[Field]:
    again = bool(filled.plan_request.request.again)
    what = "Although an earlier replay of them is unfinished or recent"
    yield Field(flag_input(option, Option(text="Replay the days again", value="yes", description=what), again), again)


def _dry_run(option: RequestOption, _: Offer, filled: Filled) -> Iterator[Field]:
    choice = Option(text="Only show the plan", value=DRY_RUN, description="Nobody can start it: to start, ask again")
    yield Field(flag_input(option, choice, filled.plan_request.dry_run), filled.plan_request.dry_run)


#: Options whose field follows the source or what is offered, or has words of its own.
_RULES: dict[str, Callable[[RequestOption, Offer, Filled], Iterator[Field]]] = {
    "bucket": _container,
    "deleteBackups": _deletion,
    "prefix": _folder,
    "topic": _topic,
    "cluster": _cluster,
    "brokerList": _brokers,
    "again": _again,
    "dryRun": _dry_run,
}


def _is_outside(offered: Offer, request: Request) -> bool:
    """Whether a source is named that the config does not have."""
    return bool(request.source) and request.source not in offered.sources


def _described(entry: OfferedSource | None) -> str | None:
    """The topic and what is cleared, by name where there is room, else by number; Slack has one line for it."""
    if entry is None:
        return None
    if not entry.has_sinks:
        return f"to {entry.topic}; clears nothing"
    druid = [f"{len(entry.datasources)} in Druid"] if entry.datasources else []
    by_name = f"to {entry.topic}; clears {', '.join([*entry.folders, *druid])}"
    if len(by_name) <= CHOICE_CHARACTERS:
        return by_name
    return f"clears {', '.join([f'{len(entry.folders)} folders', *druid])}; to {entry.topic}"


def _order(offered: Offer) -> Callable[[str], int]:
    places = {name: number for number, name in enumerate(offered.sources)}
    return lambda name: places.get(name, -1)
