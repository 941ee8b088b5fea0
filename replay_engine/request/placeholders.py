"""What a config document leaves open: values that only the operators of an installation know. Pure.

``"<fill in: …>"`` stands for such a value. A document with some of them loads, so that sources can be filled in one by
one; a source with one left is refused when it is asked for.
"""

from collections.abc import Iterator, Mapping
from typing import Any

_BEGIN, _END = "<fill in:", ">"


def left_open(value: object, name: str) -> Iterator[str]:
    """The keys below ``name`` that are not filled in yet: ``raw.settle.0.consumerGroup``."""
    if isinstance(value, str) and value.startswith(_BEGIN) and value.endswith(_END):
        yield name
    items: Any = value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    for key, part in items:
        yield from left_open(part, f"{name}.{key}")


def without_open(entry: object) -> object:
    """The entry without the keys that are not filled in, so that the rest of it can be checked."""
    if not isinstance(entry, Mapping):
        return entry
    return {key: value for key, value in entry.items() if not any(left_open(value, key))}
