"""A retry asks again for the days that did not close, and says what is not as it was."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date, timedelta

import pytest

from replay_engine.day.recall import Standing
from replay_engine.errors import BadRequest, Refused
from replay_engine.model import (
    CheckSource,
    Condition,
    Delivery,
    Filter,
    OnBadLine,
    Plan,
    Publishing,
    ReplaySpec,
    Sink,
    SinkType,
    Stage,
)
from replay_engine.plan import document as plan_document
from replay_engine.reports import ReplayReport
from replay_engine.request.config_document import Catalog, SettleOn, Source
from replay_engine.request.retry import retry_spec
from replay_engine.settings import Settings
from replay_engine.state import names
from tests.fakes.downstream import GROUP
from tests.helpers.scene import (
    DATA,
    DAY,
    NEXT,
    OTHER_REPLAY,
    REPLAY,
    SINKS,
    STATE,
    THIRD,
    TOPIC,
    Onlooker,
    Scene,
    refilled,
)

SETTINGS = Settings(topic_prefix="prod.", broker_list="elsewhere:9092", druid_url="http://druid:8888")
RAW = Source("raw", "raw", "telemetry.valid", SINKS, (SettleOn(GROUP, None),), Publishing())


@pytest.fixture
def three() -> Scene:
    """Three days, each refilled as it is published."""
    return Scene(days=(DAY, NEXT, THIRD))


def standings(scene: Scene, plan: Plan) -> Mapping[date, Standing]:
    return {day.day: scene.standing(plan, day.day) for day in plan.days}


def asked_again(
    scene: Scene,
    plan: Plan,
    entry: Source | None = RAW,
    *,
    cancelled: bool = False,
    later: Sequence[ReplayReport] = (),
    again: bool = False,
) -> ReplaySpec:
    """What today's config makes of it."""
    config = Catalog({entry.name: entry} if entry else {"other": replace(RAW, name="other")})
    found = standings(scene, plan)
    return retry_spec(plan, found, config, SETTINGS, cancelled=cancelled, later=later, again=again)


def with_a_damaged_day(scene: Scene) -> Plan:
    """Run; the second day is restored."""
    scene.account.change(DATA, f"raw/{NEXT}-1-1575224000000.json.gz", lambda data: data[:-6])
    plan = refilled(scene)
    scene.walk(plan).run()
    return plan


def test_only_what_failed_is_asked_for_again(three: Scene) -> None:
    """As it was asked for before, with whom to wait for as the config says now; and what it had published is told."""
    plan = with_a_damaged_day(three)
    spec = asked_again(three, plan)
    exactly = Publishing(delivery=Delivery.EXACTLY_ONCE, check_source=CheckSource.FULL)
    assert replace(spec, cautions=()) == replace(three.spec(), days=(NEXT,), publishing=exactly)
    assert spec.cautions == (f"{REPLAY} had published 25 events of {NEXT}: they are in the topic twice after this.",)


def test_a_retry_is_a_replay_of_its_own(three: Scene) -> None:
    """Days that do not follow each other are planned, kept, and closed; those that were closed are left alone."""
    for day in (DAY, THIRD):
        three.account.change(DATA, f"raw/{day}-1-1575224000000.json.gz", lambda data: data[:-6])
    three.walk(refilled(three)).run()
    closed = three.sinks(NEXT)
    for day in (DAY, THIRD):
        mended = Scene(days=(day,)).stored(f"raw/{day}-1")
        three.account.put(DATA, *next(iter(mended.items())))
    retry = three.plan(OTHER_REPLAY, replace(asked_again(three, three.plans[REPLAY]), landing_waits=()))
    assert plan_document.load(plan_document.dump(retry)) == retry
    report = three.walk(retry).run()
    assert [(day.day, day.stage) for day in report.days] == [(DAY, Stage.CLOSED), (THIRD, Stage.CLOSED)]
    assert three.sinks(NEXT) == closed


def two_damaged_days(scene: Scene) -> Plan:
    """The first and the third are restored."""
    for day in (DAY, THIRD):
        scene.account.change(DATA, f"raw/{day}-1-1575224000000.json.gz", lambda data: data[:-6])
    plan = refilled(scene)
    scene.walk(plan).run()
    return plan


def later_of_the_first_day(scene: Scene) -> Plan:
    """A later replay of one of them, not begun yet; its file is whole again."""
    mended = Scene(days=(DAY,)).stored(f"raw/{DAY}-1")
    scene.account.put(DATA, *next(iter(mended.items())))
    return scene.plan(OTHER_REPLAY, replace(scene.spec(), days=(DAY,), landing_waits=()))


def test_a_day_that_a_later_replay_closed_is_left_out(three: Scene) -> None:
    """It is said which one; by hand it is asked for again all the same."""
    plan = two_damaged_days(three)
    later = three.walk(later_of_the_first_day(three)).run()
    spec = asked_again(three, plan, later=[later])
    assert spec.days == (THIRD,)
    assert f"{DAY} was closed by {OTHER_REPLAY}, and is not among these days." in spec.cautions
    by_hand = asked_again(three, plan, later=[later], again=True)
    assert (by_hand.days, by_hand.again) == ((DAY, THIRD), True)


def test_nothing_is_left_when_later_replays_closed_it(scene: Scene) -> None:
    """It is said which."""
    scene.account.change(DATA, f"raw/{DAY}-1-1575224000000.json.gz", lambda data: data[:-6])
    plan = refilled(scene)
    scene.walk(plan).run()
    later = scene.walk(later_of_the_first_day(scene)).run()
    with pytest.raises(Refused, match="No day") as refused:
        asked_again(scene, plan, later=[later])
    assert refused.value.advice == f"It was done later: {OTHER_REPLAY}."


def test_a_day_that_a_later_replay_has_at_work_refuses(three: Scene) -> None:
    """Both would publish it."""
    plan = two_damaged_days(three)
    later = three.walk(later_of_the_first_day(three)).standing()
    with pytest.raises(Refused, match=f"{OTHER_REPLAY} is still at work on {DAY} of {REPLAY}") as refused:
        asked_again(three, plan, later=[later])
    assert f"replay resume {OTHER_REPLAY}" in refused.value.advice


def test_a_failed_day_says_how_it_is_done_again(three: Scene) -> None:
    """And only that one."""
    plan = with_a_damaged_day(three)
    advice = [day.advice for day in three.walk(plan).standing().days]
    assert [f"replay retry {REPLAY}" in one for one in advice] == [False, True, False]


def test_days_that_never_began_are_asked_for_once_they_never_will(three: Scene) -> None:
    """A cancelled replay begins no further day; any other may be carried on."""
    plan, watch = refilled(three), Onlooker()
    watch.when("settle", lambda: watch.when("clear", watch.stop))
    three.walk(plan, watch).run()
    assert asked_again(three, plan, cancelled=True).days == (NEXT, THIRD)
    with pytest.raises(Refused, match=f"{THIRD} of {REPLAY} has not come to its end") as refused:
        asked_again(three, plan)
    assert f"replay resume {REPLAY}" in refused.value.advice


def test_nothing_is_asked_for_again_when_everything_closed(three: Scene) -> None:
    """There is nothing to do."""
    plan = refilled(three)
    three.walk(plan).run()
    with pytest.raises(Refused, match="No day"):
        asked_again(three, plan)


def held(scene: Scene) -> Plan:
    """A day whose backup was lost when it was to be restored."""

    def lose() -> None:
        for name in scene.kept(names.BACKUP):
            scene.account.remove(STATE, name)

    plan, watch = refilled(scene), Onlooker()
    watch.when("publish", watch.stop)
    watch.when("restore", lose)
    scene.walk(plan, watch).run()
    return plan


def test_a_held_day_waits_for_a_person_first(scene: Scene) -> None:
    """Nobody knows yet what its sinks hold."""
    plan = held(scene)
    with pytest.raises(Refused, match=f"{DAY} of {REPLAY} is held: The backup of") as refused:
        asked_again(scene, plan, cancelled=True)
    assert "release" in refused.value.advice


def test_a_released_day_is_left_to_whoever_released_it(three: Scene) -> None:
    """The other days are asked for, and it is said; alone it is no retry."""
    plan = held(three)
    three.walk(plan).let_go(DAY, "asha")
    spec = asked_again(three, plan, cancelled=True)
    assert spec.days == (NEXT, THIRD)
    assert f"{DAY} was held and released" in " ".join(spec.cautions)
    one = Scene()
    one.walk(held(one)).let_go(DAY, "asha")
    with pytest.raises(Refused, match="No day") as refused:
        asked_again(one, one.plans[REPLAY], cancelled=True)
    assert "plan it on its own" in refused.value.advice


def test_what_is_in_the_topic_already_is_told(scene: Scene) -> None:
    """A day that was published and then undone is there twice after the next time."""
    scene.keep_backups_for = timedelta(days=7)
    plan = refilled(scene)
    scene.walk(plan).run()
    scene.walk(plan).undo(DAY, "asha")
    assert f"{REPLAY} had published 40 events of {DAY}" in " ".join(asked_again(scene, plan).cautions)


CHANGES = [
    (replace(RAW, sinks=SINKS[:2]), "had unique, channel, telemetry-events: this deletes from unique, channel."),
    (replace(RAW, sinks=()), "this deletes nothing; the config now names none."),
    (replace(RAW, topic="telemetry.new"), f"to prod.telemetry.new; this goes to {TOPIC}"),
    (replace(RAW, folder="incoming"), "reads incoming for raw; this reads raw"),
    (
        replace(RAW, publishing=Publishing(filters=(Filter("flags", Condition.IS_NULL),))),
        "which lines are published",
    ),
    (replace(RAW, publishing=Publishing(key="did")), "which lines are published, and how"),
]


@pytest.mark.parametrize(("entry", "told"), CHANGES)
def test_a_config_that_has_changed_is_told(three: Scene, entry: Source, told: str) -> None:
    """Sinks and filters are today's, so that nothing is there twice; what a person may have chosen stays."""
    spec = asked_again(three, with_a_damaged_day(three), entry)
    assert told in " ".join(spec.cautions)
    assert (spec.sinks, spec.folder, spec.topic) == (entry.sinks, "raw", TOPIC)
    assert (spec.publishing.filters, spec.publishing.key) == (entry.publishing.filters, entry.publishing.key)


def test_a_source_that_has_got_sinks_is_not_cleared_unasked(scene: Scene) -> None:
    """It was asked for without, and says so."""
    plan = scene.plan(spec=replace(scene.spec(), delete_backups=False, sinks=(), landing_waits=()))
    spec = asked_again(scene, plan, cancelled=True)
    assert not spec.destructive
    assert "deletes nothing; the config now names unique" in " ".join(spec.cautions)


def test_a_source_that_is_gone_from_the_config_clears_nothing(scene: Scene) -> None:
    """Nobody knows any more what depends on it."""
    with pytest.raises(BadRequest, match="not in the config"):
        asked_again(scene, refilled(scene), None, cancelled=True)


def test_what_a_person_chose_stays(scene: Scene) -> None:
    """The file, the brokers, how lines are sent; the config would have it otherwise."""
    name = f"raw/{DAY}-1-1575224000000.json.gz"
    chosen = Publishing(delivery=Delivery.AT_LEAST_ONCE, on_bad_line=OnBadLine.SET_ASIDE, check_source=CheckSource.FULL)
    asked = replace(
        scene.spec(), file_path=name, delete_backups=False, publishing=chosen, sinks=(Sink(SinkType.AZURE, "unique"),)
    )
    spec = asked_again(scene, scene.plan(spec=asked), replace(RAW, sinks=asked.sinks), cancelled=True)
    assert spec == asked
