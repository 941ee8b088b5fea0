"""The worker process: takes plans, orders, runs and shards off their queues; one of each, some shards at a time.

It is RQ workers, each with one queue, as children: planning never waits for a long replay, and a run that waits
for its shards never stands in their way. If a run dies its journal stands; any worker that lives carries it on,
and so does `replay resume`. It prints ``ready`` when all of them listen.
"""

import os
import sys
from enum import StrEnum
from typing import Annotated

import typer

from bot import logs, redis_connection, settings
from bot.jobs import queue_worker
from bot.jobs.enqueue import Jobs
from bot.jobs.reconciler import EVERY_SECONDS, Patience, reconcile
from bot.jobs.worker_processes import Children
from bot.queues import ORDERS, PLANS, RUNS, SHARDS
from bot.settings import BotSettings, ShardExecutor
from replay_engine import Engine, Refused, load_settings

_CORES = os.cpu_count() or 1


class Role(StrEnum):
    """What a worker is for."""

    ALL = "all"
    PLANNER = "planner"
    RUNNER = "runner"
    PUBLISHER = "publisher"


def run(
    role: Annotated[
        Role, typer.Option(help="What to do; all publishes only with REPLAY_SHARD_EXECUTOR=rq.")
    ] = Role.ALL,
    processes: Annotated[int, typer.Option(min=1, help="How many publishers.")] = _CORES,
    queue: Annotated[str, typer.Option(hidden=True)] = "",
) -> None:
    """Work until a signal comes; a wrong setting is one sentence on stderr and exit 2."""
    logs.configure()
    try:
        bot = settings.load()
        engine = Engine(load_settings())
        redis_connection.check(bot)
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from None
    if queue:
        queue_worker.work(queue, bot.redis_url.get_secret_value())
    else:
        raise typer.Exit(_look_after(queues(role, processes, bot), engine, bot))


def queues(role: Role, processes: int, bot: BotSettings) -> list[str]:
    """The queue of each child. Publishers are children of their own, so that one worker alone can do everything."""
    publishing = role is Role.PUBLISHER or (role is Role.ALL and bot.shard_executor is ShardExecutor.RQ)
    return [
        *([PLANS, ORDERS] if role in (Role.ALL, Role.PLANNER) else []),
        *([RUNS] if role in (Role.ALL, Role.RUNNER) else []),
        *([SHARDS] * processes if publishing else []),
    ]


def _look_after(names: list[str], engine: Engine, bot: BotSettings) -> int:
    """Until one of the children ends, see that no replay stays interrupted, where there is somebody to run it."""
    children = Children()
    if children.start(names):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        jobs, patience = Jobs(bot.redis_url.get_secret_value()), Patience()
        while True:
            if RUNS in names:
                reconcile(engine, jobs, patience)
            if children.ended(EVERY_SECONDS):
                break
    return children.end()


def main() -> None:
    """Run the worker."""
    typer.run(run)


if __name__ == "__main__":
    main()
