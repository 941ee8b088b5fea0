"""Several processes on one replay, and several replays on one day, interleaved at every call of every port.

Every schedule is drawn from its seed. What no process may ever do is judged over its history, and the end of it
when nothing is on its way any more. A failing one is made short and told; to play it again:
python -m tests.simulation SCENARIO SEED
"""

from collections import Counter
from collections.abc import Callable

import pytest

from tests.simulation.machine.decisions import ACT, AT_THE_END, CALL, Decision, What, shrink
from tests.simulation.scenarios.catalogue import SCENARIOS
from tests.simulation.scenarios.schedules import decisions_of, play, told, told_of
from tests.simulation.scenarios.sweeps import SWEEPS, sweep

#: So many schedules in all: each scenario has its part, in blocks that can be run one by one.
BLOCKS, BLOCK = 2, 120


@pytest.mark.parametrize("block", range(BLOCKS))
@pytest.mark.parametrize("name", SCENARIOS)
def test_no_schedule_loses_or_doubles_anything(name: str, block: int, figures: Callable[[str, int], None]) -> None:
    """Whatever is interleaved, dies, freezes, fails, comes late or has a wrong clock: nothing is lost, and all ends."""
    failing, found = [], Counter[str]()
    for seed in range(block * BLOCK, (block + 1) * BLOCK):
        outcome = play(name, decisions_of(name, seed))
        found["schedules"] += 1
        found["decisions that struck"] += len(outcome.play.machine.struck)
        found["turns"] += outcome.play.machine.turns
        for stage, number in outcome.play.ending.stages.items():
            found[f"days that end {stage}"] += number
        for what, number in outcome.play.ending.exempt.items():
            found[f"exempt: {what}"] += number
        if outcome.wrong:
            failing.append(seed)
    for what, number in sorted(found.items()):
        figures(f"interleavings: {what}", number)
    assert not failing, (
        f"{len(failing)} of {BLOCK} schedules, seeds {failing[:20]}. The first:\n{told(name, failing[0])}"
    )


@pytest.mark.parametrize("name", SWEEPS)
def test_a_process_may_be_overtaken_at_any_act(name: str, figures: Callable[[str, int], None]) -> None:
    """Frozen before or after any act of it, it harms nothing when it wakes up: others have carried the day on."""
    schedules = list(sweep(name))
    failing = [told_of(name, decisions) for decisions in schedules if play(name, decisions).wrong]
    figures(f"overtaken at every act, {name}: schedules", len(schedules))
    assert not failing, f"{len(failing)} of {len(schedules)} schedules. The first:\n{failing[0]}"


def test_a_schedule_plays_the_same_way_every_time() -> None:
    """The same seed gives the same history, with pools of threads too: what fails once can be looked at again."""
    for name in ("run, restore, take over", "width 2", "undo beside another replay"):
        once, again = (play(name, decisions_of(name, 7)).play.store.history.acts for _ in range(2))
        assert [str(act) for act in once] == [str(act) for act in again]


def test_what_does_not_matter_is_taken_out_of_a_failing_schedule() -> None:
    """A schedule is made short by leaving out decisions as long as it still goes wrong."""
    noise = [Decision("A", CALL, number, What.SWITCH, "B") for number in range(3, 60, 9)]
    needed = [Decision("A", ACT, 4, What.TWICE), Decision("B", ACT, 9, What.LATE, "", AT_THE_END)]
    assert shrink([*noise, *needed, *noise], lambda decisions: {*needed} <= {*decisions}) == needed
