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
from sandbox.kafka.tansu import Broker
from sandbox.world.sinks import blob_name, gzip_lines, upload_all
from sandbox.world.telemetry import events
from tests.cli.ground import DAY, Ground, finish, ground, wait_journaled

RUN = ("run", "raw", "--start-date", str(DAY), "--end-date", str(DAY), "--yes", "--json")
MANY = 400
PUBLISHING = b'"kind":"intent","step":"publish"'
CLAIMED = b'"kind":"intent","step":"claim"'


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
        # Refused by the plan; and by the days' locks where somebody says that he wants it all the same.
        for more, code in (((), 2), (("--again",), 1)):
            second = there.replay(*RUN, "--no-delete-backups", *more)
            assert (second.code, standing["replay_id"] in second.days[str(DAY)]["error"]) == (code, True)
        done = there.replay("resume", standing["replay_id"], "--take-over", "--json")
    assert (done.code, done.days[str(DAY)]["stage"]) == (0, "closed"), done
    published = there.published()
    assert set(published) == set(many)
    mids = Counter(mid for mid in there.sink_mids("unique", DAY).elements())
    assert mids.total() == published.total()
    assert set(mids) == set(there.druid_mids(DAY))
    assert [n for n in there.kept() if n.startswith(("backup/", "state/locks/"))] == []


def test_a_day_that_does_not_land_waits_for_a_person(there: Ground) -> None:
    """No pipeline runs: exit 3, backup and locks stay; when it runs again, carrying on closes the day.

    Without a terminal nothing is drawn meanwhile: a table at the end is all.
    """
    lines, mids = there.seeded.days[DAY].lines, there.seeded.days[DAY].mids
    waits = there.replay(*RUN, REPLAY_LANDING_PATIENCE_SECONDS="0")
    day = waits.days[str(DAY)]
    assert (waits.code, waits.document["state"], day["stage"]) == (3, "landing", "published")
    assert "offsets behind on" in day["landing"]
    assert {n.split("/")[0] for n in there.kept()} == {"state", "backup"}
    with there.pipeline():
        done = there.replay("resume", waits.document["replay_id"])
    assert (done.code, done.err, "closed" in done.out, "\x1b" in done.out) == (0, "", True, False), done
    assert there.published() == Counter(dict.fromkeys(lines, 1))
    assert there.sink_mids("unique", DAY) == Counter(mids)


def test_a_day_that_is_published_can_still_be_restored(there: Ground) -> None:
    """It waits, as nothing lands; the restore waits for what was published to land, and sets it aside."""
    before, used = there.sink_blobs(DAY), there.used()
    waits = there.replay(*RUN, REPLAY_LANDING_PATIENCE_SECONDS="0")
    replay_id = waits.document["replay_id"]
    assert (waits.code, waits.days[str(DAY)]["stage"], there.sink_blobs(DAY)) == (3, "published", {}), waits
    with there.pipeline() as pipeline:
        done = there.replay("restore", replay_id, "--day", str(DAY), "--json")
        assert pipeline.landed_events > 0
    day = done.days[str(DAY)]
    assert (done.code, day["stage"], day["lines_published"]) == (0, "restored", len(there.seeded.days[DAY].lines)), done
    assert (there.sink_blobs(DAY), there.used()) == (before, used)
    aside = [name for name in there.kept() if name.startswith(f"quarantine/{replay_id}/{DAY}/")]
    assert (day["blobs_restored"], day["blobs_quarantined"]) == (len(before), len(aside))
    assert aside != []
    assert [name for name in there.kept() if name.startswith(("backup/", "state/locks/"))] == []
    assert there.replay("verify", replay_id).code == 0


def test_a_runner_without_druid_leaves_a_day_that_needs_it(there: Ground) -> None:
    """It says in one sentence which setting is missing and touches nothing; with the setting the day is closed."""
    with there.pipeline():
        process = there.start(*RUN)
        wait_journaled(there, process, CLAIMED)
        process.kill()
        finish(process)
        (standing,) = there.replay("status", "--json").document
        resume = ("resume", standing["replay_id"], "--take-over", "--json")
        before, journals = there.snapshot(), there.journals()
        without = there.replay(*resume, REPLAY_DRUID_URL=None)
        assert (there.snapshot(), there.journals()) == (before, journals)
        assert (without.code, without.document["state"]) == (3, "interrupted"), without
        says = f"{DAY} has Druid sinks, and no Druid is configured here. Set REPLAY_DRUID_URL; nothing was touched."
        assert without.days[str(DAY)]["error"] == says
        assert " ".join(without.err.split()).endswith(says)
        done = there.replay(*resume)
    assert (done.code, done.days[str(DAY)]["stage"]) == (0, "closed"), done
    assert there.sink_mids("unique", DAY) == Counter(there.seeded.days[DAY].mids)


def test_what_has_ended_cannot_be_cancelled(there: Ground) -> None:
    """Exit 2 and one sentence; neither its state nor what is known of it changes."""
    with there.pipeline():
        closed = there.replay(*RUN)
    assert closed.code == 0, closed
    replay_id, before = closed.document["replay_id"], there.snapshot()
    done = there.replay("cancel", replay_id)
    assert (done.code, done.out, len(done.err.strip().splitlines())) == (2, "", 1), done
    assert f"{DAY} of {replay_id} has ended" in done.err
    assert there.snapshot() == before
    assert there.replay("status", replay_id, "--json").document == closed.document
