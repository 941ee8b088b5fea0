"""A day that waits for its landing: since when, what is missing, what a person can do about it, how it ended. Pure."""

from collections.abc import Iterator, Sequence

from slack_sdk.models.blocks import ActionsBlock, Block

from bot.render import parts
from bot.render.mrkdwn import escaped
from replay_engine import DayReport, ReplayReport, Stage

#: So many waiting days have buttons of their own; of the others the commands are told.
_DAYS_WITH_BUTTONS = 3
_FOLDERS_SHOWN = 5
_FOLDER_CHARACTERS = 300
_LANDING_CHARACTERS = 600
_LINES_CHARACTERS = 2500
_HOW = {"proved": "proved by event ids", "refilled": "every sink was refilled"}


def waiting_lines(report: ReplayReport) -> Iterator[str]:
    """A line for each day that waits: since when, and for what."""
    yield from parts.fitting([_waiting_line(day) for day in _waiting(report)], _LINES_CHARACTERS)


def landing_blocks(report: ReplayReport) -> list[Block]:
    """Each day that waits, with what a person can do about it."""
    blocks: list[Block] = []
    waiting = _waiting(report)
    for day in waiting[:_DAYS_WITH_BUTTONS]:
        blocks += [*parts.sections([_waiting_line(day)]), _buttons(day, report.replay_id)]
    if more := waiting[_DAYS_WITH_BUTTONS:]:
        commands = f"`/replay status {report.replay_id}`, `/replay accept {report.replay_id} DAY`"
        blocks += parts.sections([f"… and {parts.counted(len(more), 'more day')} waiting to land: {commands}"])
    return blocks


def overdue_text(day: DayReport, source: str, people: Sequence[str]) -> str:
    """To those who asked and confirmed: a day waits for longer than it should, and what can be done."""
    mentioned = " ".join(dict.fromkeys(parts.person(one) for one in people))
    since = f" since {parts.moment(day.landing_since)}" if day.landing_since else ""
    lines = [
        f":stopwatch: {mentioned} *{day.day}* of the replay of {escaped(source)} waits for its landing{since}.",
        *missing_lines(day),
        "See that the pipeline runs, and wait on: it closes by itself when everything has come back, and nothing is "
        "given up before. What will never come back can be accepted as lost, or the day restored.",
    ]
    return "\n".join(lines)


def overdue_blocks(text: str, day: DayReport, replay_id: str) -> list[Block]:
    """The same with the buttons."""
    return [*parts.sections(text.split("\n")), _buttons(day, replay_id)]


def landed_text(day: DayReport) -> str:
    """What became of a day that had waited for too long."""
    if day.stage is Stage.CLOSED:
        how = landed_how(day)
        return f"{parts.mark(day.stage)} *{day.day}* waits no more, it is closed{f': {how}' if how else '.'}"
    if day.stage is Stage.HELD:
        return f"{parts.mark(day.stage)} *{day.day}* waits for a person now: it is held."
    return f"{parts.mark(Stage.RESTORED)} *{day.day}* waits no more: it is {escaped(day.text)}."


def landed_how(day: DayReport) -> str:
    """How it was told that everything of a closed day has come back; empty where nothing had to."""
    if day.landed == "accepted":
        return f"accepted as it was by {parts.person(day.accepted_by)}"
    return _HOW.get(day.landed, "")


def missing_lines(day: DayReport) -> Iterator[str]:
    """What has not come back of a day, folder by folder; nothing of one that does not wait."""
    if not day.landing_missing:
        yield from [escaped(day.landing, _LANDING_CHARACTERS)] if day.landing else []
        return
    yield "Not come back yet:"
    shown = [f"• {escaped(text, _FOLDER_CHARACTERS)}" for text in day.landing_missing.values()]
    yield from shown[:_FOLDERS_SHOWN]
    if (more := day.landing_missing_folders - min(len(shown), _FOLDERS_SHOWN)) > 0:
        yield f"… and {parts.counted(more, 'more folder')}"


def _waiting(report: ReplayReport) -> list[DayReport]:
    return [day for day in report.days if day.landing]


def _waiting_line(day: DayReport) -> str:
    since = f" since {parts.moment(day.landing_since)}" if day.landing_since else ""
    late = ", longer than it should" if day.landing_overdue else ""
    return f":stopwatch: *{day.day}* waits to land{since}{late}: {escaped(day.landing, _LANDING_CHARACTERS)}"


def _buttons(day: DayReport, replay_id: str) -> ActionsBlock:
    value = f"{replay_id} {day.day}"
    accept = parts.button("accept", "Accept the loss", value, "danger")
    return parts.buttons(f"landing-{day.day}", accept, parts.button("restore", "Restore", value))
