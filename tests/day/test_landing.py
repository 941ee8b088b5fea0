"""A day is closed, and its backup given up, when what was cleared has come back, and not before."""

import gzip
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from unittest import mock

import pytest

from replay_engine.day import coverage
from replay_engine.day.recall import Place
from replay_engine.day.report import progress_text
from replay_engine.day.steps import check
from replay_engine.errors import Refused
from replay_engine.model import CheckSource, LandingRules, Plan, Publishing, Stage
from replay_engine.reports import ReplayState
from replay_engine.state import names
from tests.fakes.downstream import Downstream
from tests.helpers.scene import DATA, DAY, EVENTS, LANDING_FOLDERS, NEXT, THIRD, Onlooker, Scene, lines_of

SUMMARY = "channel/8f3a12bc-4a/summary"


def stored_as_events(scene: Scene, lines: Sequence[bytes] = (), folders: Sequence[str] = LANDING_FOLDERS) -> None:
    """The sinks hold the source's own events, as after a pipeline that was well; half of them in each of two files."""
    lines = list(lines) or lines_of(DAY)
    for folder in folders:
        for number in range(2):
            name = f"{folder}/{DAY}-157522400000{number}.json.gz"
            scene.account.put(DATA, name, gzip.compress(b"\n".join(lines[number::2]), mtime=0))
    scene.before = scene.stored()


class Pipeline(Downstream):
    """Writes gzip, and loses or doubles what it is told to."""

    keeps: float = 1.0
    doubles = 0

    def _write(self, day, lines):  # type: ignore[no-untyped-def]
        kept = lines[: int(len(lines) * self.keeps)] + lines[: self.doubles]
        for folder in self.folders if kept else ():
            name = f"{folder}/{day}-{next(self._upload_ms)}.json.gz"
            self._account.put(self._container, name, gzip.compress(b"\n".join(kept), mtime=0))
        for datasource in self.datasources:
            self._druid.add_segment(datasource, day, day + timedelta(days=1), rows=["new"])


def pipeline(
    scene: Scene, *, keeps: float = 1.0, doubles: int = 0, folders: Sequence[str] = LANDING_FOLDERS
) -> Pipeline:
    """It lands whenever time passes."""
    made = Pipeline(scene.account, DATA, scene.segments.state, scene.cluster, scene.spec().topic, DAY)
    made.keeps, made.doubles = keeps, doubles
    made.folders, made.datasources = tuple(folders), (EVENTS,)
    scene.clock.at_sleep.append(made.land)
    return made


def read_through(scene: Scene, rules: LandingRules | None = None) -> Plan:
    """A plan whose source is read before anything is cleared, as it is by default."""
    full = Publishing(check_source=CheckSource.FULL)
    return scene.plan(spec=replace(scene.spec(), publishing=full, landing=rules or LandingRules()))


def without_groups(scene: Scene) -> Plan:
    return scene.plan(spec=replace(scene.spec(), landing_waits=()))


def nothing_is_given_up(scene: Scene) -> None:
    assert len(scene.kept(names.BACKUP)) == 6
    assert set(scene.segments_before) <= set(scene.used())


def test_a_day_whose_every_event_is_back_is_proved(scene: Scene) -> None:
    """Compared by id, folder by folder; its backup goes at once."""
    stored_as_events(scene)
    pipeline(scene)
    plan = read_through(scene)
    report = scene.walk(plan).run()
    assert (report.state, report.days[0].landed) == (ReplayState.COMPLETED, "proved")
    proof = scene.standing(plan).proofs["land"]
    assert proof["ids"] == {"before": 120, "lost": 0, "doubled": 0, "new": 0}
    assert scene.kept(names.BACKUP) == {}


@pytest.mark.parametrize("keeps", [0.0, 0.6], ids=["everything is dropped", "a part is dropped"])
def test_events_that_do_not_come_back_keep_the_day_waiting(scene: Scene, keeps: float) -> None:
    """Their consumer has committed everything: what is missing is told in numbers, and nothing is given up."""
    stored_as_events(scene)
    pipeline(scene, keeps=keeps)
    plan = read_through(scene)
    report = scene.walk(plan).run()
    assert (report.state, report.days[0].text) == (ReplayState.LANDING, "published, waiting to land")
    wanted = "no new file" if not keeps else "16 of 40 sampled events are missing"
    assert wanted in report.days[0].landing
    nothing_is_given_up(scene)
    entries = len(scene.day(plan).journal.entries)
    for _ in range(3):
        scene.walk(plan).run()
    assert len(scene.day(plan).journal.entries) == entries, "looking again writes nothing new"
    assert scene.walk(plan).turn_back(DAY, "asha").days[0].stage is Stage.RESTORED
    assert (scene.stored(), scene.used()) == (scene.before, scene.segments_before)


def test_events_that_come_back_twice_keep_the_day_waiting(scene: Scene) -> None:
    stored_as_events(scene)
    pipeline(scene, doubles=3)
    report = scene.walk(read_through(scene)).run()
    assert "are there twice" in report.days[0].landing


def test_a_tolerance_is_of_one_sink(scene: Scene) -> None:
    """The others must come back whole."""
    stored_as_events(scene)
    pipeline(scene, keeps=0.95)
    both = LandingRules(tolerance={"unique": 0.1, "channel": 0.1})
    assert scene.walk(read_through(scene, both)).run().state is ReplayState.COMPLETED


def test_what_is_over_by_its_tolerance_is_not_accepted(scene: Scene) -> None:
    stored_as_events(scene)
    pipeline(scene, keeps=0.95)
    one = LandingRules(tolerance={"unique": 0.1})
    report = scene.walk(read_through(scene, one)).run()
    assert report.days[0].landing.startswith("Not everything has landed: channel/")
    assert "unique" not in report.days[0].landing


def test_a_day_closes_by_itself_when_the_rest_has_come(scene: Scene) -> None:
    """Whoever looks next closes it."""
    stored_as_events(scene)
    plan = read_through(scene)
    assert scene.walk(plan).run().state is ReplayState.LANDING
    pipeline(scene)
    scene.clock.sleep(3600)
    assert scene.walk(plan).run().state is ReplayState.COMPLETED


def test_without_groups_and_ids_a_folder_that_nothing_refills_keeps_the_day_waiting(scene: Scene) -> None:
    """The shipped config: nobody is waited for, and still nothing is given up before files have come."""
    report = scene.walk(without_groups(scene)).run()
    assert report.state is ReplayState.LANDING
    assert "no new file, 2 before" in report.days[0].landing
    nothing_is_given_up(scene)


def test_a_sink_that_comes_back_much_smaller_keeps_the_day_waiting(scene: Scene) -> None:
    """Where no id can be read its bytes are compared."""
    for folder in LANDING_FOLDERS:
        scene.account.put(DATA, f"{folder}/{DAY}-1575224000000.json.gz", b"x" * 100_000)
    scene.before = scene.stored()
    scene.refill()
    plan = read_through(scene, LandingRules(largest=1e6))
    assert "of the bytes that it held" in scene.walk(plan).run().days[0].landing


def test_a_compaction_of_the_old_segments_is_no_landing(scene: Scene) -> None:
    """Its segment is new, and none of its rows are."""
    stored_as_events(scene)
    pipeline(scene).datasources = ()
    plan = read_through(scene)
    compact = partial(scene.segments.state.add_segment, EVENTS, DAY, NEXT, version="9", core_partitions=1)
    report = scene.walk(plan, Onlooker(settle=compact)).run()
    assert report.days[0].landing == f"Not everything has landed: {EVENTS}: no new segment, 2 before."


def test_a_datasource_without_a_new_segment_keeps_the_day_waiting(scene: Scene) -> None:
    stored_as_events(scene)
    pipeline(scene).datasources = ()
    report = scene.walk(read_through(scene)).run()
    assert report.days[0].landing == f"Not everything has landed: {EVENTS}: no new segment, 2 before."
    nothing_is_given_up(scene)


def test_a_person_accepts_what_has_not_come_back(scene: Scene) -> None:
    """It is on record who did; the day closes, and what was set apart for an undo is kept as long as settings say."""
    stored_as_events(scene)
    pipeline(scene, keeps=0.6)
    scene.keep_backups_for = timedelta(days=1)
    plan = read_through(scene)
    scene.walk(plan).run()
    report = scene.walk(plan).accept(DAY, "asha")
    assert (report.days[0].stage, report.days[0].landed) == (Stage.CLOSED, "accepted")
    assert scene.standing(plan).proofs["land"]["accepted_by"] == "asha"
    assert scene.standing(plan).place(scene.clock.now()) is Place.KEPT
    with pytest.raises(Refused, match="does not wait for its landing"):
        scene.walk(plan).accept(DAY, "ben")


def test_a_folder_that_the_source_cannot_bring_back_is_not_cleared(scene: Scene) -> None:
    """None of its events is in the source: it is left alone, and told."""
    stored_as_events(scene)
    stored_as_events(scene, [b'{"mid":"summary %d"}' % n for n in range(40)], [SUMMARY])
    pipeline(scene, folders=LANDING_FOLDERS[:2])
    plan = read_through(scene)
    report = scene.walk(plan).run()
    assert (report.state, report.days[0].landed) == (ReplayState.COMPLETED, "proved")
    assert scene.standing(plan).proofs["check"]["left_out"] == [SUMMARY]
    kept = {name: data for name, data in scene.before.items() if name.startswith(f"{SUMMARY}/{DAY}")}
    assert kept == {name: data for name, data in scene.stored().items() if name.startswith(f"{SUMMARY}/{DAY}")}


def test_a_folder_that_would_come_back_in_part_keeps_the_day_untouched(scene: Scene) -> None:
    """With the share that the source has, and the two ways out."""
    stored_as_events(scene)
    stored_as_events(scene, [*lines_of(DAY)[:20], *(b'{"mid":"other %d"}' % n for n in range(20))], ["unique"])
    pipeline(scene)
    report = scene.walk(read_through(scene)).run()
    assert report.days[0].stage is Stage.RESTORED
    assert report.days[0].error == "Of the events in unique this source has only 50.0%: the others would be lost."
    assert (scene.stored(), scene.published()) == (scene.before, [])


def test_a_folder_that_never_could_come_back_is_put_back(scene: Scene) -> None:
    """What the look before the clear did not show, as of a few files only, the look afterwards does."""
    stored_as_events(scene)
    summaries = [b'{"mid":"summary %d"}' % number for number in range(40)]
    stored_as_events(scene, summaries, [SUMMARY])
    plan = read_through(scene)
    pipeline(scene, folders=LANDING_FOLDERS[:2])
    with mock.patch.object(check, "coverage", lambda *_: coverage.Coverage()):
        report = scene.walk(plan).run()
    assert (report.state, report.days[0].landed) == (ReplayState.COMPLETED, "proved")
    assert scene.standing(plan).notes["put_back"] == {"folders": {SUMMARY: 2}}
    kept = {name: data for name, data in scene.before.items() if name.startswith(f"{SUMMARY}/{DAY}")}
    assert kept == {name: data for name, data in scene.stored().items() if name.startswith(f"{SUMMARY}/{DAY}")}


@pytest.mark.parametrize(
    ("stored_bytes", "modulus"), [(1 << 20, 1), (64 << 20, 16), (3 << 30, 16), (20 << 30, 102)], ids=str
)
def test_a_very_large_source_is_sampled_more_thinly(stored_bytes: int, modulus: int) -> None:
    """So that the ids of two million events are held at the most, and of a small one every id is compared."""
    assert check.sampled(16, stored_bytes) == modulus


def test_how_far_the_comparison_is_is_shown(scene: Scene) -> None:
    """In stored bytes of backup and sinks; what was published is still shown."""
    stored_as_events(scene)
    pipeline(scene)
    watch = Onlooker()
    scene.walk(read_through(scene), watch).run()
    shown = [report.days[0] for report in watch.seen if report.days[0].bytes_compared]
    done = [day.bytes_compared for day in shown]
    assert (done, done[-1]) == (sorted(done), shown[0].bytes_to_compare)
    assert progress_text(shown[-1]).startswith("comparing with the backup: ")
    assert {day.lines_published for day in shown} == {40}


def test_an_event_id_that_is_not_in_the_lines_is_refused(scene: Scene) -> None:
    """Before anything is touched, with what to mend."""
    rules = LandingRules(event_id="events[].uid")
    report = scene.walk(read_through(scene, rules)).run()
    assert "has the event id events[].uid" in report.days[0].error
    assert scene.stored() == scene.before


def test_at_most_so_many_days_wait_at_once() -> None:
    """The third is not begun while two wait; it is when one of them has landed."""
    scene = Scene(days=(DAY, NEXT, THIRD), days_landing=2)
    plan = without_groups(scene)
    report = scene.walk(plan).run()
    assert [day.stage for day in report.days] == [Stage.SETTLED, Stage.SETTLED, Stage.PLANNED]
    assert report.state is ReplayState.LANDING
    scene.refill()
    assert scene.walk(plan).run().state is ReplayState.COMPLETED


@pytest.mark.parametrize("committed", [True, False], ids=["before its first", "no position"])
def test_expired_offsets_are_in_doubt(scene: Scene, committed: bool) -> None:
    """Nobody knows whether they were ours: the day is held, never passed, also where the group has read nothing yet."""
    if committed:
        scene.cluster.commit("downstream", scene.spec().topic, {0: 0, 1: 0})
    watch = Onlooker(settle=lambda: scene.cluster.expire(scene.spec().topic, {1: 5}))
    report = scene.walk(read_through(scene), watch).run()
    assert (report.state, "5 offsets of" in report.days[0].error) == (ReplayState.HELD, True)


def test_an_open_transaction_hides_nothing(scene: Scene) -> None:
    """Somebody's transaction before ours: the group has all that it was shown, and ours is behind it."""
    stored_as_events(scene)
    pipeline(scene)
    plan = read_through(scene)
    scene.cluster.hidden_from[scene.spec().topic, 0] = 0
    scene.cluster.commit("downstream", scene.spec().topic, {})
    made = scene.clock.at_sleep.pop()
    assert scene.walk(plan).run().days[0].landing.startswith("downstream is ")
    del scene.cluster.hidden_from[scene.spec().topic, 0]
    scene.clock.at_sleep.append(made)
    assert scene.walk(plan).run().state is ReplayState.COMPLETED
