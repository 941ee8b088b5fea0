"""A replay's pace, as people order it while it runs: numbered documents, of which the last one counts.

Each is written once, so that two people who order at the same time are both on record, and whoever runs the
replay reads the same. Losing them means full speed.
"""

from replay_engine.model import Pace
from replay_engine.ports import BlobStore
from replay_engine.publish import rate_limit as pace
from replay_engine.state import names, numbered_documents


def ordered_pace(state: BlobStore, replay_id: str) -> Pace:
    """The last order; full speed where there is none. `TryAgain` when that cannot be told now."""
    last = max(numbered_documents.numbered(state, names.pace_orders(replay_id)), default=None)
    return pace.load(b"".join(state.read(last))) if last else Pace()


def order_pace(state: BlobStore, replay_id: str, wanted: Pace, by: str) -> None:
    """From now on, until another order."""
    numbered_documents.add(state, names.pace_orders(replay_id), pace.dump(wanted, by))
