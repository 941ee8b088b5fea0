"""The operator CLI ``replay``: the engine without Slack, RQ or Redis.

Results go to stdout (``--json``: one document), words for people to stderr. Exit 0: every day closed; 1: some
day failed and was restored; 2: refused, nothing touched; 3: something waits for a person.
"""

import sys
from dataclasses import replace
from datetime import date
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from replay_engine import settings
from replay_engine.cli import render
from replay_engine.cli.options import with_request_options
from replay_engine.cli.output import (
    EXIT_CLOSED,
    EXIT_FAILED,
    EXIT_REFUSED,
    EXIT_WAITING,
    finish,
    finish_day,
    print_json,
    print_report,
    show_plan,
    watching,
)
from replay_engine.cli.prompts import check_expected, confirm_plan, confirm_typed, people, tell_plan
from replay_engine.day.report import pace_text
from replay_engine.engine import Engine
from replay_engine.errors import BadRequest, Refused, ReplayError
from replay_engine.model import Plan, Request, Stage
from replay_engine.publish.rate_limit import with_rate
from replay_engine.reports import ReplayState
from replay_engine.state import names
from replay_engine.verify.receipts import verify_files

app = typer.Typer(add_completion=False, no_args_is_help=True, help=__doc__, pretty_exceptions_enable=False)

Config = Annotated[Path | None, typer.Option(help="The config document (REPLAY_CONFIG).")]
AsJson = Annotated[bool, typer.Option("--json", help="One JSON document on stdout.")]
Yes = Annotated[bool, typer.Option("--yes", help="Do not ask: the plan is confirmed as it is found.")]
Again = Annotated[bool, typer.Option("--again", help="Whatever other replays did, or still do, with these days.")]
Expect = Annotated[
    str | None,
    typer.Option("--expect", help="Do not ask: the plan with this whole hash is confirmed.", metavar="HASH"),
]
ReplayId = Annotated[str, typer.Argument(help="A replay's id, e.g. r20191201-101500-0a1b2c.", metavar="ID")]

TakeOver = Annotated[bool, typer.Option("--take-over", help="Do not wait for another runner's lease: end it.")]
Day = Annotated[str, typer.Option("--day", help="One day of the replay, yyyy-MM-dd.")]


@app.command("plan")
@with_request_options
def plan_(request: Request, config: Config = None, as_json: AsJson = False) -> None:
    """Show what a replay would delete and publish. Touches nothing."""
    plan = Engine(settings.load(), config).plan(request)
    show_plan(plan, as_json=as_json)
    raise typer.Exit(EXIT_REFUSED if plan.refused else EXIT_CLOSED)


@app.command()
@with_request_options
def run(
    request: Request, config: Config = None, as_json: AsJson = False, yes: Yes = False, expect: Expect = None
) -> None:
    """Plan, ask, and replay each day: back up, clear, publish, clean up or restore."""
    engine = Engine(settings.load(), config)
    _run(engine, engine.plan(request), as_json=as_json, yes=yes, expect=expect)


@app.command()
def retry(
    replay_id: ReplayId, again: Again = False, config: Config = None, as_json: AsJson = False, yes: Yes = False
) -> None:
    """Plan the days of a replay that did not close anew, ask, and replay them, as a replay of their own."""
    engine = Engine(settings.load(), config)
    _run(engine, engine.plan_retry(replay_id, again=again), as_json=as_json, yes=yes, retries=replay_id)


def _run(engine: Engine, plan: Plan, *, as_json: bool, yes: bool, expect: str | None = None, **facts: str) -> None:
    if expect is not None:
        check_expected(plan, expect)
    if plan.refused:
        show_plan(plan, as_json=as_json)
        raise typer.Exit(EXIT_REFUSED)
    if yes or expect is not None:
        tell_plan(plan)
    else:
        confirm_plan(plan)
    engine.keep(plan)
    engine.note(plan.replay_id, "confirmed", engine.by, hash=plan.hash, **facts)
    with watching(plan, quiet=as_json) as watch:
        report = engine.run(plan, watch)
    finish(report, as_json=as_json)


@app.command()
def resume(
    replay_id: ReplayId,
    take_over: TakeOver = False,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Carry a replay on from where its journals say it stands, held days too; a paused one goes on where it runs."""
    engine = Engine(settings.load(), config)
    unpaused = engine.unpause(replay_id)
    if unpaused:
        people.print("The pause is over. If a runner lives it goes on; a dead one's lease is waited for.", markup=False)
    with watching(engine.kept(replay_id), quiet=as_json) as watch:
        report = engine.resume(replay_id, watch, take_over=take_over)
    if unpaused and engine.status(replay_id).state is ReplayState.RUNNING:
        print_report(engine.status(replay_id), as_json=as_json)
        people.print("It goes on where it runs; see: replay status", markup=False)
        return
    finish(report, as_json=as_json)


@app.command()
def restore(
    replay_id: ReplayId, day: Day, take_over: TakeOver = False, config: Config = None, as_json: AsJson = False
) -> None:
    """Turn one day back, or finish a restore that could not be finished."""
    engine = Engine(settings.load(), config)
    with watching(engine.kept(replay_id), quiet=as_json) as watch:
        report = engine.restore(replay_id, _day(day), watch, take_over=take_over)
    finish_day(report, _day(day), as_json=as_json)


@app.command()
def accept(replay_id: ReplayId, day: Day, config: Config = None, as_json: AsJson = False, yes: Yes = False) -> None:
    """Close a day that waits for its landing as it is; it is on record who accepted what had not come back."""
    engine = Engine(settings.load(), config)
    if not yes:
        confirm_typed(f"accept {day}")
    with watching(engine.kept(replay_id), quiet=as_json) as watch:
        report = engine.accept(replay_id, _day(day), watch)
    finish_day(report, _day(day), as_json=as_json, wanted=Stage.CLOSED)


@app.command()
def undo(replay_id: ReplayId, day: Day, config: Config = None, as_json: AsJson = False, yes: Yes = False) -> None:
    """Put the old sinks of a closed day back while its backup is kept; the new ones go to quarantine."""
    engine = Engine(settings.load(), config)
    if not yes:
        confirm_typed(f"undo {day}")
    with watching(engine.kept(replay_id), quiet=as_json) as watch:
        report = engine.undo(replay_id, _day(day), watch)
    finish_day(report, _day(day), as_json=as_json)


@app.command()
def release(replay_id: ReplayId, day: Day, config: Config = None, as_json: AsJson = False, yes: Yes = False) -> None:
    """Give up the locks of a held day that you have taken care of; its backup stays where it is."""
    engine = Engine(settings.load(), config)
    if not yes:
        confirm_typed(f"release {day}")
    report = engine.release(replay_id, _day(day))
    print_report(report, as_json=as_json)


@app.command("quarantine")
def quarantine_(
    replay_id: ReplayId,
    day: Annotated[str | None, typer.Option("--day", help="Only that day, yyyy-MM-dd.")] = None,
    give_back: Annotated[bool, typer.Option("--return", help="Copy it back to where it was, of that day.")] = False,
    config: Config = None,
    as_json: AsJson = False,
    yes: Yes = False,
) -> None:
    """List what restores have set aside, and the old files whose owners had newer ones; or bring a day's back."""
    engine = Engine(settings.load(), config)
    if not give_back:
        chosen = _day(day) if day else None
        set_aside = [entry for entry in engine.quarantined(replay_id) if chosen in (None, entry.day)]
        if as_json:
            print_json(render.quarantine_document(replay_id, set_aside))
        else:
            Console().print(render.quarantine_table(replay_id, set_aside))
        return
    if day is None:
        raise BadRequest("day", "Which day is not said.", advice="Say --day with --return.")
    if not yes:
        confirm_typed(f"return {day}")
    with watching(engine.kept(replay_id), quiet=as_json) as watch:
        report = engine.give_back(replay_id, _day(day), watch)
    finish_day(report, _day(day), as_json=as_json)


@app.command()
def cancel(replay_id: ReplayId, config: Config = None) -> None:
    """Ask the process that runs a replay to stop at the next safe point; the running day is restored."""
    Engine(settings.load(), config).cancel(replay_id)
    people.print("Asked to stop; see: replay status", markup=False)


@app.command()
def pause(replay_id: ReplayId, config: Config = None) -> None:
    """Publish nothing more until the replay is resumed; positions are kept."""
    engine = Engine(settings.load(), config)
    engine.set_pace(replay_id, replace(engine.pace(replay_id), paused=True))
    people.print(f"Paused; to go on: replay resume {replay_id}", markup=False)


@app.command()
def rate(
    replay_id: ReplayId,
    limit: Annotated[str, typer.Argument(help="20MB/s, 500kB/s, 5000events/s, or off.", metavar="RATE")],
    config: Config = None,
) -> None:
    """Limit how fast all publishers of a replay together may go, from now on."""
    engine = Engine(settings.load(), config)
    pace = with_rate(engine.pace(replay_id), limit)
    engine.set_pace(replay_id, pace)
    people.print(f"Ordered: {pace_text(pace) or 'no limit'}.", markup=False)


@app.command()
def sweep(config: Config = None) -> None:
    """Delete kept backups whose time is over."""
    deleted = Engine(settings.load(), config).sweep()
    people.print(f"Deleted {deleted} backup copies.", markup=False)


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
        documents: Any = [render.report_document(report) for report in reports]
        print_json(documents[0] if replay_id else documents)
    else:
        for report in reports:
            Console().print(render.status_table(report))


@app.command()
def history(replay_id: ReplayId, config: Config = None, as_json: AsJson = False) -> None:
    """Show what people did about a replay, and when."""
    engine = Engine(settings.load(), config)
    audit_log = engine.audit_log(replay_id)
    if not audit_log:
        engine.kept(replay_id)
    if as_json:
        print_json(render.history_document(replay_id, audit_log))
    else:
        Console().print(render.history_table(replay_id, audit_log))


@app.command()
def verify(
    replay_id: Annotated[str | None, typer.Argument(help="A replay's id.", metavar="[ID]")] = None,
    receipt: Annotated[Path | None, typer.Option(help="A receipt, in a downloaded folder of its replay.")] = None,
    config: Config = None,
    as_json: AsJson = False,
) -> None:
    """Look whether the world is as the journals say: exit 0 when it is, 1 when not. Writes nothing.

    With --receipt the files beside it are looked at and nothing else: no setting and no connection is needed.
    """
    if (replay_id is None) is (receipt is None):
        raise BadRequest("receipt", "Name a replay's id or a receipt, one of them.", advice="See: replay verify --help")
    if receipt is not None:
        verification = verify_files(receipt)
    else:
        verification = Engine(settings.load(), config).verify(replay_id or "")
    if as_json:
        print_json(render.verification_document(verification))
    else:
        Console().print(render.verification_table(verification))
    raise typer.Exit(EXIT_CLOSED if verification.right else EXIT_FAILED)


@app.command("receipt")
def receipt_(replay_id: ReplayId, day: Day, config: Config = None) -> None:
    """Print the receipt of a closed day, as it is kept: JSON, byte for byte."""
    sys.stdout.buffer.write(Engine(settings.load(), config).receipt(replay_id, _day(day)))


def _day(text: str) -> date:
    day = names.parse_day(text)
    if day is None:
        raise BadRequest("day", f"{text} is no date.", advice="Write it as 2019-12-01.")
    return day


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
        print_json({"error": error.message, "advice": error.advice})
    people.print(f"[red]{render.plain(str(error))}[/]", soft_wrap=True)
    sys.exit(code)
