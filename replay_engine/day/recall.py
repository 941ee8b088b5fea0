"""Journal entries -> where the day stands. A pure fold: all of recovery is here.

A day is carried on from its stage and direction; what a step had already done it finds in the world.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import Any

from replay_engine.model import Stage
from replay_engine.state.journal import Entry, Kind


class Place(StrEnum):
    """Where a day stands, as far as it decides what an order may do to it. Every day is in exactly one place."""

    NOT_BEGUN = "not begun"
    GOING_FORWARD = "on its way forward"
    LANDING = "published, and waiting for its landing"
    GIVING_UP = "deleting its backup, to close"
    TURNING_BACK = "being restored"
    HELD = "held"
    HELD_GIVING_UP = "held while its backup was deleted"
    HELD_TURNING_BACK = "held while it was restored"
    CLOSED = "closed"
    KEPT = "closed, with its backup kept"
    OVERDUE = "closed, with a backup whose time is over"
    SWEEPING = "closed, and its backup being deleted"
    UNDOING = "closed, and being undone"
    RESTORED = "restored"
    RETURNING = "restored, and being given back what was set aside"
    RELEASED = "released"


@dataclass(frozen=True, slots=True)
class Standing:
    """Where a day stands.

    ``stage`` is the last one proved, also while ``held``. ``turned_back`` means that it is on its way to
    restored; a closed day that has turned back is being undone. ``let_go`` means that a person gave up the locks
    of a held day. ``error`` is why it is held, else why it turned back; ``waiting`` is the outage that it last
    waited for. ``intents`` are the steps that were ever begun, ``notes`` the last note of each step and ``proofs``
    the facts proved by it. ``asked`` is what a person has asked for a day that had ended, undo or return, until it is
    done or called off; ``waits`` means that what was published has not come back yet, by the step that looked last,
    since ``waits_since``, and ``accepted_by`` who said that it may close as it is. ``ended_at`` is the number of the
    last entry with which it ended, -1 if it never did.
    """

    stage: Stage = Stage.PLANNED
    turned_back: bool = False
    held: bool = False
    error: str = ""
    advice: str = ""
    before_hold: tuple[str, str] = ("", "")
    waiting: str = ""
    let_go: bool = False
    giving_up: bool = False
    asked: str = ""
    waits: bool = False
    waits_since: datetime | None = None
    accepted_by: str = ""
    runner: str = ""
    intents: frozenset[str] = frozenset()
    notes: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    proofs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    began_at: datetime | None = None
    publish_began_at: datetime | None = None
    last_at: datetime | None = None
    ended_at: int = -1

    @property
    def finished(self) -> bool:
        """Whether nothing is left to do, until a person orders something or a kept backup's time is over."""
        ended = (self.stage is Stage.CLOSED and not self.turned_back) or self.stage is Stage.RESTORED or self.let_go
        return ended and self.asked not in ("undo", "return")

    @property
    def shown_stage(self) -> Stage:
        """The stage as people see it."""
        return Stage.HELD if self.held else self.stage

    @property
    def kept_until(self) -> datetime | None:
        """Until when the backup of a closed day is kept, if it is."""
        until = self.proofs.get("clean_up", {}).get("backup_kept_until")
        closed = self.stage is Stage.CLOSED and not self.turned_back and not self.let_go
        swept = "sweep" in self.notes or "sweep" in self.proofs
        return datetime.fromisoformat(until) if until and closed and not swept else None

    @property
    def touched_sinks(self) -> bool:
        """Whether anything may have been deleted from a sink or sent to the topic."""
        return bool({"clear", "publish"} & self.intents)

    def place(self, now: datetime) -> Place:
        """Where it stands for an order that is given now."""
        if self.let_go:
            return Place.RELEASED
        if self.held:
            if self.turned_back:
                return Place.HELD_TURNING_BACK
            return Place.HELD_GIVING_UP if self.giving_up else Place.HELD
        if self.stage is Stage.RESTORED:
            return Place.RETURNING if self.asked == "return" else Place.RESTORED
        if self.turned_back:
            return Place.UNDOING if self.stage is Stage.CLOSED else Place.TURNING_BACK
        if self.stage is Stage.CLOSED:
            return self._closed(now)
        if self.began_at is None:
            return Place.NOT_BEGUN
        if self.waits:
            return Place.LANDING
        return Place.GIVING_UP if self.giving_up else Place.GOING_FORWARD

    def _closed(self, now: datetime) -> Place:
        until = self.kept_until
        if self.asked == "undo":
            return Place.UNDOING
        if until is None:
            return Place.CLOSED
        if "sweep" in self.intents:
            return Place.SWEEPING
        return Place.KEPT if now <= until else Place.OVERDUE


def recall(entries: Iterable[Entry]) -> Standing:
    """Fold a whole journal."""
    standing = Standing()
    for entry in entries:
        # What is done to a finished day, a sweep, does not make it a longer one.
        aside = entry.step == "sweep" or (standing.finished and entry.kind is Kind.NOTE)
        last_at = standing.last_at if aside else entry.at
        before, began_at = standing, standing.began_at or entry.at
        standing = _after(replace(standing, began_at=began_at, last_at=last_at), entry)
        if standing.finished and not before.finished:
            standing = replace(standing, ended_at=entry.number)
    return standing


def _after(standing: Standing, entry: Entry) -> Standing:
    match entry.kind:
        case Kind.TAKEN_UP:
            return replace(standing, runner=str(entry.facts.get("runner", "")))
        case Kind.INTENT:
            return _intended(standing, entry)
        case Kind.NOTE:
            return _noted(standing, entry)
        case Kind.PROOF:
            proofs = {**standing.proofs, entry.step: entry.facts}
            asked = "" if entry.step == standing.asked else standing.asked
            stage = entry.stage or standing.stage
            return replace(standing, stage=stage, proofs=proofs, waiting="", asked=asked, waits=False)
        case Kind.WAITS:
            notes = {**standing.notes, entry.step: entry.facts}
            return replace(standing, notes=notes, waits=True, waits_since=standing.waits_since or entry.at, waiting="")
        case Kind.ACCEPTED:
            return replace(standing, accepted_by=str(entry.facts.get("by", "somebody")))
        case Kind.TURNED_BACK:
            ended = replace(standing, turned_back=True, held=False, waiting="", asked="", waits=False)
            return replace(ended, **_failure(entry))
        case Kind.HELD:
            before = (standing.error, standing.advice)
            held = replace(standing, held=True, before_hold=before, waiting="", waits=False, waits_since=None)
            return replace(held, **_failure(entry))
        case Kind.RELEASED:
            error, advice = standing.before_hold
            return replace(standing, held=False, error=error, advice=advice)
        case Kind.LET_GO:
            return replace(standing, let_go=True)
        case Kind.CALLED_OFF:
            return replace(standing, asked="")
        case Kind.CONTINUED:
            return standing


def _intended(standing: Standing, entry: Entry) -> Standing:
    intents = standing.intents | {entry.step}
    if entry.step in ("undo", "return"):
        return replace(standing, intents=intents, asked=entry.step)
    if entry.step == "publish" and standing.publish_began_at is None:
        return replace(standing, intents=intents, publish_began_at=entry.at, waiting="")
    # Version 1 did not note when it began to delete the backup: it may have, from the intent on.
    giving_up = standing.giving_up or (entry.step == "clean_up" and entry.version == 1)
    return replace(standing, intents=intents, giving_up=giving_up, waiting="")


def _noted(standing: Standing, entry: Entry) -> Standing:
    if entry.step == "outage":
        return replace(standing, waiting=str(entry.facts.get("error", "")))
    giving_up = standing.giving_up or (entry.step == "clean_up" and bool(entry.facts.get("giving_up")))
    notes = {**standing.notes, entry.step: entry.facts}
    return replace(standing, notes=notes, giving_up=giving_up, waiting="")


def _failure(entry: Entry) -> dict[str, Any]:
    return {"error": entry.facts.get("error", ""), "advice": entry.facts.get("advice", "")}
