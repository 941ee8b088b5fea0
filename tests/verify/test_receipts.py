"""A receipt is held against the journal, the plan and the manifest of its day; one changed byte is found."""

from pathlib import Path
from unittest import mock

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from replay_engine.day import receipt
from replay_engine.errors import BadRequest, InDoubt, NotThere
from replay_engine.model import Stage
from replay_engine.state import names
from replay_engine.verify.findings import Finding
from replay_engine.verify.receipts import verify_files
from tests.helpers.scene import DAY, REPLAY, STATE, Scene
from tests.verify.verifying import looked_at, told, with_backup, wrong

NAME = names.receipt(REPLAY, DAY)
#: A replay's folder as it can be downloaded, of one day, written by version 1.
GOLDEN = Path(__file__).with_name("golden") / REPLAY
FILES = ("plan.json", f"{DAY}/manifest.jsonl.gz", f"{DAY}/journal.jsonl", f"{DAY}/receipt.json")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A copy of it, to be damaged."""
    for name in FILES:
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes((GOLDEN / name).read_bytes())
    return tmp_path


def findings(folder: Path) -> tuple[Finding, ...]:
    found = verify_files(folder / str(DAY) / "receipt.json")
    assert found.right is all(one.right for one in found.days[0].findings)
    return found.days[0].findings


def test_the_receipt_of_version_1_is_right() -> None:
    """Written once, and derived the same by every later program: a change of what it says is a new version."""
    (found,) = findings(GOLDEN)
    assert found.right
    assert "Its receipt is what journal, plan and manifest say; sha256 " in found.text


@pytest.mark.parametrize("name", FILES[1:])
@given(data=st.data())
@settings(max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_one_changed_byte_is_found(name: str, folder: Path, data: st.DataObject) -> None:
    """Anywhere in the receipt, in the journal up to the day's close, in the manifest."""
    stored = (GOLDEN / name).read_bytes()
    place = data.draw(st.integers(0, len(stored) - 1), label="place")
    change = data.draw(st.integers(1, 255), label="change")
    changed = bytearray(stored)
    changed[place] ^= change
    (folder / name).write_bytes(bytes(changed))
    assert not all(one.right for one in findings(folder))
    (folder / name).write_bytes(stored)


def test_a_changed_plan_is_found(folder: Path) -> None:
    """By the hash that was confirmed, or since the receipt says otherwise."""
    path = folder / "plan.json"
    stored = path.read_bytes()
    path.write_bytes(stored.replace(b'"prod.telemetry.valid"', b'"test.telemetry.valid"'))
    with pytest.raises(InDoubt, match="not the one that was confirmed"):
        findings(folder)
    path.write_bytes(stored.replace(b'"created_at": "2020-01-10', b'"created_at": "2020-01-09'))
    assert "times.planned is" in findings(folder)[0].text


@pytest.mark.parametrize("lost", [-1, 0, 3])
def test_a_journal_that_lacks_an_entry_is_found(folder: Path, lost: int) -> None:
    path = folder / str(DAY) / "journal.jsonl"
    lines = path.read_bytes().splitlines(keepends=True)
    del lines[lost]
    path.write_bytes(b"".join(lines))
    assert not all(one.right for one in findings(folder))


def test_what_differs_is_named(folder: Path) -> None:
    path = folder / str(DAY) / "receipt.json"
    path.write_bytes(path.read_bytes().replace(b'"committed": 40', b'"committed": 41'))
    (found,) = findings(folder)
    assert found.text.endswith("say: lines.committed is 41 in it and 40 by them.")
    path.write_bytes(path.read_bytes()[:-9])
    assert "it is no JSON" in findings(folder)[0].text
    path.write_bytes((GOLDEN / FILES[3]).read_bytes().replace(b"\n", b""))
    assert "it was written otherwise" in findings(folder)[0].text


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_is_not_there_is_told(folder: Path, name: str) -> None:
    (folder / name).unlink()
    with pytest.raises(NotThere, match=f"{Path(name).name} cannot be read: No such file") as told:
        findings(folder)
    assert "Download the folder" in told.value.advice


def test_a_receipt_that_lies_elsewhere_is_told(folder: Path) -> None:
    (folder / str(DAY)).rename(folder / "elsewhere")
    with pytest.raises(BadRequest, match="lies in no folder of a day"):
        verify_files(folder / "elsewhere" / "receipt.json")


def test_a_receipt_of_another_day_is_found(folder: Path) -> None:
    (folder / str(DAY)).rename(folder / "2019-12-02")
    found = verify_files(folder / "2019-12-02" / "receipt.json").days[0].findings
    assert 'day is "2019-12-01" in it and "2019-12-02" by them' in found[0].text


def test_a_journal_in_several_parts_is_read_to_its_end(scene: Scene, tmp_path: Path) -> None:
    """And a part that was not downloaded is asked for."""
    with mock.patch("replay_engine.state.journal.PART_ENTRIES", 5):
        plan = with_backup(scene)
    scene.keep(plan)
    for name, data in scene.kept(f"state/{REPLAY}/").items():
        path = tmp_path / name.removeprefix(f"state/{REPLAY}/")
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(data)
    assert all(one.right for one in findings(tmp_path))
    (tmp_path / str(DAY) / "journal-2.jsonl").unlink()
    with pytest.raises(NotThere, match=r"journal-2\.jsonl"):
        findings(tmp_path)


def test_verify_looks_at_the_stored_receipt(scene: Scene) -> None:
    """Right; and wrong where somebody wrote to it."""
    plan = with_backup(scene)
    assert "Its receipt is what journal, plan and manifest say" in told(scene, plan)
    scene.account.change(STATE, NAME, lambda data: data.replace(b'"committed": 40', b'"committed": 39'))
    assert "Its receipt is not what" in wrong(scene, plan)


def test_a_receipt_that_is_not_written_yet_is_no_trouble(scene: Scene) -> None:
    plan = with_backup(scene)
    scene.account.remove(STATE, NAME)
    assert wrong(scene, plan) == ""
    assert "It has no receipt yet" in told(scene, plan)


def test_a_day_that_was_undone_keeps_its_receipt(scene: Scene) -> None:
    """It tells how the day had closed, and that it was undone after that."""
    plan = with_backup(scene)
    scene.walk(plan).undo(DAY, "asha")
    assert (looked_at(scene, plan).stage, wrong(scene, plan)) == (Stage.RESTORED, "")
    assert "It was undone after it had closed, on " in told(scene, plan)


def test_a_receipt_of_a_day_that_never_closed_is_wrong(scene: Scene) -> None:
    """Nobody can put one there."""
    plan = scene.plan()
    scene.walk(plan).run()
    with pytest.raises(NotThere):
        receipt.from_state(scene.world().state, plan, DAY)
    scene.account.put(STATE, NAME, b"{}")
    assert "by its journal the day never closed" in wrong(scene, plan)
