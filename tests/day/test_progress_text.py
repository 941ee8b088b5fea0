"""What people read of a running day's speed, and of lines that were not published as they are."""

from dataclasses import replace

import pytest

from replay_engine.day.report import footnotes, progress_text
from replay_engine.model import Pace, Stage
from replay_engine.reports import DayReport
from tests.helpers.scene import DAY

RUNNING = DayReport(DAY, Stage.CLEARED, "publish", bytes_per_second=18.24e6, seconds_left=754.0)


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({}, "18.2 MB/s · about 13 min left"),
        ({"seconds_left": 0.2}, "18.2 MB/s · about 1 s left"),
        ({"seconds_left": 8000.0}, "18.2 MB/s · about 2.2 h left"),
        ({"seconds_left": None}, "18.2 MB/s"),
        ({"seconds_left": None, "bytes_per_second": 0.0}, ""),
        ({"pace": Pace(paused=True)}, "paused"),
        ({"pace": Pace(False, 20e6, 500)}, "18.2 MB/s · limit 20 MB/s · limit 500 events/s · about 13 min left"),
    ],
)
def test_how_fast_and_how_long(changes: dict[str, object], expected: str) -> None:
    """Nothing is claimed that nobody can know; a pause is called one."""
    assert progress_text(replace(RUNNING, **changes)) == expected  # type: ignore[arg-type]


def test_nothing_is_left_out_silently() -> None:
    """A plain day has no footnotes."""
    assert footnotes(RUNNING) == []
    told = "\n".join(footnotes(replace(RUNNING, filtered_lines=1200, set_aside_lines=3, at_least_once=True)))
    assert "filters: 1,200 events" in told
    assert "beside the journal: 3 lines" in told
    assert "at least once" in told
