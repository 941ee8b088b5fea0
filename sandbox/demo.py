"""The main job as a person does it: the command, the plan, the confirmation, the thread; then the proof that it landed.

Prints the conversation as it happens. Four days are replayed. Of the second a source file is damaged, which is found
before anything is cleared. Of the last the pipeline loses a part: that day waits, says what is missing, and
is restored.
"""

import sys
import tempfile
import time
from datetime import timedelta
from pathlib import Path

from rich.console import Console

from sandbox.slack import Change, Message, NeverCameError, SlackStandIn
from sandbox.up import Sandbox, sandbox
from sandbox.world.check import Checked, check
from sandbox.world.journals import Landing, landings
from sandbox.world.losses import LOST_ONE_OF, Rules
from sandbox.world.seed import DAYS, Seeded, seed

_LOSSY = DAYS[-1] + timedelta(days=1)
_DAYS = (*DAYS, _LOSSY)
_DAMAGED, _WITH_SUMMARIES = DAYS[1], DAYS[0]
_EVENTS_PER_DAY = 5_000
_PLAN_SECONDS, _REPLAY_SECONDS = 60.0, 300.0
# A run waits this long itself; after that the worker looks, every minute.
_SETTINGS = {"REPLAY_LANDING_PATIENCE_SECONDS": "5"}


def main() -> int:
    """Play it; 0 when the world is as promised."""
    console = Console(highlight=False, soft_wrap=True)
    rules = Rules(lose_days=frozenset({_LOSSY}))
    with tempfile.TemporaryDirectory(prefix="replay-demo-") as directory:
        console.print(
            "[dim]Starting Azurite, a Kafka broker, Valkey, Druid and Slack stand-ins, the pipeline, the bot …[/]"
        )
        with sandbox(Path(directory), rules=rules, settings=_SETTINGS) as running:
            console.print(
                f"[dim]Storing {len(_DAYS)} days of telemetry; {_DAMAGED} has a damaged file, {_WITH_SUMMARIES} "
                f"summaries of another source, and the pipeline will lose one event of {LOST_ONE_OF} of {_LOSSY} …[/]"
            )
            seeded = _seed(running)
            return _play(console, running, seeded)


def _seed(running: Sandbox) -> Seeded:
    return seed(
        running.world.container,
        running.world.druid.state,
        days=_DAYS,
        events_per_day=_EVENTS_PER_DAY,
        damage_day=_DAMAGED,
        summaries_day=_WITH_SUMMARIES,
    )


def _play(console: Console, running: Sandbox, seeded: Seeded) -> int:
    began = time.monotonic()
    try:
        with running.slack.on_change(lambda change: _print(console, running.slack, change)):
            _converse(running.slack)
    except NeverCameError as error:
        console.print(f"[red]{error}[/]", markup=False)
        return 1
    running.check()
    checked, landed = check(running.world, seeded, {_LOSSY}), landings(running.world)
    problems = [*checked.problems, *_unproved(landed)]
    _print_proof(console, landed)
    for problem in problems:
        console.print(f"WRONG: {problem}", markup=False)
    console.print(_verdict(checked, problems, seeded, time.monotonic() - began), markup=False)
    return 1 if problems else 0


def _converse(slack: SlackStandIn) -> None:
    asha = slack.person("operator")
    asha.slash("/replay", f"raw {_DAYS[0]} {_DAYS[-1]}")
    plan = slack.wait_for(lambda: _message_with(slack, "Review and start"), _PLAN_SECONDS, "the plan")
    asha.click(plan, "Review and start")
    question = asha.wait_for_view(title="Start this replay?")
    question.fill({"Type raw to confirm": "raw"})
    question.submit()
    waiting = slack.wait_for(lambda: _waits(slack), _REPLAY_SECONDS, f"{_LOSSY}, waiting to land")
    asha.click(waiting, "Restore")
    question = asha.wait_for_view(title="Restore this day?")
    question.fill({"Type raw to confirm": "raw"})
    question.submit()
    slack.wait_for(lambda: _ended(slack), _REPLAY_SECONDS, "the end of the replay")


def _message_with(slack: SlackStandIn, button: str) -> Message | None:
    return next((message for message in slack.messages() if button in message.buttons), None)


def _waits(slack: SlackStandIn) -> Message | None:
    """The live message, once the run has ended and the lossy day still waits."""
    live = _message_with(slack, "Restore")
    return live if live and "waits for landing" in slack.text_of(live) else None


def _ended(slack: SlackStandIn) -> Message | None:
    """The live message, once its thread has the summary."""
    for message in slack.messages():
        if any("Days closed:" in slack.text_of(reply) for reply in slack.thread(message.ts)):
            return message
    return None


def _print(console: Console, slack: SlackStandIn, change: Change) -> None:
    if told := slack.narrate(change):
        console.print(told, markup=False)
        sys.stdout.flush()


def _print_proof(console: Console, landed: list[Landing]) -> None:
    console.print("\nWhat was compared before anything was given up, as the journals have it:", markup=False)
    for one in landed:
        console.print(f"  {one.text()}", markup=False)
        for missing in one.missing:
            console.print(f"      {missing}", markup=False)


def _unproved(landed: list[Landing]) -> list[str]:
    """What the journals have to say of this world, and do not."""
    said = {one.day: one for one in landed}
    good = [said[day] for day in _DAYS if day not in (_DAMAGED, _LOSSY) and day in said]
    wrong = [f"{one.day}: its landing was not proved by event ids" for one in good if one.kind != "proved"]
    if len(good) != len(_DAYS) - 2:
        wrong.append("a day's journal is missing")
    if _WITH_SUMMARIES in said and not said[_WITH_SUMMARIES].kept:
        wrong.append(f"{_WITH_SUMMARIES}: the folders of summaries were not left alone")
    if _LOSSY in said and not (said[_LOSSY].missing and not said[_LOSSY].kind):
        wrong.append(f"{_LOSSY}: nothing is said to be missing")
    return wrong


def _verdict(checked: Checked, problems: list[str], seeded: Seeded, seconds: float) -> str:
    if problems:
        return f"FAILED: {len(problems)} things are not as promised."
    good = [day for day in seeded.days.values() if not day.damaged_blob and day.day != _LOSSY]
    return (
        f"\nOK in {seconds:.0f} s, seen in the world itself: {sum(len(day.lines) for day in good):,} events of "
        f"{len(good)} days are in the topic, in every sink and in Druid exactly once. {_DAMAGED}, whose "
        f"source is damaged, was not touched. {_LOSSY}, which lost events on the way, is byte for byte as before, and "
        f"what had landed of it is in quarantine. Nothing else was touched ({checked.events:,} messages, "
        f"{checked.blobs:,} files checked)."
    )
