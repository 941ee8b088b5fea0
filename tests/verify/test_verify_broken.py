"""Whatever is broken of what the journals say is found wrong, and told in numbers."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta

import pytest

from replay_engine.errors import TryAgain
from replay_engine.model import Blob, Plan, Stage
from replay_engine.plan import document as plan_document
from replay_engine.ports import Committed, Group
from replay_engine.state import names
from replay_engine.verify.verify import verify
from tests.fakes.blobs import MemoryBlobs
from tests.helpers.scene import DATA, DAY, EVENTS, OTHER_REPLAY, REPLAY, SECOND_SOURCE, STATE, Scene
from tests.verify.verifying import (
    PROMISED,
    UNHASHED,
    VICTIM,
    backup_of,
    failed,
    held,
    locks,
    looked_at,
    lose_backup,
    standing_before,
    told,
    with_backup,
    wrong,
)


@pytest.mark.parametrize("step", PROMISED[1:])
def test_an_original_that_is_nowhere_is_the_alarm(scene: Scene, step: str) -> None:
    """Cleared, and its copy is gone or is another one."""
    plan = standing_before(scene, step)
    lose_backup(scene)
    assert f"5 are in the backup, 1 in neither ({VICTIM})" in wrong(scene, plan)
    assert "The backup has 5 of 6 copies" in wrong(scene, plan)


@pytest.mark.parametrize("name", [VICTIM, UNHASHED])
def test_a_damaged_copy_is_no_copy(scene: Scene, name: str) -> None:
    """Of the same size, and even where the store keeps no MD5 of it."""
    plan = standing_before(scene, "publish")
    scene.account.change(STATE, backup_of(name), lambda data: data[:-1] + b"?")
    assert f"1 in neither ({name})" in wrong(scene, plan)


def test_a_copy_that_is_gone_while_its_original_is_there(scene: Scene) -> None:
    """Nothing is lost, and the journal says otherwise all the same."""
    plan = standing_before(scene, "clear")
    lose_backup(scene)
    assert "0 in neither" in told(scene, plan)
    assert f"1 are missing or differ ({VICTIM})" in wrong(scene, plan)


def test_a_held_days_lost_copy_is_found(scene: Scene) -> None:
    """That is why it is held."""
    plan = held(scene)
    assert looked_at(scene, plan).stage is Stage.HELD
    assert f"1 in neither ({VICTIM})" in wrong(scene, plan)


def test_a_recorded_segment_that_is_unused_too_early(scene: Scene) -> None:
    """Compaction, or a hand."""
    plan = standing_before(scene, "publish")
    scene.segments.mark_unused(EVENTS, scene.used_of()[:1])
    assert "uses 1 of the 2 recorded segments, 1 are unused" in wrong(scene, plan)


def change_sink(scene: Scene) -> None:
    scene.account.change(DATA, UNHASHED, lambda data: data[:-1] + b"?")


def remove_from_sink(scene: Scene) -> None:
    scene.account.remove(DATA, VICTIM)


def land_late(scene: Scene) -> None:
    scene.account.put(DATA, f"unique/{DAY}-1600000000999.json.gz", b"late")


def unmark_segment(scene: Scene) -> None:
    scene.segments.mark_unused(EVENTS, scene.used_of()[:1])


def append_segment(scene: Scene) -> None:
    scene.segments.state.add_segment(EVENTS, DAY, DAY + timedelta(days=1), rows=["late"])


def leave_copy(scene: Scene) -> None:
    scene.account.put(STATE, backup_of(VICTIM), b"left")


def leave_position(scene: Scene) -> None:
    scene.cluster.positions[names.shard_group(REPLAY, DAY, 0)] = Committed(3)


def lose_manifest(scene: Scene) -> None:
    scene.account.remove(STATE, names.manifest(REPLAY, DAY))


def damage_manifest(scene: Scene) -> None:
    scene.account.change(STATE, names.manifest(REPLAY, DAY), lambda data: data[:-3])


def damage_journal(scene: Scene) -> None:
    scene.account.change(STATE, names.journal(REPLAY, DAY), lambda data: data[:-3])


Break = Callable[[Scene], None]
SINKS_BROKEN: list[tuple[Break, str]] = [
    (change_sink, f"1 are missing or differ ({UNHASHED})"),
    (remove_from_sink, f"1 are missing or differ ({VICTIM})"),
    (land_late, f"1 are new (unique/{DAY}-1600000000999.json.gz)"),
    (unmark_segment, "1 are unused, 0 are new"),
    (append_segment, "0 are unused, 1 are new"),
]
AT_THE_END: list[tuple[Break, str]] = [
    (leave_copy, "1 backup copies are left"),
    (leave_position, "Kafka keeps 1 of its 2 positions"),
    (lose_manifest, "manifest is gone"),
    (damage_manifest, "The manifest cannot be read"),
    (damage_journal, "The journal is damaged"),
]


@pytest.mark.parametrize(("breaks", "says"), [*SINKS_BROKEN, *AT_THE_END])
def test_what_is_broken_of_a_restored_day(scene: Scene, breaks: Break, says: str) -> None:
    """Each promise of a restore, one by one."""
    plan = failed(scene)
    breaks(scene)
    assert says in wrong(scene, plan)


def change_source(scene: Scene) -> None:
    scene.account.change(DATA, SECOND_SOURCE, lambda data: data[:-1])


def remove_source(scene: Scene) -> None:
    scene.account.remove(DATA, SECOND_SOURCE)


def add_source(scene: Scene) -> None:
    scene.account.put(DATA, f"raw/{DAY}-2-1575224000009.json.gz", b"late")


def use_old_segment(scene: Scene) -> None:
    old = [name for name in scene.segments_before if name.startswith(f"{EVENTS}_{DAY}")]
    scene.segments.mark_used(EVENTS, old[:1])


CLOSED_BROKEN: list[tuple[Break, str]] = [
    (change_source, "1 of 2 source files are as they were replayed, 1 are gone or differ, 0 are new"),
    (remove_source, "1 are gone or differ"),
    (add_source, f"1 are new (raw/{DAY}-2-1575224000009.json.gz)"),
    (use_old_segment, f"{EVENTS} uses 1 of the 2 segments that were deleted"),
]


@pytest.mark.parametrize(("breaks", "says"), [*CLOSED_BROKEN, *AT_THE_END])
def test_what_is_broken_of_a_closed_day(scene: Scene, breaks: Break, says: str) -> None:
    """Each promise of a closed day, one by one."""
    scene.refill()
    plan = scene.plan()
    scene.walk(plan).run()
    breaks(scene)
    assert says in wrong(scene, plan)


def test_a_kept_backup_that_lacks_a_copy(scene: Scene) -> None:
    """It could not be undone."""
    plan = with_backup(scene)
    lose_backup(scene)
    assert "The backup has 5 of 6 copies" in wrong(scene, plan)


@pytest.mark.parametrize("step", ["check", "clear", "publish", "settle"])
def test_a_lock_that_must_be_held(scene: Scene, step: str) -> None:
    """Gone, or another replay's."""
    plan = standing_before(scene, step)
    number = len(locks(scene))
    scene.account.change(STATE, locks(scene)[0], lambda _: f'{{"replay": "{OTHER_REPLAY}"}}'.encode())
    assert f"It holds {number - 1} of its {number} locks." in wrong(scene, plan)
    scene.account.remove(STATE, locks(scene)[1])
    assert f"It holds {number - 2} of its {number} locks." in wrong(scene, plan)


@pytest.mark.parametrize("breaks", [lose_manifest, damage_manifest, damage_journal])
def test_what_the_middle_of_a_day_cannot_do_without(scene: Scene, breaks: Break) -> None:
    """Manifest and journal."""
    plan = standing_before(scene, "publish")
    breaks(scene)
    assert wrong(scene, plan)


def test_a_day_whose_journal_is_gone(scene: Scene) -> None:
    """It looks as if it had not been begun, but for its manifest and locks."""
    plan = standing_before(scene, "publish")
    scene.account.remove(STATE, names.journal(REPLAY, DAY))
    assert "It was begun, and its journal is gone." in wrong(scene, plan)
    assert "needs none" in wrong(scene, plan)


def test_segments_that_cannot_be_looked_at_are_not_called_right(scene: Scene) -> None:
    """Druid was taken out of the settings."""
    plan = failed(scene)
    found = verify(plan, replace(scene.world(), segments=None), ())
    assert "segments of 1 datasources were not looked at" in str(found)
    assert not found.right


def test_a_kafka_that_is_away_does_not_hide_the_sinks(scene: Scene) -> None:
    """What it would say is not called right."""
    plan = failed(scene)
    scene.cluster.away = 99
    assert "not known: Kafka does not answer." in wrong(scene, plan)
    assert "The sinks hold 6 of 6" in told(scene, plan)


class Away(MemoryBlobs):
    """A store that lists nothing now."""

    def list(self, prefix: str) -> Iterator[Blob]:
        """Nothing."""
        raise TryAgain("The store is away.")

    def walk(self, prefix: str, delimiter: str) -> Iterator[Blob | Group]:
        """Nothing."""
        raise TryAgain("The store is away.")


def test_a_store_that_is_away_lets_nobody_look(scene: Scene) -> None:
    """Nothing is said of what was not seen."""
    plan = failed(scene)
    with pytest.raises(TryAgain):
        verify(plan, replace(scene.world(), data=Away(scene.account, DATA)), ())


def test_a_later_replay_excuses_the_sinks(scene: Scene) -> None:
    """They are as that one left them; one that never touched them excuses nothing."""
    plan = failed(scene)
    never = scene.plan("r20200110-083000-000003")
    scene.account.put(DATA, SECOND_SOURCE, Scene().stored(SECOND_SOURCE)[SECOND_SOURCE])
    again = scene.plan(OTHER_REPLAY)
    keep(scene, never)
    keep(scene, again)
    scene.walk(again).run()
    assert scene.standing(again).stage is Stage.CLOSED
    assert "6 are missing or differ" in wrong(scene, plan, never.replay_id)
    assert wrong(scene, plan, never.replay_id, again.replay_id) == ""
    assert f"{OTHER_REPLAY} has replayed this day since" in told(scene, plan, again.replay_id)


def keep(scene: Scene, plan: Plan) -> None:
    """As a confirmation does."""
    scene.account.put(STATE, names.plan(plan.replay_id), plan_document.dump(plan))


def test_a_day_that_moves_on_is_looked_at_again(scene: Scene) -> None:
    """What was seen of two moments together is not judged."""
    plan = standing_before(scene, "clear")
    world = scene.world()

    class Moving(MemoryBlobs):
        """Between a look at the journal and the next one the backup is gone, and the journal says so."""

        moves = 1

        def list(self, prefix: str) -> Iterator[Blob]:
            """Move first."""
            if self.moves:
                self.moves -= 1
                scene.walk(plan).run()
                scene.account.leases.clear()
            return super().list(prefix)

    state = Moving(scene.account, STATE)
    found = verify(plan, replace(world, state=state), ())
    assert (found.days[0].stage, found.right) == (Stage.CLOSED, True)
