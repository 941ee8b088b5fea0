"""The command line as processes: begun, let live to their end, or killed; each with the world it is given."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from azure.storage.blob import ContainerClient

from tests.crash.holding_proxy import HoldingProxy
from tests.crash.platform import DAY, Platform

PATIENCE_SECONDS = 120
RUN = ("run", "raw", "--start-date", str(DAY), "--end-date", str(DAY), "--yes", "--json")


@dataclass(frozen=True, slots=True)
class Ended:
    """How a command ended: its exit code, and what it said on stdout and stderr."""

    code: int
    output: str
    complaints: str

    @property
    def replay_id(self) -> str:
        """The replay that it reports."""
        assert self.output, self.complaints
        return str(json.loads(self.output)["replay_id"])

    @property
    def day(self) -> dict[str, Any]:
        """What it reports of the day."""
        assert self.output, self.complaints
        days: list[dict[str, Any]] = json.loads(self.output)["days"]
        return days[0]


class Command:
    """A process of the command line."""

    def __init__(self, environment: Mapping[str, str], *args: str, module: str = "replay_engine") -> None:
        """Begin."""
        self._process = subprocess.Popen(
            [sys.executable, "-m", module, *args],
            env={**os.environ, **environment},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def end(self) -> Ended:
        """Let it live to its end."""
        output, complaints = self._process.communicate(timeout=PATIENCE_SECONDS)
        return Ended(self._process.returncode, output, complaints)

    def kill(self) -> None:
        """SIGKILL; returns when it is dead."""
        self._process.kill()
        self._process.communicate()


@contextmanager
def begun(environment: Mapping[str, str], *args: str) -> Iterator[Command]:
    """A command that is under way; it is killed if it still is when the block is left."""
    command = Command(environment, *args)
    try:
        yield command
    finally:
        command.kill()


def ended(environment: Mapping[str, str], *args: str) -> Ended:
    """A whole command."""
    return Command(environment, *args).end()


def ended_later(environment: Mapping[str, str], seconds: int, *args: str) -> Ended:
    """A whole command whose clock is so far ahead."""
    return Command(environment, str(seconds), *args, module="tests.crash.later").end()


def through(proxy: HoldingProxy, world: Platform) -> dict[str, str]:
    """The platform's environment, for a process that reaches the store by the proxy alone."""
    name = "REPLAY_AZURE_CONNECTION_STRING"
    direct = dict(part.split("=", 1) for part in world.environment[name].strip(";").split(";"))
    account = direct["BlobEndpoint"].rpartition("/")[2]
    there = {**direct, "BlobEndpoint": f"{proxy.url}/{account}"}
    return {**world.environment, name: ";".join(f"{key}={value}" for key, value in there.items())}


@contextmanager
def state_of(world: Platform) -> Iterator[ContainerClient]:
    """The container with plans, journals, locks and backups."""
    with ContainerClient.from_connection_string(
        world.environment["REPLAY_AZURE_CONNECTION_STRING"], world.environment["REPLAY_STATE_CONTAINER"]
    ) as state:
        yield state


def state_blobs(world: Platform, prefix: str) -> dict[str, str]:
    """What of the state has such a name, and its ETag."""
    with state_of(world) as state:
        return {blob.name: str(blob.etag) for blob in state.list_blobs(name_starts_with=prefix)}


def replay_id(world: Platform) -> str:
    """The one replay that was confirmed."""
    (mark,) = state_blobs(world, "state/open/")
    return mark.rpartition("/")[2]


def journal(world: Platform, replay: str) -> str:
    """What stands in the day's journal, in all its parts."""
    with state_of(world) as state:
        parts = list(state.list_blob_names(name_starts_with=f"state/{replay}/{DAY}/journal"))
        return "".join(state.download_blob(name).readall().decode() for name in parts)
