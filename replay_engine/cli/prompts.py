"""What the CLI asks a person before it begins, on stderr; nobody is taken to have said yes."""

import sys

import typer
from rich.console import Console

from replay_engine.cli import render
from replay_engine.errors import BadRequest
from replay_engine.model import Plan

people = Console(stderr=True)


def confirm_plan(plan: Plan) -> None:
    """Show it; a destructive one wants the source's name typed."""
    _check_person()
    people.print(render.plan_table(plan))
    confirm_typed(plan.spec.source if plan.spec.destructive else "yes")


def confirm_typed(text: str) -> None:
    """Go on only where a person has typed exactly that."""
    _check_person()
    try:
        answer = typer.prompt(f"Type {text} to start", default="", show_default=False, err=True)
    except typer.Abort:
        answer = ""
    if answer.strip() != text:
        raise BadRequest("yes", "It was not confirmed.", advice="Nothing was touched.")


def _check_person() -> None:
    if not sys.stdin.isatty():
        raise BadRequest("yes", "Nobody is there to confirm.", advice="Say --yes once you have seen what it does.")
