"""A line of text, read word by word: what it says, and what of it nobody understands. Pure.

Reading goes on after a mistake, so that the answer can say what was understood; a mistake brings the whole line
with it as it may have been meant.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from bot.language.corrections import MeantOtherwise
from bot.language.days import Span, is_like_a_day, meant, span
from bot.language.offer import Offer
from bot.language.options import dashed, flag, near, option, value
from bot.language.words import OpenQuote, Word, quoted, split
from bot.render.mrkdwn import printable

#: What else may follow ``/replay``, and what stands before a source that is called like one of these.
COMMANDS = (
    "help",
    "status",
    "list",
    "history",
    "cancel",
    "pause",
    "resume",
    "rate",
    "retry",
    "restore",
    "undo",
    "verify",
)
MARK = "replay"
_BETWEEN_DAYS = {"to", "until", "-", "–"}


@dataclass(frozen=True, slots=True)
class Mistake:
    """``lines`` are whole lines in which this one is mended, likelier first."""

    sentence: str
    lines: tuple[str, ...] = ()


@dataclass(slots=True)
class Reading:
    """What was understood so far, options by the mission's names, and what was not."""

    words: list[Word]
    source: str | None = None
    given: dict[str, Any] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def missed(self, sentence: str, *mended: Mapping[int, str]) -> None:
        """A mistake, and what to put in place of which words to mend it."""
        self.mistakes.append(Mistake(sentence, tuple(with_words(self.words, new) for new in mended)))

    def understood(self) -> tuple[str, ...]:
        """As words that say the same."""
        given = dict(self.given)
        days = [given.pop(name) for name in ("startDate", "endDate") if given.get(name)]
        source = None if self.source is None else source_word(self.source)
        options = (f"{dashed(name)}={written(one)}" for name, one in given.items() if one is not None)
        return tuple(filter(None, (source, " to ".join(dict.fromkeys(days)), *options)))


def source_word(name: str) -> str:
    """A source as a first word, also where it is called like a command: in quotes nothing is one."""
    return f'"{name}"' if name.lower() in {MARK, *COMMANDS} else quoted(name)


def written(said: str | bool) -> str:
    """The value of an option as a word."""
    return quoted(said) if isinstance(said, str) else "yes" if said else "no"


def with_words(words: Sequence[Word], new: Mapping[int, str]) -> str:
    """The line with some words replaced; by nothing leaves one out, and the number behind the last adds one."""
    raws = [*(word.raw for word in words), ""]
    return " ".join(filter(None, (new.get(number, raw) for number, raw in enumerate(raws))))


def read(text: str, offered: Offer, today: date) -> Reading:
    """Read a whole line."""
    try:
        reading = Reading(split(text))
    except OpenQuote as error:
        return Reading([], mistakes=[Mistake(str(error), (text + error.closing,))])
    plain = [number for number, word in enumerate(reading.words) if word.equals is None]
    if plain and reading.words[plain[0]].is_bare and reading.words[plain[0]].text.lower() == MARK:
        plain = plain[1:]
    flags = [number for number in plain[1:] if reading.words[number].is_bare and flag(reading.words[number].text)]
    _read_options(reading, flags, offered, today)
    if _read_source(reading, plain, offered, today):
        _read_days(reading, [number for number in plain[1:] if number not in flags], today)
    return reading


def _read_options(reading: Reading, flags: Sequence[int], offered: Offer, today: date) -> None:
    names: dict[int, str] = {}
    for number, word in enumerate(reading.words):
        if number not in flags and word.equals is None:
            continue
        name, said = (number in flags and flag(word.text)) or (word.name, word.value)
        try:
            names[number] = option(name)
        except MeantOtherwise as error:
            reading.missed(error.sentence, *({number: f"{one}={quoted(said)}"} for one in error.instead))
            continue
        try:
            reading.given[names[number]] = value(names[number], said, offered, today)
        except MeantOtherwise as error:
            named = dashed(names[number])
            reading.missed(error.sentence, *({number: f"{named}={quoted(one)}"} for one in error.instead))
    _refuse_twice(reading, names)


def _refuse_twice(reading: Reading, names: Mapping[int, str]) -> None:
    for name, often in Counter(names.values()).items():
        if often > 1:
            places = [number for number, one in names.items() if one == name]
            kept = (places[0], places[-1])
            without = [dict.fromkeys((number for number in places if number != keep), "") for keep in kept]
            reading.missed(f"{dashed(name)} is given more than once.", *without)
    if {"cluster", "brokerList"} <= set(names.values()):
        reading.missed("Either a cluster or brokers can be named, not both.")


def _read_source(reading: Reading, plain: Sequence[int], offered: Offer, today: date) -> bool:
    """A source that the config does not have needs a topic, and a folder or a file. False if days cannot follow."""
    if not plain:
        reading.missed("No source is named: it comes first.")
        return False
    first, word = plain[0], reading.words[plain[0]].text
    outside = reading.given.get("topic") and (reading.given.get("prefix") or reading.given.get("filePath"))
    if word in offered.sources or (outside and not is_like_a_day(word, today)):
        reading.source = word
        return True
    later = [number for number in plain[1:] if reading.words[number].text in offered.sources]
    if later:
        swapped = {first: source_word(reading.words[later[0]].text), later[0]: reading.words[first].raw}
        reading.missed(f"The source comes first, and {printable(word, 100)} is none.", swapped)
    elif is_like_a_day(word, today):
        reading.missed("No source is named: it comes first, before the days.")
    else:
        known = f" There are {', '.join(printable(name, 100) for name in list(offered.sources)[:10])}."
        sentence = f"{printable(word, 100) or 'Nothing'} is no source of the config.{known if offered.sources else ''}"
        reading.missed(sentence, *({first: source_word(one)} for one in near(word, offered.sources)))
    return not later


def _read_days(reading: Reading, numbers: Sequence[int], today: date) -> None:
    words = {number: reading.words[number] for number in numbers}
    words = {number: word for number, word in words.items() if not (word.is_bare and word.raw.lower() in _BETWEEN_DAYS)}
    spans = {number: span(word.text, today) for number, word in words.items()}
    for number, one in spans.items():
        if one is None:
            shown = printable(words[number].text, 100) or "Nothing"
            sentence = f"{shown} is no day: write 2019-12-01, yesterday, 7d or 2019-12-01..2019-12-03."
            reading.missed(sentence, *({number: m} for m in meant(words[number].text, today)))
    found = {number: one for number, one in spans.items() if one is not None}
    if len(found) == len(spans):
        _take_days(reading, found)


def _take_days(reading: Reading, spans: Mapping[int, Span]) -> None:
    """One day, a first and a last one, or a span."""
    said = "startDate" in reading.given or "endDate" in reading.given
    if not spans:
        if not said and not reading.given.get("filePath") and not reading.mistakes:
            reading.missed("No day is named.", {len(reading.words): "yesterday"})
        return
    single = all(first == last for first, last in spans.values())
    if said or len(spans) > 2 or (len(spans) == 2 and not single):
        reading.missed("The days are given more than once: name one, a first and a last one, or a span.")
        return
    first, last = next(iter(spans.values()))[0], list(spans.values())[-1][1]
    if last < first:
        numbers = list(spans)
        swapped = (str(last), str(first)) if len(numbers) == 2 else (f"{last}..{first}",)
        reading.missed(f"{last} is before {first}.", dict(zip(numbers, swapped, strict=True)))
        return
    reading.given |= {"startDate": str(first), "endDate": str(last)}
