"""What apps have said to the stand-ins of this process, as they said it: for whoever wants to judge it elsewhere.

Only what was accepted is here: what is refused has been judged already. It lives as long as its ``with``.
"""

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Sent:
    """``how`` is a method's name, ``answer`` (to a command or an answer URL) or ``submission answer``."""

    how: str
    body: Json


_ears: list[list[Sent]] = []
_guard = threading.Lock()


@contextmanager
def heard() -> Iterator[list[Sent]]:
    """Everything that is said to any stand-in while the ``with`` lasts, in order."""
    ear: list[Sent] = []
    with _guard:
        _ears.append(ear)
    try:
        yield ear
    finally:
        with _guard:
            _ears[:] = [other for other in _ears if other is not ear]


def say(how: str, body: Json) -> None:
    """Something was accepted. Arguments that are JSON inside a form are read first."""
    read = {name: _read(name, value) for name, value in body.items()}
    with _guard:
        for ear in _ears:
            ear.append(Sent(how, read))


def _read(name: str, value: Any) -> Any:
    inside = name in ("blocks", "attachments", "metadata", "view") and isinstance(value, str) and value
    return json.loads(value) if inside else value
