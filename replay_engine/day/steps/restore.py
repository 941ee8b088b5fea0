"""Turn back: afterwards the sinks are as before.

The files come first, and need neither Kafka nor Druid: what can be put back is put back, and only then is asked how
much was published and what of it has landed. If the process dies here every original is in its sink or in the
backup, and what the replay made land is in its sink or in quarantine; taking the step again finishes it. It must not
delete anything that it has not first copied and compared, never overwrites, and leaves what is not the replay's own.
"""

from replay_engine.day.attribution import Ours, other_replay, ours
from replay_engine.day.backups import delete_backup, recorded_copies
from replay_engine.day.consumer_lag import wait_for_consumers
from replay_engine.day.context import Day
from replay_engine.day.locks import release_locks, take_locks
from replay_engine.day.publisher_offsets import delete_offsets, fence_publishers, opened_shards
from replay_engine.day.recall import Standing, recall
from replay_engine.day.sink_files import SinkFiles
from replay_engine.day.sink_segments import restore_segments
from replay_engine.errors import InDoubt
from replay_engine.model import Counts, Delivery
from replay_engine.state import names, progress
from replay_engine.state.journal import Kind


def restore(day: Day) -> dict[str, object]:
    """Put everything back; a day whose sinks were never touched only gives up its copies and locks."""
    standing = recall(day.journal.entries)
    promise = day.promised()
    facts: dict[str, object] = dict(standing.notes.get("restore", {}))
    if not facts:
        facts = _put_back(day, standing)
        # Noted before the locks go: who gets them next may write to these sinks.
        day.journal.append(Kind.NOTE, "restore", facts=facts)
    if promise is not None and day.spec.destructive:
        facts["backups_deleted"] = delete_backup(day, promise)
    delete_offsets(day)
    release_locks(day)
    return facts


def _put_back(day: Day, standing: Standing) -> dict[str, object]:
    if not day.spec.destructive or "clear" not in standing.intents:
        return {"published": _document(day, _published(day, standing)), "blobs_restored": 0}
    promise = day.kept_promise()
    # Held since the claim; an undo of a closed day has taken them anew.
    take_locks(day, len(day.journal.entries) - 1)
    files = SinkFiles(day, promise, recorded_copies(day))
    files.put_back()
    published = _published(day, standing)
    mine = ours(standing)
    if mine.since is not None:
        _check_nobody_else(day, mine)
        wait_for_consumers(day)
    files.set_right(mine)
    segments = restore_segments(day, promise.inventory.segments, landed=mine.since is not None)
    files.check()
    return {
        "published": _document(day, published),
        "blobs_restored": files.restored,
        "blobs_left": files.replaced,
        "blobs_quarantined": sum(1 for _ in day.world.state.list(names.quarantine(day.replay_id, day.plan.day, ""))),
        "segments_quarantined": segments,
        # Without a group that could be waited for nobody knows when what was published lands.
        "may_land": mine.since is not None and not day.spec.landing_waits,
    }


def _document(day: Day, published: Counts | None) -> dict[str, int]:
    """What Kafka says, else what was written down last: at least so much is in the topic."""
    if published is None:
        published = progress.read(day.world.state, day.replay_id, day.plan.day).total
    return progress.counts_document(published)


def _published(day: Day, standing: Standing) -> Counts | None:
    """What is in the topic, once nobody can add to it; ``None`` where nobody knows any more."""
    if not opened_shards(day) or standing.notes["publish"].get("opening"):
        return Counts()
    if "publish" in standing.proofs:
        return progress.counts_of(standing.proofs["publish"])
    if day.spec.publishing.delivery is Delivery.AT_LEAST_ONCE:
        # They cannot be fenced. A runner that was overtaken knows it when its lease would have run out, at the latest;
        # its publishers have stopped by then, and those of one that is gone.
        day.world.clock.sleep(day.world.lease_seconds + day.world.publishers.orphaned_seconds)
    committed = fence_publishers(day).values()
    known = [counts for counts in committed if counts is not None]
    return sum(known, Counts()) if len(known) == len(committed) else None


def _check_nobody_else(day: Day, mine: Ours) -> None:
    other = other_replay(day, mine.since)
    if other:
        raise InDoubt(
            f"{other} has published {day.plan.day} meanwhile, too: what landed cannot be told apart.",
            advice="What could be put back is back, and nothing was set aside. Compare by hand, then release the day.",
        )
