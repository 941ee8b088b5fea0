"""What the sinks hold is weighed before anybody confirms: full, mistyped, far too large."""

import gzip
from dataclasses import replace

import pytest

from replay_engine.model import CheckSource, LandingRules, Publishing, Sink, SinkType, Stage
from tests.helpers.scene import DATA, DAY, NEXT, SINKS, THIRD, Scene, refilled


def test_a_day_published_without_deleting_beside_full_sinks_is_a_warning() -> None:
    """Day by day: it would be there twice. One file, and sinks that hold nothing of the day, are none."""
    scene = Scene(days=(DAY, NEXT, THIRD))
    for name in scene.sinks(NEXT):
        scene.account.remove(DATA, name)
    first, second, _ = scene.pushing_plan().days
    assert ["unique, channel hold files of this day" in one for one in first.warnings] == [True]
    assert second.warnings == ()
    file = replace(scene.spec(), delete_backups=False, file_path=f"raw/{DAY}-0-1575224000000.json.gz", days=(DAY,))
    assert scene.plan(spec=file).days[0].warnings == ()


def test_a_sink_that_holds_nothing_on_any_day_is_told(scene: Scene) -> None:
    """A mistyped name; one that only holds nothing of this day is none."""
    sinks = (*SINKS, Sink(SinkType.AZURE, "uniqe"))
    cautions = scene.plan(spec=replace(scene.spec(), sinks=sinks)).spec.cautions
    assert [one for one in cautions if "holds nothing" in one] == [
        "The sink uniqe holds nothing at all, on any day: is its name in the config right?"
    ]
    scene.account.put(DATA, "uniqe/2018-01-01-1.json.gz", b"of another day")
    assert not any("nothing at all" in one for one in scene.plan(spec=replace(scene.spec(), sinks=sinks)).spec.cautions)


def test_a_datasource_without_a_segment_is_told(scene: Scene) -> None:
    """A mistyped name; one that only has none of this day is none."""
    spec = replace(scene.spec(), sinks=(*SINKS, Sink(SinkType.DRUID, "telemetry-event")))
    assert [one for one in scene.plan(spec=spec).spec.cautions if "no segment" in one] == [
        "The datasource telemetry-event has no segment at all, of any day: is its name in the config right?"
    ]
    scene.segments.state.add_segment("telemetry-event", NEXT, THIRD)
    assert not any("no segment" in one for one in scene.plan(spec=spec).spec.cautions)


def test_backups_that_are_not_kept_are_told(scene: Scene) -> None:
    """Where something is deleted."""
    assert any("REPLAY_KEEP_BACKUPS_FOR=0" in one for one in scene.plan().spec.cautions)
    assert not any("BACKUPS" in one for one in scene.pushing_plan().spec.cautions)


def heavy(scene: Scene, **spec: object) -> Scene:
    """A sink with thousands of times the bytes of the source."""
    scene.account.put(DATA, f"unique/{DAY}-9.json.gz", b"x" * 2_000_000)
    scene.before = scene.stored()
    refilled(scene)
    scene.plan(spec=replace(scene.spec(), landing_waits=(), **spec))  # type: ignore[arg-type]
    return scene


@pytest.mark.parametrize(
    ("check", "first_line"), [(CheckSource.HEADS, b""), (CheckSource.FULL, b""), (CheckSource.FULL, b'{"no":"id"}')]
)
def test_sinks_that_outweigh_the_source_are_not_cleared_without_ids(
    scene: Scene, check: CheckSource, first_line: bytes
) -> None:
    """Warned of in the plan; the day ends untouched, however its files are looked at, whichever side has no ids."""
    if first_line:
        scene.account.put(DATA, f"raw/{DAY}-0-1575100000000.json.gz", gzip.compress(first_line + b"\n"))
    plan = next(iter(heavy(scene, publishing=Publishing(check_source=check)).plans.values()))
    assert ["more than 100 times" in one for one in plan.days[0].warnings] == [True]
    report = scene.walk(plan).run()
    assert (report.days[0].stage, "No event ids" in report.days[0].error) == (Stage.RESTORED, True)
    assert (scene.stored(), scene.published()) == (scene.before, [])


@pytest.mark.parametrize("said", [{"again": True}, {"landing": LandingRules(largest=1e6)}], ids=["by hand", "config"])
def test_unless_somebody_says_so(scene: Scene, said: dict[str, object]) -> None:
    """The day is cleared and published."""
    plan = next(iter(heavy(scene, publishing=Publishing(check_source=CheckSource.HEADS), **said).plans.values()))
    scene.walk(plan).run()
    assert len(scene.published()) == 40
