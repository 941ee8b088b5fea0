"""What people do with the bot, in few words: ask, review, confirm, and let the worker take its jobs."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import date

from redis import Redis
from rq import Queue

from bot import settings
from bot.access import nobody
from bot.app import build_app, http_app
from bot.messages.caretaker import Caretaker
from bot.messages.records import Records
from bot.queues import ORDERS, PLANS, RUNS
from bot.services import assemble
from bot.slack_client import listeners_client
from replay_engine import Engine, Pace, ReplayReport, load_settings
from sandbox.processes import wait_until
from sandbox.serving import serve
from sandbox.slack import Message, OpenView, Person, SignedRequests, SlackStandIn, SubmitResult
from sandbox.world.check import check
from sandbox.world.parts import World
from sandbox.world.seed import Seeded
from tests.helpers.workers import work_off

#: What the bot takes for today.
TODAY = date(2020, 1, 2)


@contextmanager
def serve_bot() -> Iterator[str]:
    """The bot as the environment has it, listening to signed requests at this URL; its caretaker looks when told to."""
    bot = settings.load()
    services, _ = assemble(bot, Engine(load_settings()), nobody)
    services = replace(services, decided=lambda: None, today=lambda: TODAY)
    with serve(http_app(build_app(bot, listeners_client(bot), services))) as url:
        yield f"{url}/slack/events"


def caretaker() -> Caretaker:
    """As the bot process has it."""
    return assemble(settings.load(), Engine(load_settings()), nobody)[1]


@dataclass(frozen=True, slots=True)
class Conversation:
    """One workspace and the bot in it."""

    slack: SlackStandIn
    world: World
    seeded: Seeded
    request_url: str
    requests: SignedRequests

    @property
    def asha(self) -> Person:
        """The operator."""
        return self.slack.person("operator")

    @property
    def records(self) -> Records:
        return Records(self.world.valkey.url)

    def make_plans(self) -> None:
        """Let the worker take the plans that were asked for."""
        work_off(self.world.valkey.url, PLANS)

    def carry_out(self) -> None:
        """Let the worker take the orders and questions."""
        work_off(self.world.valkey.url, ORDERS)

    def open_home(self, who: Person) -> None:
        """Open the bot's Home, and have it shown: an event is acknowledged before its listener is called."""
        who.open_home()
        with Redis.from_url(self.world.valkey.url) as redis:
            wait_until(lambda: redis.llen(f"rq:queue:{ORDERS}") > 0, "the job that shows Home")
        self.carry_out()

    def run(self) -> None:
        """Let the worker take the runs that were confirmed; returns when they have ended."""
        work_off(self.world.valkey.url, RUNS)

    def plan(self, text: str) -> Message:
        """Ask by text and have the plan posted."""
        self.asha.slash("/replay", text)
        self.make_plans()
        return self.slack.messages()[-1]

    def form(self) -> OpenView:
        """The operator's open form."""
        self.asha.slash("/replay")
        return self.asha.wait_for_view(title="Replay")

    def form_of(self, source: str) -> OpenView:
        """The form with all its fields, for a source."""
        form = self.form()
        self.choose_source(form, source)
        self.click_in(form, "Show more")
        return form

    def choose_source(self, form: OpenView, source: str) -> None:
        """Choose it, and wait until the form shows what follows from it."""
        before = form.view.hash
        form.fill({"source": source})
        self.slack.wait_for(lambda: form.view.hash != before, what="what follows from the source")

    def click_in(self, form: OpenView, button: str) -> None:
        """Press a button of the form, and wait until it has changed."""
        before = form.view.hash
        self.asha.click(form, button)
        self.slack.wait_for(lambda: form.view.hash != before, what="the changed form")

    def submit(self, form: OpenView, values: Mapping[str, object]) -> SubmitResult:
        """Fill the form, submit it, and let the plan be made."""
        form.fill(values)
        result = form.submit()
        self.make_plans()
        return result

    def review(self, plan: Message, who: Person | None = None) -> OpenView:
        """Press *Review and start*; the confirmation that opens."""
        (who or self.asha).click(plan, "review")
        return (who or self.asha).wait_for_view(title="Start this replay?")

    def confirm(self, plan: Message, typed: str = "raw") -> SubmitResult:
        """Review, type the name, start."""
        question = self.review(plan)
        question.fill({"typed": typed})
        return question.submit()

    def says(self, shown: Message | OpenView) -> str:
        """What a reader sees of it now."""
        if isinstance(shown, OpenView):
            return self.slack.text_of(shown)
        return self.slack.text_of(self.slack.message(shown.ts))

    def live(self) -> Message:
        """The live message, once it is there."""
        return self.slack.wait_for(self._live, what="the live message")

    def _live(self) -> Message | None:
        there = [message for message in self.slack.messages() if "Replay of" in message.text]
        return there[-1] if there else None

    def thread(self) -> list[str]:
        """What stands in the live message's thread about days."""
        return [text for text in self._replies() if "*Replay of" not in text]

    def summaries(self) -> list[str]:
        """What stands in the thread about the whole replay."""
        return [text for text in self._replies() if "*Replay of" in text]

    def _replies(self) -> list[str]:
        return [self.slack.text_of(message) for message in self.slack.thread(self.live().ts)]

    def whispered(self, who: Person | None = None) -> list[str]:
        """What only this person was told, oldest first."""
        return [self.slack.text_of(message) for message in (who or self.asha).ephemerals()]

    def hears(self, text: str, who: Person | None = None, times: int = 1) -> None:
        """Wait until this person was told so; the answer to a click comes after its acknowledgement."""
        self.slack.wait_for(lambda: self.whispered(who).count(text) >= times, what=f"{text!r}")

    def status(self, plan: Message) -> ReplayReport:
        """How the replay of a plan stands by its journals."""
        return Engine(load_settings()).status(replay_id(plan))

    def pace(self, plan: Message) -> Pace:
        """How fast the replay of a plan may go, as last ordered."""
        return Engine(load_settings()).pace(replay_id(plan))

    def problems(self, *days: date, restored: tuple[date, ...] = ()) -> tuple[str, ...]:
        """What is not as promised: days that were replayed, and days that were begun and restored."""
        of_interest = {day: self.seeded.days[day] for day in days}
        for day in restored:
            of_interest[day] = replace(self.seeded.days[day], damaged_blob="none, but the day must look the same")
        return check(self.world, replace(self.seeded, days=of_interest)).problems

    def is_as_seeded(self, day: date) -> bool:
        """Whether the sinks hold the names that they held before anything was replayed."""
        before = {name for blobs in self.seeded.days[day].sink_blobs.values() for name in blobs}
        sinks = tuple(f"{sink}/" for sink in self.seeded.days[day].sink_blobs)
        there = self.world.container.list_blob_names()
        return before == {n for n in there if n.startswith(sinks) and n.rpartition("/")[2].startswith(str(day))}


def queued(conversation: Conversation, name: str) -> list[str]:
    """Which jobs wait in a queue."""
    with Redis.from_url(conversation.world.valkey.url) as redis:
        return Queue(name, connection=redis).job_ids


def replay_id(plan: Message) -> str:
    """The id that the plan's buttons carry."""
    return plan.text.removeprefix("Plan ").partition(":")[0]


def with_wrong_key(conversation: Conversation) -> str:
    """The store's connection string with a key that it does not know."""
    parts = dict(part.split("=", 1) for part in conversation.world.azurite.connection_string.strip(";").split(";"))
    parts["AccountKey"] = "d3Jvbmc="
    return ";".join(f"{name}={value}" for name, value in parts.items())
