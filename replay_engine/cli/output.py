"""How a command ends: what it prints on stdout and stderr, its exit code, and how it watches a replay meanwhile."""

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import date
from types import FrameType

import typer
from rich.console import Console

from replay_engine.cli import render
from replay_engine.cli.prompts import people
from replay_engine.day.report import footnotes
from replay_engine.model import Plan, Stage
from replay_engine.reports import ReplayReport, ReplayState

EXIT_CLOSED, EXIT_FAILED, EXIT_REFUSED, EXIT_WAITING = 0, 1, 2, 3


def show_plan(plan: Plan, *, as_json: bool) -> None:
    """The plan, and for people why a day is refused."""
    if as_json:
        print_json(render.plan_document(plan))
    else:
        Console().print(render.plan_table(plan))
    for day in plan.days:
        if day.refusal:
            people.print(f"[red]Refused:[/] {render.plain(day.refusal)}", soft_wrap=True)


@contextmanager
def watching(plan: Plan, *, quiet: bool) -> Iterator[render.TerminalWatch]:
    """Ctrl-C asks once to stop safely; the running day is restored."""
    with render.TerminalWatch(plan, people, quiet=quiet) as watch:

        def stop(_signal: int, _frame: FrameType | None) -> None:
            watch.cancel()

        before = {number: signal.signal(number, stop) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            yield watch
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)


def finish(report: ReplayReport, *, as_json: bool) -> None:
    """The report, and the exit code that says how the replay went."""
    print_report(report, as_json=as_json)
    raise typer.Exit(_exit_code(report))


def finish_day(report: ReplayReport, day: date, *, as_json: bool, wanted: Stage = Stage.RESTORED) -> None:
    """Of an act on one day: 0 when it has ended as was wanted, 3 when a person is still needed."""
    print_report(report, as_json=as_json)
    ended = any(one.day == day and one.stage is wanted for one in report.days)
    raise typer.Exit(EXIT_CLOSED if ended else EXIT_WAITING)


def print_report(report: ReplayReport, *, as_json: bool) -> None:
    """The report, and for people what went wrong."""
    if as_json:
        print_json(render.report_document(report))
    else:
        Console().print(render.report_table(report))
    for day in report.days:
        if day.error:
            people.print(f"[yellow]{day.day} {day.stage}:[/] {render.plain(f'{day.error} {day.advice}')}")
        for note in footnotes(day):
            people.print(render.plain(f"{day.day}: {note}"))


def _exit_code(report: ReplayReport) -> int:
    if report.state is ReplayState.COMPLETED:
        return EXIT_CLOSED
    if report.state in (ReplayState.HELD, ReplayState.INTERRUPTED, ReplayState.LANDING):
        return EXIT_WAITING
    return EXIT_FAILED


def print_json(document: object) -> None:
    """One document on stdout."""
    sys.stdout.write(json.dumps(document, indent=2) + "\n")
