"""Who tells of a replay now: its runner, or else the bot process. A key in Redis that ends by itself.

It keeps two from posting the same thing at once. If its holder dies here the other one has it some seconds later;
while Redis is away the runner tells, and the bot process does not.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from redis.exceptions import RedisError

from bot.messages.records import Records

_SECONDS, _KEEP_SECONDS = 20, 5.0


class MessageTurn:
    """One teller's claim on one replay's messages."""

    def __init__(self, records: Records, replay_id: str) -> None:
        """Not taken yet."""
        self._records, self._replay_id, self._holder = records, replay_id, uuid4().hex

    def take(self) -> bool:
        """Whether it is ours now, and for some seconds."""
        return self._records.take_turn(self._replay_id, self._holder, _SECONDS)

    def wait(self) -> None:
        """For the runner: until it is ours, but no longer than a dead teller's turn lasts."""
        again = threading.Event()
        for _ in range(_SECONDS):
            try:
                if self.take():
                    return
            except RedisError:
                return
            again.wait(1.0)

    @contextmanager
    def kept(self) -> Iterator[None]:
        """Keep it while the block lasts, however slow Slack is, and then give it back."""
        done = threading.Event()
        thread = threading.Thread(target=self._keep, args=(done,), name="tellers-turn", daemon=True)
        thread.start()
        try:
            yield
        finally:
            done.set()
            thread.join()
            self._give_back()

    def _keep(self, done: threading.Event) -> None:
        while not done.wait(_KEEP_SECONDS):
            try:
                self.take()
            except RedisError:
                continue

    def _give_back(self) -> None:
        try:
            self._records.give_turn_back(self._replay_id, self._holder)
        except RedisError:
            return
