"""``raw 2019-12-01 2019-12-03 topic=…`` -> `PlanRequest`, and back; a mistake -> `Misunderstood`, with a line. Pure.

The first word is the source, whatever it looks like; days and options follow in any order. A leading ``replay`` is
only a mark: what stands behind it is the source even if it is called like a command. Reading goes on after a mistake,
so that the answer can say what was understood; a mistake brings the whole line with it as it may have been meant.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from bot.language.corrections import MeantOtherwise, Mistake, Misunderstood, corrections
from bot.language.days import Span, is_like_a_day, meant, span
from bot.language.offer import Offer
from bot.language.options import flag, near, option_of, option_words, value_of
from bot.language.request import PlanRequest, plan_request
from bot.language.words import OpenQuote, Word, quoted, split, with_words
from bot.render.mrkdwn import printable
from replay_engine import Refused, Request, RequestOption, parse_day

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
    "accept",
    "restore",
    "undo",
    "verify",
)
MARK = "replay"
_BETWEEN_DAYS = {"to", "until", "-", "–"}


@dataclass(slots=True)
class Reading:
    """What was understood so far, options by the mission's names, and what was not."""

    words: list[Word]
    source: str | None = None
    values: dict[str, Any] = field(default_factory=dict)
    mistakes: list[Mistake] = field(default_factory=list)

    def missed(self, sentence: str, *mended: Mapping[int, str]) -> None:
        """A mistake, and what to put in place of which words to mend it."""
        self.mistakes.append(Mistake(sentence, tuple(with_words(self.words, new) for new in mended)))

    def understood(self) -> tuple[str, ...]:
        """As words that say the same."""
        values = dict(self.values)
        days = [values.pop(name) for name in ("startDate", "endDate") if values.get(name)]
        source = None if self.source is None else _source_word(self.source)
        return tuple(filter(None, (source, " to ".join(dict.fromkeys(days)), *option_words(values))))


def parse_text(text: str, offered: Offer, today: date) -> PlanRequest | Misunderstood:
    """What a line asks for; ``today`` is what relative days are counted from."""
    reading = _read(text, offered, today)
    if not reading.mistakes:
        return plan_request({**reading.values, "source": reading.source}, offered)
    wrong = " ".join(mistake.sentence for mistake in reading.mistakes)
    corrected = corrections(text, lambda line: _read(line, offered, today).mistakes)
    return Misunderstood(text, wrong, reading.understood(), corrected)


def as_text(request: Request, *own_values: Any) -> str:
    """The line that asks for this, and for what else a `PlanRequest` says; `parse_text` understands it if it names a
    day or a file.
    """
    values = PlanRequest(request, *own_values).values()
    days = _days(request.start_date, request.end_date)
    if days:
        values |= {"startDate": None, "endDate": None}
    return " ".join([_source_word(request.source), *days, *option_words(values)])


def refused(text: str, plan_request: PlanRequest, offered: Offer, error: Refused) -> Misunderstood:
    """A line that is understood and asks for what cannot be; with what could be, where that is plain."""
    possible = _possible(plan_request.request, offered, error.field)
    corrected = () if possible is None else (as_text(possible, *plan_request.own_values()),)
    return Misunderstood(text, str(error), (as_text(plan_request.request, *plan_request.own_values()),), corrected)


def _source_word(name: str) -> str:
    """A source as a first word, also where it is called like a command: in quotes nothing is one."""
    return f'"{name}"' if name.lower() in {MARK, *COMMANDS} else quoted(name)


def _read(text: str, offered: Offer, today: date) -> Reading:
    """Read a whole line."""
    try:
        reading = Reading(split(text))
    except OpenQuote as error:
        return Reading([], mistakes=[Mistake(str(error), (text + error.closing,))])
    plain = [number for number, word in enumerate(reading.words) if word.equals is None]
    if plain and reading.words[plain[0]].is_bare and reading.words[plain[0]].text.lower() == MARK:
        plain = plain[1:]
    bare = (number for number in plain[1:] if reading.words[number].is_bare)
    flags = {number: named for number in bare if (named := flag(reading.words[number].text))}
    _read_options(reading, flags, offered, today)
    if _read_source(reading, plain, offered, today):
        _read_days(reading, [number for number in plain[1:] if number not in flags], today)
    return reading


def _read_options(reading: Reading, flags: Mapping[int, tuple[str, str]], offered: Offer, today: date) -> None:
    named: dict[int, RequestOption] = {}
    for number, word in enumerate(reading.words):
        if number not in flags and word.equals is None:
            continue
        name, text = flags.get(number) or (word.name, word.value)
        try:
            named[number] = option_of(name, text)
            reading.values[named[number].name] = value_of(named[number], text, offered, today)
        except MeantOtherwise as error:
            reading.missed(error.sentence, *({number: one} for one in error.instead))
    _refuse_twice(reading, named)


def _refuse_twice(reading: Reading, named: Mapping[int, RequestOption]) -> None:
    places: dict[str, list[int]] = {}
    for number, option in named.items():
        places.setdefault(option.dashed, []).append(number)
    for name, numbers in places.items():
        if len(numbers) > 1:
            without = [dict.fromkeys((one for one in numbers if one != kept), "") for kept in (numbers[0], numbers[-1])]
            reading.missed(f"{name} is given more than once.", *without)
    if {"cluster", "broker-list"} <= set(places):
        reading.missed("Either a cluster or brokers can be named, not both.")


def _read_source(reading: Reading, plain: Sequence[int], offered: Offer, today: date) -> bool:
    """A source that the config does not have needs a topic, and a folder or a file. False if days cannot follow."""
    if not plain:
        reading.missed("No source is named: it comes first.")
        return False
    first, word = plain[0], reading.words[plain[0]].text
    outside = reading.values.get("topic") and (reading.values.get("prefix") or reading.values.get("filePath"))
    if word in offered.sources or (outside and not is_like_a_day(word, today)):
        reading.source = word
        return True
    later = [number for number in plain[1:] if reading.words[number].text in offered.sources]
    if later:
        swapped = {first: _source_word(reading.words[later[0]].text), later[0]: reading.words[first].raw}
        reading.missed(f"The source comes first, and {printable(word, 100)} is none.", swapped)
    elif is_like_a_day(word, today):
        reading.missed("No source is named: it comes first, before the days.")
    else:
        known = f" There are {', '.join(printable(name, 100) for name in list(offered.sources)[:10])}."
        sentence = f"{printable(word, 100) or 'Nothing'} is no source of the config.{known if offered.sources else ''}"
        reading.missed(sentence, *({first: _source_word(one)} for one in near(word, offered.sources)))
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
    has_days = "startDate" in reading.values or "endDate" in reading.values
    if not spans:
        if not has_days and not reading.values.get("filePath") and not reading.mistakes:
            reading.missed("No day is named.", {len(reading.words): "yesterday"})
        return
    single = all(first == last for first, last in spans.values())
    if has_days or len(spans) > 2 or (len(spans) == 2 and not single):
        reading.missed("The days are given more than once: name one, a first and a last one, or a span.")
        return
    first, last = next(iter(spans.values()))[0], list(spans.values())[-1][1]
    if last < first:
        numbers = list(spans)
        swapped = (str(last), str(first)) if len(numbers) == 2 else (f"{last}..{first}",)
        reading.missed(f"{last} is before {first}.", dict(zip(numbers, swapped, strict=True)))
        return
    reading.values |= {"startDate": str(first), "endDate": str(last)}


def _days(first: str | None, last: str | None) -> list[str]:
    """Both days as words, if there are two and they stand in order."""
    if not first or not last or not parse_day(first) or not parse_day(last) or last < first:
        return []
    return [first] if first == last else [first, last]


def _possible(request: Request, offered: Offer, field: str) -> Request | None:
    if field == "deleteBackups" and (request.file_path or request.source not in offered.sources):
        return replace(request, delete_backups=False)
    first, last = request.start_date or "", request.end_date or ""
    if field == "endDate" and parse_day(first) and parse_day(last) and last < first:
        return replace(request, start_date=last, end_date=first)
    return None
