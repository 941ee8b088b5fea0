"""Whoever verifies a replay finds it right at every moment of its life, also when its process has just died."""

from collections.abc import Callable

import pytest

from replay_engine.verify.verify import verify
from replay_engine.world import World
from tests.simulation.one_process.faults import Fault
from tests.simulation.one_process.life import Life, at, clean_calls, no_faults

LIVES: dict[str, Callable[[], Life]] = {
    "forward": Life.begin,
    "restore": lambda: Life.begin(damaged=True),
    "cancel": lambda: Life.begin(cancel=True),
    "nothing deleted": lambda: Life.begin(destructive=False),
}


def wrong(life: Life, world: World | None = None) -> list[str]:
    """What is not as the journals say."""
    found = verify(life.plan, world or life.scene.world(), ())
    return [f"{day.stage}: {f.text}" for day in found.days for f in day.findings if not f.right]


class Watched(Life):
    """A life that is verified after every call of every port."""

    onlooker: World

    def check_promise(self) -> None:
        """Everything that is demanded, not only that nothing is lost."""
        assert wrong(self, self.onlooker) == []


@pytest.mark.parametrize("kind", LIVES)
def test_a_living_replay_is_right_after_every_call(kind: str) -> None:
    """While it is under way, and at its end."""
    life = LIVES[kind]()
    watched = Watched(life.scene, life.plan, life.cancel)
    watched.onlooker = life.scene.world()
    watched.process(no_faults)
    assert wrong(watched) == []


@pytest.mark.parametrize("kind", LIVES)
def test_a_dead_replay_is_right_whatever_it_died_at(kind: str, figures: Callable[[str, int], None]) -> None:
    """Before a call, or in the middle of it."""
    deaths = [
        (call, fault) for call in range(len(clean_calls(LIVES[kind]))) for fault in (Fault.DIE_BEFORE, Fault.DIE_DURING)
    ]
    for call, fault in deaths:
        life = LIVES[kind]()
        injector, _ = life.process(at(call, fault))
        assert (injector.struck, wrong(life)) == (injector.struck, [])
    figures(f"verify sweep, {kind}: deaths", len(deaths))
