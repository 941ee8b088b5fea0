"""Which files of a day's sinks the replay itself made land, and which other replays had the day. Reads only.

Nobody writes on a file who made it. So the rule leans towards leaving things where they are: where nothing of the
replay was committed to the topic nothing is its own, and a file that was written before the first publisher began
(by the store's clock) is not. What several replays may have made land cannot be told apart.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from replay_engine import names, plan_document
from replay_engine.concurrently import each
from replay_engine.day import Day
from replay_engine.errors import InDoubt
from replay_engine.journal import read_document, read_entries
from replay_engine.model import Blob, ReplaySpec, Stage
from replay_engine.recall import Standing, recall
from replay_engine.register import folders

#: Journals are dated by the clocks of the machines that write them.
_SKEW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Ours:
    """How to tell. ``since`` is when the first publisher began; ``None`` where nothing was committed."""

    since: datetime | None

    def may_be(self, blob: Blob) -> bool:
        """Whether the replay may have made it land."""
        return self.since is not None and (blob.modified_at is None or blob.modified_at >= self.since)


def ours(standing: Standing, *, committed: bool) -> Ours:
    """By when publishing was opened; of an old journal, by when it was intended, some minutes less."""
    opened_at = standing.notes.get("publish", {}).get("opened_at")
    if not committed or "publish" not in standing.notes:
        return Ours(None)
    if opened_at:
        return Ours(datetime.fromisoformat(opened_at))
    return Ours(standing.publish_began_at and standing.publish_began_at - _SKEW)


def other_replay(day: Day, since: datetime | None) -> str:
    """Another replay that cleared or published this day, into sinks of this one's, at that time or later; or empty.

    One that was restored has put its sinks back and left nothing behind; what was only published stays.
    """
    others = [replay_id for replay_id in folders(day.world.state) if replay_id != day.replay_id]
    found = each(lambda replay_id: replay_id if _had(day, replay_id, since) else "", others, day.world.width)
    return min(filter(None, found), default="")


def _had(day: Day, replay_id: str, since: datetime | None) -> bool:
    try:
        standing = recall(read_entries(day.world.state, names.journal(replay_id, day.plan.day)))
        if not standing.touched_sinks or not _late_enough(standing, since):
            return False
        document = read_document(day.world.state, names.plan(replay_id))
        if document is None:
            return False
        spec = plan_document.load(document).spec
        return _shares(day.spec, spec) and not (spec.destructive and standing.stage is Stage.RESTORED)
    except InDoubt:
        return False


def _late_enough(standing: Standing, since: datetime | None) -> bool:
    return since is None or standing.last_at is None or standing.last_at >= since


def _shares(mine: ReplaySpec, other: ReplaySpec) -> bool:
    if mine.container != other.container:
        return False
    return mine.topic == other.topic or bool(set(mine.sinks) & set(other.sinks))
