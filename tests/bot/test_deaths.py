"""The real processes, killed: the live message ends right, whoever tells it, and nothing is there twice."""

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from datetime import date
from pathlib import Path

import pytest
from redis import Redis

from sandbox.processes import Child, child
from sandbox.slack import Message, SlackStandIn
from sandbox.world.parts import World
from sandbox.world.seed import Seeded
from tests.bot_parts import UNHURRIED, FreshDays
from tests.helpers.gate import Gate, gate
from tests.helpers.processes import descendants

pytestmark = pytest.mark.timeout(240)
_PATIENCE_SECONDS = 100


class Town:
    """Slack, a world behind a gate, and processes that come and go."""

    def __init__(self, slack: SlackStandIn, environment: dict[str, str], directory: Path, parts: ExitStack) -> None:
        self.slack, self._environment, self._directory, self._parts = slack, environment, directory, parts
        self._started = 0

    def start(self, module: str) -> Child:
        """A bot or a worker that is ready."""
        self._started += 1
        log = self._directory / f"{module}-{self._started}.log"
        command = [sys.executable, "-m", module]
        process = child(module, command, log=log, environment=self._environment, ready=lambda c: "ready" in c.output())
        return self._parts.enter_context(process)

    def begin(self, day: date) -> Message:
        """Have a replay of this day confirmed; its live message."""
        asha = self.slack.person("operator")
        asha.slash("/replay", f"raw {day}")
        plan = self.slack.wait_for(lambda: next(iter(self.slack.messages()), None), 60, "the plan")
        asha.click(plan, "Review and start")
        question = asha.wait_for_view(title="Start this replay?")
        question.fill({"typed": "raw"})
        assert question.submit().outcome == "closed"
        return self.slack.wait_for(lambda: next(iter(self.slack.messages()[1:]), None), 60, "the live message")

    def wait_until_it_says(self, live: Message, words: str) -> None:
        self.slack.wait_for(
            lambda: words in self.slack.text_of(self.slack.message(live.ts)), _PATIENCE_SECONDS, f"{words!r}"
        )

    def said(self, live: Message) -> list[str]:
        """The first line of everything in the channel and in the thread."""
        said = [*self.slack.messages(), *self.slack.thread(live.ts)]
        return [message.text.splitlines()[0] for message in said]


def kill(process: Child) -> None:
    """With all its children, at once."""
    for pid in (*descendants(process.pid), process.pid):
        os.kill(pid, signal.SIGKILL)
    process.process.wait()


@contextmanager
def town(world: World, slack: SlackStandIn, directory: Path, through: str) -> Iterator[Town]:
    environment = world.environment() | slack.environment() | UNHURRIED
    environment |= {"REPLAY_AZURE_CONNECTION_STRING": through, "REPLAY_LEASE_SECONDS": "15"}
    with Redis.from_url(world.valkey.url) as redis:
        redis.flushdb()
    with ExitStack() as parts:
        yield Town(slack, environment, directory, parts)


@pytest.fixture
def middle(
    world: World, seeded: Seeded, slack: SlackStandIn, fresh_days: FreshDays, tmp_path: Path
) -> Iterator[tuple[Town, date, Gate]]:
    """A day whose replay stops before its last source file, until the gate is opened."""
    (day,) = fresh_days(1)
    with (
        gate(world.azurite, seeded.days[day].source_blobs[-1]) as (standing, through),
        town(world, slack, tmp_path, through) as running,
    ):
        yield running, day, standing


def test_a_dead_worker_is_told_of_by_the_bot_and_carried_on_by_another(middle: tuple[Town, date, Gate]) -> None:
    """Never "running" for longer than its lease; then another worker ends it, in the same messages."""
    running, day, standing = middle
    running.start("bot")
    worker = running.start("bot.worker")
    live = running.begin(day)
    assert standing.reached.wait(60)
    kill(worker)
    running.wait_until_it_says(live, "interrupted")
    standing.opened.set()
    running.start("bot.worker")
    running.wait_until_it_says(live, "*Replay of raw* · completed")
    running.slack.wait_for(lambda: len(running.said(live)) == 4 or None, 30, "the last of its messages")
    said = running.said(live)
    assert len(said) == len(set(said))
    assert [line for line in said if line.startswith(f":white_check_mark: *{day} closed*")]


def test_a_dead_bot_changes_nothing_for_a_replay(middle: tuple[Town, date, Gate]) -> None:
    """The worker tells it to its end; a bot that comes later finds nothing to add."""
    running, day, standing = middle
    bot = running.start("bot")
    running.start("bot.worker")
    live = running.begin(day)
    assert standing.reached.wait(60)
    kill(bot)
    standing.opened.set()
    running.wait_until_it_says(live, "*Replay of raw* · completed")
    running.slack.wait_for(lambda: len(running.said(live)) == 4 or None, 30, "the last of its messages")
    running.start("bot")
    asha = running.slack.person("operator")
    running.slack.wait_until_connected()
    asha.slash("/replay", "status")
    running.slack.wait_for(
        lambda: "completed" in running.slack.text_of(asha.ephemerals()[-1]) or None, 60, "the status"
    )
    assert len(running.said(live)) == 4
