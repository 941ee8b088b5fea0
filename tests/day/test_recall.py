"""Where a day stands is a pure fold of its journal."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_engine.day.recall import Standing, recall
from replay_engine.model import Stage
from replay_engine.state.journal import Entry, Kind
from tests.helpers.documents import ENTRIES

BEGAN = datetime(2020, 1, 10, tzinfo=UTC)
FAILED = {"error": "it broke", "advice": "mend it", "kind": "cannot_proceed"}
UNSURE = {"error": "who knows", "advice": "look", "kind": "in_doubt"}


def journal(*entries: tuple[object, ...]) -> tuple[Entry, ...]:
    return tuple(Entry(n, BEGAN + timedelta(seconds=n), *entry) for n, entry in enumerate(entries))  # type: ignore[arg-type]


def test_an_empty_journal_is_a_day_that_is_only_planned() -> None:
    """Nothing was begun."""
    assert recall(()) == Standing()
    assert not recall(()).finished


def test_a_day_stands_where_the_last_proof_put_it() -> None:
    """An intent alone moves nothing; facts and notes are kept by step, the last of each."""
    entries = journal(
        (Kind.INTENT, "claim"),
        (Kind.PROOF, "claim", Stage.CLAIMED, {"locks": 3}),
        (Kind.INTENT, "publish"),
        (Kind.NOTE, "publish", None, {"line": 1}),
        (Kind.NOTE, "publish", None, {"line": 2}),
    )
    standing = recall(entries)
    assert standing.stage is Stage.CLAIMED
    assert standing.intents == {"claim", "publish"}
    assert standing.notes == {"publish": {"line": 2}}
    assert standing.proofs == {"claim": {"locks": 3}}
    assert (standing.began_at, standing.last_at) == (BEGAN, BEGAN + timedelta(seconds=4))


@pytest.mark.parametrize(("stage", "finished"), [(stage, stage in (Stage.CLOSED, Stage.RESTORED)) for stage in Stage])
def test_only_closed_and_restored_days_are_finished(stage: Stage, finished: bool) -> None:
    """Everything else is carried on."""
    assert recall(journal((Kind.PROOF, "any", stage))).finished is finished


def test_a_day_that_turned_back_says_why() -> None:
    """It keeps the stage it had reached."""
    standing = recall(journal((Kind.PROOF, "clear", Stage.CLEARED), (Kind.TURNED_BACK, "publish", None, FAILED)))
    assert (standing.stage, standing.turned_back, standing.held) == (Stage.CLEARED, True, False)
    assert (standing.error, standing.advice) == ("it broke", "mend it")


def test_a_held_day_is_shown_as_held() -> None:
    """Its stage is still known."""
    standing = recall(journal((Kind.PROOF, "publish", Stage.PUBLISHED), (Kind.HELD, "settle", None, UNSURE)))
    assert (standing.stage, standing.shown_stage, standing.error) == (Stage.PUBLISHED, Stage.HELD, "who knows")


def test_a_day_that_was_released_and_closed_tells_no_error() -> None:
    """What a person has looked at is over."""
    standing = recall(
        journal((Kind.HELD, "settle", None, UNSURE), (Kind.RELEASED,), (Kind.PROOF, "clean_up", Stage.CLOSED))
    )
    assert (standing.shown_stage, standing.error, standing.advice) == (Stage.CLOSED, "", "")


def test_a_restored_day_tells_why_it_turned_back_not_why_it_was_held_meanwhile() -> None:
    """The reason of the failure survives any trouble on the way back."""
    standing = recall(
        journal(
            (Kind.TURNED_BACK, "publish", None, FAILED),
            (Kind.HELD, "restore", None, UNSURE),
            (Kind.RELEASED,),
            (Kind.HELD, "restore", None, UNSURE),
            (Kind.RELEASED,),
            (Kind.PROOF, "restore", Stage.RESTORED),
        )
    )
    assert (standing.shown_stage, standing.turned_back, standing.error) == (Stage.RESTORED, True, "it broke")


@given(st.lists(ENTRIES, max_size=8), st.integers(0, 8))
def test_recalling_never_fails_and_never_forgets(entries: list[Entry], cut: int) -> None:
    """Of whatever journal; a longer one has begun at least what its beginning had."""
    numbered = [replace(entry, number=number) for number, entry in enumerate(entries)]
    early, late = recall(numbered[:cut]), recall(numbered)
    assert early.intents <= late.intents
    assert early.proofs.keys() <= late.proofs.keys()
    assert late.turned_back >= early.turned_back
