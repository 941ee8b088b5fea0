"""A line of text as people type it after a command: into words, and a value back into a word. Pure.

A word may hold quotes in any place, of a keyboard or as phones type them; there is no escaping, a backslash is one.
(``shlex`` knows neither such quotes nor where a word stood in the line.)
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_DOUBLE, _SINGLE = '"“”„', "'‘’‚"
_CLOSED_BY = {opening: family for family in (_DOUBLE, _SINGLE) for opening in family}
_SINGLES_OR_NOT = re.compile(f"[{_SINGLE}]+|[^{_SINGLE}]+")
_LINK = re.compile(r"<(?:mailto:|(?=https?://))([^|<>]*)(?:\|([^<>]*))?>")


class OpenQuote(ValueError):
    """A quote that nothing closes; ``closing`` would."""

    def __init__(self, closing: str) -> None:
        super().__init__("A quote is opened and not closed.")
        self.closing = closing


@dataclass(slots=True)
class Word:
    """``raw`` is what was typed, ``text`` what it says; ``equals`` is where its ``=`` stands, unless quoted."""

    raw: str = ""
    text: str = ""
    equals: int | None = None

    @property
    def is_bare(self) -> bool:
        """Whether nothing in it is quoted."""
        return self.raw == self.text

    @property
    def name(self) -> str:
        """What stands before the ``=``."""
        return self.text[: self.equals]

    @property
    def value(self) -> str:
        """What stands behind the ``=``."""
        return "" if self.equals is None else self.text[self.equals + 1 :]


def from_slack(text: str) -> str:
    """What was typed: Slack escapes three characters, and may make links of what looks like an address."""
    plain = _LINK.sub(lambda link: link[2] or link[1], text)
    return plain.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def split(text: str) -> list[Word]:
    """The words of a line; `OpenQuote` if the last of them does not end."""
    words, word, closing = [], Word(), ""
    for character in text:
        if not closing and character.isspace():
            words.append(word)
            word = Word()
            continue
        word.raw += character
        closing = _read_quoted(word, character, closing) if closing else _read_bare(word, character)
    if closing:
        raise OpenQuote(closing[0])
    return [one for one in (*words, word) if one.raw]


def _read_quoted(word: Word, character: str, closing: str) -> str:
    if character in closing:
        return ""
    word.text += character
    return closing


def _read_bare(word: Word, character: str) -> str:
    if character in _CLOSED_BY:
        return _CLOSED_BY[character]
    if character == "=" and word.equals is None:
        word.equals = len(word.text)
    word.text += character
    return ""


def with_words(words: Sequence[Word], new: Mapping[int, str]) -> str:
    """The line with some words replaced; by nothing leaves one out, and the number behind the last adds one."""
    raws = [*(word.raw for word in words), ""]
    return " ".join(filter(None, (new.get(number, raw) for number, raw in enumerate(raws))))


def quoted(text: str) -> str:
    """A word that says exactly this."""
    singles, doubles = (any(one in family for one in text) for family in (_SINGLE, _DOUBLE))
    if text and not singles and not doubles and "=" not in text and not any(map(str.isspace, text)):
        return text
    if not doubles:
        return f'"{text}"'
    if not singles:
        return f"'{text}'"
    parts = _SINGLES_OR_NOT.findall(text)
    return "".join(f'"{part}"' if part[0] in _SINGLE else f"'{part}'" for part in parts)
