"""``replay run`` over three days, of which the second has a damaged file: what it says, and what it did."""

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from hashlib import md5, sha256
from pathlib import Path

import pytest

from sandbox.azurite import Azurite
from sandbox.kafka.tansu import Broker
from tests.cli.ground import DAMAGED, DAY, LAST, Done, Ground, ground

GOOD = (DAY, LAST)
DATES = ["--start-date", str(DAY), "--end-date", str(LAST)]
SINKS = ("unique", "channel", "telemetry-denormalized")


@dataclass(frozen=True, slots=True)
class Replayed:
    """The ground after it, what it was before, and what the CLI said."""

    ground: Ground
    before: dict[str, bytes]
    used_before: set[str]
    plan: Done
    run: Done

    @property
    def replay_id(self) -> str:
        return str(self.run.document["replay_id"])


@pytest.fixture(scope="module")
def replayed(azurite: Azurite, broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replayed]:
    directory = tmp_path_factory.mktemp("run")
    with ground(azurite, broker, directory, days=(DAY, DAMAGED, LAST), damage_day=DAMAGED) as there:
        before, used = there.stored(), there.used()
        plan = there.replay("plan", "raw", *DATES, "--json")
        assert (there.stored(), there.kept()) == (before, [])
        with there.pipeline():
            # Without the source's ids a landing is not proved, and the backup would be kept for a day.
            options = ("--check-source", "heads", "--yes", "--json")
            run = there.replay("run", "raw", *DATES, *options, REPLAY_KEEP_BACKUPS_FOR="0")
            yield Replayed(there, before, used, plan, run)


def md5s(blobs: dict[str, bytes]) -> dict[str, str]:
    return {name: md5(data, usedforsecurity=False).hexdigest() for name, data in blobs.items()}


def of_day(segments: set[str], day: date) -> set[str]:
    """Those whose interval begins on the day."""
    return {i for i in segments if i.split("_")[1].startswith(f"{day}T")}


def without_nothing(counts: dict[str, int]) -> dict[str, int]:
    """A datasource in which the day has no segment is told too, as 0."""
    return {name: count for name, count in counts.items() if count}


def test_the_plan_says_what_would_be_done(replayed: Replayed) -> None:
    """In numbers, for each day, with the hash that binds it; exit 0."""
    assert (replayed.plan.code, replayed.plan.err) == (0, "")
    document = replayed.plan.document
    assert (document["source"], document["topic"], document["delete_backups"]) == ("raw", replayed.ground.topic, True)
    assert len(document["hash"]) == 64
    for day in (DAY, DAMAGED, LAST):
        planned, seeded = replayed.plan.days[str(day)], replayed.ground.seeded.days[day]
        assert (planned["stage"], planned["error"], planned["source_blobs"]) == (
            "planned",
            None,
            len(seeded.source_blobs),
        )
        assert planned["blobs_deleted"] == {sink: len(blobs) for sink, blobs in seeded.sink_blobs.items()}
        assert without_nothing(planned["segments_deleted"]) == {name: len(ids) for name, ids in seeded.segments.items()}


def test_the_document_has_the_fixed_keys(replayed: Replayed) -> None:
    """One JSON document, the keys that scripts rely on first; exit 1, since one day was restored."""
    document = replayed.run.document
    assert replayed.run.code == 1
    assert list(document)[:3] == ["replay_id", "source", "topic"]
    assert (document["source"], document["topic"]) == ("raw", replayed.ground.topic)
    assert list(replayed.run.days) == [str(DAY), str(DAMAGED), str(LAST)]
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


@pytest.mark.parametrize("day", GOOD)
def test_a_good_days_numbers(replayed: Replayed, day: date) -> None:
    """Lines, bytes, files of each sink, segments of each datasource, time."""
    told, seeded = replayed.run.days[str(day)], replayed.ground.seeded.days[day]
    assert (told["stage"], told["error"]) == ("closed", None)
    assert (told["lines_published"], told["bytes_published"]) == (len(seeded.lines), sum(map(len, seeded.lines)))
    assert told["blobs_deleted"] == {sink: len(blobs) for sink, blobs in seeded.sink_blobs.items()}
    assert without_nothing(told["segments_deleted"]) == {name: len(ids) for name, ids in seeded.segments.items()}
    assert 0 < told["seconds"] < 60


def test_the_damaged_days_numbers(replayed: Replayed) -> None:
    """It was restored, and says why, naming the file, on stderr too."""
    told, seeded = replayed.run.days[str(DAMAGED)], replayed.ground.seeded.days[DAMAGED]
    assert told["stage"] == "restored"
    assert seeded.damaged_blob is not None
    assert seeded.damaged_blob in told["error"]
    assert seeded.damaged_blob in replayed.run.err
    assert told["lines_published"] == 0


@pytest.mark.parametrize("day", GOOD)
def test_every_line_of_a_good_day_is_in_the_topic_once(replayed: Replayed, day: date) -> None:
    """Byte for byte as it was stored."""
    published = replayed.ground.published()
    assert {line: published[line] for line in replayed.ground.seeded.days[day].lines} == dict.fromkeys(
        replayed.ground.seeded.days[day].lines, 1
    )


def test_nothing_else_is_in_the_topic(replayed: Replayed) -> None:
    """Only lines of the three days; of the damaged one nothing counts, but this broker shows what was aborted."""
    published, days = replayed.ground.published(), replayed.ground.seeded.days
    damaged = {line: n for line, n in published.items() if line in days[DAMAGED].lines}
    assert set(published) == {*days[DAY].lines, *days[LAST].lines, *damaged}
    assert set(damaged.values()) <= {1}


@pytest.mark.parametrize("day", GOOD)
def test_each_sink_holds_each_event_of_a_good_day_once(replayed: Replayed, day: date) -> None:
    """Those that were missing too; no file and no segment of before is left."""
    there, seeded = replayed.ground, replayed.ground.seeded.days[day]
    for sink in SINKS:
        assert there.sink_mids(sink, day) == Counter(seeded.mids)
        assert not set(seeded.sink_blobs[sink]) & set(there.sink_blobs(day))
    assert there.druid_mids(day) == Counter(seeded.mids)
    assert not {i for ids in seeded.segments.values() for i in ids} & there.used()


def test_the_damaged_day_is_byte_for_byte_as_before(replayed: Replayed) -> None:
    """Every sink and every datasource; what had landed is set aside."""
    there, seeded = replayed.ground, replayed.ground.seeded.days[DAMAGED]
    before = {name: digest for blobs in seeded.sink_blobs.values() for name, digest in blobs.items()}
    assert md5s(there.sink_blobs(DAMAGED)) == before
    assert of_day(there.used(), DAMAGED) == of_day(replayed.used_before, DAMAGED) != set()
    aside = [name for name in there.kept() if name.startswith(f"quarantine/{replayed.replay_id}/{DAMAGED}/")]
    assert len(aside) == replayed.run.days[str(DAMAGED)]["blobs_quarantined"]


def test_everything_else_is_untouched(replayed: Replayed) -> None:
    """Sources, other days, other systems' folders, names that look alike; no kill was ever asked for."""
    there = replayed.ground
    now = md5s(there.stored())
    others = dict(there.seeded.other_blobs)
    assert {name: now.get(name) for name in others} == others
    sources = [name for day in there.seeded.days.values() for name in day.source_blobs]
    assert {n: now[n] for n in sources} == {n: md5s(replayed.before)[n] for n in sources}
    assert set(there.seeded.other_segments) <= there.used()
    assert there.druid.state.kills == []
    assert not [path for method, path in there.druid.requests if method == "DELETE" or "intervals" in path]


def test_no_backup_and_no_lock_is_left(replayed: Replayed) -> None:
    """The plan, the manifests, the journals and the quarantine stay."""
    tops = {name.split("/")[0] + "/" + name.split("/")[1] for name in replayed.ground.kept()}
    assert tops - {f"quarantine/{replayed.replay_id}"} == {f"state/{replayed.replay_id}"}


def test_status_tells_the_same(replayed: Replayed) -> None:
    """From the journals alone, of one replay or of all of them."""
    one = replayed.ground.replay("status", replayed.replay_id, "--json")
    everything = replayed.ground.replay("status", "--json")
    assert (one.code, one.document) == (0, replayed.run.document)
    assert everything.document == [replayed.run.document]
    table = replayed.ground.replay("status").out
    assert replayed.replay_id in table
    assert "restored" in table


def test_the_world_is_as_the_journals_say(replayed: Replayed) -> None:
    """Of the closed days and of the restored one; looking changes nothing."""
    before = replayed.ground.snapshot()
    found = replayed.ground.replay("verify", replayed.replay_id, "--json")
    assert replayed.ground.snapshot() == before
    assert (found.code, found.document["right"], found.err) == (0, True, ""), found
    assert [(day["date"], day["stage"]) for day in found.document["days"]] == [
        (str(DAY), "closed"),
        (str(DAMAGED), "restored"),
        (str(LAST), "closed"),
    ]
    shown = replayed.ground.replay("verify", replayed.replay_id).out
    assert ("right" in shown, "WRONG" in shown) == (True, False)


def downloaded(replayed: Replayed, directory: Path) -> Path:
    """The folder of the replay, as anybody can download it; the first day's receipt in it."""
    state = replayed.ground.state
    for name in state.list_blob_names(name_starts_with=f"state/{replayed.replay_id}/"):
        path = directory / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(state.download_blob(name).readall())
    return directory / "state" / replayed.replay_id / str(DAY) / "receipt.json"


def test_a_receipt_is_verified_without_settings(replayed: Replayed, tmp_path: Path) -> None:
    """Exit 0 and its digest; one changed byte is exit 1 with what differs; a missing file is exit 2."""
    there = replayed.ground
    receipt = downloaded(replayed, tmp_path)
    nothing = dict.fromkeys(there.settings)
    right = there.replay("verify", "--receipt", str(receipt), "--json", **nothing)
    assert (right.code, right.document["right"], right.err) == (0, True, "")
    stored = receipt.read_bytes()
    assert sha256(stored).hexdigest() in right.out
    printed = there.replay("receipt", replayed.replay_id, "--day", str(DAY))
    assert (printed.code, printed.out.encode(), printed.document["lines"]["committed"]) == (0, stored, 40)
    receipt.write_bytes(stored.replace(b'"committed": 40', b'"committed": 41'))
    wrong = there.replay("verify", "--receipt", str(receipt), "--json", **nothing)
    assert (wrong.code, "lines.committed is 41 in it and 40 by them" in wrong.out) == (1, True)
    receipt.with_name("journal.jsonl").unlink()
    missing = there.replay("verify", "--receipt", str(receipt), **nothing)
    assert (missing.code, "journal.jsonl cannot be read" in missing.err) == (2, True)


def test_only_a_day_that_closed_has_a_receipt(replayed: Replayed) -> None:
    refused = replayed.ground.replay("receipt", replayed.replay_id, "--day", str(DAMAGED))
    assert (refused.code, refused.out, "is not closed: it has no receipt" in refused.err) == (2, "", True)
    unclear = replayed.ground.replay("verify")
    assert (unclear.code, "Name a replay's id or a receipt" in unclear.err) == (2, True)


def test_resuming_what_is_finished_changes_nothing(replayed: Replayed) -> None:
    """It tells how it ended, with the same exit code."""
    before = replayed.ground.snapshot()
    again = replayed.ground.replay("resume", replayed.replay_id, "--json")
    assert (again.code, again.document) == (1, replayed.run.document)
    assert replayed.ground.snapshot() == before


def test_a_world_that_was_changed_is_not_as_the_journals_say(replayed: Replayed) -> None:
    """A file of the restored day's sinks is taken away and brought back: exit 1 meanwhile, with its name."""
    there = replayed.ground
    name, content = sorted(there.sink_blobs(DAMAGED).items())[0]
    there.container.delete_blob(name)
    try:
        found = there.replay("verify", replayed.replay_id, "--json")
        shown = there.replay("verify", replayed.replay_id)
    finally:
        there.container.upload_blob(name, content)
    assert (found.code, found.document["right"]) == (1, False)
    wrong = [f["text"] for day in found.document["days"] for f in day["findings"] if not f["right"]]
    assert (len(wrong), name in wrong[0]) == (1, True)
    assert (shown.code, "WRONG" in shown.out) == (1, True)
    assert there.replay("verify", replayed.replay_id).code == 0


def test_by_default_a_damaged_file_is_found_before_anything_is_cleared(replayed: Replayed) -> None:
    """Every file is read to its end first: the day ends untouched, and the file is named."""
    there, before = replayed.ground, replayed.ground.stored()
    done = there.replay("run", "raw", "--start-date", str(DAMAGED), "--end-date", str(DAMAGED), "--yes", "--json")
    day = done.days[str(DAMAGED)]
    assert (done.code, day["stage"], day["blobs_deleted"], day["lines_published"]) == (1, "restored", {}, 0)
    assert there.seeded.days[DAMAGED].damaged_blob in day["error"]
    assert there.stored() == before


def test_what_was_set_aside_is_listed_and_brought_back(replayed: Replayed) -> None:
    """With where it was and where it is now; nothing of a day that is not said, or that is not restored."""
    there, name = replayed.ground, f"unique/{DAMAGED}-1700000000000.json.gz"
    kept = f"quarantine/{replayed.replay_id}/{DAMAGED}/{name}"
    there.state.upload_blob(kept, b"landed")
    found = there.replay("quarantine", replayed.replay_id, "--json").document["quarantine"]
    expected = {"day": str(DAMAGED), "kind": "landed", "name": name, "kept_as": kept, "size_bytes": 6}
    assert expected in found
    assert there.replay("quarantine", replayed.replay_id, "--day", str(DAY), "--json").document["quarantine"] == []
    assert there.replay("quarantine", replayed.replay_id).code == 0
    unsaid = there.replay("quarantine", replayed.replay_id, "--return", "--yes")
    assert (unsaid.code, "--day" in unsaid.err) == (2, True)
    closed = there.replay("quarantine", replayed.replay_id, "--day", str(DAY), "--return", "--yes")
    assert (closed.code, "is not restored" in closed.err) == (2, True)
    done = there.replay("quarantine", replayed.replay_id, "--day", str(DAMAGED), "--return", "--yes", "--json")
    assert (done.code, there.stored(name)) == (0, {name: b"landed"})
    assert [one for one in there.kept() if one.startswith(("quarantine/", "state/locks/"))] == []
