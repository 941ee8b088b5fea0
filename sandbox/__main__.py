"""``python -m sandbox``: keep a whole small world running (``up``), or play the main job in one (``demo``)."""

import importlib
import os
import signal
import sys
import tempfile
import threading
from pathlib import Path
from types import FrameType
from typing import Annotated

import typer

from sandbox.processes import PartFailedError

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)

_CHECK_SECONDS = 0.5


@app.command()
def up(
    env_file: Annotated[Path | None, typer.Option(help="Where to write every setting, for a shell.")] = None,
    bot: Annotated[bool, typer.Option(help="Also run the bot and its worker.")] = True,
    pipeline: Annotated[bool, typer.Option(help="Also run the downstream pipeline.")] = True,
    seed: Annotated[bool, typer.Option(help="Fill the store with three days of telemetry.")] = True,
    port: Annotated[int, typer.Option(help="Where the page is served; 0 takes any free port.")] = 0,
) -> None:
    """Start everything on loopback, print `ready`, and stop all of it on SIGINT or SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    with tempfile.TemporaryDirectory(prefix="replay-sandbox-") as directory:
        try:
            _run(Path(directory), env_file, bot=bot, pipeline=pipeline, seed=seed, port=port)
        except PartFailedError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None


def _end(_signal: int, _frame: FrameType | None) -> None:
    """Leave by the way out, which stops every part; further signals may not disturb that."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


def _run(directory: Path, env_file: Path | None, *, bot: bool, pipeline: bool, seed: bool, port: int) -> None:
    # Only here: `--help` answers at once, and needs no part of the sandbox.
    from sandbox.up import sandbox, write_environment  # noqa: PLC0415
    from sandbox.world.losses import BadSwitchError, from_environment  # noqa: PLC0415
    from sandbox.world.seed import seed as fill  # noqa: PLC0415

    try:
        losses = from_environment(os.environ)
    except BadSwitchError as error:
        raise typer.BadParameter(str(error)) from None
    with sandbox(directory, pipeline=pipeline, bot=bot, port=port, losses=losses) as running:
        if seed:
            fill(running.world.container, running.world.druid.state)
        if env_file is not None:
            write_environment(env_file, running.environment)
        typer.echo(f"logs: {directory}\nready\nTry it: {running.slack.url}/")
        while not threading.Event().wait(_CHECK_SECONDS):
            running.check()


@app.command()
def demo() -> None:
    """Play the main job from the slash command to the refilled sinks, and check the world at the end."""
    sys.exit(importlib.import_module("sandbox.demo").main())


if __name__ == "__main__":
    app()
