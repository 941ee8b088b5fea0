"""Generated telemetry is repeatable, looks like the real thing where it matters, and is read back as it was made."""

import json
from collections import Counter
from datetime import UTC, date, datetime

from hypothesis import given
from hypothesis import strategies as st

from sandbox.world.telemetry import KOLKATA, NO_DAY, batches, events, parse_line, parse_lines, summaries

DAY = date(2019, 12, 1)
LINES = events(DAY, 2000)


def test_the_same_seed_gives_the_same_bytes() -> None:
    """Tests and demo can be repeated; another seed or day is another set of events."""
    assert events(DAY, 20) == LINES[:20]
    assert events(DAY, 20, seed=1) != LINES[:20]


def test_every_event_has_an_id_of_its_own() -> None:
    """Otherwise nothing could be counted exactly once."""
    assert len({event.mid for event in parse_lines(LINES)}) == len(LINES)


def test_lines_have_the_size_and_the_oddities_of_real_ones() -> None:
    """About a kilobyte with a few long ones; two notations of numbers; text beyond ASCII; one line each."""
    sizes = sorted(map(len, LINES))
    assert 900 < sum(sizes) / len(sizes) < 1500
    assert sizes[-1] > 10_000
    assert 0.2 < sum(b"E12" in line for line in LINES) / len(LINES) < 0.6
    assert any(not line.isascii() for line in LINES)
    assert not any(b"\n" in line or b"\r" in line for line in LINES)


def test_parsing_and_writing_again_would_change_lines() -> None:
    """What makes carrying the raw bytes matter."""
    again = [json.dumps(json.loads(line), ensure_ascii=False, separators=(",", ":")).encode() for line in LINES]
    assert sum(a != b for a, b in zip(again, LINES, strict=True)) > len(LINES) // 3


def test_the_kinds_of_events_are_mixed() -> None:
    """Every Druid datasource that a replay touches gets some."""
    kinds = Counter(event.eid for event in parse_lines(LINES))
    assert {"LOG", "ERROR", "FEEDBACK", "INTERACT", "SUMMARY", "START", "END", "SEARCH"} <= set(kinds)
    assert {e.eid for e in parse_lines(summaries(DAY, 5))} == {"ME_WORKFLOW_SUMMARY"}


def test_a_day_is_the_same_in_kolkata_and_in_utc() -> None:
    """So files (day in Kolkata) and segments (day in UTC) of a day hold the same events."""
    moments = [json.loads(line)["syncts"] / 1000 for line in LINES]
    assert {datetime.fromtimestamp(m, KOLKATA).date() for m in moments} == {DAY}
    assert {datetime.fromtimestamp(m, UTC).date() for m in moments} == {DAY}


@given(count=st.integers(1, 60), size=st.integers(1, 25))
def test_batches_unpack_to_the_same_events(count: int, size: int) -> None:
    """However they are cut, the events come out complete, in order, on their day."""
    packed = batches(LINES[:count], size)
    assert len(packed) == -(-count // size)
    unpacked = parse_lines(packed)
    assert [e.mid for e in unpacked] == [e.mid for e in parse_lines(LINES[:count])]
    assert {e.day for e in unpacked} == {DAY}
    assert all(parse_line(e.line)[0].mid == e.mid for e in unpacked)


def test_what_cannot_be_read_is_an_event_of_no_day() -> None:
    """As the platform files it: whole, on 1970-01-01."""
    for line in (b"", b"{not json", b"[1]", b"\xff\xfe"):
        (event,) = parse_line(line)
        assert (event.day, event.line) == (NO_DAY, line)
