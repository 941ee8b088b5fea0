"""``replay retry``: the day that failed is replayed again once its file is mended; history says who did what."""

import getpass
import gzip
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.azurite import Azurite
from sandbox.kafka.tansu import Broker
from sandbox.world.sinks import gzip_lines
from tests.cli.ground import DAMAGED, DAY, LAST, Done, Ground, ground

RUN = ("run", "raw", "--start-date", str(DAY), "--end-date", str(LAST), "--yes", "--json")


@pytest.fixture
def there(azurite: Azurite, broker: Broker, tmp_path: Path) -> Iterator[Ground]:
    with ground(azurite, broker, tmp_path, days=(DAY, DAMAGED, LAST), damage_day=DAMAGED) as made, made.pipeline():
        yield made


def mend(there: Ground) -> None:
    """Put the damaged file there whole: without it the source could not bring back what the sinks hold."""
    day = there.seeded.days[DAMAGED]
    assert day.damaged_blob is not None
    others = [there.container.download_blob(name).readall() for name in day.source_blobs if name != day.damaged_blob]
    readable = {line for content in others for line in gzip.decompress(content).split(b"\n")}
    whole = gzip_lines([line for line in day.lines if line not in readable])
    there.container.upload_blob(day.damaged_blob, whole, overwrite=True)


def audit_log(done: Done) -> list[tuple[str, str]]:
    assert done.code == 0, done
    return [(audit_entry["by"], audit_entry["what"]) for audit_entry in done.document["deeds"]]


def test_only_the_failed_day_is_replayed_again(there: Ground) -> None:
    """As a replay of its own; what was closed is left alone, and afterwards nothing is left to retry."""
    first = there.replay(*RUN)
    assert first.code == 1, first
    mend(there)
    closed = {day: there.sink_blobs(day) for day in (DAY, LAST)}
    retried = there.replay("retry", first.document["replay_id"], "--yes", "--json")
    assert (retried.code, list(retried.days)) == (0, [str(DAMAGED)]), retried
    assert {day: there.sink_blobs(day) for day in (DAY, LAST)} == closed
    assert there.sink_mids("unique", DAMAGED) == Counter(there.seeded.days[DAMAGED].mids)
    again = there.replay("retry", retried.document["replay_id"], "--yes", "--json")
    assert (again.code, "No day" in again.err) == (2, True)
    me = getpass.getuser()
    assert audit_log(there.replay("history", retried.document["replay_id"], "--json")) == [(me, "confirmed")]
    shown = there.replay("history", retried.document["replay_id"]).out
    assert Counter(word in shown for word in (me, "confirmed", first.document["replay_id"])) == {True: 3}


def test_a_replay_that_is_not_there_has_no_history(there: Ground) -> None:
    """And nothing to retry."""
    for command in ("history", "retry"):
        done = there.replay(command, "r20191201-101500-0a1b2c")
        assert (done.code, "There is no" in done.err) == (2, True)
