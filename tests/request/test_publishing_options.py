"""What a plan tells of how lines are published."""

from dataclasses import replace

import pytest

from replay_engine.model import CheckSource, Condition, Delivery, Filter, OnBadLine, Publishing
from replay_engine.request.publishing_options import described
from tests.helpers import documents


@pytest.mark.parametrize(
    ("publishing", "words"),
    [
        (Publishing(), ""),
        (Publishing(delivery=Delivery.EXACTLY_ONCE), ""),
        (Publishing(delivery=Delivery.AT_LEAST_ONCE), "at least once"),
        (Publishing(key="did", headers=True), "keyed by did, with headers"),
        (
            Publishing(filters=(Filter("flags.x", Condition.IS_NULL), Filter("a", Condition.EQUALS, ("é",)))),
            'only where flags.x is null and a is "é"',
        ),
        (Publishing(filters=(Filter("a", Condition.IN, (1, 1.5, True)),)), "only where a is 1 or 1.5 or true"),
        (
            Publishing(on_bad_line=OnBadLine.SET_ASIDE, check_source=CheckSource.HEADS),
            "bad ones set aside, not read before anything is cleared",
        ),
    ],
)
def test_what_is_not_the_default_is_told(publishing: Publishing, words: str) -> None:
    """And nothing else."""
    assert described(publishing) == words


def test_every_choice_is_told() -> None:
    """One that is added to `Publishing` must be told too."""
    chosen = documents.PUBLISHING_PLAN_1.spec.publishing
    assert all(getattr(chosen, name) != getattr(Publishing(), name) for name in Publishing.__slots__)
    told = described(replace(chosen, check_source=CheckSource.HEADS))
    assert len(told.split(", ")) == len(Publishing.__slots__) - 1, "exactly once goes without saying"
