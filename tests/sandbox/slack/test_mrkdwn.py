"""Slack's text as plain text: what a reader sees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.slack import plain

NAMES = {"U00OPERATOR": "Asha", "C0DATAREPLAY": "data-replay", "S0OPERATORS": "operators"}


@pytest.mark.parametrize(
    ("written", "seen"),
    [
        ("a &lt; b &amp;&amp; c &gt; d", "a < b && c > d"),
        ("&amp;lt;", "&lt;"),
        ("<@U00OPERATOR> and <@U404> and <@U404|Zoe>", "@Asha and @U404 and @Zoe"),
        ("in <#C0DATAREPLAY> or <#C404|old>", "in #data-replay or #old"),
        ("<!channel> <!here|here>", "@channel here"),
        ("<!subteam^S1|@replayers> <!subteam^S1>", "@replayers @subteam"),
        ("<!subteam^S0OPERATORS>", "@operators"),
        ("on <!date^1575158400^{date}|1 December 2019>", "on 1 December 2019"),
        ("<https://example.org/?a=1&amp;b=2|the run> <https://example.org/?a=1&amp;b=2>", "the run https://example.org/?a=1&b=2"),
        ("*bold* and `code` stay", "*bold* and `code` stay"),
        ("a<b", "a<b"),
    ],
)  # fmt: skip
def test_references_become_names_and_entities_characters(written: str, seen: str) -> None:
    """Every kind of reference that Slack documents."""
    assert plain(written, NAMES) == seen


@given(st.text())
def test_escaped_text_reads_as_it_was_written(words: str) -> None:
    """Text from people that was escaped as Slack asks comes out whole, whatever is in it."""
    escaped = words.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert plain(escaped, NAMES) == words
