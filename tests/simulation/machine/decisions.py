"""What a schedule consists of: decisions, each at one call of one process."""

import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

#: As a number of turns: not before everything has ended.
AT_THE_END = 1e9
#: Points are counted over all calls of a process, over those that may change something, or over one kind of call.
CALL, ACT = "call", "act"


class What(StrEnum):
    """What a schedule may do at a call."""

    SWITCH = "the turn goes to"
    STALL = "it is slow to arrive, seconds"
    FREEZE = "the process is frozen before it, seconds"
    FREEZE_AFTER = "the process is frozen after it, seconds"
    DIE_BEFORE = "the process dies before it"
    DIE_DURING = "the process dies in the middle of it"
    DIE_AFTER = "the process dies after it"
    FAIL_BEFORE = "it is not done, and fails"
    FAIL_AFTER = "it is done, and its answer is lost"
    TWICE = "it is done twice"
    LATE = "it fails, and is done later, after turns"
    LATE_DIES = "its process dies, and it is done later, after turns"
    AWAY = "what it is asked of answers nobody, seconds"
    SKEW = "the clock of the process is set off by seconds"
    COPIES_FAIL = "all pending copies end as failed"
    FOREIGN = "somebody else adds a file of the day"
    REWRITE = "somebody else writes an original anew"


#: What is not drawn for every scenario, and how much more often than others some things are.
OUTSIDERS = (What.FOREIGN, What.REWRITE)
_WEIGHTS = {What.SWITCH: 0, What.FOREIGN: 0, What.REWRITE: 0, What.FREEZE: 3, What.LATE: 3, What.LATE_DIES: 2}


@dataclass(frozen=True, slots=True, order=True)
class Decision:
    """One thing that a schedule does, before the ``number``-th ``point`` of a process."""

    process: str
    point: str
    number: int
    what: What
    to: str = ""
    amount: float = 0.0

    def __str__(self) -> str:
        amount = "at the end" if self.amount == AT_THE_END else f"{self.amount:g}" if self.amount else ""
        return f"{self.process}, {self.point} {self.number}: {' '.join(filter(None, [self.what, self.to, amount]))}"


def draw(
    dice: random.Random, people: Sequence[str], points: Mapping[str, int], *, outsiders: bool = False
) -> list[Decision]:
    """Some switches and some faults. ``points`` are how many there are of each, in a run that nothing disturbs."""
    decisions = []
    kinds = [point for point in points if point not in (CALL, ACT)]

    def decide(what: What, to: str = "", amount: float = 0.0) -> None:
        point = dice.choices([CALL, ACT, dice.choice(kinds)], [30, 25, 45])[0]
        decisions.append(Decision(dice.choice(people), point, 1 + dice.randrange(points[point]), what, to, amount))

    for _ in range(dice.choice([0, 0, 1, 2, 4, 8, 16])):
        decide(What.SWITCH, dice.choice(people))
    weights = [_WEIGHTS.get(what, 1) for what in What]
    for what in dice.choices(list(What), weights, k=dice.choice([0, 1, 1, 1, 2, 2, 3, 4])):
        decide(what, amount=_amount(what, dice))
    for _ in range(dice.choice([1, 1, 2]) if outsiders else 0):
        decide(dice.choice(OUTSIDERS))
    return sorted(set(decisions))


def _amount(what: What, dice: random.Random) -> float:
    match what:
        case What.STALL:
            return round(dice.uniform(0.5, 40), 1)
        case What.FREEZE | What.FREEZE_AFTER:
            return dice.choice([5, 20, 28, 31, 33, 36, 45, 90, 600, 4000]) + round(dice.uniform(0, 9), 2)
        case What.LATE | What.LATE_DIES:
            return AT_THE_END if dice.random() < 0.3 else round(10 ** dice.uniform(0, 2.7))
        case What.AWAY:
            return dice.choice([20, 100, 400, 900])
        case What.SKEW:
            return dice.choice([-600, -120, -30, 30, 120, 600])
    return 0.0


def shrink(decisions: Sequence[Decision], fails: Callable[[Sequence[Decision]], bool]) -> list[Decision]:
    """As few of the decisions as still fail: halves of them are left out, then quarters, then one after the other."""
    left, size = list(decisions), max(1, len(decisions) // 2)
    while size:
        start = 0
        while start < len(left):
            fewer = left[:start] + left[start + size :]
            if fails(fewer):
                left = fewer
            else:
                start += size
        size //= 2
    return left
