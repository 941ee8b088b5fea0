"""The jobs of the runs' queue: run a confirmed replay, carry one on, resume it, accept or turn back one of its days.

JSON in, nothing out; no timeout and no retry. If the process dies here the journals stand, and a worker carries on.
"""

from collections.abc import Callable
from datetime import date

import structlog

from bot import settings
from bot.messages.ledger import on_record
from bot.messages.messaging import Messaging
from bot.messages.records import Room
from bot.messages.replies import Reply
from bot.messages.run_reporter import RunReporter
from bot.publishers.pool import RqPublishers
from bot.render.mrkdwn import escaped
from bot.settings import BotSettings, ShardExecutor
from bot.slack_client import web_client
from replay_engine import (
    Engine,
    Nobody,
    Plan,
    Refused,
    ReplayError,
    ReplayReport,
    ReplayState,
    Watch,
    load_settings,
    with_rate,
)

Run = Callable[[Engine, Watch], ReplayReport]

log = structlog.get_logger()


def run_replay(replay_id: str) -> None:
    """Run a confirmed plan to its end and report it; whatever ends the run is told, a `Refused` has touched nothing."""
    bot = settings.load()
    messaging = Messaging.of(bot, running_engine(bot))
    records = messaging.records
    plan, room, decision = records.plan(replay_id), records.room(replay_id), records.decision(replay_id)
    rate = records.rate(replay_id)
    if plan is None or room is None or decision is None or decision[0] != "confirmed":
        raise PermissionError(f"Nobody confirmed replay {replay_id}.")

    def run(engine: Engine, watch: Watch) -> ReplayReport:
        engine.keep(plan)
        messaging.ledger(plan).begin(room, decision[1])
        if rate:
            engine.acting_for(room.user).set_pace(replay_id, with_rate(engine.pace(replay_id), rate))
        return engine.run(plan, watch)

    _run_and_report(messaging, plan, room, decision[1], run, first=True)


def carry_on_replay(replay_id: str) -> None:
    """Carry on what an earlier runner left. Its messages go on where they are.

    Of one that only waits for its landing nobody is told before something is new: it is looked at every minute or so.
    """
    messaging = _messaging()
    try:
        waits = messaging.engine.status(replay_id).state is ReplayState.LANDING
        if waits and not messaging.engine.look_again(replay_id):
            return
    except ReplayError as error:
        log.warning("could not look whether it has landed", replay=replay_id, error=str(error))
        return
    plan = messaging.engine.kept(replay_id)
    _carry_on(messaging, plan, lambda engine, watch: engine.run(plan, watch))


def resume_replay(replay_id: str, room: dict[str, str]) -> None:
    """Carry a replay on because a person says so: held days too."""
    requester = Room(**room)
    messaging = _messaging(by=requester.user)
    _at_a_persons_word(
        messaging, replay_id, requester, lambda engine, watch: engine.resume(replay_id, watch), "Nothing was resumed"
    )


def turn_back_day(order: str, replay_id: str, day: str, room: dict[str, str]) -> None:
    """Accept or restore a day, or undo a closed one, because a person says so."""
    requester = Room(**room)
    messaging = _messaging(by=requester.user)

    def turn(engine: Engine, watch: Watch) -> ReplayReport:
        orders = {"accept": engine.accept, "restore": engine.restore, "undo": engine.undo}
        orders[order](replay_id, date.fromisoformat(day), watch)
        # Another runner may be at its other days: only the journals' leases say so.
        return engine.status(replay_id)

    _at_a_persons_word(messaging, replay_id, requester, turn, f"{day} stays as it is")


def _at_a_persons_word(messaging: Messaging, replay_id: str, requester: Room, run: Run, otherwise: str) -> None:
    """Do it and report it; what is refused is told to who asked."""
    refused: list[Refused] = []

    def unless_refused(engine: Engine, watch: Watch) -> ReplayReport:
        try:
            return run(engine, watch)
        except Refused as error:
            refused.append(error)
            return engine.status(replay_id)

    try:
        _carry_on(messaging, messaging.engine.kept(replay_id), unless_refused)
    except Refused as error:
        refused.append(error)
    if refused:
        Reply(web_client(messaging.bot), requester).tell(f"{otherwise}: {escaped(str(refused[0]), 2000)}")


def _carry_on(messaging: Messaging, plan: Plan, run: Run) -> None:
    """A replay whose channel nobody knows, as of the command line, has nobody to tell."""
    record = on_record(messaging.engine, plan.replay_id)
    if record is None:
        report = run(messaging.engine, Nobody())
        log.info("carried on without a channel to tell", replay=plan.replay_id, state=report.state)
        return
    messaging.records.bring_back(plan, record.room, record.confirmed_by)
    _run_and_report(messaging, plan, record.room, record.confirmed_by, run)


def _run_and_report(
    messaging: Messaging, plan: Plan, room: Room, confirmed_by: str, run: Run, *, first: bool = False
) -> None:
    sync = messaging.sync(plan, room, first=first)
    with RunReporter(sync, messaging.records, plan, confirmed_by) as watch:
        try:
            _run(messaging.engine, plan, watch, run, first=first)
        except BaseException:
            # A bug, or the end of this process: the message must not go on saying "running".
            _break_off(watch, "The worker broke off, and its log says why.", _resume(plan), first=first)
            raise


def _run(engine: Engine, plan: Plan, watch: RunReporter, run: Run, *, first: bool) -> None:
    try:
        watch.saw(run(engine, watch))
    except ReplayError as error:
        if first and not watch.has_seen and isinstance(error, Refused):
            watch.broke(f"Nothing was touched: {error.message}", f"{error.advice} Then plan again.".strip())
        else:
            _break_off(watch, error.message, error.advice or _resume(plan), first=first)


def _break_off(watch: RunReporter, error: str, advice: str, *, first: bool) -> None:
    """Say where it stopped; of one that others began only the journals know that, and the bot process tells it."""
    if first or watch.has_seen:
        watch.broke(error, advice)


def _messaging(by: str = "") -> Messaging:
    bot = settings.load()
    return Messaging.of(bot, running_engine(bot, by))


def running_engine(bot: BotSettings, by: str = "") -> Engine:
    """An engine whose days are published where the settings say."""
    on_workers = bot.shard_executor is ShardExecutor.RQ
    publishers = RqPublishers(bot.redis_url.get_secret_value()) if on_workers else None
    return Engine(load_settings(), by=by, publishers=publishers)


def _resume(plan: Plan) -> str:
    return f"When it is mended: /replay resume {plan.replay_id}"
