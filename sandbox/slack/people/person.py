"""The people of the workspace: what they can do, and what of it only they can see."""

from sandbox.slack.delivery import payloads
from sandbox.slack.delivery.transport import Ack
from sandbox.slack.errors import SlackRefusalError
from sandbox.slack.people.desk import Desk
from sandbox.slack.people.form import OpenView
from sandbox.slack.workspace.elements import HOLDINGS, find, first_state, held
from sandbox.slack.workspace.model import Channel, Json, Message, User
from sandbox.slack.workspace.shapes import view_json
from sandbox.slack.workspace.state import HOME_CHANNEL, SLACKBOT
from sandbox.slack.workspace.tickets import AnswerUrl
from sandbox.slack.workspace.waiting import PATIENCE_SECONDS, wait_for


class Person:
    """Somebody's hands and eyes. Calls block until the app acknowledged, as a person waits for Slack."""

    def __init__(self, desk: Desk, user: User) -> None:
        self._desk = desk
        self._workspace = desk.workspace
        self.user = user

    @property
    def id(self) -> str:
        return self.user.id

    def slash(self, command: str, text: str = "", *, channel: str = HOME_CHANNEL) -> Ack:
        """Type a slash command. What the app answers at once, or Slack's error, comes as an ephemeral message."""
        place = self._there(channel)
        self._workspace.tell("typed", self.user, channel=place.id, text=f"{command} {text}".strip())
        payload = payloads.slash_command(
            self.user,
            place,
            command,
            text,
            trigger_id=self._desk.tickets.trigger(self.id),
            response_url=self._desk.tickets.answer_url(self.id, place.id),
        )
        ack = self._desk.deliver("slash_commands", payload)
        return self._answered(place, command, ack)

    def click(self, target: Message | OpenView, what: str, value: str | None = None) -> Ack:
        """Press a button, by its text or ``action_id`` (and ``value`` where several are alike)."""
        if isinstance(target, OpenView):
            element = find(target.blocks, what, value)
            return target.act(element, {"type": element.kind})
        return self._act(target, what, value, choice=None)

    def choose(self, target: Message | OpenView, what: str, choice: object) -> Ack:
        """Choose in a select, a date picker, an overflow menu: options by their text or value."""
        if isinstance(target, OpenView):
            element = find(target.blocks, what)
            if element.kind in HOLDINGS:
                target.fill({what: choice})
                return Ack()
            return target.act(element, held(element, choice))
        return self._act(target, what, None, choice)

    def say(self, text: str, *, channel: str = HOME_CHANNEL, thread_ts: str = "") -> Message:
        """Write an ordinary message. The bot is not told: it listens to commands and buttons only."""
        return self._workspace.post(self._there(channel).id, self.user, text, thread_ts=thread_ts)

    def delete(self, message: Message) -> None:
        """Delete a message as an administrator can: anybody's."""
        self._workspace.delete(message, self.user)

    def ephemerals(self, channel: str = HOME_CHANNEL) -> tuple[Message, ...]:
        """What only this person sees in a channel, oldest first."""
        place = self._workspace.channel(channel).id
        with self._workspace.changed:
            there = self._workspace.messages.values()
            return tuple(m for m in there if m.only_for == self.id and m.channel == place and not m.deleted)

    def message(self, channel: str, ts: str) -> Message | None:
        """A message that this person can see, as it is now."""
        place = self._there(channel).id
        with self._workspace.changed:
            message = self._workspace.messages.get((place, ts))
        if message is None or message.deleted or message.only_for not in ("", self.id):
            return None
        return message

    @property
    def views(self) -> tuple[OpenView, ...]:
        """The modals that this person has open, the lowest first."""
        with self._workspace.changed:
            stack = list(self._workspace.stacks.get(self.id, ()))
        return tuple(OpenView(self._desk, self.user, ident) for ident in stack)

    def wait_for_view(self, timeout_seconds: float = PATIENCE_SECONDS, title: str = "") -> OpenView:
        """The modal on top of what this person has open, once there is one (with that title, if given)."""

        def top() -> OpenView | None:
            there = self.views[-1:]
            return there[0] if there and title in ("", there[0].title) else None

        return wait_for(self._workspace, top, timeout_seconds, f"a form {title} for {self.user.name}")

    @property
    def home(self) -> OpenView | None:
        """The home tab that the app has published for this person."""
        ident = self._workspace.homes.get(self.id)
        return OpenView(self._desk, self.user, ident) if ident else None

    def open_home(self) -> Ack:
        """Look at the app's home tab, of which an app that subscribes to it is told."""
        direct = self._workspace.channel(self.id)
        now = self._workspace.new_ts()
        body: Json = {
            "type": "app_home_opened",
            "user": self.id,
            "channel": direct.id,
            "tab": "home",
            "event_ts": now,
        }
        if self.home is not None:
            body["view"] = view_json(self.home.view)
        payload = payloads.event(body, "Ev" + now.replace(".", ""), int(float(now)))
        return self._desk.deliver("events_api", payload)

    def _there(self, channel: str) -> Channel:
        place = self._workspace.channel(channel)
        if self.id not in place.members:
            raise SlackRefusalError("not_in_channel")
        return place

    def _act(self, message: Message, what: str, value: str | None, choice: object) -> Ack:
        """Send what was done in a message. The payload carries the message as it is now."""
        with self._workspace.changed:
            now = self._workspace.messages[message.channel, message.ts]
            if now.deleted:
                raise LookupError(f"the message of {message.ts} has been deleted")
            element = find(now.blocks, what, value)
            state = {"type": element.kind} if element.kind == "button" else held(element, choice)
            values = self._message_state(now)
            if element.kind in HOLDINGS:
                values[element.place[0]][element.place[1]] = state
        self._workspace.tell("clicked", self.user, channel=now.channel, text=element.label, message=now)
        payload = payloads.action_in_message(
            self.user,
            self._workspace.channels[now.channel],
            now,
            payloads.action(element, state, self._workspace.new_ts()),
            values,
            trigger_id=self._desk.tickets.trigger(self.id),
            response_url=self._desk.tickets.answer_url(self.id, now.channel, now.ts),
        )
        return self._desk.deliver("interactive", payload)

    def _message_state(self, message: Message) -> Json:
        """What this person has chosen in the message's selects so far."""
        first = first_state(message.blocks)
        return self._workspace.message_states.setdefault((message.ts, self.id), first)

    def _answered(self, place: Channel, command: str, ack: Ack) -> Ack:
        if ack.ok and ack.body:
            given = AnswerUrl(self.id, place.id, self._workspace.clock())
            try:
                self._desk.answers.put(given, ack.body)
            except SlackRefusalError:
                ack = Ack(ack.body, failure="invalid_command_response")
        if not ack.ok:
            words = f"{command} failed with the error “{ack.failure}”"
            self._workspace.post(place.id, SLACKBOT, words, only_for=self.id)
        return ack
