"""Foreign text in Slack: harmless, and no longer than said."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.render.mrkdwn import bar, code, escaped, printable, size_text
from tests.helpers.values import HOSTILE, assert_harmless


@given(st.text(st.characters(codec="utf-8"), max_size=400), st.integers(20, 300))
def test_escaped_text_is_harmless_and_short_enough(text: str, longest: int) -> None:
    """No text can mention, link or turn the reading direction, whatever is cut off."""
    result = escaped(text, longest)
    assert len(result) <= longest
    assert_harmless(result)


@pytest.mark.parametrize("text", HOSTILE)
def test_code_cannot_be_left(text: str) -> None:
    """Text in backticks stays in them."""
    result = code(text)
    assert (result[0], result[-1], result.count("`")) == ("`", "`", 2)
    assert_harmless(result)


def test_ordinary_text_is_left_alone() -> None:
    """What people write is shown as they wrote it, in any script."""
    assert escaped("raw/2019-12-01: тема ثلاثة 日") == "raw/2019-12-01: тема ثلاثة 日"


def test_only_what_slack_reads_is_escaped() -> None:
    """Slack wants exactly three characters escaped; a code fence would swallow what the bot says after it."""
    assert escaped("""a<b>c & "d" 'e' *f* ```g""") == """a&lt;b&gt;c &amp; "d" 'e' *f* '''g"""


def test_a_cut_is_shown_and_never_cuts_an_entity() -> None:
    """A reader sees that there was more."""
    assert escaped("&&&&&&", 16) == "&amp;&amp;&amp;…"
    assert printable("0123456789", 5) == "0123…"


@pytest.mark.parametrize(
    ("size_bytes", "expected"),
    [(0, "0 B"), (999, "999 B"), (1000, "1.0 kB"), (12_840_000, "12.8 MB"), (7.5e9, "7.5 GB"), (2e15, "2,000.0 TB")],
)
def test_sizes_read_as_people_say_them(size_bytes: float, expected: str) -> None:
    assert size_text(size_bytes) == expected


@pytest.mark.parametrize(
    ("share", "expected"), [(-1, "░░░░ -100%"), (0, "░░░░ 0%"), (0.5, "██░░ 50%"), (1, "████ 100%")]
)
def test_the_bar_fills_with_the_share(share: float, expected: str) -> None:
    assert bar(share, 4) == expected
