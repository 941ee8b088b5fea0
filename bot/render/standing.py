"""Where a replay and its days stand, in words: never "running" about something that nobody runs. Pure."""

from replay_engine import DayReport, ReplayReport, ReplayState, Stage

_ENDED = (Stage.CLOSED, Stage.RESTORED)
#: What is done in a step, to somebody who need not know the engine's names of them.
_STEPS = {
    "claim": "claiming",
    "check": "checking the files",
    "back_up": "backing up",
    "clear": "clearing the sinks",
    "publish": "publishing",
    "settle": "waiting until the sinks are filled",
    "land": "looking whether everything has come back",
    "clean_up": "cleaning up",
    "restore": "restoring",
}


def current(report: ReplayReport) -> DayReport | None:
    """The day that somebody is at; none where nobody runs the replay."""
    if report.state is not ReplayState.RUNNING:
        return None
    under_way = [day for day in report.days if day.step]
    return next(iter([*under_way, *(day for day in report.days if _begun(day))]), None)


def _begun(day: DayReport) -> bool:
    """Whether its journal says that somebody took it up and nobody has ended it; a day waits to land by itself."""
    if day.landing:
        return False
    if day.stage is Stage.PLANNED:
        return bool(day.runner and day.next_step)
    return bool(day.next_step) if day.stage in _ENDED else day.stage is not Stage.HELD


def queued(report: ReplayReport) -> bool:
    """Whether it was started and no worker has taken it up yet."""
    planned = all(day.stage is Stage.PLANNED and not day.error for day in report.days)
    return report.state is ReplayState.RUNNING and planned and current(report) is None


def state_text(report: ReplayReport, cancelled_by: str | None = None) -> str:
    """The whole replay in a few words."""
    if report.state is ReplayState.RUNNING:
        return _running_text(report, cancelled_by)
    text = report.state.text
    if report.state is ReplayState.COMPLETED_WITH_FAILURES and all(day.stage is Stage.PLANNED for day in report.days):
        text = "not begun"
    if not cancelled_by:
        return text
    if report.state is ReplayState.COMPLETED:
        return f"{text}, before the cancel by <@{cancelled_by}> was heard"
    return f"{text} by <@{cancelled_by}>" if report.state is ReplayState.CANCELLED else f"{text}; {_by(cancelled_by)}"


def _running_text(report: ReplayReport, cancelled_by: str | None) -> str:
    day = current(report)
    if cancelled_by:
        becomes = "the running day is restored, or finished if all of it is published" if day else "no day is under way"
        return f"stopping: {_by(cancelled_by)}, {becomes}"
    if queued(report):
        return "waiting for a worker"
    if day is None and any(one.landing for one in report.days):
        return ReplayState.LANDING.text
    return "running, publishing is paused" if day and day.pace.paused else "running"


def _by(user: str) -> str:
    return f"cancelled by <@{user}>"


def next_text(report: ReplayReport, cancelled_by: str | None = None) -> str:
    """What comes next and by whom, where that is not plain to see; else empty."""
    if report.state is ReplayState.HELD:
        held = [str(day.day) for day in report.days if day.stage is Stage.HELD]
        days = ", ".join(held[:10]) + (" and more days" if held[10:] else "")
        return f"Next, by a person: see to what is said of {days}; when it is mended, press *Resume*."
    if report.state is ReplayState.LANDING:
        return "Next: it closes by itself when everything has come back. Nothing is given up before that."
    if report.state is not ReplayState.INTERRUPTED:
        return ""
    if cancelled_by:
        return "Next: a worker takes it up by itself and restores the day it was at."
    return "Next: a worker carries it on by itself. Who does not want to wait presses *Resume*."


def word(day: DayReport, *, at_it: bool, running: bool) -> str:
    """Where one day stands; ``at_it`` when it is the day that somebody is at."""
    if at_it:
        step = day.step or day.next_step
        return _STEPS.get(step, step.replace("_", " ")) if step else day.text
    if day.stage in _ENDED and day.next_step:
        return f"{day.text}, not all undone"
    ended = running or day.landing or day.stage in (*_ENDED, Stage.PLANNED, Stage.HELD)
    return day.text if ended else f"interrupted, {day.text}"


def failed_days(report: ReplayReport) -> tuple[DayReport, ...]:
    """The days of a replay at its end that did not close and can be planned again; none where one is unfinished."""
    ended = report.state in (ReplayState.COMPLETED_WITH_FAILURES, ReplayState.CANCELLED)
    known = all(day.stage in (*_ENDED, Stage.PLANNED) for day in report.days)
    if not (ended and known):
        return ()
    return tuple(day for day in report.days if day.stage is not Stage.CLOSED)
