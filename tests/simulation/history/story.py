"""Where the days of the replays stand, as their journals tell it."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.history.documents import ReplayDay


@dataclass(slots=True)
class Story:
    """Where the replays' days stand, as far as the history was read.

    ``early`` are days that gave up the old while what they had published had not landed; ``met`` are pairs of days of
    which the second began to change things while the first was still at work.
    """

    originals: dict[ReplayDay, dict[str, bytes]] = field(default_factory=dict)
    intents: defaultdict[ReplayDay, set[str]] = field(default_factory=lambda: defaultdict(set))
    given_up: set[ReplayDay] = field(default_factory=set)
    finished: set[ReplayDay] = field(default_factory=set)
    closed: set[ReplayDay] = field(default_factory=set)
    accepted: set[ReplayDay] = field(default_factory=set)
    landed: defaultdict[tuple[str, bytes], set[str]] = field(default_factory=lambda: defaultdict(set))
    foreign: dict[str, bytes] = field(default_factory=dict)
    segments: dict[str, set[str]] = field(default_factory=dict)
    recorded: dict[ReplayDay, set[str]] = field(default_factory=dict)
    published: defaultdict[ReplayDay, Counter[bytes]] = field(default_factory=lambda: defaultdict(Counter))
    unlanded: set[ReplayDay] = field(default_factory=set)
    early: set[ReplayDay] = field(default_factory=set)
    at_work: set[ReplayDay] = field(default_factory=set)
    put_right: set[ReplayDay] = field(default_factory=set)
    met: set[tuple[ReplayDay, ReplayDay]] = field(default_factory=set)
    stray_marks: set[str] = field(default_factory=set)
    late_copies: set[str] = field(default_factory=set)
    entries: defaultdict[ReplayDay, list[tuple[int, Mapping[str, Any]]]] = field(
        default_factory=lambda: defaultdict(list)
    )

    def hear(self, day: ReplayDay, number: int, entry: Mapping[str, Any]) -> None:
        """One more entry of a day's journal."""
        kind, step, facts = entry["kind"], entry.get("step", ""), entry.get("facts", {})
        stage = entry.get("stage")
        self.entries[day].append((number, entry))
        if kind == "intent":
            self.intents[day].add(step)
            self._begin(day, step)
        if kind == "note" and step == "restore":
            self.at_work.discard(day)
            self.put_right.add(day)
        if kind == "turned_back" or (kind == "intent" and step == "undo"):
            self.put_right.discard(day)
        gives_up = kind == "intent" and (step == "sweep" or (step == "clean_up" and entry.get("v") == 1))
        if gives_up or (kind == "note" and step == "clean_up" and facts.get("giving_up")):
            self.given_up.add(day)
            self.early |= {day} & self.unlanded
        if kind == "turned_back" or (kind == "intent" and step == "undo"):
            self.given_up.discard(day)
            self.finished.discard(day)
        if kind == "let_go" or kind == "called_off" or (kind == "proof" and stage in ("closed", "restored")):
            self.finished.add(day)
            self.at_work.discard(day)
        if kind == "accepted":
            self.accepted.add(day)
        if kind == "proof" and stage == "closed":
            self.closed.add(day)

    def _begin(self, day: ReplayDay, step: str) -> None:
        """A step that changes the sinks, or the topic, is begun."""
        # A restore whose note is written only gives up what is left of backup and locks.
        restores = step == "restore" and "clear" in self.intents[day] and day not in self.put_right
        if step in ("clear", "publish") or restores:
            self.met |= {(other, day) for other in self.at_work if other != day and other[1] == day[1]}
            self.at_work.add(day)
