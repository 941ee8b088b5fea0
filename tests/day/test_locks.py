"""A day's sinks and source belong to one replay at a time."""

from dataclasses import replace

import pytest

from replay_engine.day.locks import release_locks, sweep_locks, take_locks
from replay_engine.errors import Claimed
from replay_engine.model import Stage
from replay_engine.reports import ReplayState
from replay_engine.state import names
from tests.helpers.scene import DATA, DAY, EVENTS, NEXT, OTHER_REPLAY, REPLAY, STATE, Onlooker, Scene

LOCKS = (
    f"state/locks/azure/{DATA}/channel/{DAY}",
    f"state/locks/azure/{DATA}/raw/{DAY}",
    f"state/locks/azure/{DATA}/unique/{DAY}",
    f"state/locks/druid/{EVENTS}/{DAY}",
)


def test_every_sink_and_the_source_are_locked(scene: Scene) -> None:
    """Each for the day, in the state container; taking them again is harmless."""
    day = scene.day(scene.plan())
    assert take_locks(day, 0) == LOCKS
    assert take_locks(scene.day(scene.plan()), 0) == LOCKS
    assert sorted(scene.kept("state/locks/")) == list(LOCKS)
    assert all(REPLAY.encode() in document for document in scene.kept("state/locks/").values())


def test_a_replay_that_deletes_nothing_locks_its_source_only(scene: Scene) -> None:
    """Also when it reads one file."""
    assert take_locks(scene.day(scene.pushing_plan()), 0) == (LOCKS[1],)
    spec = replace(scene.spec(), delete_backups=False, file_path=f"raw/{DAY}-0-1575224000000.json.gz")
    assert take_locks(scene.day(scene.plan(spec=spec)), 0) == (LOCKS[1],)


@pytest.mark.parametrize("lock", LOCKS)
def test_a_second_replay_is_refused_with_the_firsts_id(scene: Scene, lock: str) -> None:
    """Whichever lock it is that they share."""
    scene.account.put("replay-state", lock, b'{"replay": "%s"}' % REPLAY.encode())
    with pytest.raises(Claimed, match=REPLAY) as refused:
        take_locks(scene.day(scene.plan(OTHER_REPLAY)), 0)
    assert lock.removeprefix("state/locks/") in refused.value.message
    assert REPLAY in refused.value.advice


def test_only_a_replays_own_locks_are_released(scene: Scene) -> None:
    """Another's stays, one that is gone is no trouble."""
    first, second = scene.day(scene.plan()), scene.day(scene.plan(OTHER_REPLAY))
    take_locks(first, 0)
    release_locks(second)
    assert sorted(scene.kept("state/locks/")) == list(LOCKS)
    scene.account.remove("replay-state", LOCKS[0])
    release_locks(first)
    assert scene.kept("state/locks/") == {}


def test_another_day_of_the_same_sinks_is_free() -> None:
    """Locks are of a day."""
    scene = Scene(days=(DAY, NEXT))
    plan = scene.plan()
    take_locks(scene.day(plan), 0)
    take_locks(scene.day(replace(plan, replay_id=OTHER_REPLAY, days=plan.days[1:])), 0)


def test_of_two_overlapping_replays_the_second_changes_nothing(scene: Scene) -> None:
    """It ends refused with the first one's id while that one is under way, which then finishes undisturbed."""
    first, second = scene.plan(), scene.plan(OTHER_REPLAY)
    scene.refill()
    reports = []
    watch = Onlooker(publish=lambda: reports.append(scene.walk(second).run()))
    finished = scene.walk(first, watch).run()
    (refused,) = reports
    assert (refused.state, refused.days[0].stage) == (ReplayState.COMPLETED_WITH_FAILURES, Stage.RESTORED)
    assert REPLAY in refused.days[0].error
    assert finished.state is ReplayState.COMPLETED
    assert scene.kept("state/locks/") == {}
    assert scene.kept(names.BACKUP) == {}


def test_a_replay_that_died_keeps_its_locks(scene: Scene) -> None:
    """Nobody else comes in until it is carried on; then they are free again."""

    class Death(BaseException):
        pass

    def die() -> None:
        raise Death

    first = scene.plan()
    with pytest.raises(Death):
        scene.walk(first, Onlooker(publish=die)).run()
    assert scene.walk(scene.plan(OTHER_REPLAY)).run().state is ReplayState.COMPLETED_WITH_FAILURES
    scene.refill()
    assert scene.walk(first).run().state is ReplayState.COMPLETED
    assert scene.kept("state/locks/") == {}


def test_locks_that_do_not_count_are_swept(scene: Scene) -> None:
    """Of a day that has ended; those of a day that is at work stay, and what is no lock is left to a person."""
    plan = scene.plan()
    locks: dict[str, bytes] = {}
    scene.refill()
    scene.walk(plan, Onlooker(check=lambda: locks.update(scene.kept("state/locks/")))).run()
    state = scene.world().state
    for name, document in locks.items():
        scene.account.put(STATE, name, document)
    scene.account.put(STATE, f"{names.locks()}azure/telemetry-data/other/{DAY}", b"no lock")
    assert (sweep_locks(state), len(scene.kept("state/locks/"))) == (4, 1)

    at_work = scene.plan(OTHER_REPLAY)
    counted: list[int] = []
    watch = Onlooker(check=lambda: counted.append(sweep_locks(state)))
    scene.walk(at_work, watch).run()
    assert counted == [0]
