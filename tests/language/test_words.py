"""Lines of text: words with quotes of keyboards and phones, and what Slack makes of what was typed."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.language.words import OpenQuote, from_slack, quoted, split

ANYTHING = st.text(st.characters(codec="utf-8", exclude_categories=["Cs"]), max_size=50)
QUOTES = st.text("ab =“”„‘’‚'\"\\", max_size=12)


@given(st.lists(ANYTHING | QUOTES))
def test_what_is_quoted_comes_out_as_it_was(texts: list[str]) -> None:
    """Whatever is in it: spaces, line ends, every kind of quote, nothing at all."""
    assert [word.text for word in split(" ".join(map(quoted, texts)))] == texts


@given(ANYTHING | QUOTES, ANYTHING | QUOTES)
def test_only_a_bare_equals_sign_makes_an_option(name: str, value: str) -> None:
    """The first one outside quotes parts the name from the value."""
    (word,) = split(f"{quoted(name)}={quoted(value)}")
    assert (word.name, word.value) == (name, value)
    assert [word.equals for word in split(quoted(value))] == [None]


@given(ANYTHING | QUOTES)
def test_a_line_is_read_or_closed(line: str) -> None:
    """There is one way to be wrong, and what would mend it is known."""
    try:
        split(line)
    except OpenQuote as error:
        split(line + error.closing)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("a  b\tc\u00a0d", ["a", "b", "c", "d"]),
        ("“a b” „c d“ ‘e f’", ["a b", "c d", "e f"]),
        ("'it is \"it\"'", ['it is "it"']),
        ("a'b c'd", ["ab cd"]),
        (r"C:\a\b", [r"C:\a\b"]),
        ("''", [""]),
        ("  ", []),
    ],
)
def test_lines(line: str, expected: list[str]) -> None:
    assert [word.text for word in split(line)] == expected


@given(ANYTHING.filter(lambda text: "<" not in text))
def test_what_slack_escapes_is_what_was_typed(text: str) -> None:
    escaped = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    assert from_slack(escaped) == text


@pytest.mark.parametrize(
    ("text", "typed"),
    [
        ("topic=<http://telemetry.in|telemetry.in>", "topic=telemetry.in"),
        ("path=<https://example.org/a>", "path=https://example.org/a"),
        ("<mailto:a@example.org|a@example.org>", "a@example.org"),
        ("<!channel> <@U1>", "<!channel> <@U1>"),
        ("&amp;lt;", "&lt;"),
    ],
)
def test_links_that_nobody_typed(text: str, typed: str) -> None:
    """Slack's apps make links of what looks like an address."""
    assert from_slack(text) == typed
