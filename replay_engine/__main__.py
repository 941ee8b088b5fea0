"""The operator CLI ``replay``: the engine without Slack, RQ or Redis.

Results go to stdout (``--json``: one document), words for people to stderr. Exit 0: every day closed; 1: some
day failed and was restored; 2: refused, nothing touched; 3: something waits for a person.
"""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import FrameType
from typing import Annotated, Any

import typer
from rich.console import Console

from replay_engine import console, settings
from replay_engine.engine import Engine
from replay_engine.errors import BadRequest, Refused, ReplayError
from replay_engine.model import Plan, ReplayReport, ReplayState, Request, Stage

EXIT_CLOSED, EXIT_FAILED, EXIT_REFUSED, EXIT_WAITING = 0, 1, 2, 3

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)
_people = Console(stderr=True)

Source = Annotated[str, typer.Argument(help="An entry of the config, e.g. raw.", metavar="SOURCE")]
StartDate = Annotated[str | None, typer.Option("--start-date", help="First day, yyyy-MM-dd.")]
EndDate = Annotated[str | None, typer.Option("--end-date", help="Last day, included.")]
Bucket = Annotated[str | None, typer.Option(help="Azure container (REPLAY_BUCKET).")]
Prefix = Annotated[str | None, typer.Option(help="Folder to read instead of the entry's own.")]
FilePath = Annotated[str | None, typer.Option(help="Replay this one file; deletes nothing.")]
Topic = Annotated[str | None, typer.Option(help="Full name of the topic instead of the entry's.")]
BrokerList = Annotated[str | None, typer.Option(help="host:port,… (REPLAY_BROKER_LIST).")]
DeleteBackups = Annotated[
    bool | None,
    typer.Option(
        "--delete-backups/--no-delete-backups",
        help="Whether the dependent sinks are backed up and cleared. By default yes, where the source has any.",
    ),
]
Config = Annotated[Path | None, typer.Option(help="The config document (REPLAY_CONFIG).")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask: the plan is confirmed as it is found.")]
ReplayId = Annotated[str, typer.Argument(help="A replay's id, e.g. r20191201-101500-0a1b2c.", metavar="ID")]


@app.command("plan")
def plan_(
    source: Source,
    start_date: StartDate = None,
    end_date: EndDate = None,
    bucket: Bucket = None,
    prefix: Prefix = None,
    file_path: FilePath = None,
    topic: Topic = None,
    broker_list: BrokerList = None,
    delete_backups: DeleteBackups = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show what a replay would delete and publish. Touches nothing."""
    asked = Request(source, start_date, end_date, bucket, prefix, file_path, topic, broker_list, delete_backups)
    plan = Engine(settings.load(), config).plan(asked)
    _show_plan(plan, as_json=as_json)
    raise typer.Exit(EXIT_REFUSED if plan.refused else EXIT_CLOSED)


@app.command()
def run(
    source: Source,
    start_date: StartDate = None,
    end_date: EndDate = None,
    bucket: Bucket = None,
    prefix: Prefix = None,
    file_path: FilePath = None,
    topic: Topic = None,
    broker_list: BrokerList = None,
    delete_backups: DeleteBackups = None,
    config: Config = None,
    as_json: AsJson = False,
    yes: Yes = False,
) -> None:
    """Plan, ask, and replay each day: back up, clear, publish, clean up or restore."""
    asked = Request(source, start_date, end_date, bucket, prefix, file_path, topic, broker_list, delete_backups)
    engine = Engine(settings.load(), config)
    plan = engine.plan(asked)
    if plan.refused:
        _show_plan(plan, as_json=as_json)
        raise typer.Exit(EXIT_REFUSED)
    if not yes:
        _ask(plan)
    engine.keep(plan)
    with _watching(plan, quiet=as_json) as watch:
        report = engine.run(plan, watch)
    _finish(report, as_json=as_json)


@app.command()
def resume(replay_id: ReplayId, config: Config = None, as_json: AsJson = False) -> None:
    """Carry a replay on from where its journals say it stands, held days too."""
    engine = Engine(settings.load(), config)
    with _watching(engine.kept(replay_id), quiet=as_json) as watch:
        report = engine.resume(replay_id, watch)
    _finish(report, as_json=as_json)


@app.command()
def status(
    replay_id: Annotated[str | None, typer.Argument(help="Leave it out to see all.", metavar="[ID]")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Show how a replay stands by its journals, or all of them."""
    engine = Engine(settings.load(), config)
    reports = [engine.status(one) for one in ([replay_id] if replay_id else engine.replays())]
    if as_json:
        found: Any = [console.report_document(report) for report in reports]
        _print_json(found[0] if replay_id else found)
    else:
        for report in reports:
            _people_or_out().print(console.report_table(report))


def _people_or_out() -> Console:
    return Console()


def _show_plan(plan: Plan, *, as_json: bool) -> None:
    if as_json:
        _print_json(console.plan_document(plan))
    else:
        Console().print(console.plan_table(plan))
    for day in plan.days:
        if day.refusal:
            _people.print(f"[red]Refused:[/] {console.plain(day.refusal)}", soft_wrap=True)


def _ask(plan: Plan) -> None:
    """A destructive plan wants the source's name typed."""
    if not sys.stdin.isatty():
        raise BadRequest("yes", "Nobody is there to confirm the plan.", advice="Say --yes once you have seen it.")
    _people.print(console.plan_table(plan))
    wanted = plan.spec.source if plan.spec.destructive else "yes"
    try:
        answer = typer.prompt(f"Type {wanted} to start", default="", show_default=False, err=True)
    except typer.Abort:
        answer = ""
    if answer.strip() != wanted:
        raise BadRequest("yes", "The plan was not confirmed.", advice="Nothing was touched.")


@contextmanager
def _watching(plan: Plan, *, quiet: bool) -> Iterator[console.TerminalWatch]:
    """Ctrl-C asks once to stop safely; the running day is restored."""
    with console.TerminalWatch(plan, _people, quiet=quiet) as watch:

        def stop(_signal: int, _frame: FrameType | None) -> None:
            watch.cancel()

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield watch
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def _finish(report: ReplayReport, *, as_json: bool) -> None:
    if as_json:
        _print_json(console.report_document(report))
    else:
        Console().print(console.report_table(report))
    for day in report.days:
        if day.error:
            told = console.plain(f"{day.error} {day.advice}".strip())
            _people.print(f"[yellow]{day.day} {day.stage}:[/] {told}", soft_wrap=True)
    raise typer.Exit(_exit_code(report))


def _exit_code(report: ReplayReport) -> int:
    if report.state is ReplayState.COMPLETED:
        return EXIT_CLOSED
    if report.state is ReplayState.WAITING or any(day.stage is Stage.HELD for day in report.days):
        return EXIT_WAITING
    return EXIT_FAILED


def _print_json(document: object) -> None:
    sys.stdout.write(json.dumps(document, indent=2) + "\n")


def main() -> None:
    """Run the CLI: a refusal is one sentence on stderr, never a traceback."""
    try:
        app(standalone_mode=True)
    except Refused as error:
        _fail(error, EXIT_REFUSED)
    except ReplayError as error:
        _fail(error, EXIT_WAITING)


def _fail(error: ReplayError, code: int) -> None:
    if "--json" in sys.argv:
        _print_json({"error": error.message, "advice": error.advice})
    _people.print(f"[red]{console.plain(str(error))}[/]", soft_wrap=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
