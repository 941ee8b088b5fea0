"""Before anything is cleared the consumers have read what is in their topics: it would land in cleared sinks."""

from dataclasses import replace
from datetime import date

import pytest

from replay_engine.model import Plan, Stage
from tests.fakes.downstream import GROUP
from tests.helpers.scene import DAY, NEXT, TOPIC, Onlooker, Scene


@pytest.fixture
def busy(scene: Scene) -> Scene:
    """Something is in the topic that the group has not read."""
    scene.cluster.topics[TOPIC][0] = [b"of yesterday"]
    return scene


def test_what_is_on_its_way_is_waited_for(busy: Scene) -> None:
    """The sinks are whole until it has been read."""
    plan, seen = busy.plan(), []

    def read() -> None:
        if not busy.published()[1:] and busy.standing(plan).stage is Stage.BACKED_UP:
            seen.append(busy.stored() == busy.before)
            if len(seen) == 3:
                busy.cluster.commit(GROUP, TOPIC, {0: 1})

    busy.clock.at_sleep.append(read)
    busy.walk(plan).run()
    assert (seen, len(busy.published())) == ([True] * 3, 41)
    assert busy.standing(plan).proofs["clear"]["read_to"] == {"0": {"0": 1, "1": 0}}


def test_a_group_that_stays_behind_leaves_the_day_untouched(busy: Scene) -> None:
    """After some minutes it ends as it was, and says who is behind."""
    (day,) = busy.walk(busy.plan()).run().days
    assert (day.stage, f"{GROUP} is 1 offsets behind on {TOPIC}" in day.error) == (Stage.RESTORED, True)
    assert (busy.stored(), busy.used(), busy.published()) == (busy.before, busy.segments_before, [b"of yesterday"])
    assert sum(busy.clock.slept) >= 300


def test_a_cancel_is_heard_meanwhile(busy: Scene) -> None:
    watch = Onlooker()
    busy.clock.at_sleep.append(watch.stop)
    (day,) = busy.walk(busy.plan(), watch).run().days
    assert (day.stage, busy.stored(), sum(busy.clock.slept) < 60) == (Stage.RESTORED, busy.before, True)


def test_who_goes_on_writing_to_the_topic_keeps_nobody(busy: Scene) -> None:
    """The group has read what was there when it was looked at first, and is behind all the same."""

    def live() -> None:
        busy.cluster.topics[TOPIC][0].append(b"more")
        busy.cluster.commit(GROUP, TOPIC, {0: len(busy.cluster.topics[TOPIC][0]) - 1})

    busy.clock.at_sleep.append(live)
    plan = busy.plan()
    busy.walk(plan).run()
    assert "clear" in busy.standing(plan).proofs


def test_what_the_replay_itself_published_for_an_earlier_day_keeps_none() -> None:
    """Days wait for their landing side by side, however long the consumers take."""
    scene = Scene(days=(DAY, NEXT))
    plan = scene.plan()
    scene.walk(plan).run()
    assert [cleared(scene, plan, day) for day in (DAY, NEXT)] == [True, True]
    assert len(scene.published()) == 80


def cleared(scene: Scene, plan: Plan, day: date) -> bool:
    return "clear" in scene.standing(plan, day).proofs


def test_what_expired_unread_never_lands(busy: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """It keeps no day from being cleared."""
    monkeypatch.setattr(busy.cluster, "begin_offsets", lambda _: {0: 1, 1: 0})
    plan = busy.plan()
    busy.cluster.commit(GROUP, TOPIC, {0: 0})
    busy.walk(plan).run()
    assert "clear" in busy.standing(plan).proofs


def test_without_groups_nothing_is_waited_for(busy: Scene) -> None:
    """And the journal says as little as before."""
    plan = busy.plan(spec=replace(busy.spec(), landing_waits=()))
    busy.walk(plan).run()
    assert list(busy.standing(plan).proofs["clear"]) == ["blobs_deleted"]
