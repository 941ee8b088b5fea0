"""The few fields of a JSON line that somebody asks for; the rest must be JSON too, and is passed over.

Nothing is ever written back: whoever asks for a field goes on with the line as it was.
"""

import re
from collections.abc import Callable, Iterable
from itertools import combinations
from operator import attrgetter
from typing import Any

import msgspec

#: What a line, or a value in it, raises that cannot be decoded; `RecursionError` where it is too deep.
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)

# A field that is missing is null.
_NULL = msgspec.Raw(b"null")
# What may stand where an object is looked into; a field inside it is missing then.
_NO_OBJECT = str | int | float | bool | list[msgspec.Raw] | None

# Every escape in a line, as its reader meets them: whole surrogate pairs, halves, and any other.
_ESCAPES = re.compile(
    rb"\\u[dD][89abAB][\da-fA-F]{2}\\u[dD][c-fC-F][\da-fA-F]{2}|(?P<half>\\u[dD][89a-fA-F][\da-fA-F]{2})|\\."
)

_Tree = dict[str, "_Tree"]

#: What a field's text in a line means; raises one of `UNREADABLE`.
value_of: Callable[[msgspec.Raw], Any] = msgspec.json.Decoder().decode


def is_path(text: str) -> bool:
    """Whether it can name a field: parts between dots, none empty, of characters that JSON need not escape."""
    return all(text.split(".")) and text.isprintable() and not set('"\\') & set(text)


def nested(paths: Iterable[str]) -> tuple[str, str] | None:
    """A field and one that lies inside it, which no line has both as scalars; ``None`` when there is none."""
    pairs = combinations(sorted(set(paths)), 2)
    return next(((outer, inner) for outer, inner in pairs if inner.startswith(f"{outer}.")), None)


class Fields:
    """Decodes lines as far as some fields, none of which may be `nested` in another."""

    def __init__(self, paths: Iterable[str]) -> None:
        """``paths`` go inward at dots: ``edata.type``."""
        tree: _Tree = {}
        for path in paths:
            node = tree
            for part in path.split("."):
                node = node.setdefault(part, {})
        self._tree = tree
        self._decode: Callable[[bytes], Any] = msgspec.json.Decoder(_object(tree)).decode

    def decode(self, line: bytes) -> Any:
        """A line as far as it is wanted, for `at`; raises one of `UNREADABLE` where it is no JSON object."""
        try:
            return self._decode(line)
        except msgspec.DecodeError:
            readable = _ESCAPES.sub(_readable, line)
            if readable == line:
                raise
            return self._decode(readable)

    def at(self, path: str) -> Callable[[Any], msgspec.Raw]:
        """What takes one field out of a decoded line, as it is written there; ``null`` where it is missing."""
        way, node = [], self._tree
        for part in path.split("."):
            way.append(_attribute(node, part))
            node = node[part]
        get = attrgetter(".".join(way))
        return get if len(way) == 1 else lambda document: _inside(document, get)


def _inside(document: Any, get: Callable[[Any], Any]) -> Any:
    """What is no object has nothing inside it."""
    try:
        return get(document)
    except AttributeError:
        return _NULL


def _readable(escape: re.Match[bytes]) -> bytes:
    """JSON allows half a surrogate pair (a text that was cut in an emoji), UTF-8 does not: read it as U+FFFD."""
    return rb"\ufffd" if escape["half"] else escape[0]


def _object(tree: _Tree) -> Any:
    """A type of objects of which only a tree's fields are decoded."""
    names = {_attribute(tree, part): part for part in tree}
    fields = [(name, *_value(tree[part])) for name, part in names.items()]
    return msgspec.defstruct("Wanted", fields, rename=names, gc=False, frozen=True)


def _value(tree: _Tree) -> tuple[Any, Any]:
    """The type of what stands at a node, and what counts for it where nothing does."""
    if not tree:
        return msgspec.Raw, _NULL
    inner = _object(tree)
    return inner | _NO_OBJECT, inner()


def _attribute(node: _Tree, part: str) -> str:
    """A field may be called as no attribute can."""
    return f"field_{list(node).index(part)}"
