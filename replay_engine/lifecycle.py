"""The life of a day: its stages and steps as one table, and the loop that takes them.

Each step is taken the same way: journal the intent, act, journal the proof. If the process dies anywhere the
next run recalls the journal and takes the step again; every act is idempotent.

    planned -> claimed -> checked -> backed_up -> cleared -> published -> settled -> closed
                  |          |           |           |
                  +----------+-----------+-----------+--> restored
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import tenacity

from replay_engine.day import Day
from replay_engine.errors import CannotProceed, InDoubt, Refused, ReplayError, TryAgain
from replay_engine.journal import Kind
from replay_engine.model import Stage
from replay_engine.recall import Standing, recall
from replay_engine.steps import back_up, check, claim, clean_up, clear, publish, restore, settle


@dataclass(frozen=True, slots=True)
class Step:
    """An arrow of the table.

    ``destructive_only`` steps are passed over by a replay that deletes nothing; a day whose step fails goes
    back to where it began if ``turns_back``, and is held for a person otherwise.
    """

    name: str
    to: Stage
    act: Callable[[Day], dict[str, Any]]
    destructive_only: bool = False
    turns_back: bool = False


FORWARD = (
    Step("claim", Stage.CLAIMED, claim.claim, turns_back=True),
    Step("check", Stage.CHECKED, check.check, turns_back=True),
    Step("back_up", Stage.BACKED_UP, back_up.back_up, destructive_only=True, turns_back=True),
    Step("clear", Stage.CLEARED, clear.clear, destructive_only=True, turns_back=True),
    Step("publish", Stage.PUBLISHED, publish.publish, turns_back=True),
    Step("settle", Stage.SETTLED, settle.settle),
    Step("clean_up", Stage.CLOSED, clean_up.clean_up),
)
BACK = Step("restore", Stage.RESTORED, restore.restore)

_PATIENCE = 10
_LONGEST_WAIT_SECONDS = 60


def next_step(standing: Standing, *, destructive: bool) -> Step:
    """The arrow out of where the day stands."""
    if standing.turned_back:
        return BACK
    reached = next((n for n, step in enumerate(FORWARD, 1) if step.to is standing.stage), 0)
    return next(step for step in FORWARD[reached:] if destructive or not step.destructive_only)


def live(day: Day, taking: Callable[[Step], None]) -> Standing:
    """Carry a day on until it is closed, restored or held.

    ``taking`` hears of each step before it is taken. Raises `TryAgain` when the world stays away and
    `Superseded` when another runner has the day: it stands where it stood.
    """
    while True:
        standing = recall(day.journal.entries)
        if standing.finished or standing.held:
            return standing
        step = next_step(standing, destructive=day.spec.destructive)
        taking(step)
        _take(day, step)


def _take(day: Day, step: Step) -> None:
    day.journal.append(Kind.INTENT, step.name)
    try:
        if step.turns_back:
            day.check_cancelled()
        facts = _patiently(day, step)
    except (Refused, CannotProceed) as error:
        day.journal.append(Kind.TURNED_BACK if step.turns_back else Kind.HELD, step.name, facts=_told(error))
    except InDoubt as error:
        day.journal.append(Kind.HELD, step.name, facts=_told(error))
    except TryAgain as error:
        if not step.turns_back:
            raise
        day.journal.append(Kind.TURNED_BACK, step.name, facts=_told(error))
    else:
        day.journal.append(Kind.PROOF, step.name, step.to, facts)


def _patiently(day: Day, step: Step) -> dict[str, Any]:
    """Take the step again while the world is only away."""
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception_type(TryAgain),
        wait=tenacity.wait_exponential(max=_LONGEST_WAIT_SECONDS),
        stop=tenacity.stop_after_attempt(_PATIENCE),
        sleep=day.world.clock.sleep,
        reraise=True,
    )
    return retrying(step.act, day)


def _told(error: ReplayError) -> dict[str, str]:
    return {"error": error.message, "advice": error.advice, "kind": error.kind}
