"""What TLC must find: each specification holds as the engine does it, and breaks where an order is changed.

``Day.cfg`` and its like say how the engine does it; a mutated order changes one constant of that.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

FOLDER = Path(__file__).parent


@dataclass(frozen=True, slots=True)
class Check:
    """One run of TLC: a specification, what is changed in its configuration, and what must come of it.

    ``breaks`` is the invariant that must be found broken; empty: every invariant of the configuration holds, and
    the ends that it ``reaches`` were seen, for what never happens breaks nothing.
    """

    spec: str
    name: str
    changed: Mapping[str, str] = field(default_factory=dict)
    breaks: str = ""
    reaches: tuple[str, ...] = ()

    def configuration(self) -> str:
        """The text of its .cfg: of a mutated order only the invariant that it must break is asked for."""
        lines = (FOLDER / f"{self.spec}.cfg").read_text().splitlines()
        return "".join(f"{self._line(line)}\n" for line in lines)

    def _line(self, line: str) -> str:
        constant, _, _ = line.partition(" = ")
        if constant.strip() in self.changed:
            return f"{constant} = {self.changed[constant.strip()]}"
        if self.breaks and line.startswith("INVARIANT "):
            return f"INVARIANT {self.breaks}"
        return line


def _holds(spec: str, *reaches: str) -> Check:
    return Check(spec, "as the engine does it", reaches=reaches)


def _mutated(spec: str, constant: str, to: str, breaks: str) -> Check:
    return Check(spec, f"{constant} = {to}", {constant: to}, breaks)


CHECKS = (
    _holds("Day", "closed", "restored", "undone", "swept", "held", "accepted"),
    _mutated("Day", "RECHECK_UNDER_LEASE", "FALSE", "UndoKept"),
    _mutated("Day", "PINNED_COPY", "FALSE", "NoLoss"),
    _mutated("Day", "COPY_OVERWRITES", "TRUE", "NoLoss"),
    _mutated("Day", "TOUCH", "FALSE", "RestoredStays"),
    _mutated("Day", "INTENT_FIRST_GIVING_UP", "FALSE", "NoLoss"),
    _mutated("Day", "INTENT_FIRST_UNDO", "FALSE", "UndoKept"),
    _mutated("Day", "INTENT_FIRST_SWEEP", "FALSE", "UndoKept"),
    _mutated("Day", "PROOF_OF_LANDING", "FALSE", "ProvedFirst"),
    _holds("Shard", "published", "fenced", "held"),
    _mutated("Shard", "FENCE_BEFORE_READ", "FALSE", "EveryLineOnce"),
    _mutated("Shard", "POSITION_IN_TRANSACTION", "FALSE", "EveryLineOnce"),
    _mutated("Shard", "OPENED_FIRST", "FALSE", "EveryLineOnce"),
    _mutated("Shard", "RESTORE_FENCES", "FALSE", "NothingAfterFence"),
    _mutated("Shard", "RESTORE_CLOSES", "FALSE", "NothingAfterFence"),
    _holds("Locks", "undone", "handed over", "released"),
    _mutated("Locks", "ENTRY_NUMBER", "FALSE", "OneHolder"),
    _mutated("Locks", "UNDO_INTENT_FIRST", "FALSE", "OneHolder"),
    _mutated("Locks", "CONDITIONAL_DELETE", "FALSE", "OneHolder"),
)
