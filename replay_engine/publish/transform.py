"""What happens to lines before they are sent: blank ones are dropped, filters and the key are applied.

Bytes travel untouched: a line is sent as it is or not at all, and where neither key nor filter is wanted no
line is looked into. It keeps nothing, and it must not decide what becomes of a bad line.
"""

import sys
from dataclasses import dataclass

from replay_engine.model import Publishing
from replay_engine.publish.select import Key, Selection, Skipped


@dataclass(frozen=True, slots=True)
class BadLine:
    """A line that cannot be sent: its ``index`` in the given lines, and the ``reason``, as the end of a sentence."""

    index: int
    reason: str


@dataclass(frozen=True, slots=True)
class Transformed:
    """What is to be sent of the given lines, in their order, and what became of the others.

    ``keys`` has one for each of ``lines``; it is ``None`` where no key is wanted at all.
    """

    lines: list[bytes]
    keys: list[bytes | None] | None
    filtered_lines: int
    empty_lines: int
    bad: tuple[BadLine, ...]


def without_blank(lines: list[bytes]) -> list[bytes]:
    """The lines that are events: the same list where all of them are."""
    full = [line for line in lines if line and not line.isspace()]
    return full if len(full) < len(lines) else lines


class Transform:
    """The treatment of every line of a replay."""

    def __init__(self, publishing: Publishing, max_line_bytes: int | None) -> None:
        """``max_line_bytes`` is what the topic takes of line and key together; ``None`` where nobody knows."""
        self._most_bytes = sys.maxsize if max_line_bytes is None else max_line_bytes
        self._keyed = bool(publishing.key)
        self._selection = Selection(publishing) if publishing.key or publishing.filters else None

    def apply(self, lines: list[bytes]) -> Transformed:
        """Tell the lines that are to be sent from the others."""
        full = without_blank(lines)
        if self._selection is None and max(map(len, full), default=0) <= self._most_bytes:
            return Transformed(full, None, 0, len(lines) - len(full), ())
        return self._one_by_one(lines, len(lines) - len(full))

    def _one_by_one(self, lines: list[bytes], empty_lines: int) -> Transformed:
        sent: list[bytes] = []
        keys: list[Key] = []
        bad: list[BadLine] = []
        for index, line in enumerate(lines):
            if not line or line.isspace():
                continue
            outcome = self._outcome(line)
            if not isinstance(outcome, Skipped):
                sent.append(line)
                keys.append(outcome)
            elif outcome.reason:
                bad.append(BadLine(index, outcome.reason))
        filtered_lines = len(lines) - empty_lines - len(sent) - len(bad)
        return Transformed(sent, keys if self._keyed else None, filtered_lines, empty_lines, tuple(bad))

    def _outcome(self, line: bytes) -> Key | Skipped:
        outcome = self._selection.key_or_skipped(line) if self._selection else None
        if isinstance(outcome, Skipped):
            return outcome
        size_bytes = len(line) + len(outcome or b"")
        if size_bytes > self._most_bytes:
            return Skipped(f"is larger than the topic takes ({size_bytes:,} bytes of {self._most_bytes:,})")
        return outcome
