"""What is kept on disk is read back as it was written, today's and yesterday's; what is not whole is refused."""

import gzip
import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_engine.errors import InDoubt
from replay_engine.model import Plan, Publishing, ReplaySpec
from replay_engine.plan import document as plan_document
from replay_engine.state import journal, manifest
from replay_engine.state.journal import Entry
from replay_engine.state.manifest import Manifest
from tests.helpers import documents

GOLDEN = Path(__file__).with_name("golden")


def golden(name: str) -> bytes:
    return (GOLDEN / name).read_bytes()


@given(documents.MANIFESTS)
def test_a_manifest_is_read_back(value: Manifest) -> None:
    """Whatever the names hold; the same manifest is always the same bytes."""
    assert manifest.load(manifest.dump(value)) == value
    assert manifest.dump(value) == manifest.dump(value)


@given(st.lists(documents.ENTRIES, max_size=6))
def test_a_journal_is_read_back(entries: list[Entry]) -> None:
    """Each entry is one line, whatever its facts hold."""
    value = tuple(replace(entry, number=number) for number, entry in enumerate(entries))
    document = b"".join(journal.dump(entry) for entry in value)
    assert journal.load(document) == value
    assert document.count(b"\n") == len(value)


@given(documents.PLANS)
def test_a_plan_is_read_back(value: Plan) -> None:
    """Every field of it."""
    assert plan_document.load(plan_document.dump(value)) == value


def test_todays_format_is_that_of_the_golden_files() -> None:
    """What this program writes is byte for byte what is in the golden files: a change of format is a new version."""
    assert gzip.decompress(manifest.dump(documents.MANIFEST_1)) == golden("manifest-1.jsonl")
    assert b"".join(journal.dump(entry) for entry in documents.JOURNAL_2) == golden("journal-2.jsonl")
    assert plan_document.dump(documents.PLAN_1) == golden("plan-1.json")
    assert plan_document.dump(documents.PUBLISHING_PLAN_1) == golden("plan-1-publishing.json")


def test_version_1_is_understood() -> None:
    """A replay that an earlier program began can be carried on."""
    assert manifest.load(gzip.compress(golden("manifest-1.jsonl"))) == documents.MANIFEST_1
    assert journal.load(golden("journal-1.jsonl")) == documents.JOURNAL_1
    assert journal.load(golden("journal-2.jsonl")) == documents.JOURNAL_2
    assert plan_document.load(golden("plan-1.json")) == documents.PLAN_1
    assert plan_document.load(golden("plan-1-publishing.json")) == documents.PUBLISHING_PLAN_1


def sealed(body: bytes) -> bytes:
    """A manifest with that body, and the digest that fits it."""
    tail = json.dumps({"kind": "end", "sha256": hashlib.sha256(body).hexdigest()}) + "\n"
    return gzip.compress(body + tail.encode())


def test_another_version_is_refused_not_guessed() -> None:
    """It says which version it is, and that the program that began it must carry it on."""
    body = b"".join(golden("manifest-1.jsonl").splitlines(keepends=True)[:-1])
    newer = body.replace(b'"version": 1', b'"version": 2')
    assert newer != body
    with pytest.raises(InDoubt, match="version 2") as refused:
        manifest.load(sealed(newer))
    assert "program that began it" in refused.value.advice
    with pytest.raises(InDoubt, match="version 3"):
        journal.load(golden("journal-2.jsonl").replace(b'{"v":2', b'{"v":3', 1))
    with pytest.raises(InDoubt, match="another version"):
        plan_document.load(golden("plan-1.json").replace(b'"version": 1', b'"version": 2'))


@given(st.data())
def test_a_manifest_that_is_not_whole_is_in_doubt(data: st.DataObject) -> None:
    """Cut anywhere, or with a line less: half a promise is never taken for a whole one."""
    document = manifest.dump(documents.MANIFEST_1)
    end = data.draw(st.integers(0, len(document) - 1))
    lines = gzip.decompress(document).splitlines(keepends=True)
    gone = data.draw(st.integers(0, len(lines) - 1))
    for damaged in (document[:end], gzip.compress(b"".join(lines[:gone] + lines[gone + 1 :]))):
        with pytest.raises(InDoubt):
            manifest.load(damaged)


@given(st.data())
def test_a_manifest_with_a_wrong_byte_is_in_doubt(data: st.DataObject) -> None:
    """Packed or unpacked, wherever it is."""
    document = bytearray(manifest.dump(documents.MANIFEST_1))
    document[data.draw(st.integers(10, len(document) - 1))] ^= data.draw(st.integers(1, 255))
    text = bytearray(golden("manifest-1.jsonl"))
    text[data.draw(st.integers(0, len(text) - 2))] ^= 1
    for damaged in (bytes(document), gzip.compress(text)):
        with pytest.raises(InDoubt):
            manifest.load(damaged)


@given(st.integers(0, len(documents.JOURNAL_1) - 2))
def test_a_journal_with_a_hole_is_in_doubt(gone: int) -> None:
    """Any entry but the last that is missing, or is there twice."""
    lines = golden("journal-1.jsonl").splitlines(keepends=True)
    for damaged in (lines[:gone] + lines[gone + 1 :], lines[: gone + 1] + lines[gone:]):
        with pytest.raises(InDoubt, match="damaged"):
            journal.load(b"".join(damaged))


@pytest.mark.parametrize(
    "line",
    [
        b"\n",
        b"{}\n",
        b"[]\n",
        b"null\n",
        b"\xff\n",
        b'{"v":1}\n',
        b'{"v":1,"n":0,"at":"now","kind":"intent","step":"","stage":null,"facts":{}}\n',
        b'{"v":1,"n":0,"at":"2019-12-01T00:00:00+00:00","kind":"guess","step":"","stage":null,"facts":{}}\n',
        b'{"v":1,"n":0,"at":"2019-12-01T00:00:00+00:00","kind":"proof","step":"","stage":"done","facts":{}}\n',
    ],
)
def test_a_line_that_is_no_entry_is_in_doubt(line: bytes) -> None:
    """Nothing is guessed."""
    with pytest.raises(InDoubt, match="damaged"):
        journal.load(line)


@given(st.integers(1, len(golden("journal-1.jsonl")) - 1))
def test_a_journal_that_ends_in_the_middle_of_an_entry_is_in_doubt(end: int) -> None:
    """Appends are whole or not at all; half an entry means that something else went wrong."""
    document = golden("journal-1.jsonl")[:end]
    if document.endswith(b"\n"):
        assert journal.load(document) == documents.JOURNAL_1[: document.count(b"\n")]
    else:
        with pytest.raises(InDoubt, match="damaged"):
            journal.load(document)


@pytest.mark.parametrize("document", [b"", b"{", b"[]", b"1", b"\xff", b'{"version": 1}'])
def test_a_plan_that_cannot_be_read_is_in_doubt(document: bytes) -> None:
    """Nothing was touched by it."""
    with pytest.raises(InDoubt) as refused:
        plan_document.load(document)
    assert refused.value.advice


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"container": "telemetry-data"', b'"container": "another"'),
        (b'"delete_backups": true', b'"delete_backups": false'),
        (b'"topic": "prod.telemetry.valid",', b'"topic": "prod.telemetry.sink",'),
        (b'"prefix": "unique"', b'"prefix": "raw"'),
        (b'"fingerprint": "fingerprint"', b'"fingerprint": "other"'),
        (b'"day": "2019-12-02"', b'"day": "2019-12-03"'),
    ],
)
def test_a_plan_that_was_changed_is_not_the_confirmed_one(old: bytes, new: bytes) -> None:
    """Whatever decides what is done is under the hash that was confirmed."""
    changed = golden("plan-1.json").replace(old, new)
    assert changed != golden("plan-1.json")
    with pytest.raises(InDoubt, match="not the one that was confirmed"):
        plan_document.load(changed)


@pytest.mark.parametrize(
    ("old", "new"),
    [
        (b'"delivery": "exactly_once"', b'"delivery": "at_least_once"'),
        (b'"key": "context.did"', b'"key": "did"'),
        (b'"condition": "in"', b'"condition": "equals"'),
        (b"      1,\n", b"      1.0,\n"),
        (b'"headers": true', b'"headers": false'),
        (b'"on_bad_line": "set-aside"', b'"on_bad_line": "fail"'),
        (b'"check_source": "full"', b'"check_source": "heads"'),
    ],
)
def test_how_lines_are_published_is_confirmed_too(old: bytes, new: bytes) -> None:
    """Every choice there is, where it is not the default."""
    changed = golden("plan-1-publishing.json").replace(old, new)
    assert changed != golden("plan-1-publishing.json")
    with pytest.raises(InDoubt, match="not the one that was confirmed"):
        plan_document.load(changed)


def test_a_plan_from_before_there_were_choices_has_none() -> None:
    """It says nothing of publishing, and its hash covers nothing of it."""
    assert b"publishing" not in golden("plan-1.json")
    assert plan_document.load(golden("plan-1.json")).spec.publishing == Publishing()


@given(documents.SPECS, documents.SPECS)
def test_different_requests_have_different_hashes(one: ReplaySpec, two: ReplaySpec) -> None:
    """And the same request always the same."""
    assert (plan_document.plan_hash(one, ()) == plan_document.plan_hash(two, ())) is (one == two)
    assert plan_document.plan_hash(one, ()) == plan_document.plan_hash(replace(one), ())
