"""An undo that is killed in its middle, the end of the time for which its backup was kept, and a sweep."""

from pathlib import Path

import pytest
from azure.storage.blob import ContainerClient

from sandbox.azurite import Azurite
from sandbox.druid.stand_in import Druid
from sandbox.kafka.tansu import Broker
from tests.crash.command_line import RUN, begun, ended, ended_later, journal, state_blobs, state_of, through
from tests.crash.holding_proxy import Request, holding_proxy
from tests.crash.platform import DAY, Platform, platform

#: Its source has no file that ends too early.
_EVEN_SEED = 20191200
_KEPT_FOR, _AFTER_SECONDS = "1h", 2 * 3600


@pytest.mark.parametrize("middle", ["quarantine", "the way back"])
def test_a_sweep_leaves_the_backup_of_an_undo_that_was_killed(
    middle: str,
    tmp_path: Path,
    azurite: Azurite,
    broker: Broker,
    druid: Druid,
    container: ContainerClient,
    topic_prefix: str,
) -> None:
    """It dies while it sets aside or copies back: from its first entry on the backup is kept for its end."""
    sets_aside = middle == "quarantine"

    def holds(request: Request) -> bool:
        """What it does then: every copy of that kind."""
        copies = request.method == "PUT" and "x-ms-copy-source" in request.headers
        return copies and ("/quarantine/" in request.target) == sets_aside

    with platform(tmp_path, azurite, broker, druid, container, topic_prefix, _EVEN_SEED) as world:
        closed = ended({**world.environment, "REPLAY_KEEP_BACKUPS_FOR": _KEPT_FOR}, *RUN)
        assert (closed.code, closed.day["stage"]) == (0, "closed"), closed
        replay = closed.replay_id
        with (
            holding_proxy(azurite.url, holds) as proxy,
            begun(through(proxy, world), "undo", replay, "--day", str(DAY), "--yes", "--json") as undo,
        ):
            proxy.wait_for(1)
            assert "turned_back" in journal(world, replay)
            undo.kill()
        assert _in_neither(world, replay) == set()
        swept = ended_later(world.environment, _AFTER_SECONDS, "sweep")
        assert "Traceback" not in swept.complaints
        assert _in_neither(world, replay) == set(), f"the sweep took originals: {swept.complaints}"
        resumed = ended(world.environment, "resume", replay, "--take-over", "--json")
        assert resumed.day["stage"] == "restored", resumed
        world.check("restored")
        verified = ended(world.environment, "verify", replay)
        assert verified.code == 0, verified
        assert state_blobs(world, "state/locks/") == {}


def _in_neither(world: Platform, replay: str) -> set[str]:
    """The originals that are whole neither in their sink nor in the backup."""
    folder = f"backup/{replay}/{DAY}/"
    with state_of(world) as state:
        backup = {
            name.removeprefix(folder): state.download_blob(name).readall()
            for name in state.list_blob_names(name_starts_with=folder)
        }
    stored = world.stored()
    return {name for name, content in world.before.items() if content not in (stored.get(name), backup.get(name))}
