"""The jobs of the orders' queue, which are quick: steer a replay, answer a question about one, show somebody's Home.

JSON in, nothing out. An order is on record in the state container before anybody is told that it was given.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace

from slack_sdk.models.blocks import Block

from bot import settings
from bot.jobs.enqueue import Jobs
from bot.jobs.rate_steps import faster, slower
from bot.language.which_replay import meant
from bot.messages.records import Records, Room
from bot.messages.replies import Reply
from bot.messages.sync import ENDED
from bot.render import answers
from bot.render.confirmation import order_confirmation
from bot.render.home import home
from bot.slack_client import web_client
from replay_engine import (
    AuditEntry,
    Engine,
    NotThere,
    Pace,
    Refused,
    ReplayError,
    ReplayReport,
    ReplayState,
    load_settings,
    with_rate,
)

#: How many replays a list shows, and how many of a Home's are looked at.
_LISTED = 10
#: Nobody has to do anything about these.
_UNDER_WAY = (ReplayState.RUNNING, ReplayState.LANDING)
#: What is on record for the bot's own use, and for no person to read.
_NOT_FOR_PEOPLE = {"message"}


def steer(order: str, replay_id: str | None, detail: str, room: dict[str, str], view_id: str | None = None) -> None:
    """Cancel a replay, or say how fast it may go from now on; the person hears what became of it."""
    bot = settings.load()
    redis_url = bot.redis_url.get_secret_value()
    reply, records = Reply(web_client(bot), Room(**room), view_id), Records(redis_url)
    try:
        engine, jobs = Engine(load_settings(), by=reply.room.user), Jobs(redis_url)
        reply.tell(_steered(engine, jobs, order, meant(engine, replay_id), detail, reply.room))
    except NotThere as error:
        if order == "cancel" and replay_id and records.cancelled_by(replay_id):
            reply.tell("It is stopped before it begins.")
        else:
            reply.tell_error("Not done", error)
    except ReplayError as error:
        reply.tell_error("Not done", error)


def _steered(engine: Engine, jobs: Jobs, order: str, replay_id: str, detail: str, room: Room) -> str:
    state = engine.status(replay_id).state
    if state in ENDED:
        return "This replay has ended already; nothing is left to steer."
    if order == "resume" and state is not ReplayState.RUNNING:
        jobs.resume(replay_id, room)
        return "It is carried on, held days too; its messages say how it goes."
    if order == "cancel":
        engine.cancel(replay_id)
        if state is ReplayState.LANDING:
            return "No more days are begun. Those that wait for their landing go on waiting, or accept or restore them."
        return "Stopping at the next safe point; the running day is restored, days that are closed stay closed."
    before = engine.pace(replay_id)
    pace, text = _pace(order, before, detail)
    if pace != before:
        engine.set_pace(replay_id, pace)
    return text


def _pace(order: str, before: Pace, detail: str) -> tuple[Pace, str]:
    match order:
        case "pause":
            return replace(before, paused=True), "Pausing: within seconds nothing more is published, until a Resume."
        case "resume":
            return replace(before, paused=False), "Going on."
        case "rate":
            return with_rate(before, detail), "The new rate holds within seconds."
        case "slower":
            return slower(before, float(detail or 0))
        case _:
            return faster(before)


def ask_once_more(order: str, replay_id: str, day: str, room: dict[str, str], view_id: str) -> None:
    """Show the last question before a day is accepted, restored or undone, with how it stands; or why it cannot be."""
    bot = settings.load()
    reply = Reply(web_client(bot), Room(**room), view_id)
    try:
        report = Engine(load_settings()).status(replay_id)
        day_report = next((report_day for report_day in report.days if str(report_day.day) == day), None)
        if day_report is None:
            raise NotThere(f"{replay_id} has no day {day}.", advice="See: /replay status")
        if order == "accept" and not day_report.landing:
            raise Refused(
                f"{day} does not wait for its landing, it is {day_report.text}.",
                advice=f"See: /replay status {replay_id}",
            )
    except ReplayError as error:
        reply.tell_error("Not done", error)
        return
    reply.show_view(order_confirmation(order, report, day_report, reply.room.channel))


def status(replay_id: str | None, room: dict[str, str], view_id: str | None = None) -> None:
    """How one replay stands, and who did what about it."""
    _answer(room, view_id, lambda engine: _status(engine, meant(engine, replay_id)))


def _status(engine: Engine, replay_id: str) -> list[Block]:
    return answers.status_blocks(engine.status(replay_id), _deeds(engine, replay_id))


def listing(room: dict[str, str], view_id: str | None = None) -> None:
    """The last replays, and how each stands."""
    _answer(room, view_id, lambda engine: answers.list_blocks(list(_latest_reports(engine))))


def history(replay_id: str | None, room: dict[str, str], view_id: str | None = None) -> None:
    """Who did what: about one replay, or about the last ones."""
    _answer(room, view_id, lambda engine: _history(engine, replay_id))


def _history(engine: Engine, replay_id: str | None) -> list[Block]:
    if replay_id:
        return answers.history_blocks(replay_id, _deeds(engine, replay_id))
    return answers.histories_blocks([(report, _deeds(engine, report.replay_id)) for report in _latest_reports(engine)])


def verify(replay_id: str, room: dict[str, str], view_id: str | None = None) -> None:
    """Whether the world is as the replay's journals say."""
    _answer(room, view_id, lambda engine: answers.verify_blocks(engine.verify(replay_id)))


def show_home(user: str, refusal: str | None) -> None:
    """Somebody's Home tab: what runs, and the last replays; or why they may not see that."""
    bot = settings.load()
    reports: list[ReplayReport] = []
    if refusal is None:
        reports = list(_latest_reports(Engine(load_settings())))
    under_way = [report for report in reports if report.state in _UNDER_WAY]
    others = [report for report in reports if report.state not in _UNDER_WAY]
    web_client(bot).views_publish(user_id=user, view=home(under_way, others, refusal=refusal))


def _latest_reports(engine: Engine) -> Iterator[ReplayReport]:
    yield from (engine.status(replay_id) for replay_id in engine.latest(_LISTED))


def _deeds(engine: Engine, replay_id: str) -> tuple[AuditEntry, ...]:
    return tuple(audit_entry for audit_entry in engine.audit_log(replay_id) if audit_entry.what not in _NOT_FOR_PEOPLE)


def _answer(room: dict[str, str], view_id: str | None, look: Callable[[Engine], list[Block]]) -> None:
    bot = settings.load()
    reply = Reply(web_client(bot), Room(**room), view_id)
    try:
        reply.show(look(Engine(load_settings())))
    except ReplayError as error:
        reply.tell_error("No answer", error)
