"""A closed day leaves its receipt, once, whatever dies and whoever looks; it says what the journal says."""

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any
from unittest import mock

import pytest

from replay_engine.day import receipt
from replay_engine.errors import InDoubt, NotThere, TryAgain
from replay_engine.model import Plan, Stage
from replay_engine.state import audit_log, names
from replay_engine.state.audit_log import AuditEntry
from replay_engine.state.journal import Journal
from tests.day.test_landing import pipeline, read_through, stored_as_events
from tests.fakes.background import MemoryBackground
from tests.fakes.blobs import MemoryBlobs
from tests.helpers.scene import DAY, EVENTS, REPLAY, STATE, Scene, refilled

NAME = names.receipt(REPLAY, DAY)


def state(scene: Scene) -> MemoryBlobs:
    return MemoryBlobs(scene.account, STATE)


def noted(scene: Scene, what: str, by: str, **facts: str) -> None:
    audit_log.note(state(scene), REPLAY, AuditEntry(scene.clock.now(), by, what, facts))


def read(scene: Scene) -> Any:
    return json.loads(scene.kept("")[NAME])


def closed(scene: Scene, *, keep: bool = False) -> Plan:
    """A day that was proved; its backup is kept for a week where that is wanted."""
    scene.keep_backups_for = timedelta(days=7 if keep else 0)
    stored_as_events(scene)
    pipeline(scene)
    plan = read_through(scene)
    scene.account.put(STATE, names.open_mark(REPLAY), b"")
    scene.walk(plan).run()
    assert scene.standing(plan).stage is Stage.CLOSED
    return plan


@pytest.fixture
def unwritten(scene: Scene) -> Plan:
    """A day that has closed, and whose process died before it wrote the receipt."""
    with mock.patch.object(MemoryBlobs, "create", _unless_receipt(MemoryBlobs.create)):
        plan = closed(scene, keep=True)
    assert NAME not in scene.kept("")
    assert names.open_mark(REPLAY) in scene.kept(""), "somebody looks at it again"
    return plan


def _unless_receipt(create: Any) -> Any:
    """The store is away for this one blob."""

    def away(self: MemoryBlobs, name: str, data: bytes) -> Any:
        if name == NAME:
            raise TryAgain("away")
        return create(self, name, data)

    return away


def test_a_closed_day_leaves_its_receipt(scene: Scene) -> None:
    """Read, committed and landed in numbers, what was deleted, who wanted it, under which plan, when and by what."""
    noted(scene, "message", REPLAY)
    noted(scene, "asked", "U1ASHA", channel="C1")
    noted(scene, "confirmed", "U2BEN")
    plan = closed(scene)
    said = read(scene)
    assert said["lines"] == {
        "checked": 40,
        "read": 40,
        "empty": 0,
        "filtered": 0,
        "set_aside": 0,
        "committed": 40,
        "committed_bytes": sum(map(len, scene.published())),
    }
    same = {"lost": 0, "doubled": 0, "new": 0}
    sinks = said["landed"].pop("sinks")
    assert said["landed"] == {
        "kind": "proved",
        "consumer_groups": 1,
        "ids": {"before": 120, **same},
        "folders": 3,
        "sample": 1,
    }
    channel = {"folders": 2, "put_back": 0, "files": 4, "bytes": sinks["channel"]["bytes"], "before": 80, **same}
    assert (list(sinks), sinks["channel"]) == (["unique", "channel"], channel)
    assert {sink: files["files"] for sink, files in said["deleted"]["files"].items()} == {"unique": 2, "channel": 4}
    assert said["deleted"]["segments"] == {EVENTS: 2}
    assert (said["left_out"], said["put_back"], said["backup"]) == ([], {}, {"copies_deleted": 6})
    people = {"asked": "U1ASHA", "confirmed": "U2BEN", "accepted": None, "ran": "the test"}
    assert (said["people"], said["plan"]) == (people, plan.hash)
    assert list(said["times"]) == ["planned", "began", *(str(stage) for stage in list(Stage)[1:9])]
    assert list(said["versions"]) == ["python", "replay", "confluent-kafka"]
    assert (said["replay_id"], said["day"], said["delivery"]) == (REPLAY, str(DAY), "exactly_once")


def test_who_confirms_in_a_terminal_has_asked_there(scene: Scene) -> None:
    noted(scene, "confirmed", "asha")
    closed(scene)
    assert read(scene)["people"] | {"ran": ""} == {"asked": "asha", "confirmed": "asha", "accepted": None, "ran": ""}


def test_a_record_that_cannot_be_read_names_nobody(scene: Scene) -> None:
    """And keeps no day from being closed."""
    scene.account.put(STATE, names.numbered(names.audit_log(REPLAY), 1), b"{")
    closed(scene)
    assert read(scene)["people"]["confirmed"] is None


def test_a_day_that_was_accepted_says_by_whom_and_what_is_missing(scene: Scene) -> None:
    stored_as_events(scene)
    pipeline(scene, keeps=0.6)
    plan = read_through(scene)
    scene.walk(plan).run()
    assert NAME not in scene.kept("")
    scene.walk(plan).accept(DAY, "asha")
    said = read(scene)
    assert (said["landed"]["kind"], said["people"]["accepted"]) == ("accepted", "asha")
    assert said["landed"]["ids"]["lost"] == said["landed"]["sinks"]["channel"]["lost"] + 16 == 48


def test_a_day_that_deletes_nothing_leaves_one_too(scene: Scene) -> None:
    scene.walk(scene.plan(spec=replace(scene.spec(), delete_backups=False, landing_waits=()))).run()
    said = read(scene)
    assert (said["deleted"], said["landed"]["kind"]) == ({"files": {}, "segments": {}}, "nothing was deleted")
    assert (said["lines"]["checked"], said["lines"]["committed"]) == (None, 40)


@pytest.mark.parametrize("ends", ["waits", "restored"])
def test_a_day_that_does_not_close_leaves_none(scene: Scene, ends: str) -> None:
    plan = scene.plan()
    scene.walk(plan).run()
    if ends == "restored":
        scene.walk(plan).turn_back(DAY, "asha")
    assert NAME not in scene.kept("")
    with pytest.raises(NotThere, match="has no receipt"):
        receipt.from_state(state(scene), plan, DAY)


def test_it_is_there_before_people_are_told_that_the_day_closed(scene: Scene) -> None:
    """Whoever hears of it finds it."""
    plan, there = refilled(scene), []

    class Listener:
        def saw(self, report: Any) -> None:
            if report.days[0].stage is Stage.CLOSED:
                there.append(NAME in scene.kept(""))

        def cancelled(self) -> bool:
            return False

    runner = scene.walk(plan)
    runner._watch = Listener()
    runner.run()
    assert set(there) == {True}


def test_whoever_looks_next_writes_what_was_not_written(scene: Scene, unwritten: Plan) -> None:
    """Later, by another process, and the same bytes: the times are those of the journal."""
    derived = receipt.from_state(state(scene), unwritten, DAY)
    scene.clock.tick(3600.0)
    scene.walk(unwritten).sweep()
    assert scene.kept("")[NAME] == derived


def test_it_is_written_after_an_undo_as_it_would_have_been_before(scene: Scene, unwritten: Plan) -> None:
    derived = receipt.from_state(state(scene), unwritten, DAY)
    with mock.patch.object(receipt, "leave", return_value=False):
        assert scene.walk(unwritten).undo(DAY, "asha").days[0].stage is Stage.RESTORED
    scene.walk(unwritten).sweep()
    assert scene.kept("")[NAME] == derived
    assert names.open_mark(REPLAY) not in scene.kept("")


def test_what_comes_later_changes_nothing_of_it(scene: Scene) -> None:
    """Neither looking again, nor the end of its backup."""
    plan = closed(scene, keep=True)
    before = scene.account.containers[STATE][NAME].etag
    scene.walk(plan).run()
    scene.clock.tick(8 * 24 * 3600.0)
    assert scene.walk(plan).sweep() == 6
    assert scene.account.containers[STATE][NAME].etag == before
    assert scene.kept("")[NAME] == receipt.from_state(state(scene), plan, DAY)


def test_two_who_write_it_at_once_write_it_once(scene: Scene, unwritten: Plan) -> None:
    """The second one's create is refused, and is no trouble."""
    journal = Journal(state(scene), names.journal(REPLAY, DAY), scene.clock)
    with mock.patch.object(MemoryBlobs, "head", return_value=None):
        assert receipt.leave(state(scene), unwritten, DAY, journal.entries)
        before = scene.account.containers[STATE][NAME].etag
        assert receipt.leave(state(scene), unwritten, DAY, journal.entries)
    assert scene.account.containers[STATE][NAME].etag == before


def test_a_day_without_its_manifest_gets_none_and_nobody_tries_for_ever(scene: Scene, unwritten: Plan) -> None:
    scene.account.remove(STATE, names.manifest(REPLAY, DAY))
    journal = Journal(state(scene), names.journal(REPLAY, DAY), scene.clock)
    assert receipt.leave(state(scene), unwritten, DAY, journal.entries)
    assert NAME not in scene.kept("")
    with pytest.raises(InDoubt, match="manifest is gone"):
        receipt.from_state(state(scene), unwritten, DAY)


def test_a_day_that_an_older_program_closed_gets_none(scene: Scene) -> None:
    """Its journal does not say by what it was closed."""
    with mock.patch.object(receipt, "leave", return_value=True):
        plan = closed(scene)
    journal = Journal(state(scene), names.journal(REPLAY, DAY), scene.clock)
    *others, last = journal.entries
    older = (*others, replace(last, facts={"segments_deleted": {EVENTS: 2}, "backups_deleted": 6}))
    assert receipt.leave(state(scene), plan, DAY, older)
    assert NAME not in scene.kept("")


def test_a_long_journal_is_covered_in_all_its_parts(scene: Scene) -> None:
    """The chain goes on from one part to the next."""
    with mock.patch("replay_engine.state.journal.PART_ENTRIES", 5):
        closed(scene)
    parts = [data for name, data in sorted(scene.kept(f"state/{REPLAY}/{DAY}/journal").items()) if data]
    assert len(parts) > 3
    assert read(scene)["journal"]["entries"] == sum(part.count(b"\n") for part in parts)


def test_the_writer_needs_no_lease(scene: Scene, unwritten: Plan) -> None:
    """Another runner may hold the day meanwhile: an undo, say."""
    journal = Journal(state(scene), names.journal(REPLAY, DAY), scene.clock)
    with journal.held(30, MemoryBackground(scene.clock)):
        assert receipt.leave(state(scene), unwritten, DAY, journal.entries)
    assert NAME in scene.kept("")
