"""The whole sandbox with Slack, bot and worker: what ``up`` keeps running, and what the demo plays in."""

import os
import shlex
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from sandbox.processes import Child, child
from sandbox.slack import SlackStandIn, slack_stand_in
from sandbox.world.losses import Rules
from sandbox.world.parts import World, world
from sandbox.world.watch import WorldWatch


@dataclass(frozen=True, slots=True)
class Sandbox:
    """Everything that runs; ``environment`` has every setting of engine, bot and worker."""

    world: World
    slack: SlackStandIn
    environment: Mapping[str, str]
    children: tuple[Child, ...]

    def check(self) -> None:
        """Raise when a process or the pipeline has died; the parts' own ends show in whoever uses them."""
        for started in self.children:
            if started.process.poll() is not None:
                raise started.failed(f"ended with exit code {started.process.returncode}")
        if self.world.pipeline is not None:
            self.world.pipeline.check()


@contextmanager
def sandbox(
    directory: Path,
    *,
    pipeline: bool = True,
    rules: Rules | None = None,
    bot: bool = True,
    port: int = 0,
    settings: Mapping[str, str] | None = None,
) -> Iterator[Sandbox]:
    """Run everything until the context ends; ``directory`` gets the logs, ``port`` is the page's.

    ``rules`` are the pipeline's, ``settings`` the product's where they are to differ.
    """
    with ExitStack() as parts:
        running = parts.enter_context(world(directory, pipeline=pipeline, rules=rules))
        watch = parts.enter_context(closing(WorldWatch(running)))
        slack = parts.enter_context(slack_stand_in(port=port))
        slack.page.world = watch
        environment = running.environment() | slack.environment() | dict(settings or {})
        children: list[Child] = []
        if bot:
            for name, module in (("bot", "bot"), ("worker", "bot.worker")):
                children.append(parts.enter_context(_process(name, module, environment, directory)))
        yield Sandbox(running, slack, environment, tuple(children))


@contextmanager
def _process(name: str, module: str, environment: Mapping[str, str], directory: Path) -> Iterator[Child]:
    """Run one of the product's processes; it is up when it has printed a line that begins with ``ready``."""
    command = [sys.executable, "-m", module]
    unbuffered = {**environment, "PYTHONUNBUFFERED": "1"}
    with child(
        f"the {name}", command, log=directory / f"{name}.log", environment=unbuffered, ready=_says_ready
    ) as started:
        yield started


def _says_ready(started: Child) -> bool:
    return any(line.startswith("ready") for line in started.output().splitlines())


def write_environment(path: Path, environment: Mapping[str, str]) -> None:
    """Write the settings as lines a shell can source; only the owner may read them, they hold secrets."""
    path.unlink(missing_ok=True)
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{key}={_quoted(value)}\n" for key, value in environment.items())


def _quoted(value: str) -> str:
    quoted = shlex.quote(value)
    return quoted if quoted != value else f"'{value}'"
