"""The engine notes what it is told to do, by whom, and never fails for it."""

from datetime import timedelta

import pytest

from replay_engine import Engine, Nobody, Pace
from replay_engine.adapters.azure.blobs import AzureBlobs
from replay_engine.errors import NotThere, Refused, TryAgain
from replay_engine.reports import ReplayState
from replay_engine.state import names
from tests.engine.test_engine import engine, kept
from tests.helpers.scene import DAY

__all__ = ["engine"]


def told(engine: Engine, replay_id: str) -> list[tuple[str, str, dict[str, object]]]:
    return [(audit_entry.by, audit_entry.what, dict(audit_entry.facts)) for audit_entry in engine.audit_log(replay_id)]


def test_what_was_asked_is_on_record_before_there_is_a_replay(engine: Engine) -> None:
    """Nothing is a replay that nobody has confirmed, and nothing is done about it."""
    replay_id = engine.new_id()
    assert engine.audit_log(replay_id) == ()
    assert engine.note(replay_id, "asked", "asha", source="raw", days=3)
    assert told(engine, replay_id) == [("asha", "asked", {"source": "raw", "days": 3})]
    assert list(engine.replays()) == engine.latest(10) == []
    assert list(engine.interrupted()) == []
    with pytest.raises(NotThere):
        engine.kept(replay_id)


def test_what_the_engine_is_told_is_noted(engine: Engine) -> None:
    """In the name of the person for whom it acts, in the order in which they did it."""
    replay_id = kept(engine).replay_id
    asha, ben = engine.acting_for("asha"), engine.acting_for("ben")
    asha.set_pace(replay_id, Pace(paused=True, bytes_per_second=2e6))
    assert ben.unpause(replay_id)
    assert not ben.unpause(replay_id)
    ben.cancel(replay_id)
    assert asha.resume(replay_id, Nobody()).state is ReplayState.CANCELLED
    assert told(engine, replay_id) == [
        ("asha", "set_pace", {"paused": True, "bytes_per_second": 2e6}),
        ("ben", "unpause", {"paused": False, "bytes_per_second": 2e6}),
        ("ben", "cancel", {}),
        ("asha", "resume", {}),
    ]
    assert engine.audit_log(replay_id)[0].at <= engine.audit_log(replay_id)[-1].at


def test_what_was_refused_was_asked_all_the_same(engine: Engine) -> None:
    """The history says who asked; the journals say that nothing came of it. A release is noted when it is done."""
    replay_id = kept(engine).replay_id
    with pytest.raises(Refused):
        engine.acting_for("asha").undo(replay_id, DAY, Nobody())
    with pytest.raises(Refused):
        engine.acting_for("asha").release(replay_id, DAY)
    assert told(engine, replay_id) == [("asha", "undo", {"day": str(DAY)})]


class Deaf(AzureBlobs):
    """A store that takes no entry now."""

    def create(self, name: str, data: bytes) -> None:
        """Anything else it takes."""
        if "/deeds/" in name:
            raise TryAgain("The store is away.")
        super().create(name, data)


def test_no_act_fails_for_its_record(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    """The store will not have the entry: what was ordered is done all the same."""
    replay_id = kept(engine).replay_id
    monkeypatch.setattr("replay_engine.wiring.AzureBlobs", Deaf)
    assert not engine.note(replay_id, "asked", "asha")
    engine.cancel(replay_id)
    engine.set_pace(replay_id, Pace(paused=True))
    assert engine.resume(replay_id, Nobody()).state is ReplayState.CANCELLED
    assert (engine.pace(replay_id), engine.audit_log(replay_id)) == (Pace(paused=True), ())


@pytest.mark.parametrize("replay_id", ["", "../plan", "r1", "r20191201-101500-0a1b2c/../x"])
def test_nothing_is_noted_of_what_is_no_replay(engine: Engine, replay_id: str) -> None:
    """No name is built of what people write."""
    kept(engine)
    with pytest.raises(NotThere):
        engine.note(replay_id, "asked", "asha")
    assert engine.audit_log(replay_id) == ()


def test_the_newest_replays_come_first(engine: Engine) -> None:
    """As many as are asked for; what was never confirmed is not among them."""
    assert engine.latest(3) == []
    ids = sorted(kept(engine, again=True).replay_id for _ in range(3))
    engine.note(names.new_replay_id(engine._clock.now() + timedelta(hours=1)), "asked", "asha")
    assert engine.latest(2) == ids[:0:-1]
    assert engine.latest(10) == ids[::-1]
