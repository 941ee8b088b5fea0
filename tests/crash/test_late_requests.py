"""Requests that a store executes long after their sender was overtaken, or died: they must not change how a day ends.

A proxy keeps such a request back while another runner carries the day on; then it arrives.
"""

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from azure.storage.blob import ContainerClient

from sandbox.azurite import Azurite
from sandbox.druid.stand_in import Druid
from sandbox.kafka.tansu import Broker
from sandbox.world.losses import Rules
from tests.crash.command_line import RUN, begun, ended, replay_id, state_blobs, through
from tests.crash.holding_proxy import Request, holding_proxy
from tests.crash.platform import Platform, platform

#: Its source has no file that ends too early.
_EVEN_SEED = 20191202
_CLOSED, _WAITING = 0, 3

the_sender = pytest.mark.parametrize("killed", [False, True], ids=["lives on", "is killed"])


@pytest.fixture
def world(
    tmp_path: Path, azurite: Azurite, broker: Broker, druid: Druid, container: ContainerClient, topic_prefix: str
) -> Iterator[Platform]:
    """A day to be replayed, and the pipeline that refills its sinks."""
    # A day is replayed twice here: what a pipeline drops that has seen it would rightly keep the second one waiting.
    with platform(tmp_path, azurite, broker, druid, container, topic_prefix, _EVEN_SEED, Rules()) as seeded:
        yield seeded


@the_sender
def test_a_delete_that_arrives_after_the_day_was_restored(azurite: Azurite, world: Platform, killed: bool) -> None:
    """The backup is gone by then: the delete finds no original that it still applies to."""
    with (
        holding_proxy(azurite.url, _deletes_originals(world)) as proxy,
        begun(through(proxy, world), *RUN) as overtaken,
    ):
        (late,) = proxy.wait_for(1)
        replay = replay_id(world)
        if killed:
            overtaken.kill()
        assert ended(world.environment, "cancel", replay).code == 0
        resumed = ended(world.environment, "resume", replay, "--take-over", "--json")
        assert resumed.day["stage"] == "restored", resumed
        assert (_lost(world), state_blobs(world, "backup/")) == (set(), {})
        proxy.let_all_through()
        late.answer()
        if not killed:
            assert overtaken.end().code == _WAITING
    assert _lost(world) == set(), "the late delete took originals whose backup was gone"
    world.check("restored")
    verified = ended(world.environment, "verify", replay)
    assert verified.code == 0, verified
    assert state_blobs(world, "state/locks/") == {}


@the_sender
def test_a_copy_that_arrives_after_others_were_made(azurite: Azurite, world: Platform, killed: bool) -> None:
    """It overwrites no copy of the backup, whose original may be deleted next; nor is one left when the day is over."""
    with (
        holding_proxy(azurite.url, _copies_to_backup) as first_way,
        holding_proxy(azurite.url, _deletes_originals(world)) as second_way,
        begun(through(first_way, world), *RUN) as overtaken,
    ):
        before_the_clear, _after_the_end = first_way.wait_for(2)
        replay = replay_id(world)
        if killed:
            overtaken.kill()
        with begun(through(second_way, world), "resume", replay, "--take-over", "--json") as successor:
            second_way.wait_for(1)
            backup = state_blobs(world, "backup/")
            assert len(backup) == len(world.before)
            before_the_clear.release()
            before_the_clear.answer()
            assert state_blobs(world, "backup/") == backup, "the late copy overwrote one of the backup"
            second_way.let_all_through()
            carried_on = successor.end()
        assert (carried_on.code, carried_on.day["stage"]) == (_CLOSED, "closed"), carried_on
        first_way.let_all_through()
        for late in first_way.held:
            late.answer()
        if not killed:
            assert overtaken.end().code == _WAITING
    world.check("closed")
    assert state_blobs(world, "backup/") == state_blobs(world, "state/locks/") == {}
    verified = ended(world.environment, "verify", replay)
    assert verified.code == 0, verified


@the_sender
def test_a_lock_that_is_created_after_the_day_has_ended(azurite: Azurite, world: Platform, killed: bool) -> None:
    """It is nobody's: a later replay of the same day runs."""
    with (
        holding_proxy(azurite.url, _creates_a_lock) as proxy,
        begun(through(proxy, world), *RUN) as overtaken,
    ):
        (late,) = proxy.wait_for(1)
        replay = replay_id(world)
        if killed:
            overtaken.kill()
        resumed = ended(world.environment, "resume", replay, "--take-over", "--json")
        assert (resumed.code, resumed.day["stage"]) == (_CLOSED, "closed"), resumed
        assert state_blobs(world, "state/locks/") == {}
        proxy.let_all_through()
        assert late.answer().status == 201
        if not killed:
            assert overtaken.end().code == _WAITING
    world.check("closed")
    again = ended(world.environment, *RUN)
    assert (again.code, again.day["stage"]) == (_CLOSED, "closed"), again
    assert state_blobs(world, "state/locks/") == {}


def _lost(world: Platform) -> set[str]:
    """The originals that are not in their sinks byte for byte."""
    stored = world.stored()
    return {name for name, content in world.before.items() if stored.get(name) != content}


def _deletes_originals(world: Platform) -> Callable[[Request], bool]:
    """A batch of deletes in the container of the sinks."""
    container = f"/{world.container.container_name}?"
    return lambda request: request.method == "POST" and container in request.target and "comp=batch" in request.target


def _copies_to_backup(request: Request) -> bool:
    return request.method == "PUT" and "x-ms-copy-source" in request.headers and "/backup/" in request.target


def _creates_a_lock(request: Request) -> bool:
    return request.method == "PUT" and "/state/locks/" in request.target
