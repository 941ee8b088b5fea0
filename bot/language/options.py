"""The options of a request typed as text: their names in any style, and their values. Pure."""

import re
from collections.abc import Iterable
from datetime import date
from difflib import get_close_matches

from bot.language.corrections import MeantOtherwise
from bot.language.days import day, meant
from bot.language.offer import Offer
from bot.render.mrkdwn import printable
from replay_engine import BadRequest, CheckSource, Delivery, OnBadLine, Pace, with_rate

#: The mission's names, and what else people call them.
_ALSO = {
    "startDate": ("start", "from"),
    "endDate": ("end", "to"),
    "bucket": ("container",),
    "prefix": ("folder",),
    "filePath": ("path", "file"),
    "topic": (),
    "brokerList": ("brokers",),
    "cluster": (),
    "deleteBackups": ("delete",),
    "rate": (),
    "delivery": (),
    "onBadLine": (),
    "checkSource": (),
    "dryRun": (),
}
#: Where a request has them.
ATTRIBUTES = {
    "startDate": "start_date",
    "endDate": "end_date",
    "bucket": "bucket",
    "prefix": "prefix",
    "filePath": "file_path",
    "topic": "topic",
    "brokerList": "broker_list",
    "deleteBackups": "delete_backups",
    "delivery": "delivery",
    "onBadLine": "on_bad_line",
    "checkSource": "check_source",
}
_NAMED = {alias.lower(): name for name, also in _ALSO.items() for alias in (name, *also)}
_FLAGS = {
    "dryrun": ("dryRun", "yes"),
    "deletebackups": ("deleteBackups", "yes"),
    "nodeletebackups": ("deleteBackups", "no"),
}
_CHOICES: dict[str, type[Delivery | OnBadLine | CheckSource]] = {
    "delivery": Delivery,
    "onBadLine": OnBadLine,
    "checkSource": CheckSource,
}
_YES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_LIKE_A_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmg]?)b|(events|e))?\s*(?:/s|ps)?", re.IGNORECASE)
_UNITS = {"": "", "k": "k", "m": "M", "g": "G"}


def dashed(name: str) -> str:
    """``file-path`` for ``filePath``."""
    return re.sub("([A-Z])", r"-\1", name).lower()


def option(written: str) -> str:
    """The mission's name of an option."""
    bare = _bare(written)
    if bare in _NAMED:
        return _NAMED[bare]
    near = tuple(dashed(_NAMED[one]) for one in get_close_matches(bare, _NAMED, 1, 0.7))
    raise MeantOtherwise(f"There is no option {printable(written, 100)}.", near)


def flag(word: str) -> tuple[str, str] | None:
    """The option and its value that a word alone stands for, such as ``--dry-run``."""
    return _FLAGS.get(_bare(word))


def value(name: str, text: str, offered: Offer, today: date) -> str | bool | None:
    """What an option says, checked as far as its own words go."""
    if name in ("deleteBackups", "dryRun"):
        return _yes_or_no(name, text)
    if name in ("startDate", "endDate"):
        return _day(text, today)
    if name in _CHOICES:
        return _choice(name, text)
    if name == "rate":
        return rate(text)
    if name == "cluster" and text not in offered.clusters:
        raise MeantOtherwise(f"There is no cluster {printable(text, 100)}.", near(text, offered.clusters))
    return text


def rate(text: str) -> str | None:
    """How fast, as it was written; ``None`` for no limit."""
    try:
        limited = with_rate(Pace(), text) != Pace()
    except BadRequest as error:
        raise MeantOtherwise(str(error), _rate_meant(text)) from error
    return text.strip() if limited else None


def near(word: str, names: Iterable[str]) -> tuple[str, ...]:
    """The names that are likest to a word, whatever the case."""
    lowered = {name.lower(): name for name in names}
    return tuple(lowered[one] for one in get_close_matches(word.lower(), lowered, 2, 0.5))


def _bare(written: str) -> str:
    return written.lower().replace("-", "").replace("_", "")


def _yes_or_no(name: str, text: str) -> bool:
    if text.lower() not in _YES:
        raise MeantOtherwise(f"{dashed(name)} is yes or no, not {printable(text, 100) or 'empty'}.", ("no", "yes"))
    return _YES[text.lower()]


def _day(text: str, today: date) -> str:
    found = day(text, today)
    if found is None:
        raise MeantOtherwise(f"{printable(text, 100) or 'Nothing'} is no day.", meant(text, today))
    return str(found)


def _choice(name: str, text: str) -> str:
    words = {_bare(one): str(one) for one in _CHOICES[name]}
    if _bare(text) not in words:
        known = " or ".join(words.values())
        sentence = f"{dashed(name)} is {known}, not {printable(text, 100) or 'empty'}."
        raise MeantOtherwise(sentence, near(text, words.values()))
    return words[_bare(text)]


def _rate_meant(text: str) -> tuple[str, ...]:
    """The same number with the unit as it has to be written; megabytes where there is none."""
    match = _LIKE_A_RATE.fullmatch(text.strip())
    if match is None or not float(match[1]):
        return ()
    if match[3]:
        return (f"{match[1]}events/s",)
    return (f"{match[1]}{'M' if match[2] is None else _UNITS[match[2].lower()]}B/s",)
