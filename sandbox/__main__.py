"""``python -m sandbox``: keep a whole small world running (``up``), or play the main job in one (``demo``)."""

import importlib
import signal
import sys
import tempfile
import threading
from datetime import date
from pathlib import Path
from types import FrameType
from typing import TYPE_CHECKING, Annotated

import typer

from sandbox.processes import PartFailedError

if TYPE_CHECKING:
    from sandbox.world.losses import Rules

app = typer.Typer(no_args_is_help=True, add_completion=False, help=__doc__, pretty_exceptions_enable=False)

_CHECK_SECONDS = 0.5


@app.command()
def up(
    env_file: Annotated[Path | None, typer.Option(help="Where to write every setting, for a shell.")] = None,
    bot: Annotated[bool, typer.Option(help="Also run the bot and its worker.")] = True,
    pipeline: Annotated[bool, typer.Option(help="Also run the downstream pipeline.")] = True,
    seed: Annotated[bool, typer.Option(help="Fill the store with three days of telemetry.")] = True,
    port: Annotated[int, typer.Option(help="Where the page is served; 0 takes any free port.")] = 0,
    lose: Annotated[
        list[str] | None, typer.Option(help="A day (yyyy-MM-dd) of which the pipeline loses a tenth; it waits to land.")
    ] = None,
    dedup_window: Annotated[int, typer.Option(min=0, help="The pipeline drops ids among this many latest ones.")] = 0,
    max_age_days: Annotated[int | None, typer.Option(min=0, help="The pipeline drops events of older days.")] = None,
    slow_seconds: Annotated[float, typer.Option(min=0, help="Its files appear so long after its offsets.")] = 0.0,
) -> None:
    """Start everything on loopback, print `ready`, and stop all of it on SIGINT or SIGTERM."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _end)
    # Only here: `--help` answers at once, and needs no part of the sandbox.
    from sandbox.world.losses import Rules  # noqa: PLC0415

    rules = Rules(dedup_window, max_age_days, slow_seconds, frozenset(_day(text) for text in lose or ()))
    with tempfile.TemporaryDirectory(prefix="replay-sandbox-") as directory:
        try:
            _run(Path(directory), env_file, rules if pipeline else None, bot=bot, seed=seed, port=port)
        except PartFailedError as error:
            typer.echo(str(error), err=True)
            raise typer.Exit(1) from None


def _day(text: str) -> date:
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text} is not a day: write it as 2019-12-03.") from None


def _end(_signal: int, _frame: FrameType | None) -> None:
    """Leave by the way out, which stops every part; further signals may not disturb that."""
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_IGN)
    sys.exit(0)


def _run(directory: Path, env_file: Path | None, rules: "Rules | None", *, bot: bool, seed: bool, port: int) -> None:
    """``rules`` are the pipeline's; without them there is none."""
    # Only here: `--help` answers at once, and needs no part of the sandbox.
    from sandbox.up import sandbox, write_environment  # noqa: PLC0415
    from sandbox.world.seed import DAYS  # noqa: PLC0415
    from sandbox.world.seed import seed as fill  # noqa: PLC0415

    with sandbox(directory, pipeline=rules is not None, rules=rules, bot=bot, port=port) as running:
        if seed:
            fill(running.world.container, running.world.druid.state, summaries_day=DAYS[0])
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
