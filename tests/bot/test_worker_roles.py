"""What a worker process is for, how many children it has, and in which order they end."""

import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import pytest

from bot import settings
from bot.queues import ORDERS, PLANS, RUNS, SHARDS
from bot.worker import Role, queues
from replay_engine import Engine, ReplayState, Request, load_settings
from sandbox.processes import Child, child, wait_until
from sandbox.slack import SlackStandIn
from sandbox.world.parts import World
from sandbox.world.seed import Seeded
from tests.bot_parts import FreshDays
from tests.helpers.gate import gate
from tests.helpers.processes import descendants


@contextmanager
def worker(log: Path, environment: Mapping[str, str], *options: str) -> Iterator[Child]:
    """A worker that listens."""
    command = [sys.executable, "-m", "bot.worker", *options]
    with child(
        "the worker", command, log=log, environment=environment, ready=lambda c: "ready" in c.output(), grace_seconds=20
    ) as started:
        yield started


@pytest.mark.parametrize(
    ("role", "executor", "expected"),
    [
        ("all", "local", [PLANS, ORDERS, RUNS]),
        ("all", "rq", [PLANS, ORDERS, RUNS, SHARDS, SHARDS, SHARDS]),
        ("planner", "rq", [PLANS, ORDERS]),
        ("runner", "rq", [RUNS]),
        ("publisher", "local", [SHARDS] * 3),
        ("publisher", "rq", [SHARDS] * 3),
    ],
)
def test_a_role_is_a_choice_of_queues(
    monkeypatch: pytest.MonkeyPatch, slack: SlackStandIn, role: str, executor: str, expected: list[str]
) -> None:
    """One worker alone does everything; publishers have children of their own, so a run never waits for itself."""
    for name, value in (
        slack.environment() | {"REPLAY_REDIS_URL": "redis://", "REPLAY_SHARD_EXECUTOR": executor}
    ).items():
        monkeypatch.setenv(name, value)
    assert queues(Role(role), 3, settings.load()) == expected


def test_publishers_alone_end_on_a_signal(tmp_path: Path, slack: SlackStandIn, redis_url: str) -> None:
    """As many as were asked for, and nothing else."""
    environment = slack.environment() | {"REPLAY_REDIS_URL": redis_url}
    with worker(tmp_path / "log", environment, "--role", "publisher", "--processes", "2") as publishers:
        below = descendants(publishers.pid)
        assert len(below) == 2
        publishers.process.terminate()
        assert publishers.process.wait(30) == 0
        wait_until(lambda: not any(Path(f"/proc/{pid}").exists() for pid in below), "the end of the children", 10)
        assert "Traceback" not in publishers.output()


def test_a_run_that_is_let_finish_keeps_its_publishers(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    slack: SlackStandIn,
    world: World,
    seeded: Seeded,
    redis_url: str,
    fresh_days: FreshDays,
) -> None:
    """A worker that is told to end publishes the day that it runs, and then ends; nothing is left for another."""
    (day,) = fresh_days(1)
    with gate(world.azurite, seeded.days[day].source_blobs[-1]) as (standing, through_the_gate):
        environment = world.environment() | slack.environment() | {"REPLAY_REDIS_URL": redis_url}
        for name, value in environment.items():
            monkeypatch.setenv(name, value)
        engine = Engine(load_settings())
        plan = engine.plan(Request("raw", str(day)))
        engine.keep(plan)
        options = {"REPLAY_AZURE_CONNECTION_STRING": through_the_gate, "REPLAY_SHARD_EXECUTOR": "rq"}
        with worker(tmp_path / "log", environment | options, "--processes", "1") as everything:
            assert standing.reached.wait(60)
            everything.process.terminate()
            standing.opened.set()
            assert everything.process.wait(90) == 0, everything.output()
        assert engine.status(plan.replay_id).state is ReplayState.COMPLETED
