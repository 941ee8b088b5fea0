"""Publishers on machines of their own are killed while they publish, and so is a whole machine of them.

Runner and publishers meet in Redis, the store and Kafka alone, as they would on several machines.
"""

import json
import os
import signal
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import ContainerClient
from redis import Redis

from replay_engine import Engine, Pace, ReplayState, Request, load_news, load_settings
from sandbox.azurite import Azurite
from sandbox.druid.stand_in import Druid
from sandbox.kafka.tansu import Broker
from sandbox.processes import Child, child, wait_until
from sandbox.valkey import Valkey, valkey
from tests.adapters.publishers_contract import runs
from tests.crash.platform import DAY, platform
from tests.helpers.processes import descendants

#: One file of the source a shard, and slow enough to be caught at it.
_SHARD_BYTES, _SLOW = 1, Pace(events_per_second=200.0)
_EVEN_SEED = 2
_PATIENCE_SECONDS = 120


@pytest.mark.timeout(240)
def test_publishers_that_are_killed_are_replaced(
    tmp_path: Path,
    azurite: Azurite,
    broker: Broker,
    druid: Druid,
    container: ContainerClient,
    topic_prefix: str,
    monkeypatch: pytest.MonkeyPatch,
    figures: Callable[[str, int], None],
) -> None:
    """One publisher dies by itself, the others with their machine; those of another machine publish the rest."""
    world = platform(tmp_path, azurite, broker, druid, container, topic_prefix, _EVEN_SEED)
    with valkey(tmp_path) as redis, world as running:
        environment = {**running.environment, "REPLAY_SHARD_BYTES": str(_SHARD_BYTES), "REPLAY_SHARD_EXECUTOR": "rq"}
        environment |= {"REPLAY_REDIS_URL": redis.url, "SLACK_BOT_TOKEN": "xoxb-nobody-is-told"}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        engine = Engine(load_settings())
        plan = engine.plan(Request("raw", str(DAY)))
        engine.keep(plan)
        engine.set_pace(plan.replay_id, _SLOW)
        with _machine("runner", tmp_path, environment), _machine("publisher", tmp_path, environment) as first:
            wait_until(lambda: _committed(redis) > 0, "the first commit")
            one, _ = _publishers(first)
            _kill([one])
            wait_until(lambda: not runs(one), "its end")
            _kill([*_publishers(first), *_workers(first), first.pid])
            figures("publishers killed", 3)
            with _machine("publisher", tmp_path, environment):
                engine.set_pace(plan.replay_id, Pace())
                ended = lambda: engine.status(plan.replay_id).state is not ReplayState.RUNNING  # noqa: E731
                wait_until(ended, "the end of the replay", _PATIENCE_SECONDS)
        report = engine.status(plan.replay_id)
        assert report.state is ReplayState.COMPLETED, report.days[0].error
        figures("events that were repeated from an interrupted commit interval", running.check("closed"))


@contextmanager
def _machine(role: str, directory: Path, environment: Mapping[str, str]) -> Iterator[Child]:
    command = [sys.executable, "-m", "bot.worker", "--role", role, "--processes", "2"]
    log = directory / f"{role}-{len(list(directory.iterdir()))}.log"
    with child(role, command, log=log, environment=environment, ready=lambda c: "ready" in c.output()) as started:
        yield started


def _workers(machine: Child) -> list[int]:
    """RQ's workers of a machine."""
    return [int(pid) for pid in Path(f"/proc/{machine.pid}/task/{machine.pid}/children").read_text().split()]


def _publishers(machine: Child) -> list[int]:
    """Two processes that publish a shard each."""
    found: list[int] = []

    def at_work() -> bool:
        found[:] = sorted(descendants(machine.pid) - set(_workers(machine)))
        return len(found) == 2

    wait_until(at_work, "two publishers at work")
    return list(found)


def _kill(pids: Sequence[int]) -> None:
    for pid in pids:
        os.kill(pid, signal.SIGKILL)


def _committed(valkey: Valkey) -> int:
    """How many lines publishers say that they have committed."""
    with Redis.from_url(valkey.url, decode_responses=True) as redis:
        boards: list[Any] = [redis.hgetall(key) for key in redis.scan_iter("replay:shards:*")]
    said = [json.loads(text)["news"] for board in boards for name, text in board.items() if name.startswith("said:")]
    return sum(load_news(news).counts.lines for news in said if news is not None)
