"""A replay that is stopped, killed or left waiting: what is true then, and how it is carried on.

The source has many small files, so that there is time to stop in the middle; the moment is waited for by
looking at the world.
"""

import signal
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.azurite import Azurite
from sandbox.kafka import Broker
from sandbox.sinks import blob_name, gzip_lines, upload_all
from sandbox.telemetry import events
from tests.cli.ground import DAY, Ground, finish, ground, wait_journaled

RUN = ("run", "raw", "--start-date", str(DAY), "--end-date", str(DAY), "--yes", "--json")
MANY = 400
PUBLISHING = b'"kind":"intent","step":"publish"'


@pytest.fixture
def there(azurite: Azurite, broker: Broker, tmp_path: Path) -> Iterator[Ground]:
    with ground(azurite, broker, tmp_path) as made:
        yield made


@pytest.fixture
def many(there: Ground) -> list[bytes]:
    """The day's lines, in many files."""
    lines = events(DAY, MANY, seed=7)
    names = (blob_name("raw", DAY, 1575230000000 + number, partition=9) for number in range(MANY))
    upload_all(there.container, {name: gzip_lines([line]) for name, line in zip(names, lines, strict=True)})
    return [*lines, *there.seeded.days[DAY].lines]


def test_an_interrupted_day_is_restored(there: Ground, many: list[bytes]) -> None:
    """In the middle of publishing: exit 1, every sink as before, what had landed in quarantine."""
    before, used = there.sink_blobs(DAY), there.used()
    with there.pipeline():
        process = there.start(*RUN)
        wait_journaled(there, process, PUBLISHING)
        process.send_signal(signal.SIGINT)
        done = finish(process)
    assert (done.code, done.document["state"]) == (1, "cancelled"), done
    day = done.days[str(DAY)]
    assert (day["stage"], "cancel" in day["error"]) == ("restored", True)
    assert "Stopping at the next safe point" in done.err
    assert (there.sink_blobs(DAY), there.used()) == (before, used)
    published = there.published()
    assert (published.total(), set(published) <= set(many)) == (day["lines_published"], True)
    assert published.total() < len(many)
    assert [n for n in there.kept() if n.startswith(("backup/", "state/locks/"))] == []
    assert there.druid.state.kills == []


def test_a_killed_replay_is_carried_on(there: Ground, many: list[bytes]) -> None:
    """After SIGKILL in the middle: others are kept out; resuming closes the day, and no line is missing."""
    with there.pipeline():
        process = there.start(*RUN)
        wait_journaled(there, process, PUBLISHING)
        process.kill()
        process.communicate()
        (standing,) = there.replay("status", "--json").document
        # For as long as its lease runs nobody can know that the runner is dead.
        assert (standing["state"], standing["days"][0]["stage"]) == ("running", "cleared")
        second = there.replay(*RUN, "--no-delete-backups")
        assert (second.code, standing["replay_id"] in second.days[str(DAY)]["error"]) == (1, True)
        done = there.replay("resume", standing["replay_id"], "--take-over", "--json")
    assert (done.code, done.days[str(DAY)]["stage"]) == (0, "closed"), done
    published = there.published()
    assert set(published) == set(many)
    mids = Counter(mid for mid in there.sink_mids("unique", DAY).elements())
    assert mids.total() == published.total()
    assert set(mids) == set(there.druid_mids(DAY))
    assert [n for n in there.kept() if n.startswith(("backup/", "state/locks/"))] == []


def test_a_day_that_does_not_land_waits_for_a_person(there: Ground) -> None:
    """No pipeline runs: exit 3, backup and locks stay; when it runs again, resuming closes the day.

    Without a terminal nothing is drawn meanwhile: a table at the end is all.
    """
    lines, mids = there.seeded.days[DAY].lines, there.seeded.days[DAY].mids
    held = there.replay(*RUN, REPLAY_SETTLE_TIMEOUT_SECONDS="0.5")
    day = held.days[str(DAY)]
    assert (held.code, held.document["state"], day["stage"]) == (3, "waiting", "held")
    assert "downstream is still" in day["error"]
    assert f"replay resume {held.document['replay_id']}" in day["error"]
    assert {n.split("/")[0] for n in there.kept()} == {"state", "backup"}
    with there.pipeline():
        done = there.replay("resume", held.document["replay_id"])
    assert (done.code, done.err, "closed" in done.out, "\x1b" in done.out) == (0, "", True, False), done
    assert there.published() == Counter(dict.fromkeys(lines, 1))
    assert there.sink_mids("unique", DAY) == Counter(mids)
