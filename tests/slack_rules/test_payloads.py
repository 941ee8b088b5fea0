"""Payloads as Slack documents them: the bot takes them, and the stand-in sends none that contradicts them."""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from slack_sdk import WebClient

from sandbox.slack import Ack, OpenView, Person, SlackStandIn, slack_stand_in
from sandbox.slack.delivery.transport import EnvelopeType, encoded
from tests.helpers.conversation import Conversation
from tests.slack_rules import schemas
from tests.slack_rules.manifest import manifest
from tests.slack_rules.recorded import KINDS, contradictions, of_people, recorded
from tests.slack_rules.samples import HOME, MESSAGE, MODAL

Json = dict[str, Any]
OPERATOR, CHANNEL = "U00OPERATOR", "C0DATAREPLAY"


@pytest.mark.parametrize("name", KINDS)
def test_the_recorded_shapes_are_bolts_types(name: str) -> None:
    assert schemas.problems(KINDS[name][0], recorded(name)) == []


def _listened_to(form: OpenView) -> dict[str, bool]:
    """What Slack sends an app depends on what it has asked for: in the manifest, and in its views."""
    settings, features = manifest()["settings"], manifest()["features"]
    events = settings.get("event_subscriptions", {}).get("bot_events", [])
    return {
        "block_actions_modal": any(block.get("dispatch_action") for block in form.blocks),
        "block_actions_home": features.get("app_home", {}).get("home_tab_enabled", False),
        "view_closed": form.view.content.get("notify_on_close", False),
        "app_home_opened": "app_home_opened" in events,
    }


@pytest.mark.parametrize("name", KINDS)
def test_the_bot_takes_what_slack_sends(conversation: Conversation, name: str) -> None:
    """With a right signature: at once, with 200 where it has asked for that, and never with a failure."""
    listened = _listened_to(conversation.form())
    tickets = conversation.slack.desk.tickets
    payload = recorded(name, trigger_id=tickets.trigger(OPERATOR), response_url=tickets.answer_url(OPERATOR, CHANNEL))
    payload = of_people(payload, U0RECORDED=OPERATOR, C0RECORDED=CHANNEL)
    answer = conversation.requests.post(*encoded(KINDS[name][1], payload))
    assert answer.status_code == (200 if listened.get(name, True) else 404)


@pytest.mark.parametrize("name", KINDS)
def test_the_bot_takes_none_with_a_wrong_signature(conversation: Conversation, name: str) -> None:
    body, content_type = encoded(KINDS[name][1], recorded(name))
    assert conversation.requests.post(body, content_type, signature="v0=00").status_code == 401


@dataclass(slots=True)
class Ears:
    """An app that only remembers what came to it."""

    heard: list[tuple[EnvelopeType, Json]] = field(default_factory=list)

    def send(self, kind: EnvelopeType, payload: Json) -> Ack:
        self.heard.append((kind, json.loads(json.dumps(payload))))
        return Ack()


@pytest.fixture
def stand_in() -> Iterator[SlackStandIn]:
    with slack_stand_in(limits=False) as running:
        yield running


def _everything_that_a_person_does(slack: SlackStandIn, asha: Person, ears: Ears) -> Iterator[tuple[str, Json]]:
    """Each act, and what the app was sent for it."""
    client = WebClient(token=slack.workspace.bot_token, base_url=f"{slack.url}/api/")
    asha.slash("/replay", "help")
    yield "slash_command", ears.heard[-1][1]
    first = str(client.chat_postMessage(channel=CHANNEL, **MESSAGE)["ts"])
    client.chat_postMessage(channel=CHANNEL, **MESSAGE, thread_ts=first)
    for one in (slack.message(first), *slack.thread(first)):
        asha.click(one, "pause")
        yield "block_actions_message", ears.heard[-1][1]
    view = _form()
    slack.desk.views.show(asha.id, view, None)
    asha.views[-1].fill({"startDate": "2019-12-02"})
    yield "block_actions_modal", ears.heard[-1][1]
    asha.views[-1].submit()
    yield "view_submission", ears.heard[-1][1]
    slack.desk.views.show(asha.id, view, None)
    asha.views[-1].close()
    yield "view_closed", ears.heard[-1][1]
    client.views_publish(user_id=asha.id, view=HOME)
    assert asha.home is not None
    asha.click(asha.home, "cancel")
    yield "block_actions_home", ears.heard[-1][1]
    asha.open_home()
    yield "app_home_opened", ears.heard[-1][1]


def _form() -> Json:
    """A form that tells the app of everything."""
    date = {"type": "datepicker", "action_id": "startDate"}
    block = {
        "type": "input",
        "block_id": "startDate",
        "label": MODAL["title"],
        "element": date,
        "dispatch_action": True,
    }
    return {**MODAL, "notify_on_close": True, "blocks": [block]}


def test_what_the_stand_in_sends_is_as_documented(stand_in: SlackStandIn) -> None:
    """By Bolt's types, and field by field beside what Slack documents."""
    ears = Ears()
    stand_in.desk.transport = ears
    wrong = []
    for name, payload in _everything_that_a_person_does(stand_in, stand_in.person("operator"), ears):
        wrong += [f"{name}: {told}" for told in schemas.problems(KINDS[name][0], payload)]
        wrong += [f"{name}: {told}" for told in contradictions(payload, recorded(name))]
    assert wrong == []


@pytest.mark.parametrize(
    ("ours", "told"),
    [
        ({"user": {"id": "U1"}}, []),
        ({"user": None}, []),
        ({"user": {"ident": "U1"}}, ["/user/ident is not documented"]),
        ({"user": "U1"}, ["/user is a str, not a dict"]),
        ({"is_enterprise_install": "false"}, ["/is_enterprise_install is a str, not a bool"]),
    ],
)
def test_a_contradiction_is_found(ours: Json, told: list[str]) -> None:
    assert contradictions(ours, recorded("view_submission")) == told
