"""A day that an earlier version of the program began is recalled, verified, carried on and restored by this one.

`trees.py` has one replay of one day in every situation in which a process can have left it.
"""

from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from enum import Enum

import pytest

from replay_engine.errors import Refused
from replay_engine.model import Stage
from replay_engine.reports import DayReport, ReplayReport
from replay_engine.state import names
from replay_engine.verify.verify import verify
from tests.helpers.scene import DATA, DAY, LANDING_FOLDERS, OTHER_REPLAY, REPLAY, STATE, lines_of
from tests.old_state.trees import SITUATIONS, OldState, load

BY = "an operator"
#: Longer than any kept backup is kept.
_EIGHT_DAYS_SECONDS = 8 * 24 * 3600.0


class May(Enum):
    """Whether an order is taken. ``EITHER`` is where this program may be more careful than the one before."""

    YES = "yes"
    NO = "no"
    EITHER = "either"


@dataclass(frozen=True, slots=True)
class Expected:
    """What becomes of a day: where a resume brings it, and which orders of a person are taken instead."""

    resumed: Stage
    restore: May = May.NO
    undo: May = May.NO
    mended: Stage | None = None
    """Where a resume brings a held day once what it is held for is mended."""
    kept: bool = False
    """Whether its backup is kept when it closes."""
    orphans: bool = False
    """Whether the earlier program left something behind of which no journal speaks: locks, or positions."""


FORWARD = Expected(Stage.CLOSED, restore=May.YES)
BACK = Expected(Stage.RESTORED, restore=May.YES)
GIVING_UP = Expected(Stage.CLOSED)
UNDOING = Expected(Stage.RESTORED, restore=May.EITHER, undo=May.EITHER)
EXPECTED = {
    "planned": Expected(Stage.CLOSED, restore=May.EITHER),
    "cancelled_before_begin": Expected(Stage.PLANNED, restore=May.EITHER),
    "claimed": FORWARD,
    "checked": FORWARD,
    "backed_up": FORWARD,
    "cleared": FORWARD,
    "published": FORWARD,
    "settled": FORWARD,
    "in_claim": FORWARD,
    "in_check": FORWARD,
    "in_back_up": FORWARD,
    "in_clear": FORWARD,
    # A position was opened, and the journal does not say so yet: a restore may leave it to expire.
    "in_publish_opening": replace(FORWARD, orphans=True),
    "in_publish": FORWARD,
    "in_publish_at_least_once": FORWARD,
    "in_settle": FORWARD,
    "in_clean_up_some_segments_unused": GIVING_UP,
    "in_clean_up_half_of_the_backup_deleted": GIVING_UP,
    "in_clean_up_some_locks_released": GIVING_UP,
    "in_clean_up_backup_kept": Expected(Stage.CLOSED, kept=True),
    "closed": Expected(Stage.CLOSED),
    "closed_backup_kept": Expected(Stage.CLOSED, undo=May.YES, kept=True),
    "closed_swept": Expected(Stage.CLOSED),
    "turned_back_from_checked": BACK,
    "turned_back_from_backed_up": BACK,
    "turned_back_from_cleared": BACK,
    "turned_back_in_publish": BACK,
    "cancelled_in_publish": BACK,
    "in_restore": BACK,
    "in_restore_a_copy_pending": BACK,
    "in_restore_nothing_published_a_copy_pending": BACK,
    "in_restore_noted": BACK,
    "restored": Expected(Stage.RESTORED),
    # Some locks were taken, and the journal does not say so yet.
    "undo_taking_locks": Expected(Stage.CLOSED, undo=May.YES, kept=True, orphans=True),
    "undo_turned_back": UNDOING,
    "undo_setting_aside": UNDOING,
    "undo_noted": UNDOING,
    "restored_after_undo": Expected(Stage.RESTORED),
    "held_in_publish": Expected(Stage.HELD, restore=May.YES),
    "held_in_settle": FORWARD,
    "held_in_restore": Expected(Stage.HELD, restore=May.YES, mended=Stage.RESTORED),
    "held_in_restore_a_copy_failed": BACK,
    # Its journal does not tell whether the backup was being deleted already: it may have been.
    "held_in_clean_up": Expected(Stage.HELD, mended=Stage.CLOSED),
    "held_released": Expected(Stage.HELD),
    "pushing_in_publish": FORWARD,
    "pushing_closed": Expected(Stage.CLOSED),
}

every_situation = pytest.mark.parametrize("situation", EXPECTED)


def those(chosen: Callable[[Expected], object]) -> pytest.MarkDecorator:
    """The situations of which that is expected."""
    return pytest.mark.parametrize("situation", [name for name, expected in EXPECTED.items() if chosen(expected)])


def test_every_tree_has_an_expectation() -> None:
    """And there is a tree for each."""
    assert sorted(EXPECTED) == SITUATIONS


@every_situation
def test_a_day_is_recalled_as_it_was_left(situation: str) -> None:
    """Its journal says of it, and people are told of it, what they were told before."""
    old = load(situation)
    standing = old.scene.standing(old.plan)
    (report,) = old.scene.walk(old.plan).standing().days
    assert {name: getattr(standing, name) for name in old.said.standing} == old.said.standing
    assert {name: getattr(report, name) for name in old.said.report} == old.said.report


@every_situation
def test_a_day_that_was_right_is_verified_as_right(situation: str) -> None:
    """What was wrong with the others is told still."""
    old = load(situation)
    before = snapshot(old)
    found = verify(old.plan, old.scene.world(), ())
    wrong = [finding.text for day in found.days for finding in day.findings if not finding.right]
    # Locks that a finished day has left behind lose nothing: whether they count as wrong may change.
    if not EXPECTED[situation].orphans or not old.said.wrong:
        assert bool(wrong) == bool(old.said.wrong), wrong
    assert snapshot(old) == before


@those(lambda expected: May.NO not in (expected.restore, expected.undo) or expected.restore is May.YES)
def test_every_original_is_in_its_place_or_in_the_backup(situation: str) -> None:
    """Of a day that may be restored; this holds of the trees themselves."""
    old = load(situation)
    old.bring_back()
    stored, kept = old.scene.stored(), old.scene.kept("backup/")
    for name, content in old.scene.before.items():
        assert content in (stored.get(name), kept.get(names.backup(REPLAY, DAY, name))), name


@every_situation
def test_a_day_is_carried_on_to_its_right_end(situation: str) -> None:
    """Closed with every event in every sink, or restored byte for byte; what is finished, or held, stays so."""
    old, expected = load(situation), EXPECTED[situation]
    check(old, expected, resume(old), expected.resumed)


@those(lambda expected: expected.mended)
def test_a_held_day_is_carried_on_when_what_it_is_held_for_is_mended(situation: str) -> None:
    """It was held before it did any harm."""
    old, expected = load(situation), EXPECTED[situation]
    assert resume(old).stage is Stage.HELD
    old.bring_back()
    assert expected.mended
    check(old, expected, resume(old), expected.mended)


@every_situation
def test_a_day_is_restored_by_hand_until_its_backup_is_given_up(situation: str) -> None:
    """Byte for byte and segment for segment; whoever asks too late is refused, and nothing changes."""
    old, expected = load(situation), EXPECTED[situation]
    old.bring_back()
    report = ask(old, expected.restore, lambda: old.scene.walk(old.plan).turn_back(DAY, BY))
    if report is not None:
        check(old, expected, report, Stage.RESTORED)
    else:
        check(old, expected, resume(old), expected.mended or expected.resumed)


@every_situation
def test_a_closed_day_is_undone_while_its_backup_is_kept(situation: str) -> None:
    """And no other day: whoever asks is refused, and nothing changes."""
    old, expected = load(situation), EXPECTED[situation]
    report = ask(old, expected.undo, lambda: old.scene.walk(old.plan).undo(DAY, BY))
    if report is not None:
        check(old, expected, report, Stage.RESTORED)


@every_situation
def test_a_kept_backup_is_swept_when_its_time_is_over(situation: str) -> None:
    """And no other one: not that of a day that is not closed yet, or is being undone."""
    old, expected = load(situation), EXPECTED[situation]
    old.scene.clock.tick(_EIGHT_DAYS_SECONDS)
    before = snapshot(old)
    swept = old.scene.walk(old.plan).sweep()
    if expected.undo is May.YES:
        assert (swept, old.scene.kept("backup/"), old.scene.kept("state/locks/")) == (6, {}, {})
        with pytest.raises(Refused):
            old.scene.walk(old.plan).undo(DAY, BY)
    else:
        assert (swept, snapshot(old)) == (0, before)
        check(old, expected, resume(old), expected.resumed)


def test_locks_that_an_undo_left_behind_keep_nobody_out() -> None:
    """The process died before the undo was journaled: the day is closed, and another replay has its sinks."""
    old = load("undo_taking_locks")
    old.scene.cluster.topics = {topic: [[] for _ in parts] for topic, parts in old.scene.cluster.topics.items()}
    old.scene.cluster.groups.clear()
    (day,) = old.scene.walk(old.scene.plan(OTHER_REPLAY)).run().days
    assert (day.stage, day.error) == (Stage.CLOSED, "")
    assert old.scene.published() == sorted(lines_of(DAY))
    assert len(old.scene.kept(names.backup(REPLAY, DAY, ""))) == 6


def resume(old: OldState) -> DayReport:
    """A person resumes it, held or not."""
    (day,) = old.scene.walk(old.plan).run(release_held=True).days
    return day


def ask(old: OldState, may: May, order: Callable[[], ReplayReport]) -> DayReport | None:
    """The end of an order that was taken; none for one that was refused, and has changed nothing."""
    before = snapshot(old)
    try:
        (day,) = order().days
    except Refused:
        assert may is not May.YES
        assert snapshot(old) == before
        return None
    assert may is not May.NO
    return day


def snapshot(old: OldState) -> object:
    """Everything an order may change, but for the records of who asked, and for leases."""
    account, cluster = old.scene.account, old.scene.cluster
    unimportant = (names.audit_log(REPLAY), names.open_mark(""))
    blobs = {
        (container, name): stored.etag
        for container in (DATA, STATE)
        for name, stored in account.containers[container].items()
        # An empty journal is none.
        if not name.startswith(unimportant) and not (stored.is_log and not stored.data)
    }
    partitions = {topic: [list(part) for part in parts] for topic, parts in cluster.topics.items()}
    return blobs, old.scene.used(), partitions, dict(cluster.positions)


def check(old: OldState, expected: Expected, day: DayReport, stage: Stage) -> None:
    """The day stands where it should, and the world is as that demands."""
    assert day.stage is stage, f"{day.stage}: {day.error}"
    if stage is Stage.CLOSED:
        _check_closed(old, expected)
    elif stage is Stage.RESTORED:
        _check_restored(old)
    elif stage is Stage.PLANNED:
        assert (old.scene.stored(), old.scene.used()) == (old.scene.before, old.scene.segments_before)
    if stage in (Stage.CLOSED, Stage.RESTORED):
        _check_nothing_left_over(old, expected, stage)


def _check_closed(old: OldState, expected: Expected) -> None:
    """Every event in the topic, once where the cluster has transactions, and what is in the topic in every sink."""
    scene, plan = old.scene, old.plan
    published, everything = Counter(scene.published()), Counter(lines_of(DAY))
    assert published.keys() == everything.keys()
    assert not scene.cluster.transactional or published == everything
    others = {name: data for name, data in scene.before.items() if name not in _sinks(scene.before)}
    assert scene.stored().items() >= (others if plan.spec.destructive else scene.before).items()
    for folder in LANDING_FOLDERS if plan.spec.destructive else ():
        landed = Counter(line for data in scene.stored(f"{folder}/{DAY}").values() for line in data.split(b"\n"))
        assert landed == published, f"{folder} does not hold what is in the topic"
    if plan.spec.destructive:
        assert not set(scene.segments_before) & set(scene.used_of())


def _check_restored(old: OldState) -> None:
    """As before; what the replay made land was set aside and not deleted."""
    scene, published = old.scene, Counter(old.scene.published())
    if not old.plan.spec.destructive:
        assert scene.stored().items() >= scene.before.items()
        return
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before)
    aside = scene.kept("quarantine/")
    for folder in LANDING_FOLDERS:
        kept = [data for name, data in aside.items() if f"/{folder}/" in name]
        assert Counter(line for data in kept for line in data.split(b"\n") if line) == published


def _check_nothing_left_over(old: OldState, expected: Expected, stage: Stage) -> None:
    """No lock, no position; a backup only where it is kept, and then whole."""
    scene, closed = old.scene, stage is Stage.CLOSED
    backup = {names.backup(REPLAY, DAY, name): data for name, data in _sinks(scene.before).items()}
    assert scene.kept("backup/") == (backup if expected.kept and closed else {})
    assert scene.kept("state/locks/") == {} or (expected.orphans and closed)
    assert scene.cluster.positions == {} or (expected.orphans and not closed)


def _sinks(stored: Mapping[str, bytes]) -> dict[str, bytes]:
    """The day's files in the sinks."""
    return {n: data for n, data in stored.items() if n.startswith(("unique/", "channel/")) and names.day_of(n) == DAY}
