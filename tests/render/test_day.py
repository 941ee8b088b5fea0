"""A finished day's message in the thread."""

import hashlib
import json
from dataclasses import replace
from datetime import date

import pytest

from bot.render.day import day_text, receipt_text
from replay_engine import DayReport, Stage
from tests.helpers.values import FIRST, HOSTILE, closed
from tests.render.values import AT, assert_harmless

NEXT = date(2019, 12, 2)


def test_a_completed_day_has_its_metrics() -> None:
    """Data count, files deleted in each data source, segments, time taken, replay date."""
    assert day_text(closed(FIRST), NEXT).splitlines() == [
        ":white_check_mark: *2019-12-01 closed*",
        "Events published: 10,000 (12.9 MB)",
        "Files deleted: `unique` 2, `channel` 16",
        "Segments deleted: `telemetry-events` 4",
        "Time taken: 3.9 s · Replay date: 2019-12-01",
    ]


def test_a_completed_day_that_deleted_nothing_says_so() -> None:
    said = day_text(closed(FIRST, blobs_deleted={}, segments_deleted={}, filtered_lines=7, backup_kept_until=AT))
    assert said.splitlines()[1:] == [
        "Events published: 10,000 (12.9 MB)",
        "Left out by filters: 7 events",
        "Files deleted: none",
        "Segments deleted: none",
        "Its backup is kept until <!date^1575972900^{date_short_pretty} {time}|2019-12-10 10:15 UTC>",
        "Time taken: 3.9 s · Replay date: 2019-12-01",
    ]


def test_a_failed_day_says_why_what_was_put_back_and_what_goes_on() -> None:
    failed = replace(
        closed(FIRST),
        stage=Stage.RESTORED,
        segments_deleted={},
        error="It is damaged.",
        advice="Mend it.",
        blobs_restored=18,
        blobs_quarantined=3,
        segments_quarantined=2,
        seconds=725.0,
    )
    assert day_text(failed, NEXT).splitlines() == [
        ":leftwards_arrow_with_hook: *2019-12-01 restored* · failed",
        "It is damaged. Mend it.",
        "Events that had been published, and stay in Kafka: 10,000 (12.9 MB)",
        "Files deleted: `unique` 2, `channel` 16",
        "Restored: 18 files. Set aside in quarantine, as they had landed: 3 files, 2 segments",
        "Time taken: 12 min 5 s · Replay date: 2019-12-01",
        "The next day goes on: 2019-12-02",
    ]
    assert "next day" not in day_text(failed)


def test_a_day_that_never_began_has_no_metrics() -> None:
    day = DayReport(FIRST, Stage.PLANNED, error="Cancelled before it began.")
    assert day_text(day) == ":white_circle: *2019-12-01 not begun*\nCancelled before it began."


@pytest.mark.parametrize(
    ("stage", "head"),
    [(Stage.HELD, "*2019-12-01 held* · waits for a person"), (Stage.BACKED_UP, "*2019-12-01 interrupted* · backed up")],
)
def test_a_day_that_nobody_carries_on_is_held_or_interrupted(stage: Stage, head: str) -> None:
    day = DayReport(FIRST, stage, error="Two versions.")
    assert f"{head}\nTwo versions." in day_text(day)


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_and_many_sinks_do_no_harm(text: str) -> None:
    """A message's text stays short, however much a day deleted."""
    many = {f"{text}{number}": number for number in range(200)}
    failed = replace(closed(FIRST), stage=Stage.RESTORED, error=text, advice=text)
    said = day_text(replace(failed, blobs_deleted=many, segments_deleted=many), NEXT)
    assert_harmless(said)
    assert len(said) < 4000
    assert "175 more 19,600" in said


def test_a_receipt_is_a_block_with_a_key_a_line() -> None:
    """And the digest by which the stored one is known again."""
    document = json.dumps({"day": "2019-12-01", "lines": {"read": 40, "committed": 40}}, indent=1).encode()
    assert receipt_text(document).splitlines() == [
        f"Receipt, SHA-256 {hashlib.sha256(document).hexdigest()}:",
        "```",
        'day: "2019-12-01"',
        'lines: {"read": 40, "committed": 40}',
        "```",
    ]


def test_a_receipt_of_any_content_stays_a_short_block() -> None:
    """Whoever named a folder closes no block, calls no channel, and makes no message too long for Slack."""
    said = receipt_text(json.dumps({f"{n} {name}": [name * 999] for n in range(99) for name in HOSTILE}).encode())
    assert said.count("```") == 2
    assert_harmless(said.replace("```", ""))
    assert len(said) < 20_000


@pytest.mark.parametrize("document", [b"", b"{", b"[1]", b"7", b"\xff"])
def test_a_receipt_that_somebody_damaged_is_told_so(document: bytes) -> None:
    assert receipt_text(document).endswith(": it is damaged; see `replay verify`")
