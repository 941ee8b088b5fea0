"""What one row of the table of options says. Values only; the rows are in `replay_engine.request.options_table`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum, StrEnum
from typing import Any


class OptionKind(Enum):
    """What an option's value is, which decides how it is typed and which field a form has for it."""

    SOURCE = "the entry of the config, which comes first"
    DAY = "a day"
    TEXT = "any text"
    CHOICE = "one of some words"
    YES_OR_NO = "yes or no; open where nothing is said"
    FLAG = "yes where it is said"
    RATE = "bytes or events a second"
    CLUSTER = "the name of a broker list in the bot's settings"


class Place(StrEnum):
    """Where an option can be said."""

    CONFIG = "config document"
    COMMAND_LINE = "command line"
    TEXT = "text after /replay"
    FORM = "form"


class FormSection(Enum):
    """The parts of the request form, from top to bottom."""

    MAIN = "always to be seen"
    SCOPE = "what is read and deleted, and where it goes"
    PUBLISHING = "how it is published"
    LAST = "what comes of the plan"


class FreeText(StrEnum):
    """What people may be allowed to name as they like (``REPLAY_SLACK_FREE_TEXT``)."""

    TOPIC = "topic"
    BROKERS = "brokers"
    CONTAINER = "container"


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestOption:
    """One thing that a request, or the config for it, may say.

    ``name`` is the mission's: a config key, a form field's id, and what a refusal calls it. ``default`` is what counts
    where nothing is said, in words. Whoever is an operator may say every option; where ``free_text`` is set, values
    that the settings do not name need it in ``REPLAY_SLACK_FREE_TEXT``.
    """

    name: str
    kind: OptionKind
    places: frozenset[Place]
    #: For the terminal and the reference in the docs.
    help: str
    default: str = ""
    choices: type[StrEnum] | None = None
    #: What else people call it, typed after ``/replay``.
    aliases: tuple[str, ...] = ()
    #: A value with its unit, where that is not plain.
    sample: str = ""
    free_text: FreeText | None = None
    #: The form's field, the hint below it, and what it shows while nothing is said.
    label: str = ""
    hint: str = ""
    placeholder: str = ""
    section: FormSection = FormSection.PUBLISHING
    #: Its value in `Publishing` in a plan's words; nothing of the usual one.
    describe: Callable[[Any], str] | None = None
    #: What it means as a key of the config document, for the docs.
    config_help: str = ""

    @property
    def attribute(self) -> str:
        """What a `Request` or `Publishing` calls it: ``file_path`` for ``filePath``."""
        return _parted(self.name, "_")

    @property
    def dashed(self) -> str:
        """How it is typed: ``file-path`` for ``filePath``."""
        return _parted(self.name, "-")

    @property
    def value_hint(self) -> str:
        """The words that may be its value; else a sample, where there is one."""
        if self.kind is OptionKind.YES_OR_NO:
            return "yes|no"
        return "|".join(self.choices or ()) or self.sample

    @property
    def typed(self) -> str:
        """How the help writes it: ``rate=20MB/s``, ``dry-run``."""
        return self.dashed if self.kind is OptionKind.FLAG else f"{self.dashed}={self.value_hint}"


def _parted(name: str, by: str) -> str:
    return re.sub("([A-Z])", rf"{by}\1", name).lower()
