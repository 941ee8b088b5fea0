"""How much sooner a day of many blobs is backed up and cleared, when every request takes its time.

The blobs lie in Azurite, behind a proxy that adds 20 ms to each request (``slow_proxy``); steps, adapter and
requests are the product's own. Each run gets the day anew, and a state container of its own.
Run: ``python -m benchmarks.store.distant_store [BLOBS] [WIDTH …]``.
"""

import contextlib
import os
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory

from azure.storage.blob import ContainerClient
from pydantic import SecretStr

from benchmarks.tools.figures import Row
from replay_engine.adapters.azure import blobs as azure_blobs
from replay_engine.adapters.azure.blobs import AzureBlobs
from replay_engine.adapters.clock import SystemClock
from replay_engine.adapters.threads import BackgroundThread
from replay_engine.concurrently import each
from replay_engine.day.context import Day
from replay_engine.day.steps.back_up import back_up
from replay_engine.day.steps.clear import clear
from replay_engine.day.verified_copy import copy
from replay_engine.model import Pace, ReplaySpec, Sink, SinkType
from replay_engine.plan.planning import make_plan
from replay_engine.settings import Settings
from replay_engine.state import names
from replay_engine.state.journal import Journal
from sandbox.azurite import azurite
from sandbox.processes import answers, child, free_port
from tests.helpers.scene import DATA, DAY, TOPIC, Scene

MILLISECONDS = 20


@dataclass(frozen=True, slots=True)
class Run:
    """What one width took."""

    width: int
    back_up_seconds: float
    clear_seconds: float

    @property
    def seconds(self) -> float:
        return self.back_up_seconds + self.clear_seconds


@dataclass(frozen=True, slots=True)
class Account:
    """One storage account: how the benchmark fills it, and how the engine reaches it."""

    near: str
    distant: str


@contextlib.contextmanager
def account() -> Iterator[Account]:
    """Azurite, and the slow line to it."""
    os.environ["NODE_OPTIONS"] = f"--require={Path(__file__).with_name('azurite_by_name.js')}"
    with TemporaryDirectory() as folder, azurite(Path(folder)) as near:
        port, near_port = free_port(), near.url.rpartition(":")[2]
        command = [sys.executable, "-m", "benchmarks.store.slow_proxy", str(port), near_port, str(MILLISECONDS)]
        with child("the proxy", command, log=Path(folder) / "proxy.log", ready=lambda _: answers(port)):
            yield Account(near.connection_string, near.connection_string.replace(f":{near_port}/", f":{port}/"))


def run(where: Account, blobs: int, width: int) -> Run:
    """Fill the sink, back it up and clear it, so many requests at a time."""
    _seed(where, blobs)
    day = _day(where, width)
    with day.journal.held(30, day.world.background):
        began = time.perf_counter()
        back_up(day)
        backed_up = time.perf_counter()
        clear(day)
        cleared = time.perf_counter()
    return Run(width, backed_up - began, cleared - backed_up)


def plain_loop(where: Account, blobs: int) -> Run:
    """As a script does it: a verified copy of each blob, then a delete of each, every request waited for."""
    _seed(where, blobs)
    world = _day(where, 1).world
    began = time.perf_counter()
    originals = list(world.data.list("unique/"))
    for blob in originals:
        copy(world.data, blob, world.state, f"backup/{blob.name}", world.clock, lambda: None)
    copied = time.perf_counter()
    for blob in originals:
        world.data.delete([(blob.name, blob.etag)])
    return Run(1, copied - began, time.perf_counter() - copied)


def _seed(where: Account, blobs: int) -> None:
    """As Secor does it: some kilobytes each, with an MD5."""
    with contextlib.closing(ContainerClient.from_connection_string(where.near, DATA)) as client:
        if not client.exists():
            client.create_container()
        client.upload_blob(f"raw/{DAY}-1575224000000.json.gz", b"x", overwrite=True)
        wanted = [f"unique/{DAY}-{1_575_224_000_000 + number}.json.gz" for number in range(blobs)]
        list(each(lambda name: client.upload_blob(name, name.encode() * 40, overwrite=True), wanted, 8))


def _day(where: Account, width: int) -> Day:
    """The day as a runner would get it."""
    settings = Settings(azure_connection_string=SecretStr(where.distant), store_concurrency=width)
    account, clock = azure_blobs.service(settings), SystemClock()
    world = replace(
        Scene().world(),
        data=AzureBlobs(account, DATA),
        state=AzureBlobs(account, f"state-{width}-{time.time_ns()}"),
        segments=None,
        clock=clock,
        background=BackgroundThread(),
        width=width,
    )
    world.state.ensure()
    plan = make_plan(_spec(), world, names.new_replay_id(clock.now()))
    journal = Journal(world.state, names.journal(plan.replay_id, DAY), clock)
    return Day(
        plan.replay_id,
        plan.spec,
        plan.days[0],
        world,
        journal,
        "bench",
        cancelled=lambda: False,
        progressed=lambda _: None,
        waiting=lambda _: None,
        pace=Pace,
    )


def _spec() -> ReplaySpec:
    return ReplaySpec(
        source="raw",
        container=DATA,
        folder="raw",
        file_path=None,
        days=(DAY,),
        topic=TOPIC,
        broker_list="broker:9092",
        delete_backups=True,
        sinks=(Sink(SinkType.AZURE, "unique"),),
        landing_waits=(),
    )


def rows(blobs: int) -> Iterator[Row]:
    """The product as it is set by default, against one request at a time."""
    width = Settings().store_concurrency
    with account() as where:
        single, one, many = plain_loop(where, blobs), run(where, blobs, 1), run(where, blobs, width)
    yield _row(f"back_up + clear of {blobs:,} blobs, {width} requests at a time, to one at a time", one, many)
    yield _row("… to a plain loop: look, copy, look, delete, one blob after the other", single, many)


def _row(what: str, one: Run, many: Run) -> Row:
    seconds = f"{one.seconds:.1f} s to {many.back_up_seconds:.1f} + {many.clear_seconds:.1f} s"
    return Row(what, f"{one.seconds / many.seconds:.1f} times as fast", "≥ 15", seconds)


def main(blobs: int, widths: Sequence[int]) -> None:
    """Print each width's time."""
    with account() as where:
        for width in widths:
            found = run(where, blobs, width)
            sys.stdout.write(
                f"{blobs:,} blobs, {width:3} at a time: "
                f"back_up {found.back_up_seconds:.1f} s, clear {found.clear_seconds:.1f} s\n"
            )
            sys.stdout.flush()


if __name__ == "__main__":
    arguments = [int(argument) for argument in sys.argv[1:]]
    main(arguments[0] if arguments else 2000, arguments[1:] or (1, 32))
