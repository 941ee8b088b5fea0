"""Days as people write them: ``2019-12-01``, ``yesterday``, ``7d``, ``2019-12-01..2019-12-03``. Pure.

What is no day is not guessed at silently: `meant` says what it may have been, for the person to choose.
"""

import re
from datetime import date, timedelta
from difflib import get_close_matches

from replay_engine import parse_day

#: As many days as the engine takes in one request.
MOST_DAYS = 366
_AGO = {"today": 0, "yesterday": 1}
_LAST = re.compile(r"(\d{1,4})d", re.IGNORECASE)
_RANGE = re.compile(r"(.*?)(?:\.{2,3}|…)(.*)")
_PARTS = re.compile(r"(\d{1,4})[-/.](\d{1,2})[-/.](\d{1,4})")
_COMPACT = re.compile(r"(\d{4})(\d{2})(\d{2})")

Span = tuple[date, date]


def span(word: str, today: date) -> Span | None:
    """The first and the last of the days that a word means, in that order as written; ``None`` if it means none."""
    if match := _LAST.fullmatch(word):
        number = int(match[1])
        return (_ago(today, number), _ago(today, 1)) if 1 <= number <= MOST_DAYS else None
    if match := _RANGE.fullmatch(word):
        first, last = day(match[1], today), day(match[2], today)
        return (first, last) if first and last else None
    one = day(word, today)
    return (one, one) if one else None


def day(word: str, today: date) -> date | None:
    """One day, by its date or as seen from today."""
    if word.lower() in _AGO:
        return _ago(today, _AGO[word.lower()])
    return parse_day(word)


def meant(word: str, today: date) -> tuple[str, ...]:
    """What a word that is no day may have been, likelier first; of two readings of a date both."""
    if match := _LAST.fullmatch(word):
        return (f"{MOST_DAYS}d",) if int(match[1]) > MOST_DAYS else ()
    if match := _RANGE.fullmatch(word):
        return _meant_range(match[1], match[2], today)
    if dates := _dates(word):
        return tuple(str(one) for one in dates)
    return tuple(get_close_matches(word.lower(), _AGO, 1))


def is_like_a_day(word: str, today: date) -> bool:
    """Whether somebody surely meant days by it."""
    return span(word, today) is not None or bool(meant(word, today))


def _meant_range(first: str, last: str, today: date) -> tuple[str, ...]:
    if not last:
        last = "yesterday"
    firsts = (first,) if day(first, today) else meant(first, today) if first else ()
    lasts = (last,) if day(last, today) else meant(last, today)
    if not firsts or not lasts:
        return ()
    both = max(len(firsts), len(lasts))
    return tuple(f"{firsts[min(n, len(firsts) - 1)]}..{lasts[min(n, len(lasts) - 1)]}" for n in range(both))


def _dates(word: str) -> tuple[date, ...]:
    """Every date that these numbers can be: the year may come first or last, then the day comes before the month."""
    match = _COMPACT.fullmatch(word) or _PARTS.fullmatch(word)
    if match is None:
        return ()
    one, two, three = match.groups()
    orders = [(one, two, three)] if len(one) == 4 else [(three, two, one), (three, one, two)]
    found = [parse_day(f"{year}-{int(month):02}-{int(of_month):02}") for year, month, of_month in orders]
    return tuple(dict.fromkeys(one for one in found if one))


def _ago(today: date, number: int) -> date:
    return today - timedelta(days=number)
