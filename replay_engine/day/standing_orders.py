"""What people have ordered of a whole replay: to stop, or how fast to publish. Every process may ask; runs look it up.

If the process dies here an order is in the state container, or it was not given.
"""

import json
from collections.abc import Callable
from contextlib import suppress
from datetime import datetime, timedelta

from replay_engine.errors import TryAgain
from replay_engine.model import Pace
from replay_engine.ports import BlobExists
from replay_engine.publish.rate_orders import ordered_pace
from replay_engine.state import names
from replay_engine.world import World

#: How often a runner looks whether another process asked it to stop, or to go slower.
_LOOK = timedelta(seconds=1)


class StandingOrders:
    """What was ordered of one replay. ``stopped_here`` says whether this process was asked to stop it."""

    def __init__(self, world: World, replay_id: str, runner: str, stopped_here: Callable[[], bool]) -> None:
        """Nothing was looked up yet."""
        self._world, self._replay_id, self._runner, self._stopped_here = world, replay_id, runner, stopped_here
        self.cancelled = False
        """Whether a person asked to stop, as far as was looked."""
        self._looked_at: datetime | None = None
        self._pace = Pace()
        self._paced_at: datetime | None = None

    def asked_to_stop(self) -> bool:
        """By whoever watches, or by any process through the state container; looked up every second."""
        now = self._world.clock.now()
        if not self.cancelled and (self._looked_at is None or now - self._looked_at >= _LOOK):
            self._looked_at = now
            with suppress(TryAgain):
                self.cancelled = self._world.state.head(names.cancel_request(self._replay_id)) is not None
        if not self.cancelled and self._stopped_here():
            self.cancelled = True
            with suppress(TryAgain):
                self.ask_to_stop()
        return self.cancelled

    def ask_to_stop(self) -> None:
        """Whichever process runs the replay, now or later, stops at the next safe point."""
        document = json.dumps({"by": self._runner, "at": self._world.clock.now().isoformat()}).encode()
        with suppress(BlobExists):
            self._world.state.create(names.cancel_request(self._replay_id), document)

    def pace(self) -> Pace:
        """As the last order says; looked up every second."""
        now = self._world.clock.now()
        if self._paced_at is None or now - self._paced_at >= _LOOK:
            self._paced_at = now
            with suppress(TryAgain):
                self._pace = ordered_pace(self._world.state, self._replay_id)
        return self._pace
