"""Journal entries -> where the day stands. A pure fold: all of recovery is here.

A day is carried on from its stage and direction; what a step had already done it finds in the world.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from replay_engine.journal import Entry, Kind
from replay_engine.model import Stage


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a day stands.

    ``stage`` is the last one proved, also while ``held``. ``turned_back`` means that it is on its way to
    restored; a closed day that has turned back is being undone. ``let_go`` means that a person gave up the locks
    of a held day. ``error`` is why it is held, else why it turned back. ``intents`` are the steps that were ever
    begun, ``notes`` the last note of each step and ``proofs`` the facts proved by it.
    """

    stage: Stage = Stage.PLANNED
    turned_back: bool = False
    held: bool = False
    error: str = ""
    advice: str = ""
    before_hold: tuple[str, str] = ("", "")
    let_go: bool = False
    runner: str = ""
    intents: frozenset[str] = frozenset()
    notes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    proofs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    began_at: datetime | None = None
    last_at: datetime | None = None

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do."""
        closed = self.stage is Stage.CLOSED and not self.turned_back
        return closed or self.stage is Stage.RESTORED or self.let_go

    @property
    def shown_stage(self) -> Stage:
        """The stage as people see it."""
        return Stage.HELD if self.held else self.stage


def recall(entries: Iterable[Entry]) -> Standing:
    """Fold a journal; the empty one is a day that is only planned."""
    standing = Standing()
    for entry in entries:
        # What is noted of a finished day, a sweep, does not make it a longer one.
        last_at = standing.last_at if standing.finished and entry.kind is Kind.NOTE else entry.at
        standing = _after(replace(standing, began_at=standing.began_at or entry.at, last_at=last_at), entry)
    return standing


def _after(standing: Standing, entry: Entry) -> Standing:
    match entry.kind:
        case Kind.TAKEN_UP:
            return replace(standing, runner=str(entry.facts.get("runner", "")))
        case Kind.INTENT:
            return replace(standing, intents=standing.intents | {entry.step})
        case Kind.NOTE:
            return replace(standing, notes={**standing.notes, entry.step: entry.facts})
        case Kind.PROOF:
            proofs = {**standing.proofs, entry.step: entry.facts}
            return replace(standing, stage=entry.stage or standing.stage, proofs=proofs)
        case Kind.TURNED_BACK:
            return replace(standing, turned_back=True, **_failure(entry))
        case Kind.HELD:
            before = (standing.error, standing.advice)
            return replace(standing, held=True, before_hold=before, **_failure(entry))
        case Kind.RELEASED:
            error, advice = standing.before_hold
            return replace(standing, held=False, error=error, advice=advice)
        case Kind.LET_GO:
            return replace(standing, let_go=True)


def _failure(entry: Entry) -> dict[str, Any]:
    return {"error": entry.facts.get("error", ""), "advice": entry.facts.get("advice", "")}
