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


def tell_plan(plan: Plan) -> None:
    """Show it on stderr before anything begins, where nobody is asked."""
    people.print(render.plan_table(plan))


def check_expected(plan: Plan, expected: str) -> None:
    """Raise `BadRequest` unless the plan is exactly the one that somebody has seen: by its whole hash."""
    if expected.strip().lower() != plan.hash:
        raise BadRequest(
            "expect",
            f"The plan is {plan.hash}, not {expected.strip()}.",
            advice="Nothing was touched; look at it with: replay plan, and expect that one.",
        )


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
