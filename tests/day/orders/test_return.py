"""A person's order to bring back what a restore has set aside."""

from replay_engine.state import names
from replay_engine.state.quarantine import listed
from tests.day.orders.places import restored
from tests.helpers.scene import DATA, DAY, EVENTS, REPLAY, STATE, Scene


def test_a_segment_that_was_set_aside_is_brought_back(scene: Scene) -> None:
    """With the files, by the person's order; what has taken a file's place stays, and the file in quarantine."""
    plan = restored(scene)
    aside = sorted(scene.kept(names.QUARANTINE))
    assert aside
    first = aside[0].removeprefix(names.quarantine(REPLAY, DAY, ""))
    scene.account.put(DATA, first, b"somebody's")
    unused = [segment.id for segment in scene.segments.state.unused(EVENTS)]
    scene.walk(plan).give_back(DAY, "asha")
    assert scene.stored()[first] == b"somebody's"
    assert sorted(scene.kept(names.QUARANTINE)) == [aside[0]]
    assert all(name.removeprefix(names.quarantine(REPLAY, DAY, "")) in scene.stored() for name in aside[1:])
    assert set(unused) <= set(scene.used())
    assert scene.kept("state/locks/") == {}


def test_two_files_of_one_name_that_were_set_aside(scene: Scene) -> None:
    """One gets its place back, the other stays in quarantine: nothing is put where it never was."""
    plan = restored(scene)
    name, outside = f"unique/{DAY}-1700000000000.json.gz", f"elsewhere/{DAY}-1.json.gz"
    for kept in (name, f"0x0AB/{name}", outside):
        scene.account.put(STATE, names.quarantine(REPLAY, DAY, kept), kept.encode())
    before = scene.stored()
    scene.walk(plan).give_back(DAY, "asha")
    back = scene.stored().keys() - before.keys()
    assert scene.stored()[name] in (name.encode(), f"0x0AB/{name}".encode())
    assert all(one.startswith(("unique/", "channel/")) for one in back)
    assert len(scene.kept(names.QUARANTINE)) == 2
    assert names.quarantine(REPLAY, DAY, outside) in scene.kept(names.QUARANTINE)


def test_segments_that_druid_does_not_use_again_stay_listed(scene: Scene) -> None:
    """Its word is proved by asking again; those that are back are listed no more."""
    plan = restored(scene)
    scene.segments.ignores_marks = True
    scene.walk(plan).give_back(DAY, "asha")
    assert [one.kind for one in listed(scene.world().state, REPLAY, DAY)] == ["segment"]
    scene.segments.ignores_marks = False
    scene.walk(plan).give_back(DAY, "asha")
    assert list(listed(scene.world().state, REPLAY, DAY)) == []
