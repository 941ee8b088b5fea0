"""``raw 2019-12-01 2019-12-03 topic=…`` -> `PlanRequest`, and back; a mistake -> `Misunderstood`, with a line. Pure.

The first word is the source, whatever it looks like; days and options follow in any order. A leading ``replay`` is
only a mark: what stands behind it is the source even if it is called like a command.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import date

from bot.language.corrections import Misunderstood
from bot.language.offer import Offer
from bot.language.options import ATTRIBUTES, dashed
from bot.language.reading import Mistake, Reading, read, source_word, written
from bot.language.request import PlanRequest
from replay_engine import Refused, Request, parse_day

_MOST_CORRECTIONS = 8


def parse_text(text: str, offered: Offer, today: date) -> PlanRequest | Misunderstood:
    """What a line asks for; ``today`` is what relative days are counted from."""
    reading = read(text, offered, today)
    if not reading.mistakes:
        return _wish(reading, offered)
    wrong = " ".join(mistake.sentence for mistake in reading.mistakes)
    corrected = corrections(text, lambda line: read(line, offered, today).mistakes)
    return Misunderstood(text, wrong, reading.understood(), corrected)


def as_text(request: Request, dry_run: bool = False, rate: str | None = None) -> str:
    """The line that asks for this; `parse_text` understands it if it names a day or a file."""
    first, last = request.start_date, request.end_date
    days = _days(first, last)
    said = {name: getattr(request, attribute) for name, attribute in ATTRIBUTES.items()}
    said |= {"dryRun": dry_run or None, "rate": rate}
    if days:
        said |= {"startDate": None, "endDate": None}
    options = [f"{dashed(name)}={written(one)}" for name, one in said.items() if one is not None]
    return " ".join([source_word(request.source), *days, *options])


def refused(text: str, wish: PlanRequest, offered: Offer, error: Refused) -> Misunderstood:
    """A line that is understood and asks for what cannot be; with what could be, where that is plain."""
    possible = _possible(wish.request, offered, error.field)
    corrected = () if possible is None else (as_text(possible, wish.dry_run, wish.rate),)
    return Misunderstood(text, str(error), (as_text(wish.request, wish.dry_run, wish.rate),), corrected)


def corrections(text: str, mistakes_of: Callable[[str], Sequence[Mistake]]) -> tuple[str, ...]:
    """The line with everything mended, where that can be guessed; two where it can be meant in two ways."""
    found = (_corrected(text, which, mistakes_of) for which in range(2))
    return tuple(dict.fromkeys(line for line in found if line is not None))


def _corrected(line: str, which: int, mistakes_of: Callable[[str], Sequence[Mistake]]) -> str | None:
    for _ in range(_MOST_CORRECTIONS):
        mistakes = mistakes_of(line)
        if not mistakes:
            return line
        lines = mistakes[0].lines
        if not lines:
            return None
        line = lines[min(which, len(lines) - 1)]
    return None


def _wish(reading: Reading, offered: Offer) -> PlanRequest:
    named = {ATTRIBUTES[name]: said for name, said in reading.given.items() if name in ATTRIBUTES}
    if "cluster" in reading.given:
        named["broker_list"] = offered.clusters[reading.given["cluster"]]
    request = Request(reading.source or "", **named)
    return PlanRequest(request, bool(reading.given.get("dryRun")), reading.given.get("rate"))


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
