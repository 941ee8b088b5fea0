"""The live message and a day's message as Slack shows them."""

from dataclasses import replace

import pytest

from bot import blocks
from replay_engine import DayReport, Pace, ReplayReport, ReplayState, Stage
from sandbox.slack.elements import buttons_of
from tests.bot.values import ASKER, FIRST, HOSTILE, assert_harmless, checked, closed, days_from, report, texts


def shown(of: ReplayReport, cancelled_by: str | None = None) -> str:
    return "\n".join(texts(checked(blocks.live_blocks(of, ASKER, cancelled_by))))


def publishing(share: float) -> DayReport:
    return DayReport(
        FIRST, Stage.CLEARED, "publish", lines_published=1234, source_bytes=1000, source_bytes_done=int(share * 1000)
    )


def test_the_live_message_shows_each_day_and_a_bar() -> None:
    second, third = days_from(3)[1:]
    said = shown(report([publishing(0.5), closed(second), DayReport(third, Stage.PLANNED)]))
    assert "*Replay of raw* · running" in said
    assert ":hourglass_flowing_sand: `2019-12-01` publish `██████░░░░░░ 50%` · 1,234 events" in said
    assert ":white_check_mark: `2019-12-02` closed · 10,000 events" in said
    assert ":white_circle: `2019-12-03` planned" in said


def test_a_publishing_day_says_how_fast_and_how_long() -> None:
    """Beside the bar, and only while it publishes."""
    day = replace(publishing(0.5), bytes_per_second=20e6, seconds_left=120.0)
    assert "1,234 events · 20.0 MB/s · about 2 min left" in shown(report([day]))
    assert "paused" in shown(report([replace(day, pace=Pace(paused=True))]))
    assert "left" not in shown(report([replace(day, step="settle")]))


@pytest.mark.parametrize("state", [state for state in ReplayState if state is not ReplayState.RUNNING])
def test_only_a_running_replay_can_be_cancelled(state: ReplayState) -> None:
    """A replay that has ended says how, and has no button."""
    running = report([publishing(0.5)])
    assert buttons_of(checked(blocks.live_blocks(running, ASKER, None))) == ("Cancel",)
    assert buttons_of(checked(blocks.live_blocks(running, ASKER, ASKER))) == ()
    ended = replace(running, state=state)
    assert buttons_of(checked(blocks.live_blocks(ended, ASKER, None))) == ()
    assert "running" not in shown(ended, ASKER).splitlines()[0] + blocks.live_text(ended)


def test_a_cancelled_one_says_who_and_what_happens() -> None:
    assert f"stopping: cancelled by <@{ASKER}>, the running day is restored" in shown(report([publishing(0.5)]), ASKER)


@pytest.mark.parametrize("running", [0, 1, 100, 364, 365])
def test_a_year_of_days_fits_and_shows_the_running_one(running: int) -> None:
    """Of a long replay the days around the running one are shown, and all of them are counted."""
    days = [closed(day) for day in days_from(366)]
    days[running] = replace(publishing(0.3), day=days[running].day)
    said = shown(report(days))
    assert f"`{days[running].day}` publish" in said
    assert "366 days: " in said
    assert "365 closed" in said


@pytest.mark.parametrize("text", HOSTILE)
def test_hostile_names_do_no_harm(text: str) -> None:
    """Names in reports come from people, the config and the store."""
    hostile = report([publishing(0.1)], text=text)
    for said in [*texts(checked(blocks.live_blocks(hostile, ASKER, ASKER)), "mrkdwn"), blocks.live_text(hostile)]:
        assert_harmless(said)
    failed = replace(closed(FIRST), stage=Stage.RESTORED, error=text, advice=text, blobs_deleted={text: 1})
    assert_harmless(blocks.day_text(failed))
    assert len(blocks.day_text(failed)) < 4000


def test_a_completed_day_has_its_metrics() -> None:
    """Data count, files deleted in each data source, segments, time taken, replay date."""
    assert blocks.day_text(closed(FIRST)).splitlines() == [
        ":white_check_mark: *2019-12-01 completed*",
        "Events published: 10,000 (12.9 MB)",
        "Files deleted: `unique` 2, `channel` 16",
        "Segments deleted: `telemetry-events` 4",
        "Time taken: 3.9 s · Replay date: 2019-12-01",
    ]


def test_a_failed_day_says_why_and_what_was_put_back() -> None:
    failed = replace(
        closed(FIRST, segments_deleted={}),
        stage=Stage.RESTORED,
        error="It is damaged.",
        advice="Mend it.",
        blobs_restored=18,
        blobs_quarantined=3,
        segments_quarantined=2,
    )
    assert blocks.day_text(failed).splitlines()[:2] == [
        ":leftwards_arrow_with_hook: *2019-12-01 failed (restored)*",
        "It is damaged. Mend it.",
    ]
    assert "Restored: 18 files. Set aside in quarantine, as they had landed: 3 files, 2 segments" in blocks.day_text(
        failed
    )


def test_a_day_that_never_began_has_no_metrics() -> None:
    day = DayReport(FIRST, Stage.PLANNED, error="Cancelled before it began.")
    assert blocks.day_text(day) == ":white_circle: *2019-12-01 not begun*\nCancelled before it began."


@pytest.mark.parametrize("stage", [Stage.HELD, Stage.CLEARED])
def test_a_day_that_nobody_carries_on_waits_for_a_person(stage: Stage) -> None:
    day = DayReport(FIRST, stage, error="Two versions.")
    assert f"*2019-12-01 waits for a person ({stage})*\nTwo versions." in blocks.day_text(day)
