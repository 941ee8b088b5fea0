"""A day that is still being written is told in the plan, and not cleared while it is recent."""

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from tests.helpers.scene import DATA, DAY, Scene

#: 20 minutes after the last write to it: the day before, in UTC and in India.
MORNING = datetime(2019, 12, 2, 5, 30, tzinfo=UTC)


def written(scene: Scene, folder: str = "unique", minutes_ago: float = 20) -> Scene:
    """Something of the day was written a while ago, and nothing else for long."""
    container = scene.account.containers[DATA]
    for name, stored in container.items():
        container[name] = replace(stored, modified_at=datetime(2019, 12, 1, 18, tzinfo=UTC))
    scene.clock.tick(-minutes_ago * 60)
    scene.account.put(DATA, f"{folder}/{DAY}-1575300000000.json.gz", b"late")
    scene.clock.tick(minutes_ago * 60)
    return scene


@pytest.fixture
def scene() -> Scene:
    """As the settings say where nobody chose."""
    return Scene(quiet_minutes=30)


@pytest.fixture
def morning(scene: Scene) -> Scene:
    """Today is the day after."""
    scene.clock.tick((MORNING - scene.clock.now()).total_seconds())
    return scene


@pytest.mark.parametrize("folder", ["unique", "raw"])
def test_yesterday_is_refused_while_it_is_written(morning: Scene, folder: str) -> None:
    """Sink or source; with the time to come back."""
    (day,) = written(morning, folder).plan().days
    assert day.refusal == (
        f"{folder} was written to 20 min ago: the pipeline may still be at work on 2019-12-01. Plan it again after "
        "2019-12-02 05:40 UTC: it must have rested for 30 min (REPLAY_QUIET_MINUTES)."
    )


def test_it_is_planned_when_it_has_rested(morning: Scene) -> None:
    """To the minute that was said; nothing of another day counts."""
    written(morning, minutes_ago=30)
    morning.account.put(DATA, "unique/2019-12-02-1575300000001.json.gz", b"of today")
    (day,) = morning.plan().days
    assert (day.refusal, day.warnings) == ("", ())


def test_publishing_beside_is_only_warned_of(morning: Scene) -> None:
    """Nothing is lost by it."""
    spec = replace(morning.spec(), delete_backups=False)
    (day,) = written(morning, "raw").plan(spec=spec).days
    assert (day.refusal, "written to 20 min ago" in day.warnings[0]) == ("", True)


def test_an_older_day_is_only_warned_of(scene: Scene) -> None:
    """Somebody may have mended it a moment ago."""
    (day,) = written(scene, minutes_ago=0.5).plan().days
    assert day.refusal == ""
    assert day.warnings == ("unique was written to 0 min ago: the pipeline may still be at work on 2019-12-01.",)


def test_no_rest_is_asked_for_where_the_setting_says_so(morning: Scene) -> None:
    morning.quiet_minutes = 0
    (day,) = written(morning, minutes_ago=0).plan().days
    assert (day.refusal, day.warnings) == ("", ())
