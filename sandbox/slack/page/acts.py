"""What a person does in the page, put into the hands that tests use too: one function an act.

Every act takes the person and the page's JSON, and answers with JSON. ``failure`` is what Slack would tell the
person when the app did not answer; ``LookupError`` means that what was to be used is not there any more.
"""

from collections.abc import Callable
from typing import Any

from sandbox.slack.delivery.transport import Ack
from sandbox.slack.people.form import OpenView
from sandbox.slack.people.person import Person
from sandbox.slack.workspace.elements import HOLDINGS, TYPED, Element, elements_of, find, held
from sandbox.slack.workspace.model import Json, Message

Act = Callable[[Person, dict[str, Any]], Json]


def write(person: Person, body: dict[str, Any]) -> Json:
    """What is typed into the composer: a slash command, or plain words."""
    text, channel, thread_ts = str(body.get("text", "")).strip(), str(body.get("channel")), body.get("thread_ts")
    if not text:
        return {}
    if not text.startswith("/"):
        person.say(_escaped(text), channel=channel, thread_ts=str(thread_ts or ""))
        return {}
    command, _, rest = text.partition(" ")
    if thread_ts:
        return {"failure": f"{command} is not supported in threads. Sorry!"}
    # A failure is shown in the conversation, by Slackbot.
    person.slash(command, rest.strip(), channel=channel)
    return {}


def use(person: Person, body: dict[str, Any]) -> Json:
    """Press a button, or choose something, in a message, a modal or the home tab."""
    what, choice = f"{body.get('block_id')}/{body.get('action_id')}", body.get("choice")
    if "view" in body:
        view = _view(person, body)
        return _told(_use_in_view(view, find(view.blocks, what), choice))
    message = _message(person, body)
    element = find(message.blocks, what)
    return _told(person.click(message, what) if element.kind == "button" else person.choose(message, what, choice))


def _use_in_view(view: OpenView, element: Element, choice: object) -> Ack:
    if element.kind == "button":
        return view.act(element, {"type": element.kind})
    if element.kind not in HOLDINGS:
        return view.act(element, held(element, choice))
    return view.put(element, held(element, choice))


def enter(person: Person, body: dict[str, Any]) -> Json:
    """Enter, or one more character, in a text field whose app wants to hear of it."""
    return _told(_view(person, body).press_enter(f"{body.get('block_id')}/{body.get('action_id')}"))


def submit(person: Person, body: dict[str, Any]) -> Json:
    result = _view(person, body).submit()
    return {"outcome": result.outcome, "failure": result.failure}


def close(person: Person, body: dict[str, Any]) -> Json:
    return _told(_view(person, body).close(all_of_them=bool(body.get("all"))))


def open_home(person: Person, _body: dict[str, Any]) -> Json:
    """Slack tells the app, and the person hears nothing of how that went."""
    person.open_home()
    return {}


def delete(person: Person, body: dict[str, Any]) -> Json:
    person.delete(_message(person, body))
    return {}


ACTS: dict[str, Act] = {
    "write": write,
    "use": use,
    "enter": enter,
    "submit": submit,
    "close": close,
    "open_home": open_home,
    "delete": delete,
}


def _escaped(text: str) -> str:
    """Slack's client escapes what people write: only an app can write a mention as such."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _view(person: Person, body: dict[str, Any]) -> OpenView:
    """The view that is meant, with what has been typed into it since the page last spoke."""
    home = person.home
    there = [*person.views, *([home] if home else [])]
    view = next((view for view in there if view.id == body.get("view")), None)
    if view is None:
        raise LookupError("This is not open any more.")
    given = body.get("typed")
    typed = given if isinstance(given, dict) else {}
    for element in elements_of(view.blocks):
        if element.kind in TYPED and (words := typed.get("/".join(element.place))) is not None:
            view.put(element, held(element, str(words)))
    return view


def _message(person: Person, body: dict[str, Any]) -> Message:
    message = person.message(str(body.get("channel")), str(body.get("ts")))
    if message is None:
        raise LookupError("This message is not there any more.")
    return message


def _told(ack: Ack) -> Json:
    return {"failure": ack.failure} if ack.failure else {}
