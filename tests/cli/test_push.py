"""A replay of what the sinks never had: events are pushed, and nothing is backed up, deleted or touched in Druid."""

import gzip
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.azurite import Azurite
from sandbox.kafka.tansu import Broker
from tests.cli.ground import DAY, Ground, ground

DATES = ("--start-date", str(DAY), "--end-date", str(DAY))


@pytest.fixture
def there(azurite: Azurite, broker: Broker, tmp_path: Path) -> Iterator[Ground]:
    """Without a pipeline, and with the shipped config, which waits for none."""
    with ground(azurite, broker, tmp_path) as made:
        yield replace(made, settings={n: v for n, v in made.settings.items() if n != "REPLAY_CONFIG"})


def test_a_source_of_which_nothing_depends(there: Ground) -> None:
    """Its lines go to the topic that is named; no Druid is needed."""
    before, used = there.stored(), there.used()
    name, data = next((n, d) for n, d in before.items() if n.startswith(f"failed/{DAY}-"))
    done = there.replay("run", "failed", *DATES, "--topic", there.topic, "--yes", "--json", REPLAY_DRUID_URL=None)
    assert (done.code, done.days[str(DAY)]["stage"]) == (0, "closed"), done
    assert there.published() == Counter(gzip.decompress(data).splitlines()), name
    assert (there.stored(), there.used(), there.druid.requests) == (before, used, [])
    assert (done.days[str(DAY)]["blobs_deleted"], done.days[str(DAY)]["segments_deleted"]) == ({}, {})


def test_one_file_is_pushed_and_nothing_deleted(there: Ground) -> None:
    """The rest of its day is not; without being told it deletes nothing."""
    before, used = there.stored(), there.used()
    name = there.seeded.days[DAY].source_blobs[1]
    done = there.replay("run", "raw", "--file-path", name, "--yes", "--json")
    assert (done.code, done.days[str(DAY)]["stage"]) == (0, "closed"), done
    assert there.published() == Counter(gzip.decompress(before[name]).splitlines())
    assert (there.stored(), there.used(), there.druid.state.kills) == (before, used, [])
    assert {kept.split("/")[0] for kept in there.kept()} == {"state"}


def test_a_damaged_file_fails_the_day_and_touches_nothing(there: Ground) -> None:
    """Nothing of the shard that it is in was committed; exit 1."""
    name = there.seeded.days[DAY].source_blobs[-1]
    there.container.upload_blob(name, there.stored(name)[name][:-6], overwrite=True)
    before, used = there.stored(), there.used()
    done = there.replay("run", "raw", *DATES, "--no-delete-backups", "--yes", "--json")
    day = done.days[str(DAY)]
    assert (done.code, day["stage"], name in day["error"]) == (1, "restored", True), done
    assert day["lines_published"] == 0
    assert (there.stored(), there.used()) == (before, used)
