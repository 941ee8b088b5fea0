"""Schedules: how they are drawn, played and told.

A schedule is a scenario and a list of decisions, drawn from a seed; nothing else decides how it plays.
"""

import random
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial

from tests.simulation.machine.decisions import Decision, draw, shrink
from tests.simulation.scenarios.catalogue import SCENARIOS
from tests.simulation.scenarios.play import Play


@cache
def _calm(name: str) -> tuple[tuple[str, ...], Mapping[str, int]]:
    """The processes of a scenario, and how many calls of each kind one of them makes when nothing happens."""
    play = Play(SCENARIOS[name], ()).run()
    named = {part.name for part in SCENARIOS[name].parts}
    people, points = set(named), Counter[str]()
    for process in play.machine.processes:
        if process.name.split("/")[0] in named:
            people.add(process.name)
            points |= process.points
    return tuple(sorted(people)), points


def decisions_of(name: str, seed: int) -> list[Decision]:
    """The schedule of a seed; the first one is that nothing happens."""
    scenario, dice = SCENARIOS[name], random.Random(f"{name}:{seed}")  # noqa: S311 - schedules, not secrets
    return draw(dice, *_calm(name), outsiders=scenario.outsiders) if seed else []


@dataclass
class Outcome:
    """How a schedule went."""

    name: str
    decisions: Sequence[Decision]
    play: Play

    @property
    def wrong(self) -> list[str]:
        return self.play.ending.wrong


def play(name: str, decisions: Sequence[Decision]) -> Outcome:
    """Play a schedule."""
    return Outcome(name, decisions, Play(SCENARIOS[name], decisions).run())


def _fails(name: str, kind: str, decisions: Sequence[Decision]) -> bool:
    """Whether it goes wrong in the same way."""
    return any(sentence.startswith(kind) for sentence in play(name, decisions).wrong)


def told(name: str, seed: int) -> str:
    """The schedule of a seed as people read it; a failing one is made as short as it can be."""
    return f"{name}, seed {seed}:\n{told_of(name, decisions_of(name, seed))}"


def told_of(name: str, decisions: Sequence[Decision], *, most_acts: int = 40) -> str:
    """A schedule as people read it; a failing one is made as short as it can be."""
    outcome = play(name, decisions)
    if outcome.wrong:
        decisions = shrink(decisions, partial(_fails, name, outcome.wrong[0][:3]))
        outcome = play(name, decisions)
    effects = [str(act) for act in outcome.play.store.history.acts if act.effects or act.delivered or act.marked]
    return "\n".join(
        [
            *(f"  wrong: {sentence}" for sentence in outcome.wrong[:6] or ["nothing"]),
            *(f"  decided: {decision}" for decision in decisions),
            *(f"  struck: {struck}" for struck in outcome.play.machine.struck),
            *(f"  {process.name}: {'; '.join(process.ended)}" for process in outcome.play.machine.processes),
            f"  days end: {dict(outcome.play.ending.stages)}",
            f"  the last acts that changed something, of {len(effects)}:",
            *(f"    {act}" for act in effects[-most_acts:]),
        ]
    )
