"""The worker process: takes plans and runs off their queues, one of each at a time.

It is two RQ workers, one a queue, as children: planning never waits for a long replay. Each job runs in a
process of its own. If a run dies its journal stands; any worker that lives carries it on, and so does
`replay resume`. It prints ``ready`` when both listen.
"""

import os
import signal
import subprocess
import sys
import threading
from types import FrameType

import typer
from redis import Redis
from rq import Queue, Worker
from rq.serializers import JSONSerializer

from bot import logs, settings, store
from bot.jobs import PLANS, RUNS, AllowedJob, Jobs
from bot.reconciler import EVERY_SECONDS, Patience, reconcile
from replay_engine import Engine, Refused, load_settings

#: An idle worker looks up at least this often; also how soon a dead one is noticed.
_WORKER_TTL_SECONDS = 60


def run(queue: str = typer.Option("", help="Take jobs from this queue only; by default one worker each.")) -> None:
    """Work until a signal comes; a wrong setting is one sentence on stderr and exit 2."""
    logs.configure()
    try:
        bot = settings.load()
        engine = Engine(load_settings())
        store.check(bot)
    except Refused as error:
        sys.stderr.write(f"{error}\n")
        raise typer.Exit(2) from None
    if queue:
        _work(queue, bot.redis_url.get_secret_value())
    else:
        raise typer.Exit(_both(engine, Jobs(bot.redis_url.get_secret_value())))


def _work(queue: str, redis_url: str) -> None:
    redis = Redis.from_url(redis_url)
    queues = [Queue(queue, connection=redis, serializer=JSONSerializer, job_class=AllowedJob)]
    worker = Worker(
        queues, connection=redis, serializer=JSONSerializer, job_class=AllowedJob, worker_ttl=_WORKER_TTL_SECONDS
    )
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, lambda *_: sys.exit(0))  # until RQ has its own handlers
    sys.stdout.write("ready\n")
    sys.stdout.flush()
    # The parent reads no further: whatever a job prints goes where the logs go.
    os.dup2(sys.stderr.fileno(), sys.stdout.fileno())
    worker.work(logging_level="WARNING")


def _both(engine: Engine, jobs: Jobs) -> int:
    """Both children live and end together. A second signal means to RQ: now."""
    children: list[subprocess.Popen[str]] = []
    told = threading.Event()

    def stop(number: int, _frame: FrameType | None = None) -> None:
        told.set()
        for child in children:
            child.send_signal(number)

    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, stop)
    for queue in (PLANS, RUNS):
        command = [sys.executable, "-m", "bot.worker", "--queue", queue]
        children.append(subprocess.Popen(command, stdout=subprocess.PIPE, text=True))
    if told.is_set():
        stop(signal.SIGTERM)
    if all(child.stdout is not None and child.stdout.readline() == "ready\n" for child in children):
        sys.stdout.write("ready\n")
        sys.stdout.flush()
        _look_after(children, engine, jobs)
    if not told.is_set():
        stop(signal.SIGTERM)
    return max(abs(child.wait()) for child in children)


def _look_after(children: list["subprocess.Popen[str]"], engine: Engine, jobs: Jobs) -> None:
    """Until one of them ends, see that no replay stays interrupted."""
    ended = threading.Event()

    def wait(child: "subprocess.Popen[str]") -> None:
        child.wait()
        ended.set()

    for child in children:
        threading.Thread(target=wait, args=(child,), daemon=True).start()
    patience = Patience()
    while True:
        reconcile(engine, jobs, patience)
        if ended.wait(EVERY_SECONDS):
            return


def main() -> None:
    """Run the worker."""
    typer.run(run)


if __name__ == "__main__":
    main()
