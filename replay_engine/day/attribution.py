"""Which files of a day's sinks the replay itself made land, and which other replays had the day. Reads only.

Nobody writes on a file who made it. Where no publisher of the replay had begun nothing is its own, and a file that was
written before that (by the store's clock) is not. Whether anything was committed does not matter: readers of
uncommitted messages, which is Kafka's default, see what was aborted, too. What several replays may have made land
cannot be told apart.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from replay_engine.concurrently import each
from replay_engine.day.context import Day
from replay_engine.day.recall import Standing, recall
from replay_engine.errors import InDoubt
from replay_engine.model import Blob, ReplaySpec, Stage
from replay_engine.plan import document as plan_document
from replay_engine.state import names
from replay_engine.state.journal import read_document, read_entries
from replay_engine.state.replay_index import folders

#: Journals are dated by the clocks of the machines that write them.
_SKEW = timedelta(minutes=10)


@dataclass(frozen=True, slots=True)
class Ours:
    """How to tell. ``since`` is when publishing was opened; ``None`` where no publisher had begun."""

    since: datetime | None

    def may_be(self, blob: Blob) -> bool:
        """Whether the replay may have made it land."""
        return self.since is not None and (blob.modified_at is None or blob.modified_at >= self.since)


def ours(standing: Standing) -> Ours:
    """By when publishing was opened; of an old journal, by when it was intended, some minutes less."""
    noted = standing.notes.get("publish")
    if noted is None or noted.get("opening"):
        return Ours(None)
    opened_at = noted.get("opened_at")
    if opened_at:
        return Ours(datetime.fromisoformat(opened_at))
    return Ours(standing.publish_began_at and standing.publish_began_at - _SKEW)


def other_replay(day: Day, since: datetime | None) -> str:
    """Another replay that published this day, into sinks or the topic of this one's, at that time or later; or empty.

    By the store's clock, which dates what it wrote down last of its progress: the clocks of runners may be wrong. One
    that was restored has put its sinks back and left nothing behind; what was only published stays.
    """
    others = [replay_id for replay_id in folders(day.world.state) if replay_id != day.replay_id]
    found = each(lambda replay_id: replay_id if _had(day, replay_id, since) else "", others, day.world.width)
    return min(filter(None, found), default="")


def _had(day: Day, replay_id: str, since: datetime | None) -> bool:
    try:
        standing = recall(read_entries(day.world.state, names.journal(replay_id, day.plan.day)))
        if "publish" not in standing.notes or not _late_enough(day, replay_id, standing, since):
            return False
        document = read_document(day.world.state, names.plan(replay_id))
        if document is None:
            return False
        spec = plan_document.load(document).spec
        return _shares(day.spec, spec) and not (spec.destructive and standing.stage is Stage.RESTORED)
    except InDoubt:
        return False


def _late_enough(day: Day, replay_id: str, standing: Standing, since: datetime | None) -> bool:
    found = day.world.state.head(names.progress(replay_id, day.plan.day))
    # An old program noted its progress in the journal, by its own clock.
    until = found[0].modified_at if found else standing.last_at
    return since is None or until is None or until >= since


def _shares(mine: ReplaySpec, other: ReplaySpec) -> bool:
    if mine.container != other.container:
        return False
    return mine.topic == other.topic or bool(set(mine.sinks) & set(other.sinks))
