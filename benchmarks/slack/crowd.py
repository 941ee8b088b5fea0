"""Fifty people who do fifty things at once: the payloads that Slack would send for them, made ahead.

Every kind of request that the bot takes is among them, each for itself: a form, a plan or a trigger is used once.
"""

import secrets
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from slack_sdk.models.blocks import Block

from bot.messages.records import Records, Room
from bot.render.live import live_blocks
from bot.render.plan import plan_blocks
from replay_engine import DayReport, ReplayReport, Stage
from sandbox.slack import Message, OpenView, SlackStandIn, View
from sandbox.slack.delivery import payloads
from sandbox.slack.delivery.transport import EnvelopeType
from sandbox.slack.rules.blocks import checked_blocks
from sandbox.slack.workspace.elements import find
from sandbox.slack.workspace.model import Json
from sandbox.slack.workspace.state import BOT, HOME_CHANNEL
from tests.helpers.values import FIRST, plan, report

#: What is typed after the command, and how often; nothing opens the form.
TYPED = {
    "": 10,
    "raw 2019-12-01 2019-12-03 rate=20MB/s": 8,
    "rwa 2019-12-01 2019-12-3": 2,
    "help": 2,
    "status": 3,
    "list": 2,
    "history": 1,
    "pause": 2,
}
#: Which buttons are pressed, and how often.
PRESSED = {"review": 6, "discard": 2, "slower": 2, "pause": 2, "cancel": 1}
FORMS, CONFIRMATIONS, HOMES = 3, 3, 1
COMMANDS = sum(TYPED.values()) + sum(PRESSED.values()) + FORMS + CONFIRMATIONS + HOMES


@dataclass(frozen=True, slots=True)
class Request:
    """One thing that somebody does."""

    what: str
    kind: EnvelopeType
    payload: Json


class Crowd:
    """Everybody is the operator, in the channel of the bot."""

    def __init__(self, slack: SlackStandIn, records: Records) -> None:
        """Opens one form and one confirmation to copy; nobody is slow yet."""
        self._slack, self._records = slack, records
        self._asha = slack.person("operator")
        self._channel = slack.workspace.channel(HOME_CHANNEL)
        self._live = self._posted(live_blocks(_running(), self._asha.id, style="plain"))
        self._form, self._question = self._filled_form(), self._filled_question()

    def requests(self) -> list[Request]:
        """What all of them do next; the triggers count from now."""
        return [*self._commands(), *self._clicks(), *self._submissions(), self._home()]

    def _commands(self) -> Iterator[Request]:
        for text, count in TYPED.items():
            for _ in range(count):
                payload = payloads.slash_command(
                    self._asha.user, self._channel, "/replay", text, **self._tickets(self._channel.id)
                )
                yield Request(f"/replay {text}".strip(), "slash_commands", payload)

    def _clicks(self) -> Iterator[Request]:
        for button, count in PRESSED.items():
            for _ in range(count):
                message = self._plan() if button in ("review", "discard") else self._live
                element = find(message.blocks, button)
                entry = payloads.action(element, {"type": "button"}, self._slack.workspace.new_ts())
                tickets = self._tickets(self._channel.id, message.ts)
                payload = payloads.action_in_message(self._asha.user, self._channel, message, entry, {}, **tickets)
                yield Request(f"[{button}]", "interactive", payload)

    def _submissions(self) -> Iterator[Request]:
        for _ in range(FORMS):
            yield self._submission("the form", self._form)
        for _ in range(CONFIRMATIONS):
            replay_id = self._remembered()
            content = self._question.content | {"private_metadata": replay_id}
            yield self._submission("the confirmation", replace(self._question, content=content))

    def _submission(self, what: str, view: View) -> Request:
        own = replace(view, id="V" + secrets.token_hex(5).upper())
        trigger_id = self._slack.desk.tickets.trigger(self._asha.id)
        return Request(what, "interactive", payloads.view_submission(self._asha.user, own, trigger_id=trigger_id))

    def _home(self) -> Request:
        body: Json = {"type": "app_home_opened", "user": self._asha.id, "channel": "D00OPERATOR", "tab": "home"}
        return Request("the Home tab", "events_api", payloads.event(body, "Ev" + secrets.token_hex(5), 1))

    def _tickets(self, channel: str, message_ts: str = "") -> dict[str, str]:
        tickets = self._slack.desk.tickets
        return {
            "trigger_id": tickets.trigger(self._asha.id),
            "response_url": tickets.answer_url(self._asha.id, channel, message_ts),
        }

    def _filled_form(self) -> View:
        self._asha.slash("/replay")
        form = self._asha.wait_for_view()
        before = form.view.hash
        form.fill({"source": "raw"})
        self._slack.wait_for(lambda: form.view.hash != before, what="what follows from the source")
        form.fill({"startDate": "2019-12-01"})
        return _closed(form)

    def _filled_question(self) -> View:
        self._asha.click(self._plan(), "review")
        question = self._asha.wait_for_view()
        question.fill({"typed": "raw"})
        return _closed(question)

    def _plan(self) -> Message:
        """A plan that nobody has decided, as a message."""
        shown = replace(plan(), replay_id=self._remembered())
        return self._posted(plan_blocks(shown, self._asha.id))

    def _remembered(self) -> str:
        replay_id = f"r20191210-101500-{secrets.token_hex(3)}"
        self._records.remember_plan(replace(plan(), replay_id=replay_id), Room(self._channel.id, self._asha.id))
        return replay_id

    def _posted(self, blocks: Sequence[Block]) -> Message:
        shown = checked_blocks([block.to_dict() for block in blocks])
        return self._slack.workspace.post(self._channel.id, BOT, "A message", shown)


def _closed(view: OpenView) -> View:
    kept = view.view
    view.close(all_of_them=True)
    return kept


def _running() -> ReplayReport:
    return report([DayReport(FIRST, Stage.CLEARED, step="publish", source_bytes=1000)])
