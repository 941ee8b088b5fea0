"""The stand-in's own rules against Slack's types: neither lets pass what the other refuses for its structure."""

import re
from collections.abc import Callable
from typing import Any

import pytest

from sandbox.slack import SlackRefusalError
from sandbox.slack.rules.blocks import checked_blocks, checked_view
from tests.slack_rules import samples, schemas
from tests.slack_rules.samples import HOME, MESSAGE, MODAL, spoiled

Json = dict[str, Any]
Rule = Callable[[Json], object]
#: Where Slack's reference and its answers ask for more than its types can say: the stand-in does as well.
_STRICTER = (
    r"without .*/confirm/(title|confirm|deny)",  # required by the reference of the confirmation dialog
    r"without .*/(options|initial_options?)(/\d+)?/value",  # required by the reference of the option
    r"without blocks/\d+/element/options",  # a select needs options or option_groups
    r"without blocks/\d+/text",  # a section needs text or fields
    r"without submit",  # needed where there are input blocks
    r"without blocks",  # an empty message has no blocks to judge
)


def _blocks(message: Json) -> object:
    return checked_blocks(message.get("blocks", []))


def _home(view: Json) -> object:
    return checked_view(view, kind="home")


SURFACES = [
    pytest.param("Message", {"blocks": MESSAGE["blocks"]}, _blocks, id="message"),
    pytest.param("ModalView", MODAL, checked_view, id="modal"),
    pytest.param("HomeView", HOME, _home, id="home"),
]


def _refused(rule: Rule, value: Json) -> bool:
    try:
        rule(value)
    except SlackRefusalError:
        return True
    return False


@pytest.mark.parametrize(("kind", "good", "rule"), SURFACES)
def test_both_take_what_is_good(kind: str, good: Json, rule: Rule) -> None:
    assert (schemas.problems(kind, good), _refused(rule, good)) == ([], False)


@pytest.mark.parametrize(("kind", "good", "rule"), SURFACES)
def test_what_one_refuses_the_other_refuses(kind: str, good: Json, rule: Rule) -> None:
    """Each field of each block left out, of another type, or with a surplus beside it."""
    tried, apart = 0, []
    for what, bad in spoiled(good):
        tried += 1
        by_types, by_us = bool(schemas.problems(kind, bad)), _refused(rule, bad)
        stricter = by_us and any(re.fullmatch(pattern, what) for pattern in _STRICTER)
        if by_types != by_us and not stricter:
            apart.append(f"{what}: {'types' if by_types else 'stand-in'} alone")
    assert apart == []
    assert tried > 20


@pytest.mark.parametrize("block", ["video", "table", "markdown", "alert", "carousel"])
def test_the_stand_in_refuses_blocks_that_it_cannot_show(block: str) -> None:
    """Whatever Slack takes and the bot does not use is refused here, rather than let pass unseen."""
    assert _refused(_blocks, {"blocks": [{"type": block}]})


@pytest.mark.parametrize("kind", sorted({block["type"] for block in (*MESSAGE["blocks"], *MODAL["blocks"])}))
def test_the_types_know_every_block_that_the_bot_uses(kind: str) -> None:
    """An empty one of the kind is refused for what it lacks, if anything, and never as unknown."""
    told = schemas.problems("AnyBlock", {"type": kind})
    assert "is not one of" not in " ".join(told)
    assert bool(told) == (kind not in ("divider", "section"))


def test_what_is_wrong_is_told_in_one_readable_line() -> None:
    wrong = {"blocks": [{"type": "section", "text": samples.marked("x")}, {"type": "header", "txt": "x"}]}
    assert schemas.problems("Message", wrong) == [
        "blocks/1: Additional properties are not allowed ('txt' was unexpected)",
        "blocks/1: 'text' is a required property",
    ]
