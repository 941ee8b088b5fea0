"""A day that an earlier version of the program began is recalled, verified, carried on and restored by this one.

`trees.py` has one replay of one day in every situation in which a process can have left it.
"""

from collections.abc import Callable

import pytest

from replay_engine.errors import Refused
from replay_engine.model import Stage
from replay_engine.state import names
from replay_engine.verify.verify import verify
from tests.helpers.scene import DAY, OTHER_REPLAY, REPLAY, lines_of
from tests.old_state.checks import BY, ask, check, resume, snapshot
from tests.old_state.expected import EXPECTED, Expected, May
from tests.old_state.trees import SITUATIONS, load

#: Longer than any kept backup is kept.
_EIGHT_DAYS_SECONDS = 8 * 24 * 3600.0
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
