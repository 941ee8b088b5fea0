"""``replay quarantine``: what an undo has set aside is listed with where it is now, and brought back once it is asked.

The scenario is played once: a closed day, its undo, and the return of what the undo had set aside.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import pytest

from sandbox.azurite import Azurite
from sandbox.kafka.tansu import Broker
from tests.cli.ground import DAY, LAST, Done, Ground, ground

RUN = ("run", "raw", "--start-date", str(DAY), "--end-date", str(DAY), "--yes", "--json")
OWNERS = b"the owner's own"


@dataclass(frozen=True, slots=True)
class Played:
    """What the world held after each step, and what the CLI said.

    ``landed`` are the files that the replay made land, ``segments`` the ids of its segments, and ``taken`` is the one
    of these files whose owner has written another in its place before the return.
    """

    ground: Ground
    replay_id: str
    landed: dict[str, bytes]
    segments: set[str]
    refused: dict[str, Done]
    unchanged: bool
    listed: dict[str, Done]
    originals: dict[str, bytes]
    taken: str
    returned: Done

    def kept_as(self, name: str) -> str:
        return f"quarantine/{self.replay_id}/{DAY}/{name}"

    def found(self, listing: str) -> list[dict[str, Any]]:
        """What a listing with ``--json`` tells."""
        return list(self.listed[listing].document["quarantine"])


@pytest.fixture(scope="module")
def played(azurite: Azurite, broker: Broker, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Played]:
    with ground(azurite, broker, tmp_path_factory.mktemp("quarantine")) as there, there.pipeline():
        originals = there.sink_blobs(DAY)
        closed = there.replay(*RUN, REPLAY_KEEP_BACKUPS_FOR="1h")
        assert closed.code == 0, closed
        replay_id = str(closed.document["replay_id"])
        listing, giving_back = ("quarantine", replay_id), ("quarantine", replay_id, "--return")
        landed, segments, before = there.sink_blobs(DAY), there.used(), there.snapshot()
        listed = {"of the closed day": there.replay(*listing, "--json")}
        refused = {
            "a day that is closed": there.replay(*giving_back, "--day", str(DAY), "--yes"),
            "no day": there.replay(*giving_back, "--yes"),
            "a day that it does not have": there.replay(*giving_back, "--day", str(LAST), "--yes"),
            "no date": there.replay(*listing, "--day", "yesterday"),
            "nobody to confirm": there.replay(*giving_back, "--day", str(DAY)),
            "no replay": there.replay("quarantine", "r20191201-101500-0a1b2c"),
        }
        unchanged = there.snapshot() == before
        undone = there.replay("undo", replay_id, "--day", str(DAY), "--yes", "--json")
        assert (undone.code, there.sink_blobs(DAY)) == (0, originals), undone
        before = there.snapshot()
        listed["of the restored day"] = there.replay(*listing, "--day", str(DAY), "--json")
        listed["of every day"] = there.replay(*listing, "--json")
        listed["of another day"] = there.replay(*listing, "--day", str(LAST), "--json")
        listed["as a table"] = there.replay(*listing, REPLAY_DRUID_URL=None, COLUMNS="300")
        unchanged = unchanged and there.snapshot() == before
        taken = min(landed)
        there.container.upload_blob(taken, OWNERS)
        returned = there.replay(*giving_back, "--day", str(DAY), "--yes", "--json")
        listed["after the return"] = there.replay(*listing, "--json")
        new = segments - set(there.seeded.other_segments)
        yield Played(there, replay_id, landed, new, refused, unchanged, listed, originals, taken, returned)


def test_what_was_set_aside_is_listed(played: Played) -> None:
    """Every file that had landed, with its place of before, where it is now and its size; every segment by its id."""
    assert played.listed["of the restored day"].code == 0
    found = {(one["kind"], one["name"]): one for one in played.found("of the restored day")}
    assert {name for kind, name in found if kind == "landed"} == set(played.landed)
    assert found["landed", played.taken] == {
        "day": str(DAY),
        "kind": "landed",
        "name": played.taken,
        "kept_as": played.kept_as(played.taken),
        "size_bytes": len(played.landed[played.taken]),
    }
    assert {name for kind, name in found if kind == "segment"} == played.segments
    assert len(found) == len(played.found("of the restored day"))


def test_a_listing_is_of_one_day_or_of_all(played: Played) -> None:
    """Nothing of a day that has nothing set aside, before the undo as well; the table tells the same to people."""
    assert played.found("of every day") == played.found("of the restored day")
    assert played.found("of another day") == played.found("of the closed day") == []
    table = played.listed["as a table"]
    assert (table.code, table.err) == (0, "")
    assert [name for name in {*played.landed, *played.segments} if name not in table.out] == []


@pytest.mark.parametrize(
    ("case", "says"),
    [
        ("a day that is closed", f"{DAY} is not restored"),
        ("no day", "Say --day with --return"),
        ("a day that it does not have", f"has no day {LAST}"),
        ("no date", "yesterday is no date"),
        ("nobody to confirm", "Nobody is there to confirm"),
        ("no replay", "There is no replay"),
    ],
)
def test_what_cannot_be_done_is_refused(played: Played, case: str, says: str) -> None:
    """Exit 2 and one sentence on stderr."""
    done = played.refused[case]
    assert (done.code, done.out, says in done.err) == (2, "", True), done
    assert len(done.err.strip().splitlines()) == 1


def test_listing_and_refusals_touch_nothing(played: Played) -> None:
    """Neither a sink nor a document of the state container nor a segment."""
    assert played.unchanged


def test_what_was_set_aside_is_brought_back(played: Played) -> None:
    """Each file to its place, byte for byte, and each segment into use; the originals stay, and no lock is left."""
    there, day = played.ground, played.returned.days[str(DAY)]
    assert (played.returned.code, day["stage"]) == (0, "restored"), played.returned
    assert there.sink_blobs(DAY) == {**played.originals, **played.landed, played.taken: OWNERS}
    assert played.segments <= there.used()
    assert [name for name in there.kept() if name.startswith("state/locks/")] == []


def test_nothing_is_written_over(played: Played) -> None:
    """A file whose place its owner has taken meanwhile stays in quarantine, and is still listed; no other file does."""
    there = played.ground
    assert {one["name"] for one in played.found("after the return") if one["kind"] == "landed"} == {played.taken}
    kept = [name for name in there.kept() if name.startswith("quarantine/")]
    assert kept == [played.kept_as(played.taken)]
    assert there.state.download_blob(kept[0]).readall() == played.landed[played.taken]
