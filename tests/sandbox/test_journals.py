"""What the demo says of each day's landing is what stands in its journal, as the engine writes it."""

from datetime import UTC, date, datetime
from typing import Any

from replay_engine.model import Stage
from replay_engine.state.journal import Entry, Kind, dump
from sandbox.world.journals import read

DAY, OTHER = date(2019, 12, 1), date(2019, 12, 2)
IDS = {"before": 13_500, "lost": 0, "doubled": 0, "new": 1_500}
KEPT = ["channel/a/summary", "telemetry-denormalized/summary"]
LOOK: dict[str, Any] = {"folders": 6, "seen": "", "missing": {}, "missing_folders": 0, "ids": IDS}


def journal(day: date, *entries: tuple[Kind, str, dict[str, Any]]) -> tuple[str, bytes]:
    moment = datetime(2019, 12, 5, tzinfo=UTC)
    stage = {Kind.PROOF: Stage.LANDED}
    lines = [
        dump(Entry(n, moment, kind, step, stage.get(kind), facts)) for n, (kind, step, facts) in enumerate(entries)
    ]
    return f"state/r20191205-000000-0a1b2c/{day}/journal.jsonl", b"".join(lines)


def test_a_proved_day_has_its_numbers() -> None:
    """Before, lost, doubled and new; how many folders; which were left alone."""
    proof = (Kind.PROOF, "land", {**LOOK, "kind": "proved"})
    (landing,) = read([journal(DAY, (Kind.PROOF, "check", {"left_out": KEPT}), proof)])
    assert landing.text() == (
        "2019-12-01: proved; 6 folders, 13,500 events before: 0 lost, 0 doubled, 1,500 new; "
        "left alone, as no event of them is in the source: 2 folders (channel/a/summary, …)"
    )


def test_a_day_that_never_landed_says_what_its_last_look_missed() -> None:
    """Not what the consumers were behind by, and not an earlier look."""
    behind = (Kind.WAITS, "settle", {"text": "behind", "offsets_behind": 5})
    nothing = (Kind.WAITS, "land", {**LOOK, "missing": {"unique": "unique: no new file, 2 before"}})
    part = (Kind.WAITS, "land", {**LOOK, "ids": {**IDS, "lost": 7}, "missing": {"unique": "unique: 7 are missing"}})
    (landing,) = read([journal(DAY, behind, nothing, part)])
    assert (landing.kind, landing.missing) == ("", ("unique: 7 are missing",))
    assert landing.text().startswith("2019-12-01: not everything came back; 6 folders, 13,500 events before: 7 lost")


def test_a_day_that_was_only_seen_to_be_refilled_claims_no_numbers() -> None:
    """And days are in their order, one without a look among them."""
    look = {name: fact for name, fact in LOOK.items() if name != "ids"}
    refilled = journal(OTHER, (Kind.PROOF, "land", {**look, "kind": "refilled"}))
    untouched = journal(DAY, (Kind.TURNED_BACK, "check", {"error": "damaged"}))
    assert [one.text() for one in read([refilled, untouched])] == [
        "2019-12-01: nothing was cleared, so nothing had to land",
        "2019-12-02: refilled; 6 folders",
    ]
