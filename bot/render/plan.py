"""A plan as Slack shows it: what would be published and destroyed, and the buttons that decide. Pure.

All that would be destroyed is in it, however many sinks there are: names get shorter, numbers never.
"""

from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import Block, HeaderBlock

from bot.render import parts
from bot.render.mrkdwn import code, escaped, printable, size_text
from replay_engine import DayPlan, Estimate, Plan, described, earlier_text

_DOOMED_CHARACTERS = 4400
_CAUTIONS_CHARACTERS = 1500
_ALL_CHARACTERS = 10_500
_SINKS_A_LINE = 8
_SINKS_NAMED = 90
_WARNINGS_SHOWN = 2


def plan_text(plan: Plan) -> str:
    """The plan in one line, for notifications."""
    return f"Plan {plan.replay_id}: {escaped(plan.spec.source)} {_span(plan)} -> {escaped(plan.spec.topic)}"


def plan_blocks(
    plan: Plan,
    requester: str,
    *,
    estimate: Estimate | None = None,
    decision: str | None = None,
    dry_run: bool = False,
    approvers_must_confirm: bool = False,
) -> list[Block]:
    """A plan with its numbers; with buttons until it is decided. ``decision`` is a sentence of our own."""
    title = "Dry run" if dry_run else "Plan"
    summary = list(_summary(plan, estimate))
    remaining = _ALL_CHARACTERS - sum(map(len, summary))
    blocks: list[Block] = [
        HeaderBlock(text=printable(f"{title}: replay {plan.spec.source}", 150)),
        *parts.sections(summary),
        *parts.sections(parts.fitting([_day(day, estimate) for day in plan.days], remaining)),
        parts.context(
            f"`{plan.replay_id}` · plan `{plan.hash[:12]}` · <@{requester}> · {parts.moment(plan.created_at)}"
        ),
    ]
    if ending := decision or _not_startable(plan, dry_run=dry_run):
        return [*blocks, parts.context(ending)]
    if approvers_must_confirm:
        blocks.append(parts.context(f"An approver who is not <@{requester}> has to confirm it."))
    return [*blocks, _buttons(plan)]


def _summary(plan: Plan, estimate: Estimate | None) -> Iterator[str]:
    """All days together; of a plan that cannot run there is nothing to count."""
    if plan.refused:
        yield f"*Days* {len(plan.days)}, {_span(plan)}, from {_read(plan)}"
        return
    yield from plan_summary(plan, estimate)
    yield from day_count(plan)
    yield from _time(estimate)


def _not_startable(plan: Plan, *, dry_run: bool) -> str:
    if dry_run:
        return "A dry run: it cannot be started. Nothing was touched."
    return ":no_entry: No day of it can run: there is nothing to start. Nothing was touched." if plan.refused else ""


def plan_summary(plan: Plan, estimate: Estimate | None = None) -> Iterator[str]:
    """What would be published and what destroyed, over all days that can run."""
    yield _published(plan, estimate)
    if how := described(plan.spec.publishing):
        yield f"*Lines* {escaped(how, 600)}"
    if plan.spec.canary:
        yield f"*Canary* {escaped(plan.spec.canary.text, 600)}"
    yield from _doomed(plan)
    cautions = [f":warning: {escaped(caution, 600)}" for caution in plan.spec.cautions]
    yield from parts.fitting(cautions, _CAUTIONS_CHARACTERS, noun="warnings")


def _published(plan: Plan, estimate: Estimate | None) -> str:
    spec, days = plan.spec, _able(plan)
    files, size = sum(day.source.blobs for day in days), sum(day.source.size_bytes for day in days)
    return (
        f"*Publish* {files:,} files, {size_text(size)} stored{_lines(days, estimate)}, "
        f"from {_read(plan)} to {code(spec.topic)} at {code(spec.broker_list, 200)}"
    )


def _read(plan: Plan) -> str:
    return code(f"{plan.spec.container}/{plan.spec.file_path or plan.spec.folder}")


def _lines(days: Sequence[DayPlan], estimate: Estimate | None) -> str:
    """The events where earlier replays tell how many there are."""
    known = [estimate.lines[day.day] for day in days if estimate and day.day in estimate.lines]
    if not known:
        return ""
    of_days = "" if len(known) == len(days) else f" in {len(known)} of the days"
    return f", {sum(known):,} events{of_days}"


def _doomed(plan: Plan) -> Iterator[str]:
    """What would be deleted, in numbers: a few sinks a line."""
    if not plan.spec.destructive:
        yield "*Delete* nothing"
        return
    sinks = (*plan.days[0].sinks, *plan.days[0].segments)
    longest = max(20, min(300, _DOOMED_CHARACTERS // max(1, len(sinks)) - 30))
    amounts = [f"{parts.named(sink, longest)} {_amount(plan, [sink])}" for sink in sinks[:_SINKS_NAMED]]
    if rest := sinks[_SINKS_NAMED:]:
        amounts.append(f"{len(rest):,} more sinks {_amount(plan, rest)}")
    for start in range(0, len(amounts), _SINKS_A_LINE):
        yield f"*Delete and refill* {', '.join(amounts[start : start + _SINKS_A_LINE])}"


def _amount(plan: Plan, sinks: Sequence[str]) -> str:
    """What these sinks hold of the days that can run."""
    days = _able(plan)
    amounts = [day.sinks[sink] for day in days for sink in sinks if sink in day.sinks]
    segments = [day.segments[sink] for day in days for sink in sinks if sink in day.segments]
    size = size_text(sum(amount.size_bytes for amount in amounts))
    folders = {folder for day in days for folder in day.folders for sink in sinks if folder.startswith(f"{sink}/")}
    of_folders = f" in {len(folders):,} folders" if len(folders) > 1 else ""
    files = f"{sum(amount.blobs for amount in amounts):,} files ({size}){of_folders}"
    in_druid, in_store = (any(sink in kind for sink in sinks) for kind in (plan.days[0].segments, plan.days[0].sinks))
    return ", ".join([*([files] if in_store else []), *([f"{sum(segments):,} segments"] if in_druid else [])])


def _able(plan: Plan) -> Sequence[DayPlan]:
    """The days that can run: only there is anything published or deleted."""
    return [day for day in plan.days if not day.refusal]


def day_count(plan: Plan) -> Iterator[str]:
    """How many days, and which of them cannot run."""
    yield f"*Days* {len(plan.days)}, {_span(plan)}"
    refused = [str(day.day) for day in plan.days if day.refusal]
    if refused:
        more = f" and {len(refused) - 10} more" if len(refused) > 10 else ""
        yield f":no_entry: {len(refused)} of them will fail unchanged: {', '.join(refused[:10])}{more}."


def _time(estimate: Estimate | None) -> Iterator[str]:
    if estimate is None or estimate.seconds is None:
        yield "*Time* no estimate yet: there is no earlier replay to go by"
    else:
        yield f"*Time* about {parts.duration_text(estimate.seconds)}, going by {code(estimate.based_on)}"


def _day(day: DayPlan, estimate: Estimate | None) -> str:
    line = f"`{day.day}` {day.source.blobs:,} files, {size_text(day.source.size_bytes)}{_lines([day], estimate)}"
    if day.refusal:
        notes = [f":no_entry: {escaped(day.refusal, 500)}"]
    else:
        line, notes = f"{line}; deletes {_deleted(day)}", []
    if earlier := earlier_text(day):
        notes.append(f"before: {escaped(earlier, 300)}")
    notes += [f":warning: {escaped(warning)}" for warning in day.warnings[:_WARNINGS_SHOWN]]
    if more := day.warnings[_WARNINGS_SHOWN:]:
        notes.append(f"… and {parts.counted(len(more), 'more warning')}")
    return "\n".join([line, *notes])


def _deleted(day: DayPlan) -> str:
    files, segments = sum(amount.blobs for amount in day.sinks.values()), sum(day.segments.values())
    size = size_text(sum(amount.size_bytes for amount in day.sinks.values()))
    return f"{files:,} files ({size}), {segments:,} segments" if day.sinks or day.segments else "nothing"


def _span(plan: Plan) -> str:
    first, last = plan.days[0].day, plan.days[-1].day
    return str(first) if first == last else f"{first} to {last}"


def _buttons(plan: Plan) -> Block:
    return parts.buttons(
        "plan",
        parts.button("review", "Review and start", plan.replay_id, "primary"),
        parts.button("discard", "Discard", plan.replay_id),
    )
