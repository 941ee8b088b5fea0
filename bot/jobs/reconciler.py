"""Finds what nobody carries on, and what is kept too long: the worker asks when it starts and every so often.

It acts on the journals and leases alone, so it may run in any number of workers: what two of them queue is
carried on once, by whoever gets the lease. Its only memory is how often it has tried, and that may be lost.
"""

import structlog
from redis.exceptions import RedisError

from bot.jobs.enqueue import Jobs
from replay_engine import Engine, ReplayError

#: Soon after a dead runner's lease has run out.
EVERY_SECONDS = 20.0
_MOST_DOUBLINGS = 8

log = structlog.get_logger()


class Patience:
    """Which looks to try at: a replay that breaks off again and again is tried ever more rarely."""

    def __init__(self) -> None:
        """Nothing was tried yet."""
        self._look = 0
        self._tries: dict[str, int] = {}
        self._due: dict[str, int] = {}

    def look(self) -> None:
        """Another look begins."""
        self._look += 1

    def due(self, replay_id: str) -> bool:
        """Whether to try now; if so, the next try comes after twice as many looks as this one did."""
        if self._look < self._due.get(replay_id, 0):
            return False
        tries = self._tries.get(replay_id, 0)
        self._tries[replay_id] = tries + 1
        self._due[replay_id] = self._look + 2 ** min(tries, _MOST_DOUBLINGS)
        return True


def reconcile(engine: Engine, jobs: Jobs, patience: Patience) -> None:
    """Queue every interrupted replay, and delete backups whose time is over. Away today is no harm: it asks again."""
    patience.look()
    try:
        for replay_id in engine.interrupted():
            if patience.due(replay_id) and jobs.carry_on(replay_id):
                log.info("carrying on", replay=replay_id)
        engine.sweep()
    except (ReplayError, RedisError) as error:
        log.warning("could not look for interrupted replays", error=str(error))
