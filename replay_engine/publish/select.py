"""Whether a line is wanted, and its key: what filters and the key read in it. Nothing of it is changed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import msgspec

from replay_engine.model import Condition, Filter, Publishing
from replay_engine.publish.json_fields import UNREADABLE, Fields, value_of

Key = bytes | None

_NO_SCALAR = (dict, list)


@dataclass(frozen=True, slots=True)
class Skipped:
    """A line that is not sent: for a reason, or without one because a filter leaves it out."""

    reason: str = ""


class Selection:
    """The key and the filters of a replay, at least one of them."""

    def __init__(self, publishing: Publishing) -> None:
        key, filters = publishing.key, publishing.filters
        fields = Fields([*([key] if key else []), *(one.field for one in filters)])
        self._decode = fields.decode
        self._wanted = [(fields.at(one.field), _condition(one), one.field) for one in filters]
        self._key, self._key_at = key, fields.at(key) if key else None
        self._need = f"the key {key} is taken from it" if key else f"a filter asks for {filters[0].field} in it"

    def key_or_skipped(self, line: bytes) -> Key | Skipped:
        """The key of a line that all filters want; `Skipped` with a reason where that cannot be told."""
        try:
            document = self._decode(line)
        except UNREADABLE:
            return Skipped(f"is no JSON object, and {self._need}")
        for at, holds, field in self._wanted:
            try:
                if not holds(value_of(at(document))):
                    return Skipped()
            except UNREADABLE:
                return Skipped(f"has something unreadable at {field}, and a filter asks for it")
        return self._key_of(self._key_at(document)) if self._key_at else None

    def _key_of(self, raw: msgspec.Raw) -> Key | Skipped:
        try:
            value = value_of(raw)
        except UNREADABLE:
            return Skipped(f"has something unreadable at {self._key}, and the key is taken from it")
        if isinstance(value, str):
            return value.encode()
        if isinstance(value, _NO_SCALAR):
            return Skipped(f"has no text, number or bool at {self._key}, and the key is taken from it")
        return None if value is None else bytes(raw)


def _condition(one: Filter) -> Callable[[Any], bool]:
    """What a filter asks of a value."""
    if one.condition is Condition.IS_NULL:
        return lambda value: value is None
    wanted = frozenset(_comparable(value) for value in one.values)
    return lambda value: not isinstance(value, _NO_SCALAR) and _comparable(value) in wanted


def _comparable(value: Any) -> tuple[bool, Any]:
    """Equal where JSON's scalars are: 1 is 1.0, and true is not 1 as Python has it."""
    return value is True or value is False, value
