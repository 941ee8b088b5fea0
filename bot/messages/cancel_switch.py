"""Whether somebody pressed Cancel. Redis is asked on a thread of its own, so that a replay never waits for it.

While Redis is away nobody can cancel; the replay goes on.
"""

import threading
from collections.abc import Callable

import structlog
from redis.exceptions import RedisError

from bot.messages.records import Records

_LOOK_SECONDS = 1.0

log = structlog.get_logger()


class CancelSwitch:
    """Looks at one replay's switch every second until it is flipped; it is never flipped back."""

    def __init__(self, records: Records, replay_id: str, flipped: Callable[[], None]) -> None:
        """Nothing is asked before `start`; ``flipped`` is called once, from the switch's thread."""
        self._records, self._replay_id, self._flipped = records, replay_id, flipped
        self._closing = threading.Event()
        self._thread = threading.Thread(target=self._look_out, name="cancel-switch", daemon=True)
        self.by: str | None = None

    def start(self) -> None:
        """Look at once, as a replay may be cancelled while it waits in the queue, and then every second."""
        self._look()
        self._thread.start()

    def close(self) -> None:
        """Look no more."""
        self._closing.set()
        self._thread.join()

    def _look_out(self) -> None:
        while not self._closing.wait(_LOOK_SECONDS):
            if self._look():
                self._flipped()
                return

    def _look(self) -> bool:
        if self.by is None:
            try:
                self.by = self._records.cancelled_by(self._replay_id)
            except RedisError as error:
                log.warning("redis is away; cancel cannot be seen", replay=self._replay_id, error=str(error))
        return self.by is not None
