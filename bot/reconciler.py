"""Finds what nobody carries on, and what is kept too long: the worker asks when it starts and every so often.

It acts on the journals and leases alone, so it needs no memory and may run in any number of workers: what two of
them queue is carried on once, by whoever gets the lease.
"""

import structlog
from redis.exceptions import RedisError

from bot.jobs import Jobs
from replay_engine import Engine, ReplayError

#: Soon after a dead runner's lease has run out.
EVERY_SECONDS = 20.0

log = structlog.get_logger()


def reconcile(engine: Engine, jobs: Jobs) -> None:
    """Queue every interrupted replay, and delete backups whose time is over. Away today is no harm: it asks again."""
    try:
        for replay_id in engine.interrupted():
            if jobs.carry_on(replay_id):
                log.info("carrying on", replay=replay_id)
        engine.sweep()
    except (ReplayError, RedisError) as error:
        log.warning("could not look for interrupted replays", error=str(error))
