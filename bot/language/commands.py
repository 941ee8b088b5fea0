"""What follows ``/replay``: a command about a replay, or a request. Pure.

A command wins over a source of the same name; ``/replay replay status 2019-12-01`` asks for the source ``status``.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from difflib import get_close_matches

from bot.language.corrections import MeantOtherwise, Mistake, Misunderstood, corrections
from bot.language.days import meant, span
from bot.language.offer import Offer
from bot.language.options import rate
from bot.language.reading import COMMANDS, parse_text
from bot.language.request import PlanRequest
from bot.language.words import OpenQuote, Word, from_slack, split, with_words
from bot.render.mrkdwn import printable
from replay_engine import OptionKind, Place, is_replay_id, options

_AN_ID = "r20191210-101500-0a1b2c"
#: Those that need to be told which replay, and those that want one thing more.
_WITH_DAY, _WITH_RATE = {"accept", "restore", "undo"}, {"rate"}
_NEED_AN_ID = {*_WITH_DAY, "verify"}
_WITHOUT_ID = {"help", "list"}
_AGAIN = {"again", "again=yes", "--again"}


def usage() -> str:
    """The help, with every option that can be typed; days have words of their own."""
    typed = " ".join(f"`{option.typed}`" for option in options(Place.TEXT) if option.kind is not OptionKind.DAY)
    return f"""\
*Ask for a replay.* A plan is shown first; nothing starts until it is confirmed.
• `/replay` opens a form
• `/replay raw 2019-12-01 2019-12-03` asks in one line: the source, then a first and a last day; \
or `yesterday`, `7d`, `2019-12-01..2019-12-03`
• options behind it: {typed}; quote what has spaces: `prefix="a folder"`
*About replays.* `ID` may be left out where there is no doubt which.
• `/replay list` the last ones, `/replay status [ID]` how one stands, `/replay history [ID]` who did what
• `/replay verify ID` whether the stores, Druid and Kafka are as its journals say
• `/replay pause [ID]`, `/replay resume [ID]`, `/replay rate [ID] 20MB/s|5000events/s|off`, \
`/replay cancel [ID]` steer one that runs; a cancelled day is restored
• `/replay retry [ID] [again]` plans the days that failed; with `again` also those that were published a short while ago
• `/replay accept ID DAY` closes a day that waits for its landing as it is
• `/replay restore ID DAY`, `/replay undo ID DAY` give a day back what it had
A source that is called like one of these: `/replay replay status 2019-12-01`."""


USAGE = usage()


@dataclass(frozen=True, slots=True)
class Command:
    """``rate`` is written as for `replay_engine.with_rate`, ``off`` for none; no ``replay_id``: whichever is meant.

    ``again`` is a retry of days whatever earlier replays did to them.
    """

    name: str
    replay_id: str | None = None
    day: date | None = None
    rate: str | None = None
    again: bool = False


def command_word(text: str) -> str:
    """The first of the words after ``/replay`` in small letters, as Slack sends them; empty if there is none."""
    return next(iter(from_slack(text).split(maxsplit=1)), "").lower()


def parse_command(text: str, offered: Offer, today: date) -> Command | PlanRequest | Misunderstood:
    """What a person typed after ``/replay``, as Slack sends it; it is not empty."""
    plain = from_slack(text)
    first = command_word(text)
    if first in COMMANDS:
        return _command(plain, today)
    parsed = parse_text(plain, offered, today)
    if isinstance(parsed, PlanRequest):
        return parsed
    return _misspelt(plain, first, offered, today) or parsed


def _misspelt(text: str, first: str, offered: Offer, today: date) -> Misunderstood | None:
    """What was meant as a command, if it is one with another first word."""
    known = {name.lower() for name in offered.sources}
    likest = [] if first in known else get_close_matches(first, [*COMMANDS, *known], 1, 0.6)
    if not likest or likest[0] not in COMMANDS:
        return None
    line = " ".join([likest[0], *text.split()[1:]])
    if not isinstance(_command(line, today), Command):
        return None
    return Misunderstood(text, f"There is no command {printable(first, 100)}.", (), (line,), line)


def _command(text: str, today: date) -> Command | Misunderstood:
    read = _read(text, today)
    if isinstance(read, Command):
        return read
    name = text.split(maxsplit=1)[0].lower()
    corrected = corrections(text, lambda line: _mistakes(line, today))
    return Misunderstood(text, read.sentence, (name,), corrected, _example(name))


def _mistakes(line: str, today: date) -> Sequence[Mistake]:
    read = _read(line, today)
    return () if isinstance(read, Command) else (read,)


def _read(text: str, today: date) -> Command | Mistake:
    try:
        first, *words = split(text)
    except OpenQuote as error:
        return Mistake(str(error), (text + error.closing,))
    name = first.text.lower()
    if name == "help":
        return Command(name)
    replay_id = None
    if name not in _WITHOUT_ID and words and is_replay_id(words[0].text.strip("`")):
        replay_id = words.pop(0).text.strip("`")
    if replay_id is None and name in _NEED_AN_ID:
        return Mistake(f"{name} has to be told which replay, by an id like {_AN_ID}.")
    head = [first, *([Word(replay_id)] if replay_id else [])]
    if name in _WITH_DAY:
        return _with_day(name, replay_id, head, words, today)
    if name in _WITH_RATE:
        return _with_rate(name, replay_id, head, words)
    again = name == "retry" and bool(words) and words[0].text.lower() in _AGAIN
    return _too_much(name, words[again:]) or Command(name, replay_id, again=again)


def _with_day(name: str, replay_id: str | None, head: list[Word], words: list[Word], today: date) -> Command | Mistake:
    if not words:
        return Mistake(f"{name} has to be told which day.")
    found = span(words[0].text, today)
    if found is None or found[0] != found[1]:
        lines = (with_words([*head, *words], {len(head): one}) for one in meant(words[0].text, today))
        return Mistake(f"{printable(words[0].text, 100) or 'Nothing'} is not one day, like 2019-12-01.", tuple(lines))
    return _too_much(name, words[1:]) or Command(name, replay_id, day=found[0])


def _with_rate(name: str, replay_id: str | None, head: list[Word], words: list[Word]) -> Command | Mistake:
    """The number and its unit may be two words."""
    text = " ".join(word.text for word in words)
    try:
        return Command(name, replay_id, rate=rate(text) or "off")
    except MeantOtherwise as error:
        lines = tuple(" ".join([*(word.raw for word in head), one]) for one in error.instead)
        return Mistake(error.sentence, lines)


def _too_much(name: str, words: list[Word]) -> Mistake | None:
    if not words:
        return None
    return Mistake(f"{printable(words[0].text, 100) or 'A word'} is too much after {name}, or no id like {_AN_ID}.")


def _example(name: str) -> str:
    words = [name] if name in _WITHOUT_ID else [name, _AN_ID]
    words += ["2019-12-01"] if name in _WITH_DAY else ["20MB/s"] if name in _WITH_RATE else []
    return " ".join(words)
