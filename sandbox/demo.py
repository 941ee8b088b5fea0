"""The main job as a person does it: the command, the plan, the confirmation, the thread; then a look at the world.

Prints the conversation as it happens. Three days are replayed. The pipeline drops a part of the second, which waits for
its landing until it is restored.
"""

import json
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from sandbox.slack import Change, Message, NeverCameError, SlackStandIn
from sandbox.up import Sandbox, sandbox
from sandbox.world.check import Checked, Compared, check, compare
from sandbox.world.losses import Losses
from sandbox.world.seed import DAYS, Seeded, seed

_COMMAND = f"raw {DAYS[0]} {DAYS[-1]}"
_INCOMPLETE = DAYS[1]
# What has not landed by then will not: the pipeline writes after a moment of quiet.
_SETTINGS = {"REPLAY_LANDING_PATIENCE_SECONDS": "5"}
_PLAN_SECONDS, _REPLAY_SECONDS = 60.0, 300.0


def main() -> int:
    """Play it; 0 when the world is as promised."""
    console = Console(highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="replay-demo-") as directory:
        console.print(
            "[dim]Starting Azurite, a Kafka broker, Valkey, Druid and Slack stand-ins, the pipeline, the bot …[/]"
        )
        with sandbox(Path(directory), losses=Losses(drop_day=_INCOMPLETE), settings=_SETTINGS) as running:
            console.print(
                f"[dim]Storing {len(DAYS)} days of telemetry; the pipeline will drop a part of the second …[/]"
            )
            seeded = seed(running.world.container, running.world.druid.state)
            return _play(console, running, seeded)


def _play(console: Console, running: Sandbox, seeded: Seeded) -> int:
    began = time.monotonic()
    try:
        with running.slack.on_change(lambda change: _print(console, running.slack, change)):
            _converse(running.slack)
    except NeverCameError as error:
        console.print(f"[red]{error}[/]", markup=False)
        return 1
    running.check()
    checked = check(running.world, seeded, restored=[_INCOMPLETE])
    console.print(_table([*compare(running.world.container, seeded)]))
    for problem in checked.problems:
        console.print(f"WRONG: {problem}", markup=False)
    console.print(_verdict(checked, seeded, time.monotonic() - began), markup=False)
    return 1 if checked.problems else 0


def _converse(slack: SlackStandIn) -> None:
    asha = slack.person("operator")
    asha.slash("/replay", _COMMAND)
    plan = slack.wait_for(lambda: _message_with(slack, "Review and start"), _PLAN_SECONDS, "the plan")
    asha.click(plan, "Review and start")
    question = asha.wait_for_view(title="Start this replay?")
    question.fill({"Type raw to confirm": "raw"})
    question.submit()
    live = slack.wait_for(lambda: _incomplete(slack), _REPLAY_SECONDS, "the day that waits")
    asha.click(live, "Restore")
    question = asha.wait_for_view(title="Restore this day?")
    question.fill({"Type raw to confirm": "raw"})
    question.submit()
    slack.wait_for(lambda: _restored(slack), _REPLAY_SECONDS, "the end of the replay")


def _message_with(slack: SlackStandIn, button: str) -> Message | None:
    return next((message for message in slack.messages() if button in message.buttons), None)


def _incomplete(slack: SlackStandIn) -> Message | None:
    """The live message, once only the incomplete day waits, and for events that are missing."""
    found = _message_with(slack, "Restore")
    if found is None or list(found.buttons).count("Restore") != 1:
        return None
    others_closed = len(slack.thread(found.ts)) >= len(DAYS) - 1
    return found if others_closed and "are missing" in json.dumps(found.blocks) else None


def _restored(slack: SlackStandIn) -> Message | None:
    """The live message, once its thread has a message of every day and the summary."""
    return next((message for message in slack.messages() if len(slack.thread(message.ts)) > len(DAYS)), None)


def _print(console: Console, slack: SlackStandIn, change: Change) -> None:
    if told := slack.narrate(change):
        console.print(told, markup=False)
        sys.stdout.flush()


def _table(rows: Sequence[Compared]) -> Table:
    """The landing proof anew, from the stored files: what each sink held before against what it holds now."""
    table = Table(title="Events by id, before the replay and now", title_justify="left")
    table.add_column("day")
    table.add_column("sink", no_wrap=True)
    for name in ("before", "back", "lost", "doubled", "new"):
        table.add_column(name, justify="right")
    for row in rows:
        numbers = (row.before, row.back, row.lost, row.doubled, row.new)
        table.add_row(str(row.day), row.sink, *(f"{number:,}" for number in numbers))
    return table


def _verdict(checked: Checked, seeded: Seeded, seconds: float) -> str:
    if checked.problems:
        return f"FAILED: {len(checked.problems)} things are not as promised."
    good = [day for day in seeded.days.values() if day.day != _INCOMPLETE]
    return (
        f"OK in {seconds:.0f} s: {sum(len(day.lines) for day in good):,} events of {len(good)} days are in the topic, "
        f"in every sink and in Druid exactly once; {_INCOMPLETE}, which did not come back whole, is byte for byte as "
        f"before, what had landed of it is in quarantine; nothing else was touched "
        f"({checked.events:,} messages, {checked.blobs:,} files checked)."
    )
