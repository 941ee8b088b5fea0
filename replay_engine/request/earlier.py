"""Which other replays had the days of a plan, and how they stand there. Reads only, and a bounded number of plans.

The newest replays are looked at and all that may still need somebody. One that cannot be read tells nothing: the locks
of its days are what keeps others from them.
"""

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace

from replay_engine.day.replay import ReplayRunner
from replay_engine.day.watch import Nobody
from replay_engine.errors import InDoubt, Refused
from replay_engine.model import Plan, ReplaySpec
from replay_engine.plan import document as plan_document
from replay_engine.plan import history
from replay_engine.ports import BlobStore
from replay_engine.reports import ReplayReport
from replay_engine.state import names, replay_index
from replay_engine.state.journal import read_document
from replay_engine.world import World

#: So many of the newest replays are asked whether they had a day of the plan.
_NEWEST = 50


def others(plan: Plan, state: BlobStore, world_of: Callable[[ReplaySpec], World]) -> list[tuple[Plan, ReplayReport]]:
    """How the same days stand in other replays of the same source and topic, newest first."""
    reports = []
    for replay_id in sorted({*replay_index.latest(state, _NEWEST), *replay_index.open_replays(state)}, reverse=True):
        with suppress(InDoubt):
            document = read_document(state, names.plan(replay_id))
            other = plan_document.load(document) if document is not None else None
            if other is not None and (days := history.common_days(plan, other)):
                one = replace(other, days=days)
                reports.append((other, ReplayRunner(one, world_of(other.spec), Nobody(), "").standing()))
    return reports


def check_still_free(plan: Plan, now: Plan) -> None:
    """Raise `Refused` when another replay has taken up or published a day since the plan was made; ``now`` is told so.

    Asked before the plan is kept: what is refused leaves nothing behind.
    """
    for before, day in zip(plan.days, now.days, strict=True):
        if day.refusal and not before.refusal:
            raise Refused(f"Since {plan.replay_id} was planned: {day.refusal}", advice="Then plan again.")
