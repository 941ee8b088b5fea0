"""The last question before something is destroyed, and a modal that only says something. Pure."""

import json
from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import Block, InputBlock, PlainTextInputElement, PlainTextObject
from slack_sdk.models.views import View

from bot.render import parts
from bot.render.landing import missing_lines
from bot.render.mrkdwn import escaped, printable
from bot.render.plan import day_count, plan_summary
from replay_engine import DayReport, Plan, ReplayReport

_TITLES = {"accept": "Accept this day?", "restore": "Restore this day?", "undo": "Undo this day?"}
_CONSEQUENCES = {
    "accept": "The day is closed as it is. What has not come back is given up together with its backup, which is kept "
    "only for as long as the settings say; who accepts it is on record.",
    "restore": "What the replay has made land in the sinks is set aside, and what they held before is put back.",
    "undo": "The sinks of this closed day get back what they held before the replay, from the backup that is kept.",
}


def confirmation(plan: Plan, *, wrong: str | None = None) -> View:
    """What will be destroyed, in numbers; the source's name typed for a destructive plan.

    ``wrong`` says what was wrong with what was typed before.
    """
    blocks = parts.sections(_question(plan, wrong))
    if plan.spec.destructive:
        blocks.append(_typed(plan.spec.source))
    return _modal("confirm", plan.replay_id, "Start this replay?", "Start", blocks)


def _question(plan: Plan, wrong: str | None) -> Iterator[str]:
    if wrong:
        yield f":warning: {escaped(wrong, 1000)}"
    yield from plan_summary(plan)
    yield from day_count(plan)
    if plan.spec.destructive:
        yield "Everything is backed up before it is deleted; a day that fails gets back what it had."


def order_confirmation(order: str, report: ReplayReport, day: DayReport, channel: str) -> View:
    """The last question before ``accept``, ``restore`` or ``undo``: how the day stands and what becomes of it."""
    lines = [
        f"*{order.capitalize()}* `{day.day}` of `{report.replay_id}`, a replay of {escaped(report.source)}.",
        f"It stands at: {day.text if day.landing else day.stage}. Published: {day.lines_published:,} events.",
        *missing_lines(day),
        _CONSEQUENCES[order],
    ]
    named = {"order": order, "id": report.replay_id, "day": str(day.day), "source": report.source[:1000]}
    named["channel"] = channel
    blocks = [*parts.sections(lines), _typed(report.source)]
    return _modal("order", json.dumps(named), _TITLES[order], order.capitalize(), blocks)


def notice(content: str | Sequence[Block]) -> View:
    """A modal that only says something; foreign text in it is escaped already."""
    return View(
        type="modal",
        title=PlainTextObject(text="Replay"),
        close=PlainTextObject(text="Close"),
        blocks=parts.sections([content]) if isinstance(content, str) else list(content),
    )


def _typed(source: str) -> InputBlock:
    return InputBlock(
        block_id="typed",
        label=printable(f"Type {source} to confirm", 2000),
        element=PlainTextInputElement(action_id="typed", max_length=3000),
    )


def _modal(callback_id: str, metadata: str, title: str, submit: str, blocks: list[Block]) -> View:
    return View(
        type="modal",
        callback_id=callback_id,
        private_metadata=metadata,
        title=PlainTextObject(text=title),
        submit=PlainTextObject(text=submit),
        close=PlainTextObject(text="Not now"),
        blocks=blocks,
    )
