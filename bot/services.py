"""What the listeners call, and nothing else: who may, what to queue, what to remember."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta, timezone

from bot.access import Access, Act, Members
from bot.jobs.enqueue import Jobs
from bot.language.offer import Offer, offer
from bot.messages.caretaker import Caretaker
from bot.messages.messaging import Messaging
from bot.messages.records import Records
from bot.settings import BotSettings
from replay_engine import Engine

#: The stored days are Asia/Kolkata's, which has no summer time.
_ZONE = timezone(timedelta(hours=5, minutes=30))


@dataclass(frozen=True, slots=True)
class Services:
    """What the listeners call. Of the engine they use only what looks at nothing but config and settings.

    ``decided`` is called when a plan was, so that Slack hears of it; ``today`` is where the stored days are counted.
    """

    engine: Engine
    access: Access
    jobs: Jobs
    records: Records
    offer: Offer
    decided: Callable[[], None]
    today: Callable[[], date]

    def show_home(self, user: str) -> None:
        """Queue what Home shows this person: the replays, or whom to ask."""
        self.jobs.home(user, self.access.refusal(user, None, Act.LOOK))


def _today() -> date:
    return datetime.now(_ZONE).date()


def assemble(bot: BotSettings, engine: Engine, members: Members) -> tuple[Services, Caretaker]:
    """What the listeners call, and who tells what no runner tells; nothing is asked of anybody yet."""
    messaging, jobs = Messaging.of(bot, engine), Jobs(bot.redis_url.get_secret_value())
    caretaker = Caretaker(messaging, jobs)
    services = Services(
        engine,
        bot.access(members),
        jobs,
        messaging.records,
        offer(engine, bot),
        caretaker.poke,
        _today,
    )
    return services, caretaker
