"""SIGKILL at random moments of a real process that runs a replay, on Azurite and the embedded broker.

``make crash RUNS=500`` plays more lives; the seeds are printed, and ``CRASH_SEED`` plays one again.
"""

import json
import os
import random
import signal
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest
from azure.storage.blob import ContainerClient

from sandbox.azurite import Azurite
from sandbox.druid.stand_in import Druid
from sandbox.kafka.tansu import Broker
from tests.crash.platform import DAY, platform

_KILLS_A_LIFE = 4
_LIVES = int(os.environ.get("CRASH_LIVES", "11"))
_FIRST_SEED = int(os.environ.get("CRASH_SEED", "20191201"))
#: A whole undisturbed run takes about this long; a kill comes somewhere in it.
_EARLIEST_SECONDS, _LATEST_SECONDS = 0.7, 2.6
_PATIENCE_SECONDS = 120


@pytest.mark.parametrize("seed", range(_FIRST_SEED, _FIRST_SEED + _LIVES))
def test_a_killed_replay_is_carried_on_to_its_right_end(
    seed: int,
    tmp_path: Path,
    azurite: Azurite,
    broker: Broker,
    druid: Druid,
    container: ContainerClient,
    topic_prefix: str,
    figures: Callable[[str, int], None],
) -> None:
    """However often it is killed: every sink ends with its original bytes, or with every event."""
    dice = random.Random(seed)  # noqa: S311 - moments of death, not secrets
    with platform(tmp_path, azurite, broker, druid, container, topic_prefix, seed) as world:
        kills = sum(_run_and_kill(world.environment, dice, nth) for nth in range(_KILLS_A_LIFE))
        report = _carry_on(world.environment)
        stage = report["days"][0]["stage"]
        repeats = world.check(stage)
    figures("real kills", kills)
    figures(f"lives that ended {stage}", 1)
    figures("events that were repeated from an interrupted commit interval", repeats)
    sys.stderr.write(f"seed {seed}: {kills} kills, {stage}, {repeats} repeats\n")


def _run_and_kill(environment: Mapping[str, str], dice: random.Random, nth: int) -> int:
    """Start a runner and kill it at a random moment; 1 if it was alive then."""
    args = ["resume", _replay_id(environment), "--take-over"] if nth and _replay_id(environment) else _run()
    with _start(environment, args) as process:
        try:
            process.communicate(timeout=dice.uniform(_EARLIEST_SECONDS, _LATEST_SECONDS))
        except subprocess.TimeoutExpired:
            process.send_signal(signal.SIGKILL)
            process.communicate()
            return 1
    return 0


def _run() -> list[str]:
    return ["run", "raw", "--start-date", str(DAY), "--end-date", str(DAY), "--yes", "--json"]


def _carry_on(environment: Mapping[str, str]) -> Any:
    """The last process is let live; the replay may not even have been begun yet."""
    replay_id = _replay_id(environment)
    process = _start(environment, ["resume", replay_id, "--take-over", "--json"] if replay_id else _run())
    output, complaints = process.communicate(timeout=_PATIENCE_SECONDS)
    assert process.returncode in (0, 1), complaints
    return json.loads(output)


def _replay_id(environment: Mapping[str, str]) -> str:
    """The replay that was begun, if one was; a run that died before it was begun left none."""
    process = _start(environment, ["status", "--json"])
    output, complaints = process.communicate(timeout=_PATIENCE_SECONDS)
    assert process.returncode == 0, complaints
    found = json.loads(output)
    assert len(found) <= 1
    return str(found[0]["replay_id"]) if found else ""


def _start(environment: Mapping[str, str], args: list[str]) -> "subprocess.Popen[str]":
    command = [sys.executable, "-m", "replay_engine", *args]
    return subprocess.Popen(
        command,
        env={**os.environ, **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
