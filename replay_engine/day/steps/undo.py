"""Begin to undo a closed day: take its locks again, if nobody has had the day since.

If the process dies here some locks are taken, and the journal says that the day is being undone; taking the step again
finishes it, or calls it off. It must not touch a sink: the day is restored by the next step.
"""

from replay_engine.day.attribution import other_replay, ours
from replay_engine.day.context import Day
from replay_engine.day.locks import take_locks
from replay_engine.day.recall import recall
from replay_engine.errors import Refused
from replay_engine.state.journal import Kind


def undo(day: Day) -> dict[str, object]:
    """Returns why the day turns back; raises `Claimed`, or `Refused` with the replay that has had the day since."""
    standing = recall(day.journal.entries)
    day.kept_promise()
    take_locks(day, len(day.journal.entries) - 1)
    other = other_replay(day, ours(standing).since)
    if other:
        raise Refused(
            f"{other} has replayed {day.plan.day} since: what it made land would be set aside with the rest.",
            advice=f"Undo {other} first, if its backup is kept.",
        )
    intent = next(e for e in reversed(day.journal.entries) if e.kind is Kind.INTENT and e.step == "undo" and e.facts)
    return {"error": f"{intent.facts.get('by', 'Somebody')} asked to undo."}
