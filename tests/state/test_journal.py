"""The journal: appended where its writer believes its end to be, and by one writer only."""

import pytest

from replay_engine.errors import InDoubt, Superseded
from replay_engine.model import Stage
from replay_engine.ports import BlobChanged, BlobStore
from replay_engine.state.journal import Journal, Kind
from tests.fakes.blobs import MemoryBlobs
from tests.helpers.scene import STATE, Scene

NAME = "state/r/2019-12-01/journal.jsonl"


def journal(scene: Scene, store: BlobStore | None = None) -> Journal:
    return Journal(store or scene.world().state, NAME, scene.clock)


def held(scene: Scene, store: BlobStore | None = None) -> Journal:
    """One of whom we are the runner, whoever was before."""
    return scene.hold(journal(scene, store))


def test_what_was_appended_is_there_for_the_next_reader(scene: Scene) -> None:
    """Numbered, dated, in order; nothing is stored before the first entry."""
    assert (journal(scene).entries, scene.kept("state/")) == ((), {})
    first = held(scene)
    first.append(Kind.INTENT, "claim")
    scene.clock.tick(5)
    first.append(Kind.PROOF, "claim", Stage.CLAIMED, {"locks": ["a"]})
    entries = journal(scene).entries
    assert entries == first.entries
    assert [(e.number, e.kind, e.step, e.stage, dict(e.facts)) for e in entries] == [
        (0, Kind.INTENT, "claim", None, {}),
        (1, Kind.PROOF, "claim", Stage.CLAIMED, {"locks": ["a"]}),
    ]
    assert (entries[1].at - entries[0].at).total_seconds() == 5


@pytest.mark.parametrize("begun", [0, 1, 3])
def test_of_two_runners_the_slower_is_refused(scene: Scene, begun: int) -> None:
    """It has read the journal before the other wrote; it writes nothing from then on."""
    for _ in range(begun):
        held(scene).append(Kind.INTENT, "claim")
    slow, quick = held(scene), held(scene)
    quick.append(Kind.INTENT, "back_up")
    for _ in range(2):
        with pytest.raises(Superseded, match=NAME):
            slow.append(Kind.INTENT, "clear")
    with pytest.raises(Superseded):
        slow.check_held()
    quick.append(Kind.PROOF, "back_up", Stage.BACKED_UP)
    assert [entry.step for entry in journal(scene).entries] == ["claim"] * begun + ["back_up"] * 2


class Repeating(MemoryBlobs):
    """A store to which each append is sent twice, because the first answer was lost."""

    def append(self, name: str, data: bytes, position: int, lease: str) -> None:
        super().append(name, data, position, lease)
        super().append(name, data, position, lease)


def test_an_append_that_was_repeated_is_recognised(scene: Scene) -> None:
    """The second is refused by the store, and it is our own line that stands there."""
    store = Repeating(scene.account, STATE)
    with pytest.raises(BlobChanged):
        store.create_log("log")
        store.append("log", b"line\n", 0, store.lease("log", 30))
    ours = held(scene, store)
    ours.append(Kind.INTENT, "claim")
    ours.append(Kind.INTENT, "back_up")
    assert [entry.step for entry in journal(scene).entries] == ["claim", "back_up"]


def test_a_log_that_was_made_and_never_written_is_used(scene: Scene) -> None:
    """The process died between the two."""
    scene.world().state.create_log(NAME)
    held(scene).append(Kind.INTENT, "claim")
    assert len(journal(scene).entries) == 1


def test_a_journal_that_has_gone_is_in_doubt(scene: Scene) -> None:
    """It is not begun anew as if nothing had happened."""
    ours = held(scene)
    ours.append(Kind.INTENT, "claim")
    scene.account.remove(STATE, NAME)
    with pytest.raises(InDoubt, match="is gone"):
        ours.append(Kind.INTENT, "back_up")
    assert scene.kept("state/") == {}
