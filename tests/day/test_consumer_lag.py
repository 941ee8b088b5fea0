"""What was published has landed when the groups have read every message; offsets without one are not waited for."""

import pytest

from replay_engine.day.consumer_lag import wait_for_consumers
from replay_engine.errors import InDoubt
from tests.fakes.downstream import GROUP
from tests.helpers.scene import TOPIC, Scene


@pytest.fixture
def published(scene: Scene) -> Scene:
    """Two partitions, each with three messages and the marker of their transaction."""
    scene.cluster.topics[TOPIC] = [[b"a", b"b", b"c", None], [b"d", b"e", b"f", None]]
    return scene


def waited(scene: Scene) -> float:
    wait_for_consumers(scene.day(scene.plan()))
    return sum(scene.clock.slept)


def test_a_group_that_has_passed_everything(published: Scene) -> None:
    """Nothing to wait for."""
    published.cluster.commit(GROUP, TOPIC, {0: 4, 1: 4})
    assert waited(published) == 0


def test_a_group_that_stands_at_the_marker(published: Scene) -> None:
    """It has read all; a reader passes the marker only by asking on, and nobody waits for that."""
    published.cluster.commit(GROUP, TOPIC, {0: 3, 1: 3})
    assert waited(published) <= 1


def test_what_was_aborted_lands_nowhere(published: Scene) -> None:
    """However much of it lies behind the last message."""
    published.cluster.topics[TOPIC][0] += [None] * 50
    published.cluster.commit(GROUP, TOPIC, {0: 4, 1: 4})
    assert waited(published) <= 1


def test_a_partition_without_messages(published: Scene) -> None:
    """What was written to it was aborted, and the group never had anything of it to commit."""
    published.cluster.topics[TOPIC][0] = [None] * 4
    published.cluster.commit(GROUP, TOPIC, {1: 4})
    assert waited(published) <= 1


@pytest.mark.parametrize("committed", [{1: 4}, {0: 2, 1: 4}, {0: 0, 1: 4}], ids=["never", "some", "none"])
def test_what_expired_unread_is_a_doubt(published: Scene, committed: dict[int, int]) -> None:
    """Nobody can read it any more, whether the group had begun with the partition or not."""
    published.cluster.expire(TOPIC, {0: 4})
    published.cluster.commit(GROUP, TOPIC, committed)
    with pytest.raises(InDoubt, match=f"offsets of {TOPIC}, partition 0, expired before {GROUP} had read them"):
        waited(published)


def test_what_expired_after_it_was_read_is_no_doubt(published: Scene) -> None:
    """Nor what expired before a group that is new here begins with what is left."""
    published.cluster.expire(TOPIC, {0: 4, 1: 2})
    published.cluster.commit(GROUP, TOPIC, {0: 4})
    published.clock.at_sleep.append(lambda: published.cluster.commit(GROUP, TOPIC, {1: 3}))
    assert waited(published) == 1


def test_a_message_that_is_left_is_waited_for(published: Scene) -> None:
    """Until it is read."""
    published.cluster.commit(GROUP, TOPIC, {0: 4, 1: 2})
    published.clock.at_sleep.append(
        lambda: published.cluster.commit(GROUP, TOPIC, {1: 3}) if sum(published.clock.slept) >= 20 else None
    )
    assert waited(published) >= 20


def test_a_message_that_nobody_reads_is_a_doubt(published: Scene) -> None:
    """After the configured time."""
    published.cluster.commit(GROUP, TOPIC, {0: 4, 1: 2})
    with pytest.raises(InDoubt, match="still 2 offsets behind"):
        waited(published)
