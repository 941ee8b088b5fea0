"""Slack's mrkdwn as plain text for people: mentions become names, links their label, entities characters.

Emphasis marks stay as they are: a terminal shows ``*done*`` well enough, and nothing can be lost.
"""

import re
from collections.abc import Mapping

_ANGLE = re.compile(r"<([^<>\n]+)>")


def unescaped(text: str) -> str:
    """Undo Slack's three entities; ``&amp;`` last, so that ``&amp;lt;`` stays a written ``&lt;``."""
    return text.replace("&lt;", "<").replace("&gt;", ">").replace("&amp;", "&")


def plain(text: str, names: Mapping[str, str]) -> str:
    """The text as a reader sees it. ``names`` maps user and channel ids to names without ``@`` or ``#``."""
    pieces = []
    end = 0
    for found in _ANGLE.finditer(text):
        pieces += [unescaped(text[end : found.start()]), _reference(found[1], names)]
        end = found.end()
    return "".join([*pieces, unescaped(text[end:])])


def _reference(inside: str, names: Mapping[str, str]) -> str:
    target, _, label = inside.partition("|")
    mark, ident = target[0], target[1:]
    if mark in "@#":
        return mark + names.get(ident, unescaped(label) or ident)
    if mark == "!":
        kind, _, group = ident.partition("^")
        return unescaped(label) or "@" + names.get(group, kind)
    return unescaped(label or target)
