"""Before anything is cleared: a topic that cannot take the day, or a day that cannot be read, leaves all as it was."""

import gzip
from dataclasses import replace
from typing import Any

import pytest

from replay_engine.day.context import Progress
from replay_engine.day.steps.check import check
from replay_engine.errors import CannotProceed, CorruptSource, LineRefused, NotThere, TryAgain
from replay_engine.model import CheckSource, Delivery, OnBadLine, Publishing, ReplaySpec, Stage
from tests.helpers.scene import DATA, DAY, TOPIC, Scene, lines_of

FIRST, SECOND = (f"raw/{DAY}-{number}-1575224000000.json.gz" for number in range(2))


def spec(scene: Scene, **changes: Any) -> ReplaySpec:
    return replace(scene.spec(), publishing=Publishing(**changes))


def test_a_good_day_passes(scene: Scene) -> None:
    """What was seen of the topic is on record."""
    assert check(scene.day(scene.plan())) == {"max_message_bytes": 1 << 20, "partitions": 2}


def test_a_day_is_read_through_where_that_is_wanted(scene: Scene) -> None:
    """Counted, with its largest line, and with progress."""
    heard: list[Progress] = []
    plan = scene.plan(spec=spec(scene, check_source=CheckSource.FULL))
    facts = check(scene.day(plan, progressed=heard.append))
    lines = lines_of(DAY)
    assert facts == {
        "lines": 40,
        "bytes": sum(map(len, lines)),
        "empty_lines": 0,
        "filtered_lines": 0,
        "largest_line_bytes": max(map(len, lines)),
        "bad_lines": 0,
        "first_bad": "",
        "event_id": "mid",
        "sample": 1,
        "left_out": [],
    }
    assert heard[-1].counts.stored_bytes == plan.days[0].source.size_bytes


@pytest.mark.parametrize(
    ("publishing", "noticed"), [({}, False), ({"check_source": CheckSource.FULL}, True)], ids=["heads", "full"]
)
def test_damage_in_the_middle_is_found_by_reading_only(scene: Scene, publishing: dict[str, Any], noticed: bool) -> None:
    """What the heads do not show, a full check does: nothing is cleared for a day that cannot be published."""
    scene.account.change(DATA, SECOND, lambda data: data[:-6])
    scene.refill()
    report = scene.walk(scene.plan(spec=spec(scene, **publishing))).run()
    assert (report.days[0].stage, SECOND in report.days[0].error) == (Stage.RESTORED, True)
    assert bool(report.days[0].blobs_deleted) is not noticed


def test_a_file_that_is_no_gzip_is_found_by_its_head(scene: Scene) -> None:
    """Nothing was cleared."""
    scene.account.put(DATA, FIRST, b"no gzip at all")
    with pytest.raises(CorruptSource, match=FIRST):
        check(scene.day(scene.plan()))


def test_a_line_that_the_topic_cannot_take(scene: Scene) -> None:
    """Found by reading: refused, unless such lines are set aside."""
    scene.account.put(DATA, FIRST, gzip.compress(b"x" * 5_000))
    scene.cluster.max_message_bytes = 4_000
    with pytest.raises(LineRefused, match=rf"Line 1 of {FIRST} is larger than the topic takes .5,000 bytes of 3,488"):
        check(scene.day(scene.plan(spec=spec(scene, check_source=CheckSource.FULL))))
    aside = spec(scene, check_source=CheckSource.FULL, on_bad_line=OnBadLine.SET_ASIDE)
    assert check(scene.day(scene.plan(spec=aside)))["largest_line_bytes"] == 5_000


def test_a_line_that_the_key_cannot_be_taken_from(scene: Scene) -> None:
    """Found before anything is cleared, where the day is read through."""
    scene.account.put(DATA, FIRST, gzip.compress(b'{"did":"a"}\nno json'))
    scene.account.put(DATA, SECOND, gzip.compress(b'{"did":"b"}'))
    keyed = spec(scene, key="did", check_source=CheckSource.FULL)
    with pytest.raises(LineRefused, match=f"Line 2 of {FIRST} .*So it is with 1 lines of the day"):
        check(scene.day(scene.plan(spec=keyed)))


def test_a_cluster_that_lost_its_transactions(scene: Scene) -> None:
    """What was confirmed cannot be kept: the day ends as it was."""
    plan = scene.plan()
    assert plan.spec.publishing.delivery is Delivery.EXACTLY_ONCE
    scene.cluster.transactional = False
    with pytest.raises(CannotProceed, match="no transactions"):
        check(scene.day(plan))


def test_a_topic_that_is_gone_ends_the_day_unchanged(scene: Scene) -> None:
    """Nothing was backed up or cleared."""
    plan = scene.plan()
    del scene.cluster.topics[TOPIC]
    with pytest.raises(NotThere):
        check(scene.day(plan))


def test_a_cluster_that_is_away_is_waited_for(scene: Scene) -> None:
    """It is the driver that waits."""
    plan = scene.plan()
    scene.cluster.reachable = False
    with pytest.raises(TryAgain):
        check(scene.day(plan))
