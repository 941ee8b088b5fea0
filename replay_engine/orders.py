"""A replay's pace, as people order it while it runs: numbered documents, of which the last one counts.

Each is written once, so that two people who order at the same time are both on record, and whoever runs the
replay reads the same. Losing them means full speed.
"""

from replay_engine import names, pace
from replay_engine.model import Pace
from replay_engine.ports import BlobExists, BlobStore


def ordered_pace(state: BlobStore, replay_id: str) -> Pace:
    """The last order; full speed where there is none. `TryAgain` when that cannot be told now."""
    last = _last(state, replay_id)
    return pace.load(b"".join(state.read(last))) if last else Pace()


def order_pace(state: BlobStore, replay_id: str, wanted: Pace, by: str) -> None:
    """From now on, until another order."""
    last = _last(state, replay_id)
    number = names.order_number(last) + 1 if last else 1
    while True:
        try:
            return state.create(names.pace_order(replay_id, number), pace.dump(wanted, by))
        except BlobExists:
            number += 1


def _last(state: BlobStore, replay_id: str) -> str | None:
    return max((blob.name for blob in state.list(names.pace_order(replay_id))), default=None)
