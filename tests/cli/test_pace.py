"""A replay that runs elsewhere is slowed down, paused and let go on; it stands where it was all the while."""

import json
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from confluent_kafka import Consumer, Producer, TopicPartition

from sandbox.azurite import Azurite
from sandbox.kafka.tansu import Broker
from sandbox.processes import wait_until
from sandbox.world.pipeline import GROUP
from tests.cli.ground import DAY, Ground, finish, ground, wait_journaled

RUN = ("run", "raw", "--start-date", str(DAY), "--end-date", str(DAY), "--no-delete-backups", "--yes", "--json")
PUBLISHING = b'"kind":"note","step":"publish"'


@pytest.fixture
def there(azurite: Azurite, broker: Broker, tmp_path: Path) -> Iterator[Ground]:
    """With the shortest leases: how long a runner is waited for that may be dead."""
    with ground(azurite, broker, tmp_path) as made:
        yield replace(made, settings={**made.settings, "REPLAY_LEASE_SECONDS": "15"})


@pytest.fixture
def begun(there: Ground) -> str:
    """A replay that was killed before it published anything, and may publish a byte a second from now on."""
    process = there.start(*RUN)
    wait_journaled(there, process, b'"kind":"intent","step":"claim"')
    process.kill()
    finish(process)
    (replay,) = json.loads(there.replay("status", "--json").out)
    ordered = there.replay("rate", replay["replay_id"], "1B/s")
    assert (ordered.code, "limit 1e-06 MB/s" in ordered.err) == (0, True)
    return str(replay["replay_id"])


def test_a_slow_replay_is_paused_and_let_go_on(there: Ground, begun: str) -> None:
    """Every command is heard by the process that runs it; in the end every line is there once.

    Who lets it go on is told that it goes on where it runs, and is given one document: it runs, and is not paused.
    """
    with there.pipeline():
        runner = there.start("resume", begun, "--take-over", "--json")
        wait_journaled(there, runner, PUBLISHING)
        assert there.replay("pause", begun).code == 0
        assert "paused" in there.replay("status", begun).out
        gone_on = there.replay("resume", begun, "--json")
        assert (gone_on.code, "It goes on" in gone_on.err) == (0, True), gone_on
        assert (gone_on.document["replay_id"], gone_on.document["state"]) == (begun, "running")
        assert "paused" not in there.replay("status", begun).out
        assert runner.poll() is None
        assert there.replay("rate", begun, "off").code == 0
        done = finish(runner)
    assert (done.code, done.err) == (0, "")
    assert there.published() == Counter(there.seeded.days[DAY].lines)


def test_a_paused_replay_whose_runner_is_dead_is_carried_on(there: Ground, begun: str) -> None:
    """A resume waits for the dead one's lease and runs the replay to its end; it prints one document.

    No line is missing. What the dead one's publisher had sent and not committed is seen as well, as this broker shows
    what was aborted, but no line is counted twice.
    """
    lines = there.seeded.days[DAY].lines
    with there.pipeline():
        runner = there.start("resume", begun, "--take-over", "--json")
        wait_journaled(there, runner, PUBLISHING)
        assert there.replay("pause", begun).code == 0
        runner.kill()
        finish(runner)
        assert there.replay("rate", begun, "off").code == 0
        done = there.replay("resume", begun, "--json")
    day = done.days[str(DAY)]
    assert (done.code, done.document["state"], day["stage"]) == (0, "completed", "closed"), done
    assert (day["lines_published"], set(there.published())) == (len(lines), set(lines))
    assert "paused" not in there.replay("status", begun).out


def test_a_paused_replay_is_cancelled(there: Ground, begun: str) -> None:
    """It need not be let go first."""
    runner = there.start("resume", begun, "--take-over", "--json")
    wait_journaled(there, runner, PUBLISHING)
    there.replay("pause", begun)
    there.replay("cancel", begun)
    wait_until(lambda: runner.poll() is not None, "the end of the runner", 30)
    done = finish(runner)
    assert (done.code, done.days[str(DAY)]["stage"]) == (1, "restored")


def test_a_group_is_never_put_further_behind_than_its_limit(there: Ground) -> None:
    """While it reads nothing publishing comes to rest below the limit, and says so; it goes on when the group does."""
    config = Path(there.settings["REPLAY_CONFIG"])
    sources = json.loads(config.read_text())
    sources["raw"]["settle"] = [{"consumerGroup": GROUP, "maxLag": 1000}]
    config.write_text(json.dumps(sources))
    unread(there, 930)
    runner = there.start(*RUN)

    def rests() -> bool:
        assert runner.poll() is None, finish(runner)
        replays = json.loads(there.replay("status", "--json").out)
        return any("publishing rests" in (day["waiting"] or "") for replay in replays for day in replay["days"])

    wait_until(rests, "publishing to rest", 40)
    lines = there.seeded.days[DAY].lines
    assert 930 < there.published().total() < 930 + len(lines)
    with there.pipeline():
        done = finish(runner)
    assert (done.code, done.document["state"]) == (0, "completed"), done
    assert there.published().total() == 930 + len(lines)


def unread(there: Ground, count: int) -> None:
    """So many messages are in the topic, and the group stands before them."""
    producer = Producer({"bootstrap.servers": there.broker.bootstrap})
    for _ in range(count):
        producer.produce(there.topic, there.seeded.days[DAY].lines[0], partition=0)
    assert producer.flush(20) == 0
    with closing(Consumer({"bootstrap.servers": there.broker.bootstrap, "group.id": GROUP})) as consumer:
        consumer.commit(offsets=[TopicPartition(there.topic, 0, 0)], asynchronous=False)


@pytest.mark.parametrize("command", [("pause",), ("rate",), ("rate", "fast")])
def test_what_cannot_be_ordered_is_refused(there: Ground, command: tuple[str, ...]) -> None:
    """With the way out."""
    done = there.replay(command[0], "r20191201-101500-0a1b2c", *command[1:])
    assert done.code == 2
    assert "Traceback" not in done.err
