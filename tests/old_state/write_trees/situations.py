"""Every situation in which a process can have left a day, and how it comes to that."""

from datetime import timedelta

from replay_engine.day.replay import ReplayRunner
from replay_engine.ports import CopyState
from replay_engine.reports import ReplayReport
from replay_engine.state import names
from replay_engine.state.journal import Kind
from tests.helpers.scene import DAY, EVENTS, REPLAY, STATE, Onlooker
from tests.old_state.write_trees.past import Find, Make, Past, call, entry, killed
from tests.simulation.one_process.faults import Fault

WEEK = timedelta(days=7)


def turn_back(walk: ReplayRunner) -> ReplayReport:
    return walk.turn_back(DAY, "an operator")


def undo(walk: ReplayRunner) -> ReplayReport:
    return walk.undo(DAY, "an operator")


def proved(step: str) -> Past:
    return killed(Past.begin, entry(Kind.PROOF, step))


def turned_back_from(make: Make) -> Past:
    return killed(lambda: make().rest(), entry(Kind.TURNED_BACK), act=turn_back)


def in_back_up() -> Past:
    def slow_store() -> Past:
        past = Past.begin()
        past.account.copies.extend([CopyState.SUCCESS, CopyState.SUCCESS, CopyState.PENDING])
        past.scene.clock.at_sleep.append(past.account.end_copies)
        return past

    return killed(slow_store, call(".start_copy(", number=2))


def in_publish(*, destructive: bool = True) -> Past:
    """The first shard is done, and most of the second."""
    return killed(
        lambda: Past.begin(slow=True, destructive=destructive), call(".send(", "2019-12-01:39"), Fault.DIE_BEFORE
    )


def at_least_once_in_publish() -> Past:
    """Some lines of the second shard are sent, and no position says so."""
    return killed(
        lambda: Past.begin(slow=True, transactions=False),
        call("MemoryProducer.commit(Committed(line=14"),
        Fault.DIE_DURING,
    )


def in_clean_up_some_segments_unused() -> Past:
    past = killed(Past.begin, call(".mark_unused("), Fault.DIE_BEFORE)
    past.scene.segments.mark_unused(EVENTS, past.scene.used_of()[:1])
    return past


def closed(*, kept: bool = False) -> Past:
    past = Past.begin(keep_backups_for=WEEK if kept else timedelta(0))
    past.process()
    return past


def kept() -> Past:
    return closed(kept=True)


def closed_swept() -> Past:
    past = kept()
    past.scene.clock.tick((WEEK + timedelta(days=1)).total_seconds())
    assert past.scene.walk(past.plan).sweep()
    return past


def restored() -> Past:
    past = in_publish().rest()
    past.process(turn_back)
    return past


def in_restore_a_copy_pending() -> Past:
    """The first original that is copied back has no bytes yet."""

    def slow_store(copies: int) -> Past:
        past = in_publish().rest()
        past.account.copies.extend([*[CopyState.SUCCESS] * copies, CopyState.PENDING])
        past.scene.clock.at_sleep.append(past.account.end_copies)
        return past

    rehearsal = slow_store(0)
    past_back = [", backup/" in what for what in rehearsal.process(turn_back).log if ".start_copy(" in what]
    return killed(
        lambda: slow_store(past_back.index(True)), call(".start_copy(", ", backup/"), Fault.DIE_AFTER, turn_back
    )


def cleared_before_copies(*states: CopyState) -> Past:
    """A day of which nothing was published, and how the next copies end."""
    past = proved("clear").rest()
    past.account.copies.extend(states)
    past.scene.clock.at_sleep.append(past.account.end_copies)
    return past


def held_in_restore_a_copy_failed() -> Past:
    """In the place of an original is what a failed copy left."""
    past = cleared_before_copies(CopyState.FAILED)
    past.process(turn_back)
    return past


def restored_after_undo() -> Past:
    past = kept().rest()
    past.process(undo)
    return past


def undone_at(find: Find, fault: Fault = Fault.DIE_AFTER) -> Past:
    return killed(lambda: kept().rest(), find, fault, undo)


def held_in_publish() -> Past:
    """Kafka has lost the position of a shard."""
    past = in_publish().rest()
    past.scene.cluster.forget([names.shard_group(REPLAY, DAY, 1)])
    past.process()
    return past


def held_in_restore() -> Past:
    """Somebody deleted a copy from the backup."""
    past = proved("clear").rest()
    past.take(STATE, min(past.scene.kept("backup/")))
    past.process(turn_back)
    return past


def held_in_settle() -> Past:
    """The pipeline stands still."""
    past = Past.begin()
    past.scene.clock.at_sleep.clear()
    past.process()
    return past


def held_in_clean_up() -> Past:
    """Druid does not use a recorded segment any more."""
    past = proved("settle").rest()
    past.lost_segments = past.scene.used_of()[:1]
    past.scene.segments.mark_unused(EVENTS, past.lost_segments)
    past.process()
    return past


def held_released() -> Past:
    past = held_in_restore()
    past.scene.walk(past.plan).let_go(DAY, "an operator")
    return past


def cancelled_before_begin() -> Past:
    past, watch = Past.begin(), Onlooker()
    watch.stop()
    past.process(watch=watch)
    return past


def cancelled_in_publish() -> Past:
    """Somebody asked for it, and nobody has heard it yet."""
    past = in_publish()
    past.scene.walk(past.plan).ask_to_stop()
    return past


def pushing_closed() -> Past:
    past = Past.begin(destructive=False)
    past.process()
    return past


SITUATIONS: dict[str, Make] = {
    "planned": Past.begin,
    "cancelled_before_begin": cancelled_before_begin,
    "claimed": lambda: proved("claim"),
    "checked": lambda: proved("check"),
    "backed_up": lambda: proved("back_up"),
    "cleared": lambda: proved("clear"),
    "published": lambda: proved("publish"),
    "settled": lambda: proved("settle"),
    "in_claim": lambda: killed(Past.begin, call(".create(state/locks/", number=1)),
    "in_check": lambda: killed(Past.begin, call(".create(", "manifest.jsonl.gz")),
    "in_back_up": in_back_up,
    "in_clear": lambda: killed(Past.begin, call(".delete([('channel/"), Fault.DIE_DURING),
    "in_publish_opening": lambda: killed(Past.begin, call("MemoryProducer.commit(Committed(line=0")),
    "in_publish": in_publish,
    "in_publish_at_least_once": at_least_once_in_publish,
    "in_settle": lambda: killed(Past.begin, call("MemoryTopic.committed(downstream")),
    "in_clean_up_some_segments_unused": in_clean_up_some_segments_unused,
    "in_clean_up_half_of_the_backup_deleted": lambda: killed(Past.begin, call("[('backup/"), Fault.DIE_DURING),
    "in_clean_up_some_locks_released": lambda: killed(Past.begin, call("[('state/locks/", number=1)),
    "in_clean_up_backup_kept": lambda: killed(
        lambda: Past.begin(keep_backups_for=WEEK), call("MemoryTopic.forget("), Fault.DIE_BEFORE
    ),
    "closed": closed,
    "closed_backup_kept": kept,
    "closed_swept": closed_swept,
    "turned_back_from_checked": lambda: turned_back_from(lambda: proved("check")),
    "turned_back_from_backed_up": lambda: turned_back_from(lambda: proved("back_up")),
    "turned_back_from_cleared": lambda: turned_back_from(lambda: proved("clear")),
    "turned_back_in_publish": lambda: turned_back_from(in_publish),
    "cancelled_in_publish": cancelled_in_publish,
    "in_restore": lambda: killed(
        lambda: in_publish().rest(), call(".delete([('channel/in.ekstep"), Fault.DIE_BEFORE, turn_back
    ),
    "in_restore_a_copy_pending": in_restore_a_copy_pending,
    "in_restore_nothing_published_a_copy_pending": lambda: killed(
        lambda: cleared_before_copies(CopyState.PENDING), call(".start_copy("), Fault.DIE_AFTER, turn_back
    ),
    "in_restore_noted": lambda: killed(
        lambda: in_publish().rest(), entry(Kind.NOTE, "restore"), Fault.DIE_AFTER, turn_back
    ),
    "restored": restored,
    "undo_taking_locks": lambda: undone_at(call(".create(state/locks/", number=1)),
    "undo_turned_back": lambda: undone_at(entry(Kind.TURNED_BACK)),
    "undo_setting_aside": lambda: undone_at(call(".delete([('channel/in.ekstep"), Fault.DIE_BEFORE),
    "undo_noted": lambda: undone_at(entry(Kind.NOTE, "restore")),
    "restored_after_undo": restored_after_undo,
    "held_in_publish": held_in_publish,
    "held_in_settle": held_in_settle,
    "held_in_restore": held_in_restore,
    "held_in_restore_a_copy_failed": held_in_restore_a_copy_failed,
    "held_in_clean_up": held_in_clean_up,
    "held_released": held_released,
    "pushing_in_publish": lambda: in_publish(destructive=False),
    "pushing_closed": pushing_closed,
}
