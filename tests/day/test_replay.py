"""A replay walks its days: a failed one does not stop the next, a world that stays away does."""

import pytest

from replay_engine.cli.render import report_document
from replay_engine.day.replay import ReplayRunner
from replay_engine.model import Stage
from replay_engine.reports import ReplayState
from replay_engine.state import names
from tests.helpers.scene import DATA, DAY, NEXT, REPLAY, STATE, THIRD, Onlooker, Scene, lines_of, refilled


@pytest.fixture
def three() -> Scene:
    """Three days, each refilled as it is published."""
    return Scene(days=(DAY, NEXT, THIRD))


def test_every_day_is_closed_in_order(three: Scene) -> None:
    """Each with its own numbers; the onlooker saw every step of each."""
    watch = Onlooker()
    report = three.walk(refilled(three), watch).run()
    assert report.state is ReplayState.COMPLETED
    assert [(day.day, day.stage, day.lines_published) for day in report.days] == [
        (d, Stage.CLOSED, 40) for d in three.days
    ]
    assert three.published() == sorted(line for day in three.days for line in lines_of(day))
    assert watch.steps() == ["claim", "check", "back_up", "clear", "publish", "settle", "land", "clean_up"]
    assert watch.seen[-1].state is ReplayState.RUNNING
    assert all(seen.replay_id == REPLAY for seen in watch.seen)


def test_a_day_that_fails_does_not_stop_the_next(three: Scene) -> None:
    """It is restored; the others are closed; the replay as a whole has failed."""
    three.account.change(DATA, f"raw/{NEXT}-1-1575224000000.json.gz", lambda data: data[:-6])
    before = three.sinks(NEXT)
    report = three.walk(refilled(three)).run()
    assert [day.stage for day in report.days] == [Stage.CLOSED, Stage.RESTORED, Stage.CLOSED]
    assert (report.state, three.sinks(NEXT)) == (ReplayState.COMPLETED_WITH_FAILURES, before)
    assert three.kept("state/locks/") == {}


def test_an_empty_day_fails_unchanged_and_the_others_run(three: Scene) -> None:
    """Its sinks are never cleared for nothing."""
    for name in three.stored(f"raw/{NEXT}"):
        three.account.remove(DATA, name)
    before = three.sinks(NEXT)
    report = three.walk(refilled(three)).run()
    assert [day.stage for day in report.days] == [Stage.CLOSED, Stage.RESTORED, Stage.CLOSED]
    assert "nothing to replay" in report.days[1].error
    assert (three.sinks(NEXT), three.kept(names.quarantine(REPLAY, NEXT, ""))) == (before, {})
    assert report.days[1].blobs_deleted == {}


def test_after_a_cancel_no_further_day_is_begun(three: Scene) -> None:
    """The running one is restored, those before it stay closed, those after it were never touched."""
    plan, watch = refilled(three), Onlooker()
    watch.when("settle", lambda: watch.when("clear", watch.stop))
    report = three.walk(plan, watch).run()
    assert [day.stage for day in report.days] == [Stage.CLOSED, Stage.RESTORED, Stage.PLANNED]
    assert (report.state, report.days[2].error) == (ReplayState.CANCELLED, "Cancelled before it began.")
    assert three.kept(names.journal(REPLAY, THIRD)) == {}
    assert three.sinks(THIRD) == {n: d for n, d in three.before.items() if n in three.sinks(THIRD)}


def test_a_cancel_that_comes_too_late_changes_nothing(scene: Scene) -> None:
    """Everything was published: the day is closed and the replay complete."""
    watch = Onlooker()
    watch.when("settle", watch.stop)
    report = scene.walk(refilled(scene), watch).run()
    assert (report.state, report.days[0].stage) == (ReplayState.COMPLETED, Stage.CLOSED)


def test_a_world_that_stays_away_stops_the_walk_and_is_carried_on(three: Scene) -> None:
    """The day stands where it stood, the next is not begun; walking again ends them all."""
    plan = refilled(three)

    def away() -> None:
        three.cluster.away = 0
        three.segments.ignores_marks = True

    report = three.walk(plan, Onlooker(clean_up=away)).run()
    assert [day.stage for day in report.days] == [Stage.LANDED, Stage.PLANNED, Stage.PLANNED]
    assert report.state is ReplayState.INTERRUPTED
    three.segments.ignores_marks = False
    report = three.walk(plan).run()
    assert report.state is ReplayState.COMPLETED
    assert three.published() == sorted(line for day in three.days for line in lines_of(day))


def test_a_cluster_that_is_away_for_a_while_is_waited_for(scene: Scene) -> None:
    """Nothing is published twice, nothing is restored."""
    plan = refilled(scene)
    scene.cluster.away = 5
    report = scene.walk(plan).run()
    assert report.state is ReplayState.COMPLETED
    assert scene.published() == sorted(lines_of(DAY))
    assert scene.clock.slept


def test_a_finished_replay_is_not_done_again(scene: Scene) -> None:
    """Walking it once more changes nothing and tells the same."""
    plan = refilled(scene)
    first = scene.walk(plan).run()
    now, topic = scene.stored(), scene.published()
    assert scene.walk(plan).run() == first
    assert (scene.stored(), scene.published()) == (now, topic)


def test_the_state_is_told_from_the_journals_alone(three: Scene) -> None:
    """Looking writes nothing; a replay nobody has begun stands as planned."""
    plan = refilled(three)
    standing = three.walk(plan).standing()
    assert ([day.stage for day in standing.days], three.kept("")) == ([Stage.PLANNED] * 3, {})
    report = three.walk(plan).run()
    assert three.walk(plan).standing() == report


def test_a_second_runner_waits_for_the_first_and_gives_up(scene: Scene) -> None:
    """While the first keeps its lease nobody else does anything."""
    plan = refilled(scene)
    reports = []
    report = scene.walk(plan, Onlooker(clear=lambda: reports.append(scene.walk(plan).run()))).run()
    assert (reports[0].state, "Another runner" in reports[0].days[0].error) == (ReplayState.INTERRUPTED, True)
    assert report.state is ReplayState.COMPLETED


def test_a_runner_that_takes_over_stops_the_first(scene: Scene) -> None:
    """Whoever finds its lease broken stops at once, and does nothing more."""
    plan = refilled(scene)
    reports = []

    def another() -> None:
        reports.append(ReplayRunner(plan, scene.world(), Onlooker(), "another", take_over=True).run())

    report = scene.walk(plan, Onlooker(clear=another)).run()
    assert reports[0].state is ReplayState.COMPLETED
    assert (report.days[0].stage, "Another runner" in report.days[0].error) == (Stage.BACKED_UP, True)
    assert scene.published() == sorted(lines_of(DAY))


def test_a_journal_that_is_damaged_is_told_and_nothing_is_done(scene: Scene) -> None:
    """It is in doubt before any step is taken."""
    plan = refilled(scene)
    scene.account.put(STATE, names.journal(REPLAY, DAY), b"not a journal\n")
    report = scene.walk(plan).run()
    assert (report.state, report.days[0].stage) == (ReplayState.HELD, Stage.HELD)
    assert "damaged" in report.days[0].error
    assert scene.stored() == scene.before


def test_a_journal_that_has_gone_is_told_and_nothing_is_done(scene: Scene) -> None:
    """The manifest says that the day was begun: it is not begun anew."""
    plan = refilled(scene)

    def die() -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        scene.walk(plan, Onlooker(publish=die)).run()
    scene.account.remove(STATE, names.journal(REPLAY, DAY))
    before, kept = scene.stored(), scene.kept("backup/")
    report = scene.walk(plan).run()
    assert "journal is gone" in report.days[0].error
    assert (scene.stored(), scene.kept("backup/")) == (before, kept)


def test_the_report_as_a_document_has_the_fixed_keys(three: Scene) -> None:
    """What scripts rely on, first and in this order; more may follow."""
    document = report_document(three.walk(refilled(three)).run())
    assert list(document)[:3] == ["replay_id", "source", "topic"]
    assert [day["date"] for day in document["days"]] == ["2019-12-01", "2019-12-02", "2019-12-03"]
    for day in document["days"]:
        assert list(day)[:8] == [
            "date",
            "stage",
            "lines_published",
            "bytes_published",
            "blobs_deleted",
            "segments_deleted",
            "seconds",
            "error",
        ]
        assert (day["stage"], day["error"]) == ("closed", None)
