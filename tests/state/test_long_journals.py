"""A journal goes on in another blob long before one is full; whatever dies between two of them."""

import pytest

from replay_engine.day.recall import recall
from replay_engine.errors import InDoubt, Superseded, TryAgain
from replay_engine.model import Pace, Stage
from replay_engine.publish.rate_orders import order_pace
from replay_engine.state import journal as journals
from replay_engine.state import names
from replay_engine.state.journal import Journal, Kind, read_entries
from tests.fakes.blobs import MemoryBlobs
from tests.helpers.scene import DAY, REPLAY, STATE, Onlooker, Scene

NAME = names.journal(REPLAY, DAY)
PART = 5


@pytest.fixture(autouse=True)
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(journals, "PART_ENTRIES", PART)


def held(scene: Scene) -> Journal:
    return scene.hold(Journal(scene.world().state, NAME, scene.clock))


def filled(scene: Scene, entries: int) -> Journal:
    journal = held(scene)
    for number in range(entries):
        journal.append(Kind.NOTE, "n", facts={"number": number})
    return journal


def test_a_part_ends_before_its_blob_is_full(scene: Scene) -> None:
    """With a word that there is another one; readers find all entries, numbered through."""
    scene.account.most_blocks = PART
    journal = filled(scene, 11)
    noted = [entry.facts["number"] for entry in journal.entries if entry.kind is Kind.NOTE]
    assert noted == list(range(11))
    assert read_entries(scene.world().state, NAME) == journal.entries
    assert [entry.number for entry in journal.entries] == list(range(len(journal.entries)))
    assert sorted(scene.kept(NAME.removesuffix(".jsonl"))) == sorted(
        [names.journal_part(NAME, number) for number in range(3)]
    )
    assert recall(journal.entries).notes["n"] == {"number": 10}


def test_the_next_runner_goes_on_in_the_last_part(scene: Scene) -> None:
    """And the one before is refused there, although the lease that both wait for is on the first."""
    first = filled(scene, 6)
    second = Journal(scene.world().state, NAME, scene.clock)
    scene.hold(second)
    second.append(Kind.NOTE, "n", facts={"number": "second"})
    with pytest.raises(Superseded):
        first.append(Kind.NOTE, "n", facts={"number": "first"})
    assert read_entries(scene.world().state, NAME) == second.entries


@pytest.mark.parametrize("lost", ["create_log", "append"])
@pytest.mark.parametrize("done", [True, False])
def test_a_lost_answer_between_two_parts(scene: Scene, lost: str, done: bool) -> None:
    """The part was begun, or it was not; the entry is written once."""

    class Losing(MemoryBlobs):
        broken = False

        def create_log(self, name: str) -> None:
            self._lose("create_log", lambda: MemoryBlobs.create_log(self, name), name)

        def append(self, name: str, data: bytes, position: int, lease: str) -> None:
            self._lose("append", lambda: MemoryBlobs.append(self, name, data, position, lease), name)

        def _lose(self, call: str, act: object, name: str) -> None:
            assert callable(act)
            if call == lost and self.broken:
                Losing.broken = False
                if done:
                    act()
                raise TryAgain("lost")
            act()

    store = Losing(scene.account, STATE)
    journal = scene.hold(Journal(store, NAME, scene.clock))
    for number in range(PART - 1):
        journal.append(Kind.NOTE, "n", facts={"number": number})
    Losing.broken = True
    with pytest.raises(TryAgain):
        journal.append(Kind.NOTE, "n", facts={"number": "lost"})
    journal.append(Kind.NOTE, "n", facts={"number": "next"})
    noted = [entry.facts["number"] for entry in read_entries(store, NAME) if entry.kind is Kind.NOTE]
    assert noted == [*range(PART - 1), "next"]
    assert read_entries(store, NAME) == journal.entries


def test_a_part_that_is_gone_is_a_doubt(scene: Scene) -> None:
    """Nothing is concluded from half a journal."""
    filled(scene, 6)
    scene.account.remove(STATE, names.journal_part(NAME, 1))
    with pytest.raises(InDoubt, match="part 1 is gone"):
        read_entries(scene.world().state, NAME)


@pytest.mark.parametrize("order", ["carry on", "restore", "release"])
def test_a_day_whose_journal_has_parts_is_carried_to_every_end(scene: Scene, order: str) -> None:
    """A pause of weeks would not fill a blob: nothing is appended while it lasts."""
    scene.account.most_blocks = PART
    scene.refill()
    plan, watch = scene.plan(), Onlooker()

    class Death(BaseException):
        pass

    def dies() -> None:
        before = len(read_entries(scene.world().state, NAME))
        order_pace(scene.world().state, REPLAY, Pace(paused=True), "asha")
        ended = scene.clock.elapsed() + 3600

        def unpaused() -> None:
            if scene.clock.elapsed() > ended:
                assert len(read_entries(scene.world().state, NAME)) <= before + 3
                raise Death

        scene.clock.at_sleep.append(unpaused)

    watch.when("publish", dies)
    with pytest.raises(Death):
        scene.walk(plan, watch).run()
    scene.clock.at_sleep.pop()
    order_pace(scene.world().state, REPLAY, Pace(), "asha")
    scene.clock.sleep(31)
    walk = scene.walk(plan)
    if order == "carry on":
        assert walk.run().days[0].stage is Stage.CLOSED
    elif order == "restore":
        assert walk.turn_back(DAY, "asha").days[0].stage is Stage.RESTORED
    else:
        scene.day(plan).journal.append(Kind.HELD, "publish", facts={"error": "who knows"})
        scene.walk(plan).let_go(DAY, "asha")
    assert scene.standing(plan).finished
    assert scene.kept("state/locks/") == {}
