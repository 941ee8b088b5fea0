"""What judges the histories sees what it is there for: processes that do wrong on purpose."""

from datetime import UTC, datetime

import pytest

from replay_engine.state import names
from tests.fakes.account import Stored
from tests.helpers.scene import DATA, DAY, OTHER_REPLAY, REPLAY, STATE
from tests.simulation.history.acts import Act, Effect, History
from tests.simulation.history.rules import violations
from tests.simulation.machine.decisions import ACT, AT_THE_END, Decision, What
from tests.simulation.machine.process import Order, Process
from tests.simulation.scenarios.orders import run
from tests.simulation.scenarios.play import Part, Play, Scenario

ORIGINAL = f"unique/{DAY}-1575224000000.json.gz"
COPY = names.backup(REPLAY, DAY, ORIGINAL)
LOCK = names.folder_lock("telemetry-data", "unique", DAY)


def _delete(store: str, name: str) -> Order:
    def order(process: Process) -> None:
        container = getattr(process.world(), store)
        container.delete([(name, container.head(name)[0].etag)])

    return order


def _at(step: str, act: Order) -> Order:
    """Run, and do that when the step is about to be taken."""

    def order(process: Process) -> object:
        process.watch.when(step, lambda: act(process))
        return process.walk().run()

    return order


@pytest.mark.parametrize(
    ("order", "kind", "said"),
    [
        (_delete("data", ORIGINAL), "(a)", "no copy of its bytes stands anywhere"),
        (_delete("data", ORIGINAL), "(c)", f"is none of {REPLAY}'s"),
        (_delete("data", "raw-archive/2019-12-01-1.json.gz"), "(c)", f"is none of {REPLAY}'s"),
        (_at("publish", _delete("state", COPY)), "(a)", "was the last copy of its bytes"),
        (_at("publish", _delete("state", names.manifest(REPLAY, DAY))), "(c)", "was deleted or overwritten"),
    ],
)
def test_a_loss_is_seen_when_it_happens(order: Order, kind: str, said: str) -> None:
    """The sentence names the blob, and the act that did it."""
    wrong = Play(Scenario((Part("A", (order,)),)), ()).run().ending.wrong
    assert [sentence for sentence in wrong if sentence.startswith(kind) and said in sentence and "By" in sentence]


def test_the_lock_of_another_replay_is_not_given_up() -> None:
    """Whoever deletes a lock that another replay needs is told so."""
    parts = (Part("A", (lambda process: _meet(process, LOCK),)), Part("B", (run,), OTHER_REPLAY))
    wrong = Play(Scenario(parts), [Decision("B", "data.delete", 1, What.SWITCH, "A")]).run().ending.wrong
    assert any(sentence.startswith("(c)") and LOCK in sentence for sentence in wrong)


def _meet(process: Process, name: str) -> None:
    """Wait until a blob is there, and delete it."""
    while process.world().state.head(name) is None:
        process.sleep(0.5)
    _delete("state", name)(process)


@pytest.mark.parametrize(("last", "wrong"), [("A", True), ("B", False)])
def test_an_entry_of_an_overtaken_runner_is_seen(last: str, *, wrong: bool) -> None:
    """Once the next holder of the lease has written, nobody before it may."""
    journal, stored = names.journal(REPLAY, DAY), Stored(b"", "0", is_log=True)
    history = History(DATA, {DATA: {}, STATE: {journal: stored}})

    def act(who: str, method: str, *effects: Effect) -> None:
        number, at = len(history.acts), datetime(2020, 1, 10, tzinfo=UTC)
        history.acts.append(Act(number, number, at, who, who, REPLAY, "state", method, (journal,), who, effects))

    for who in ("A", "B", last):
        if not any(one.process == who for one in history.acts):
            act(who, "lease")
        before = stored
        stored = Stored(before.data + b'{"v":1,"kind":"note","step":""}\n', who, is_log=True)
        act(who, "append", Effect(STATE, journal, before, stored))
    assert [sentence[:3] for sentence in violations(history)] == ["(b)"] * wrong


def test_what_comes_late_is_done_after_the_end() -> None:
    """The request is executed when everybody has ended, and the end is judged after it."""
    play = Play(Scenario((Part("A", (run,)),)), [Decision("A", ACT, 6, What.LATE, "", AT_THE_END)]).run()
    late = [act for act in play.store.history.acts if act.late]
    assert len(late) == 1
    assert late[0].number > max(act.number for act in play.store.history.acts if act.process == "A" and not act.late)
