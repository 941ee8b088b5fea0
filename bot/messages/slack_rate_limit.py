"""How often Slack may be spoken to, over all processes: a turn is a key in Redis that lives until the next one.

While Redis is away each process keeps the pace for itself. If the process dies here its turn ends by itself.
"""

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from redis.exceptions import RedisError

from bot.redis_connection import connect

_LONGEST_NAP_SECONDS = 1.0


@dataclass(frozen=True, slots=True)
class Turn:
    """What may happen once in so many seconds."""

    name: str
    every_seconds: float


def post_turns(channel: str) -> tuple[Turn, ...]:
    """About one post a second a channel."""
    return (Turn(f"post:{channel}", 1.0),)


def edit_turns(ts: str) -> tuple[Turn, ...]:
    """One edit in 3 s of one message, and 50 a minute of all of them."""
    return Turn(f"edit:{ts}", 3.0), Turn("edits", 1.2)


def read_turns() -> tuple[Turn, ...]:
    """Looking for a message, 50 times a minute."""
    return (Turn("reads", 1.2),)


class SlackRateLimit:
    """Waits for turns; only for threads that may wait, never for a listener's."""

    def __init__(
        self,
        redis_url: str,
        factor: float = 1.0,
        sleep: Callable[[float], None] = time.sleep,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        """Binds to Redis; no request yet. ``factor`` stretches every turn; with 0 there are none."""
        self._redis, self._factor = connect(redis_url), factor
        self._sleep, self._monotonic = sleep, monotonic
        self._due: dict[str, float] = {}

    def wait(self, turns: tuple[Turn, ...]) -> None:
        """Until all of these are ours, and nobody was told to rest."""
        self._wait_out("rest")
        for turn in (replace(turn, every_seconds=turn.every_seconds * self._factor) for turn in turns):
            while turn.every_seconds and not self._take(turn):
                self._wait_out(turn.name)
            self._due[turn.name] = self._monotonic() + turn.every_seconds

    def rest(self, seconds: float) -> None:
        """Slack said that it is asked too often: nobody speaks for so long."""
        self._due["rest"] = self._monotonic() + seconds
        try:
            self._redis.set(_key("rest"), 1, px=_milliseconds(seconds))
        except RedisError:
            return

    def _take(self, turn: Turn) -> bool:
        if self._due.get(turn.name, 0.0) > self._monotonic():
            return False
        try:
            return bool(self._redis.set(_key(turn.name), 1, px=_milliseconds(turn.every_seconds), nx=True))
        except RedisError:
            return True

    def _wait_out(self, name: str) -> None:
        while (seconds := max(self._due.get(name, 0.0) - self._monotonic(), self._seconds_taken(name))) > 0:
            self._sleep(min(seconds, _LONGEST_NAP_SECONDS))

    def _seconds_taken(self, name: str) -> float:
        """Seconds for which somebody else has the turn."""
        try:
            return max(0.0, float(self._redis.pttl(_key(name))) / 1000)
        except RedisError:
            return 0.0


def _milliseconds(seconds: float) -> int:
    return max(1, int(seconds * 1000))


def _key(name: str) -> str:
    return f"replay-slack:{name}"
