"""What people did is kept in the order in which they did it, and read back as it was written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from replay_engine.errors import InDoubt
from replay_engine.state import audit_log, names
from replay_engine.state.audit_log import AuditEntry
from tests.fakes.blobs import MemoryBlobs
from tests.helpers import documents
from tests.helpers.scene import REPLAY, STATE, Scene
from tests.state.test_documents import golden

DEEDS = st.builds(
    AuditEntry,
    documents.MOMENTS,
    documents.TEXT,
    documents.TEXT,
    st.dictionaries(documents.TEXT, documents.JSON, max_size=3),
)


@given(DEEDS)
def test_a_deed_is_read_back(value: AuditEntry) -> None:
    """Whoever it was, whatever they did."""
    assert audit_log.load(audit_log.dump(value)) == value


def test_todays_format_is_version_1() -> None:
    """What is kept stays readable: a change of format is a new version."""
    assert audit_log.dump(documents.DEED_1) == golden("deed-1.json")
    assert audit_log.load(golden("deed-1.json")) == documents.DEED_1


@pytest.mark.parametrize("document", [b"", b"[]", b"1", b"{}", golden("deed-1.json").replace(b"2019-12", b"december")])
def test_what_is_no_deed_is_a_doubt(document: bytes) -> None:
    """It is not passed over."""
    with pytest.raises(InDoubt, match="cannot be read"):
        audit_log.load(document)


def test_another_version_is_refused_not_guessed() -> None:
    """It says which one it is."""
    with pytest.raises(InDoubt, match="version 2"):
        audit_log.load(golden("deed-1.json").replace(b'"version": 1', b'"version": 2'))


def test_deeds_stay_in_order(scene: Scene) -> None:
    """None at first; each is kept beside those of before, of this replay only."""
    state, made = MemoryBlobs(scene.account, STATE), []
    assert audit_log.noted(state, REPLAY) == ()
    for number in range(12):
        made.append(AuditEntry(scene.clock.now(), "asha", "set_pace", {"events_per_second": number}))
        audit_log.note(state, REPLAY, made[-1])
    assert audit_log.noted(state, REPLAY) == tuple(made)
    assert len(scene.kept(names.audit_log(REPLAY))) == 12


class AskedTwice(MemoryBlobs):
    """A store whose answer to a `create` was lost, and that was asked again."""

    def create(self, name: str, data: bytes) -> None:
        """The second one finds the name taken, by ourselves."""
        super().create(name, data)
        super().create(name, data)


def test_a_deed_whose_answer_was_lost_is_kept_once(scene: Scene) -> None:
    """It finds itself."""
    state, audit_entry = AskedTwice(scene.account, STATE), AuditEntry(scene.clock.now(), "asha", "cancel")
    audit_log.note(state, REPLAY, audit_entry)
    assert audit_log.noted(state, REPLAY) == (audit_entry,)


class Overtaken(MemoryBlobs):
    """A store in which somebody else is always a little faster."""

    def create(self, name: str, data: bytes) -> None:
        """Their deed takes the first number."""
        if name == names.numbered(names.audit_log(REPLAY), 1):
            super().create(name, audit_log.dump(documents.DEED_1))
        super().create(name, data)


def test_two_at_the_same_time_are_both_kept(scene: Scene) -> None:
    """Neither overwrites the other."""
    audit_entry = AuditEntry(scene.clock.now(), "ben", "cancel")
    audit_log.note(Overtaken(scene.account, STATE), REPLAY, audit_entry)
    assert audit_log.noted(MemoryBlobs(scene.account, STATE), REPLAY) == (documents.DEED_1, audit_entry)
