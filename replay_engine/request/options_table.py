"""The one table of what a request may say, and how it is looked up.

Command line, text after ``/replay``, form, plan and the reference in the docs are derived from it. A new option is a
row here, a field of what carries it (`Request`, `Publishing`, or the bot's own) and its use. It is read at each call,
so that a test can add a row.
"""

import json
from collections.abc import Callable, Mapping
from dataclasses import fields
from typing import Any

from replay_engine.model import CheckSource, Condition, Delivery, Filter, OnBadLine, Request
from replay_engine.request.option import FormSection, FreeText, OptionKind, Place, RequestOption

_BOT = frozenset({Place.TEXT, Place.FORM})
_REQUEST = _BOT | {Place.COMMAND_LINE}
_CONFIG = frozenset({Place.CONFIG})


def _describe_choice(words: Mapping[str, str]) -> Callable[[str | None], str]:
    """Tells some choices, and nothing of the others."""
    return lambda value: words.get(value or "", "")


def _describe_filters(filters: tuple[Filter, ...]) -> str:
    return f"only where {' and '.join(map(_condition, filters))}" if filters else ""


def _condition(one: Filter) -> str:
    if one.condition is Condition.IS_NULL:
        return f"{one.field} is null"
    return f"{one.field} is {' or '.join(json.dumps(value, ensure_ascii=False) for value in one.values)}"


#: In the order of ``/replay help``. The form has them by section, the command line in the order of `Request`.
OPTIONS: tuple[RequestOption, ...] = (
    RequestOption(
        name="source",
        kind=OptionKind.SOURCE,
        places=frozenset({Place.COMMAND_LINE, Place.FORM}),
        help="An entry of the config, e.g. raw.",
        label="Source",
        hint="More sources can be named in the text of the command.",
        placeholder="Choose what to read",
        section=FormSection.MAIN,
    ),
    RequestOption(
        name="rate",
        kind=OptionKind.RATE,
        places=_BOT,
        help="How fast all publishers together may go: 20MB/s, 500kB/s, 5000events/s, or off.",
        default="as fast as it goes",
        sample="20MB/s",
        label="At most",
        hint="For all publishers together: 20MB/s, 500kB/s or 5000events/s. It can be changed while it runs.",
        placeholder="As fast as it goes",
    ),
    RequestOption(
        name="dryRun",
        kind=OptionKind.FLAG,
        places=_BOT,
        help="Only show the plan; nobody can start it.",
        default="no",
        label="Dry run",
        section=FormSection.LAST,
    ),
    RequestOption(
        name="deleteBackups",
        kind=OptionKind.YES_OR_NO,
        places=_REQUEST,
        help="Whether the dependent sinks are backed up and cleared. By default yes, where the source has any.",
        default="yes where something depends on the source; no for one file",
        aliases=("delete",),
        label="Delete stored data",
        hint="What is deleted is backed up first, and put back if a day fails. "
        "By itself it is off where nothing depends on the source, and for one file.",
        section=FormSection.SCOPE,
    ),
    RequestOption(
        name="prefix",
        kind=OptionKind.TEXT,
        places=_REQUEST,
        help="Folder to read instead of the entry's own.",
        default="the entry's own",
        aliases=("folder",),
        label="Folder to read",
        hint="Instead of the source's own.",
        section=FormSection.SCOPE,
    ),
    RequestOption(
        name="filePath",
        kind=OptionKind.TEXT,
        places=_REQUEST,
        help="Replay this one file; deletes nothing.",
        default="every file of the days",
        aliases=("path", "file"),
        label="One file",
        hint="For missing data: its full name. Nothing is deleted.",
        section=FormSection.SCOPE,
    ),
    RequestOption(
        name="topic",
        kind=OptionKind.TEXT,
        places=_REQUEST,
        help="Full name of the topic instead of the entry's.",
        default="the entry's, behind `REPLAY_TOPIC_PREFIX`",
        free_text=FreeText.TOPIC,
        label="Kafka topic",
        hint="Its full name. The source's own stands here by itself.",
        placeholder="The source's own",
        section=FormSection.SCOPE,
    ),
    RequestOption(
        name="cluster",
        kind=OptionKind.CLUSTER,
        places=_BOT,
        help="Kafka brokers by their name in `REPLAY_CLUSTERS`, instead of a list of them.",
        default="`REPLAY_BROKER_LIST`",
        label="Cluster",
        hint="Kafka brokers by their name.",
        placeholder="As the settings say",
        section=FormSection.SCOPE,
    ),
    RequestOption(
        name="brokerList",
        kind=OptionKind.TEXT,
        places=_REQUEST,
        help="host:port,… (REPLAY_BROKER_LIST).",
        default="`REPLAY_BROKER_LIST`",
        aliases=("brokers",),
        free_text=FreeText.BROKERS,
        label="Brokers",
        hint="host:port, separated by commas.",
        section=FormSection.SCOPE,
    ),
    RequestOption(
        name="bucket",
        kind=OptionKind.TEXT,
        places=_REQUEST,
        help="Azure container (REPLAY_BUCKET).",
        default="`REPLAY_BUCKET`",
        aliases=("container",),
        free_text=FreeText.CONTAINER,
        label="Container",
        section=FormSection.MAIN,
    ),
    RequestOption(
        name="startDate",
        kind=OptionKind.DAY,
        places=_REQUEST,
        help="First day, yyyy-MM-dd.",
        default="the last day; the day of the one file",
        aliases=("start", "from"),
        label="Start date",
        section=FormSection.MAIN,
    ),
    RequestOption(
        name="endDate",
        kind=OptionKind.DAY,
        places=_REQUEST,
        help="Last day, included.",
        default="the first day; the day of the one file",
        aliases=("end", "to"),
        label="End date",
        hint="Included. One of the two dates is enough for one day.",
        section=FormSection.MAIN,
    ),
    RequestOption(
        name="delivery",
        kind=OptionKind.CHOICE,
        places=_REQUEST | _CONFIG,
        help="What readers may count on. By default the first, where Kafka can.",
        default="as the config says",
        choices=Delivery,
        label="Delivery",
        hint="What a reader of the topic may count on.",
        placeholder="As the config says",
        describe=_describe_choice({Delivery.AT_LEAST_ONCE: "at least once"}),
        config_help="`exactly_once`: a reader of committed messages finds every line once; `at_least_once`: what is "
        "interrupted may be published twice, a few seconds of it. Left out: exactly once where the cluster has "
        "transactions",
    ),
    RequestOption(
        name="key",
        kind=OptionKind.TEXT,
        places=_CONFIG,
        help="The field whose value becomes the message's key.",
        describe=lambda key: f"keyed by {key}" if key else "",
        config_help="the field whose value becomes the message's key, `did` or, with dots going inward, `context.did`: "
        "a text as it is, a number or a bool as it is written; no key where it is missing or null",
    ),
    RequestOption(
        name="filters",
        kind=OptionKind.TEXT,
        places=_CONFIG,
        help="Which lines are published.",
        describe=_describe_filters,
        config_help='only lines that meet all of them are published: `{"field": "edata.type", "equals": "TOUCH"}`, '
        '`{"field": "ver", "in": ["3.0", "3.1"]}`, `{"field": "flags.exported", "isNull": true}` (missing is null). '
        "1 is 1.0, and `true` is not 1",
    ),
    RequestOption(
        name="headers",
        kind=OptionKind.YES_OR_NO,
        places=_CONFIG,
        help="Whether messages say which replay, and which day of it, they come from.",
        describe=lambda headers: "with headers" if headers else "",
        config_help="`true` puts `replay-id` and `replay-day` on every message",
    ),
    RequestOption(
        name="onBadLine",
        kind=OptionKind.CHOICE,
        places=_REQUEST | _CONFIG,
        help="What becomes of a line that cannot be sent.",
        default="as the config says",
        choices=OnBadLine,
        label="Lines that cannot be sent",
        hint="fail turns the day back; set-aside keeps them apart.",
        placeholder="As the config says",
        describe=_describe_choice({OnBadLine.SET_ASIDE: "bad ones set aside"}),
        config_help="what becomes of a line that cannot be sent (larger than the topic takes; no JSON object, or "
        "nothing that can be a key, where a key or a filter looks into it): `fail`, the default, turns the day back; "
        "`set-aside` keeps the line, whole, beside the journal, counts it, and goes on",
    ),
    RequestOption(
        name="checkSource",
        kind=OptionKind.CHOICE,
        places=_REQUEST | _CONFIG,
        help="How much of the files is read before anything is cleared.",
        default="as the config says",
        choices=CheckSource,
        label="Check of the files",
        hint="How much is read before anything is cleared.",
        placeholder="As the config says",
        describe=_describe_choice({CheckSource.HEADS: "not read before anything is cleared"}),
        config_help="what is looked at before anything is cleared: `full`, the default where something is deleted, "
        "reads every file to its end and treats every line as publishing would (size, key, filters): what could not "
        "be published, and a day without a line, is found while nothing is cleared; `heads`, the default otherwise, "
        "looks at the name and the first bytes of each file",
    ),
    RequestOption(
        name="again",
        kind=OptionKind.YES_OR_NO,
        places=_REQUEST,
        label="Replayed before",
        help="Replay the days whatever earlier replays did, or still do, with them.",
        default="no: a day is refused while an earlier replay of it is unfinished or waits for its landing, and within "
        "the source's `dedupHours`",
    ),
)


def options(place: Place) -> tuple[RequestOption, ...]:
    """Those that can be said there."""
    return tuple(option for option in OPTIONS if place in option.places)


def request_options() -> tuple[RequestOption, ...]:
    """Those that a `Request` carries, in its order; the others are for the bot alone, or the config's."""
    rows = {option.attribute: option for option in OPTIONS}
    return tuple(rows[field.name] for field in fields(Request))


def publishing_choices() -> tuple[RequestOption, ...]:
    """Those of the config that a request can say otherwise: `Request` and `Publishing` both carry them."""
    return tuple(option for option in request_options() if Place.CONFIG in option.places)


def request_of(values: Mapping[str, Any]) -> Request:
    """The request with these values, by the options' names; what a `Request` does not carry is passed over."""
    return Request(**{option.attribute: values[option.name] for option in request_options() if option.name in values})
