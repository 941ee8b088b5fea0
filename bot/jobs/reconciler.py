"""Finds what nobody carries on, and what is kept too long: the worker asks when it starts and every so often.

It acts on the journals and leases alone, so it may run in any number of workers: what two of them queue is
carried on once, by whoever gets the lease. Its only memory is how often it has tried, and that may be lost.
"""

import structlog
from redis.exceptions import RedisError

from bot.jobs.enqueue import Jobs
from replay_engine import Engine, ReplayError, ReplayState

#: Soon after a dead runner's lease has run out.
EVERY_SECONDS = 20.0
_MOST_DOUBLINGS = 8
#: A replay that only waits for its landing is looked at in one look of these.
_LOOKS_WHILE_LANDING = 3

log = structlog.get_logger()


class Patience:
    """Which looks to try at: a replay that breaks off again and again is tried ever more rarely."""

    def __init__(self) -> None:
        """Nothing was tried yet."""
        self._look = 0
        self._tries: dict[str, int] = {}
        self._due: dict[tuple[str, bool], int] = {}

    def look(self) -> None:
        """Another look begins."""
        self._look += 1

    def due(self, replay_id: str, *, landing: bool = False) -> bool:
        """Whether to try now; if so, the next try comes after twice as many looks as this one did.

        One that waits for its ``landing`` does not break off: it is looked at at the same pace for as long as it takes.
        """
        if self._look < self._due.get((replay_id, landing), 0):
            return False
        if landing:
            # It has come that far: what it broke off at is behind it.
            self._tries.pop(replay_id, None)
            self._due.pop((replay_id, False), None)
        tries = self._tries.get(replay_id, 0)
        pause = _LOOKS_WHILE_LANDING if landing else 2 ** min(tries, _MOST_DOUBLINGS)
        self._tries[replay_id] = tries + 1
        self._due[replay_id, landing] = self._look + pause
        return True


def reconcile(engine: Engine, jobs: Jobs, patience: Patience) -> None:
    """Queue every interrupted replay and, every minute or so, those that wait for their landing; delete backups whose
    time is over. Away today is no harm: it asks again.
    """
    patience.look()
    try:
        for report in engine.interrupted():
            landing = report.state is ReplayState.LANDING
            if patience.due(report.replay_id, landing=landing) and jobs.carry_on(report.replay_id) and not landing:
                log.info("carrying on", replay=report.replay_id)
        engine.sweep()
    except (ReplayError, RedisError) as error:
        log.warning("could not look for interrupted replays", error=str(error))
