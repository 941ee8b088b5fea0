"""The options of a request typed as text: the engine's table says which there are, this how they are read. Pure."""

import re
from collections.abc import Callable, Iterable, Mapping
from datetime import date
from difflib import get_close_matches
from typing import Any

from bot.language.corrections import MeantOtherwise
from bot.language.days import day, meant
from bot.language.offer import Offer
from bot.language.words import quoted
from bot.render.mrkdwn import printable
from replay_engine import BadRequest, OptionKind, Pace, Place, RequestOption, options, with_rate

_YES = {"yes": True, "true": True, "on": True, "no": False, "false": False, "off": False}
_LIKE_A_RATE = re.compile(r"(\d+(?:\.\d+)?)\s*(?:([kmg]?)b|(events|e))?\s*(?:/s|ps)?", re.IGNORECASE)
_UNITS = {"": "", "k": "k", "m": "M", "g": "G"}


def option_of(name: str, value: str) -> RequestOption:
    """The option of that name, in any style; its ``value`` goes with the names that may have been meant."""
    named = {_bare(alias): option for option in options(Place.TEXT) for alias in (option.name, *option.aliases)}
    if _bare(name) in named:
        return named[_bare(name)]
    near_names = get_close_matches(_bare(name), named, 1, 0.7)
    instead = tuple(f"{named[one].dashed}={quoted(value)}" for one in near_names)
    raise MeantOtherwise(f"There is no option {printable(name, 100)}.", instead)


def flag(word: str) -> tuple[str, str] | None:
    """The option and its value that a word alone stands for, such as ``--dry-run``."""
    bare = _bare(word)
    for option in options(Place.TEXT):
        if option.kind in (OptionKind.FLAG, OptionKind.YES_OR_NO) and bare == _bare(option.name):
            return option.name, "yes"
        if option.kind is OptionKind.YES_OR_NO and bare == f"no{_bare(option.name)}":
            return option.name, "no"
    return None


def value_of(option: RequestOption, text: str, offered: Offer, today: date) -> Any:
    """What an option says, checked as far as its own words go."""
    readers: dict[OptionKind, Callable[[], Any]] = {
        OptionKind.DAY: lambda: _day(text, today),
        OptionKind.CHOICE: lambda: _choice(option, text),
        OptionKind.YES_OR_NO: lambda: _yes_or_no(option, text),
        OptionKind.FLAG: lambda: _yes_or_no(option, text),
        OptionKind.RATE: lambda: rate(text),
        OptionKind.CLUSTER: lambda: _cluster(text, offered),
    }
    try:
        return readers.get(option.kind, lambda: text)()
    except MeantOtherwise as error:
        instead = tuple(f"{option.dashed}={quoted(one)}" for one in error.instead)
        raise MeantOtherwise(error.sentence, instead) from error


def option_words(values: Mapping[str, Any]) -> list[str]:
    """Values by the options' names, as words of a line, in its order."""
    rows = {option.name: option for option in options(Place.TEXT)}
    return [f"{rows[name].dashed}={_written(one)}" for name, one in values.items() if name in rows and one is not None]


def _written(value: str | bool) -> str:
    return quoted(value) if isinstance(value, str) else "yes" if value else "no"


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


def _yes_or_no(option: RequestOption, text: str) -> bool:
    if text.lower() not in _YES:
        raise MeantOtherwise(f"{option.dashed} is yes or no, not {printable(text, 100) or 'empty'}.", ("no", "yes"))
    return _YES[text.lower()]


def _day(text: str, today: date) -> str:
    found = day(text, today)
    if found is None:
        raise MeantOtherwise(f"{printable(text, 100) or 'Nothing'} is no day.", meant(text, today))
    return str(found)


def _choice(option: RequestOption, text: str) -> str:
    words = {_bare(one): str(one) for one in option.choices or ()}
    if _bare(text) not in words:
        known = " or ".join(words.values())
        sentence = f"{option.dashed} is {known}, not {printable(text, 100) or 'empty'}."
        raise MeantOtherwise(sentence, near(text, words.values()))
    return words[_bare(text)]


def _cluster(text: str, offered: Offer) -> str:
    if text not in offered.clusters:
        raise MeantOtherwise(f"There is no cluster {printable(text, 100)}.", near(text, offered.clusters))
    return text


def _rate_meant(text: str) -> tuple[str, ...]:
    """The same number with the unit as it has to be written; megabytes where there is none."""
    match = _LIKE_A_RATE.fullmatch(text.strip())
    if match is None or not float(match[1]):
        return ()
    if match[3]:
        return (f"{match[1]}events/s",)
    return (f"{match[1]}{'M' if match[2] is None else _UNITS[match[2].lower()]}B/s",)
