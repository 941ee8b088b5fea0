"""What the bot's tests stand on, as fixtures: a world with many small days, a Slack, the bot behind signed requests.

The world is one for a whole run; conversations keep apart by their days.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from datetime import date, timedelta
from itertools import islice
from pathlib import Path

import pytest
from redis import Redis

from bot.messages.records import Records
from sandbox.slack import SlackStandIn, slack_stand_in
from sandbox.valkey import Valkey
from sandbox.world.parts import World
from sandbox.world.parts import world as run_world
from sandbox.world.seed import Seeded, seed
from tests.helpers.board import Ahead
from tests.helpers.conversation import Conversation, serve_bot

FIRST_DAY = date(2019, 12, 1)
DAYS = 60
#: For plans that nobody runs.
ONLY_LOOKED_AT = date(2019, 12, 30)
#: The stand-in has no limits here, and nobody waits for turns.
UNHURRIED = {"REPLAY_SLACK_PACE": "0"}
FreshDays = Callable[[int], tuple[date, ...]]


@pytest.fixture
def redis_url(valkey: Valkey) -> str:
    """An empty Redis."""
    with Redis.from_url(valkey.url) as redis:
        redis.flushdb()
    return valkey.url


@pytest.fixture
def clock() -> Ahead:
    """For what is found out by silence."""
    return Ahead()


@pytest.fixture
def records(redis_url: str) -> Records:
    return Records(redis_url)


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    """A workspace of the test's own, without rate limits: those have a test of their own, and cost time."""
    with slack_stand_in(limits=False) as running:
        yield running


@pytest.fixture(scope="session")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One world for all conversations, with its pipeline; they keep apart by their days."""
    with run_world(tmp_path_factory.mktemp("world")) as running:
        yield running


@pytest.fixture(scope="session")
def seeded(world: World) -> Seeded:
    """Many days with few events."""
    days = [FIRST_DAY + timedelta(number) for number in range(DAYS)]
    return seed(world.container, world.druid.state, days=days, events_per_day=40)


@pytest.fixture(scope="session")
def fresh_days(seeded: Seeded) -> FreshDays:
    """Takes that many seeded days in a row which no test has touched."""
    left = iter(sorted(seeded.days.keys() - {ONLY_LOOKED_AT}))

    def fresh(count: int) -> tuple[date, ...]:
        days = tuple(islice(left, count))
        while days and days[-1] - days[0] >= timedelta(count):
            days = (*days[1:], next(left))
        assert len(days) == count, "no day is left: raise DAYS"
        return days

    return fresh


@pytest.fixture
def conversation(
    world: World, seeded: Seeded, slack: SlackStandIn, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[Conversation]:
    """The bot behind signed requests; plans and runs are worked off when the test says so."""
    for name, value in (world.environment() | slack.environment() | UNHURRIED).items():
        monkeypatch.setenv(name, value)
    # A day that is only seen to be refilled would keep its backup, and the world is looked at as a whole.
    monkeypatch.setenv("REPLAY_KEEP_BACKUPS_FOR", "0")
    monkeypatch.setenv("REPLAY_SLACK_FREE_TEXT", "topic,container")
    monkeypatch.setenv("REPLAY_CLUSTERS", f"here={world.broker.bootstrap};nowhere=127.0.0.1:1")
    with Redis.from_url(world.valkey.url) as redis:
        redis.flushdb()
    with ExitStack() as parts:
        url = parts.enter_context(serve_bot())
        yield Conversation(slack, world, seeded, url, slack.use_http(url))
