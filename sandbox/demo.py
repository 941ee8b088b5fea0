"""The main job as a person does it: the command, the plan, the confirmation, the thread; then a look at the world.

Prints the conversation as it happens. Three days are replayed; a source file of the second is damaged near
its end, so that part of that day is published and lands before it fails and is restored.
"""

import sys
import tempfile
import time
from pathlib import Path

from rich.console import Console

from sandbox.slack import Change, Message, NeverCameError, SlackStandIn
from sandbox.up import Sandbox, sandbox
from sandbox.world.check import Checked, check
from sandbox.world.seed import DAYS, Seeded, seed

# By default every file is read before anything is cleared, and the damaged day would be refused untouched.
_COMMAND = f"raw {DAYS[0]} {DAYS[-1]} check-source=heads"
_PLAN_SECONDS, _REPLAY_SECONDS = 60.0, 300.0


def main() -> int:
    """Play it; 0 when the world is as promised."""
    console = Console(highlight=False, soft_wrap=True)
    with tempfile.TemporaryDirectory(prefix="replay-demo-") as directory:
        console.print(
            "[dim]Starting Azurite, a Kafka broker, Valkey, Druid and Slack stand-ins, the pipeline, the bot …[/]"
        )
        with sandbox(Path(directory)) as running:
            console.print(f"[dim]Storing {len(DAYS)} days of telemetry; the second has a damaged file …[/]")
            seeded = seed(running.world.container, running.world.druid.state, damage_day=DAYS[1])
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
    checked = check(running.world, seeded)
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
    slack.wait_for(lambda: _ended(slack), _REPLAY_SECONDS, "the end of the replay")


def _message_with(slack: SlackStandIn, button: str) -> Message | None:
    return next((message for message in slack.messages() if button in message.buttons), None)


def _ended(slack: SlackStandIn) -> Message | None:
    """The live message, once its thread has a message of every day and the summary."""
    return next((message for message in slack.messages() if len(slack.thread(message.ts)) > len(DAYS)), None)


def _print(console: Console, slack: SlackStandIn, change: Change) -> None:
    if told := slack.narrate(change):
        console.print(told, markup=False)
        sys.stdout.flush()


def _verdict(checked: Checked, seeded: Seeded, seconds: float) -> str:
    if checked.problems:
        return f"FAILED: {len(checked.problems)} things are not as promised."
    good = [day for day in seeded.days.values() if not day.damaged_blob]
    return (
        f"OK in {seconds:.0f} s: {sum(len(day.lines) for day in good):,} events of {len(good)} days are in the topic, "
        f"in every sink and in Druid exactly once; the damaged day is byte for byte as before, what had landed of it "
        f"is in quarantine; nothing else was touched ({checked.events:,} messages, {checked.blobs:,} files checked)."
    )
