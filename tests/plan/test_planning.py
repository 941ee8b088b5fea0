"""A plan says what would be done, day by day, and doing so touches nothing."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest

from replay_engine.errors import NotThere, Refused, Unreachable
from replay_engine.model import Amount, LandingWait
from tests.helpers.scene import DATA, DAY, EVENTS, NEXT, REPLAY, STATE, Scene


def test_a_plan_counts_what_would_be_read_and_deleted() -> None:
    """Files and bytes of the source and of each sink, segments of each datasource, for each day."""
    scene = Scene(days=(DAY, NEXT))
    plan = scene.plan()
    assert (plan.replay_id, plan.created_at, plan.refused) == (REPLAY, scene.clock.now(), False)
    assert [day.day for day in plan.days] == [DAY, NEXT]
    for day in plan.days:
        sinks = scene.sinks(day.day)
        assert day.source.size_bytes == sum(map(len, scene.stored(f"raw/{day.day}").values()))
        assert day.sinks["unique"] == Amount(2, sum(len(d) for n, d in sinks.items() if n.startswith("unique/")))
        assert day.sinks["channel"].blobs == 4
        assert (day.segments, day.refusal, day.warnings) == ({EVENTS: 2}, "", ())


def test_a_plan_tells_each_leaf_folder_of_the_sinks(scene: Scene) -> None:
    """Files and bytes: all of them together are what the sinks hold."""
    (day,) = scene.plan().days
    assert list(day.folders) == ["channel/8f3a12bc-4a/summary", "channel/in.ekstep/raw", "unique"]
    stored = scene.stored(f"channel/in.ekstep/raw/{DAY}")
    assert day.folders["channel/in.ekstep/raw"] == Amount(2, sum(map(len, stored.values())))
    assert sum(one.size_bytes for one in day.folders.values()) == sum(one.size_bytes for one in day.sinks.values())
    assert scene.pushing_plan().days[0].folders == {}


def test_planning_touches_nothing(scene: Scene) -> None:
    """No lock, no document, no copy."""
    scene.plan()
    assert (scene.stored(), scene.kept(""), scene.used(), scene.published()) == (
        scene.before,
        {},
        scene.segments_before,
        [],
    )


def test_a_plan_that_deletes_nothing_lists_no_sink_as_cleared(scene: Scene) -> None:
    """It shows none; that they hold the day is a warning."""
    (day,) = scene.pushing_plan().days
    assert (day.sinks, day.segments) == ({}, {})
    assert len(day.warnings) == 1


def test_the_same_world_gives_the_same_hash(scene: Scene) -> None:
    """Whenever it is asked and under whatever id; another world or another wish gives another."""
    plan = scene.plan()
    scene.clock.tick(100)
    assert scene.plan("r20200110-083000-0000ff").hash == plan.hash
    others = {scene.pushing_plan().hash, scene.plan(spec=replace(scene.spec(), topic="prod.telemetry.valid")).hash}
    scene.account.put(DATA, f"unique/{DAY}-9.json.gz", b"late")
    others.add(scene.plan().hash)
    assert len(others - {plan.hash}) == 2


def test_an_empty_day_is_refused_alone() -> None:
    """It says so in the plan; the other day could run."""
    scene = Scene(days=(DAY, NEXT))
    for name in scene.stored(f"raw/{NEXT}"):
        scene.account.remove(DATA, name)
    plan = scene.plan()
    assert [bool(day.refusal) for day in plan.days] == [False, True]
    assert "nothing to replay" in plan.days[1].refusal
    assert not plan.refused
    assert scene.plan(spec=replace(scene.spec(), days=(NEXT,))).refused


def test_segments_beyond_the_day_are_refused_in_the_plan(scene: Scene) -> None:
    """Before anybody confirms anything."""
    scene.segments.state.add_segment(EVENTS, DAY - timedelta(days=6), NEXT)
    (day,) = scene.plan().days
    assert "reaches beyond" in day.refusal


def test_what_is_odd_is_a_warning(scene: Scene) -> None:
    """Empty files among others; a day that is not over."""
    scene.account.put(DATA, f"raw/{DAY}-9.json.gz", b"")
    (day,) = scene.plan().days
    assert any("source files are empty" in warning for warning in day.warnings)
    scene.clock.tick(-(scene.clock.now().date() - DAY).days * 86400)
    (day,) = scene.plan().days
    assert any("not over" in warning for warning in day.warnings)


@pytest.mark.parametrize(
    ("trouble", "kind", "field"),
    [
        (lambda scene: scene.account.containers.pop(DATA), NotThere, "bucket"),
        (lambda scene: scene.cluster.topics.clear(), NotThere, "topic"),
        (lambda scene: setattr(scene.cluster, "reachable", False), Unreachable, "brokerList"),
    ],
    ids=["container", "topic", "brokers"],
)
def test_what_is_not_there_refuses_the_whole_plan(
    scene: Scene, trouble: Callable[[Scene], object], kind: type[Refused], field: str
) -> None:
    """At the input that named it."""
    trouble(scene)
    with pytest.raises(kind) as refused:
        scene.plan()
    assert refused.value.field == field


def test_a_file_that_is_not_there(scene: Scene) -> None:
    """At the input that named it."""
    spec = replace(scene.spec(), delete_backups=False, file_path=f"raw/{DAY}-nobody.json.gz")
    with pytest.raises(NotThere, match="nobody") as refused:
        scene.plan(spec=spec)
    assert refused.value.field == "filePath"


def test_a_topic_to_wait_for_must_be_there_too(scene: Scene) -> None:
    """Not found out when everything is deleted and published."""
    spec = replace(scene.spec(), landing_waits=(LandingWait("group", "prod.telemetry.nobody"),))
    with pytest.raises(NotThere, match=r"prod\.telemetry\.nobody"):
        scene.plan(spec=spec)


def test_the_state_container_need_not_be_there(scene: Scene) -> None:
    """A first plan is made before it."""
    del scene.account.containers[STATE]
    assert not scene.plan().refused
