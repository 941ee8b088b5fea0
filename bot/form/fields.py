"""The fields of the request form, each from what is offered and what is filled in. Pure.

A block's id is the mission's name of its field, so that a refusal finds it. Slack keeps what stands in a field for as
long as its id stays: the fields that follow the source carry a mark behind their name, and get another when the
source is chosen anew. Nothing that differs from what would happen anyway is out of sight: *Fewer options* hides only
fields that say nothing.
"""

import hashlib
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace

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
from bot.settings import FreeText
from replay_engine import CheckSource, Delivery, OnBadLine, Request, parse_day

#: Values of options that are no name; a name that looks like one of these is sent as its digest.
OTHER, BY_SETTINGS = ":other", ":settings"
DELETE, KEEP, DRY_RUN = "delete", "keep", "dry-run"
MOST_OPTIONS = 100
LONGEST_TEXT = 1024
_OPTION_CHARACTERS = 75
_PLACEHOLDER_CHARACTERS = 150
_LINE_OPTIONS: dict[str, tuple[str, type[Delivery | OnBadLine | CheckSource], str]] = {
    "delivery": ("Delivery", Delivery, "What a reader of the topic may count on."),
    "onBadLine": ("Lines that cannot be sent", OnBadLine, "fail turns the day back; set-aside keeps them apart."),
    "checkSource": ("Check of the files", CheckSource, "How much is read before anything is cleared."),
}


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
    request = filled.wish.request
    if filled.channel is None:
        where = ChannelSelectElement(action_id="channel", initial_channel=filled.chosen)
        yield Field(_input("channel", "Where to post", where, "The plan and the replay are shown there."))
    if FreeText.CONTAINER in offered.free_text:
        yield Field(_text("bucket", "Container", request.bucket, "", offered.bucket or ""))
    yield Field(_date("startDate", "Start date", request.start_date))
    yield Field(_date("endDate", "End date", request.end_date, "Included. One of the two dates is enough for one day."))


def source_field(offered: Offer, request: Request) -> InputBlock:
    """A select over the config; what is chosen is told to the bot at once."""
    names = [name for name in offered.sources if name != request.source]
    if request.source in offered.sources or (request.source and request.source != other_name(offered)):
        names.insert(0, request.source)
    shown = names[: MOST_OPTIONS - 1]
    options = [_choice(name, _described(offered.sources.get(name))) for name in sorted(shown, key=_order(offered))]
    options.append(Option(text="Other", value=OTHER, description="Not in the config: name its folder and topic"))
    wanted = choice_value(request.source) if request.source in names else OTHER if request.source else None
    element = StaticSelectElement(
        action_id="source", options=options, initial_option=_initial(options, wanted), placeholder="Choose what to read"
    )
    hint = "More sources can be named in the text of the command." if len(names) > len(shown) else None
    return InputBlock(block_id="source", label="Source", element=element, hint=hint, dispatch_action=True)


def more_fields(offered: Offer, filled: Filled) -> Iterator[Field]:
    """What stands under *Show more*."""
    wish, request = filled.wish, filled.wish.request
    outside = bool(request.source) and request.source not in offered.sources
    if request.source and (not outside or request.delete_backups is not None):
        yield _deletion(offered, filled)
    folder = _text("prefix", "Folder to read", request.prefix, "Instead of the source's own.")
    yield Field(folder, bool(request.prefix) or outside)
    file_hint = "For missing data: its full name. Nothing is deleted."
    yield _optional(_text("filePath", "One file", request.file_path, file_hint), request.file_path)
    topic = _topic(offered, filled)
    yield replace(topic, speaks=topic.speaks or outside)
    yield from _brokers(offered, request)
    rate_hint = "For all publishers together: 20MB/s, 500kB/s or 5000events/s. It can be changed while it runs."
    yield _optional(_text("rate", "At most", wish.rate, rate_hint, "As fast as it goes"), wish.rate)
    for field, (label, words, hint) in _LINE_OPTIONS.items():
        said = {"delivery": request.delivery, "onBadLine": request.on_bad_line, "checkSource": request.check_source}
        yield _by_settings(field, label, [str(word) for word in words], said[field], hint, "As the config says")
    yield _dry_run(wish)


def default_delete(offered: Offer, source: str) -> bool:
    """Whether stored data is deleted when nothing is said."""
    entry = offered.sources.get(source)
    return entry is not None and entry.has_sinks


def default_topic(offered: Offer, source: str) -> str | None:
    """Where a source goes when nothing is said."""
    entry = offered.sources.get(source)
    return entry.topic if entry else None


def _deletion(offered: Offer, filled: Filled) -> Field:
    request = filled.wish.request
    usual = default_delete(offered, request.source)
    options = [
        Option(text="Delete and refill", value=DELETE, description="For the days: what depends on the source"),
        Option(text="Only publish", value=KEEP, description="For data that the sinks never had"),
    ]
    deletes = usual if request.delete_backups is None else request.delete_backups
    element = RadioButtonsElement(
        action_id="deleteBackups", options=options, initial_option=_initial(options, DELETE if deletes else KEEP)
    )
    hint = (
        "What is deleted is backed up first, and put back if a day fails. "
        "By itself it is off where nothing depends on the source, and for one file."
    )
    block = _input(block_id("deleteBackups", filled.mark), "Delete stored data", element, hint)
    return Field(block, deletes != usual)


def _topic(offered: Offer, filled: Filled) -> Field:
    """The source's own, until another is named: as people like, or one of the config's."""
    usual = default_topic(offered, filled.wish.request.source)
    asked = filled.wish.request.topic or usual
    ident, hint = block_id("topic", filled.mark), "Its full name. The source's own stands here by itself."
    if FreeText.TOPIC in offered.free_text:
        return Field(_text(ident, "Kafka topic", asked, hint), asked != usual)
    options = [_choice(topic) for topic in _with(offered.topics, usual)]
    if not options:
        return Field(_text(ident, "Kafka topic", asked, hint), asked != usual)
    initial = _initial(options, choice_value(asked) if asked else None)
    element = StaticSelectElement(
        action_id="topic", options=options, initial_option=initial, placeholder="The source's own"
    )
    return Field(_input(ident, "Kafka topic", element, "One of the config's.", optional=True), asked != usual)


def _brokers(offered: Offer, request: Request) -> Iterator[Field]:
    cluster = cluster_of(request.broker_list, offered)
    if offered.clusters:
        names = list(_with(tuple(offered.clusters), cluster))
        yield _by_settings("cluster", "Cluster", names, cluster, "Kafka brokers by their name.", "As the settings say")
    if FreeText.BROKERS in offered.free_text:
        typed = None if cluster else request.broker_list
        yield _optional(_text("brokerList", "Brokers", typed, "host:port, separated by commas."), typed)


def _dry_run(wish: PlanRequest) -> Field:
    options = [Option(text="Only show the plan", value=DRY_RUN, description="Nobody can start it: to start, ask again")]
    initial = options if wish.dry_run else None
    element = CheckboxesElement(action_id="dryRun", options=options, initial_options=initial)
    return Field(_input("dryRun", "Dry run", element, optional=True), wish.dry_run)


def _by_settings(field: str, label: str, names: list[str], said: str | None, hint: str, otherwise: str) -> Field:
    """A select that begins with: as it is set anyway."""
    options = [Option(text=otherwise, value=BY_SETTINGS), *map(_choice, names)]
    initial = _initial(options, choice_value(said) if said else None) or options[0]
    element = StaticSelectElement(action_id=field, options=options, initial_option=initial)
    return Field(_input(field, label, element, hint), initial is not options[0])


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


def _optional(block: InputBlock, said: str | None) -> Field:
    return Field(block, bool(said))


def _date(field: str, label: str, said: str | None, hint: str | None = None) -> InputBlock:
    element = DatePickerElement(action_id=field, initial_date=said if parse_day(said or "") else None)
    return _input(field, label, element, hint, optional=True)


def _text(ident: str, label: str, said: str | None, hint: str, placeholder: str = "") -> InputBlock:
    element = PlainTextInputElement(
        action_id=ident.partition("@")[0],
        initial_value=said[:LONGEST_TEXT] if said else None,
        max_length=LONGEST_TEXT,
        placeholder=_visible(placeholder, _PLACEHOLDER_CHARACTERS) if placeholder else None,
    )
    return _input(ident, label, element, hint or None, optional=True)


def _input(
    ident: str, label: str, element: InputInteractiveElement, hint: str | None = None, *, optional: bool = False
) -> InputBlock:
    return InputBlock(block_id=ident, label=label, element=element, hint=hint, optional=optional)


def _visible(text: str, longest: int) -> str:
    return printable(text, longest).strip() or "…"
