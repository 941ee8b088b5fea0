"""The bot's conversation against a Web API that others have written: everything that it says is taken, and stays said.

The bot has the scopes of ``app_manifest.yaml`` and no more, so that a method which needs another one fails here. What
the emulator has not (commands, clicks, answer URLs) is sent as Slack documents it.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from redis import Redis
from slack_sdk.errors import SlackApiError

from bot import settings
from bot.queues import PLANS, RUNS
from bot.slack_client import web_client
from sandbox.processes import wait_until
from sandbox.slack import SignedRequests
from sandbox.slack.delivery.transport import Ack
from sandbox.world.parts import World
from sandbox.world.seed import Seeded
from tests.bot_parts import FreshDays
from tests.helpers.conversation import serve_bot
from tests.helpers.workers import work_off
from tests.slack_rules.emulator import BOT_USER, CHANNEL, PERSON, WEBHOOK, Emulator, emulator
from tests.slack_rules.manifest import scopes
from tests.slack_rules.recorded import Json, of_people, recorded
from tests.slack_rules.shapes import without_defaults


@dataclass(frozen=True, slots=True)
class Talk:
    """What a person does, sent as Slack would send it, to a bot that answers to the emulator."""

    slack: Emulator
    world: World
    requests: SignedRequests

    def command(self, text: str) -> Ack:
        return self.requests.send("slash_commands", self._from_a_person("slash_command", text=text))

    def press(self, message: Json, action_id: str) -> Ack:
        """A click on a message's button; what the bot answers there goes to a webhook."""
        button = next(one for one in buttons_of(message) if one["action_id"] == action_id)
        payload = self._from_a_person("block_actions_message")
        payload |= {"message": message, "actions": [payload["actions"][0] | button]}
        return self.requests.send("interactive", payload)

    def submit(self, view_id: str, callback_id: str, private_metadata: str, values: Json, **fields: str) -> Ack:
        """``fields`` are the view's inputs and their kinds."""
        payload = self._from_a_person("view_submission")
        payload["view"]["blocks"] += [
            {"type": "input", "block_id": name, "element": {"type": kind, "action_id": name}}
            for name, kind in fields.items()
        ]
        filled = {"id": view_id, "callback_id": callback_id, "private_metadata": private_metadata}
        payload["view"] |= {**filled, "state": {"values": values}}
        return self.requests.send("interactive", payload)

    def work(self, queue: str) -> None:
        work_off(self.world.valkey.url, queue)

    def _from_a_person(self, name: str, **instead: str) -> Json:
        urls = {"trigger_id": self.slack.trigger(), "response_url": f"{self.slack.url}{WEBHOOK}"}
        return of_people(recorded(name, **urls, **instead), U0RECORDED=PERSON, C0RECORDED=CHANNEL)


@pytest.fixture
def slack(tmp_path: Path) -> Iterator[Emulator]:
    with emulator(tmp_path, scopes()) as running:
        yield running


@pytest.fixture
def talk(world: World, seeded: Seeded, slack: Emulator, monkeypatch: pytest.MonkeyPatch) -> Iterator[Talk]:
    for name, value in (world.environment() | slack.environment() | {"REPLAY_SLACK_FREE_TEXT": "topic"}).items():
        monkeypatch.setenv(name, value)
    with Redis.from_url(world.valkey.url) as redis:
        redis.flushdb()
    with serve_bot() as url:
        yield Talk(slack, world, SignedRequests(url, slack.environment()["SLACK_SIGNING_SECRET"], 3))


def buttons_of(message: Json) -> list[Json]:
    return [one for block in message["blocks"] for one in block.get("elements", ()) if one["type"] == "button"]


def text_of(message: Json) -> str:
    """Everything that is written in a message, wherever."""
    return f"{message['text']} {message.get('blocks')}"


def typed(block_id: str, text: str) -> Json:
    return {block_id: {block_id: {"type": "plain_text_input", "value": text}}}


def test_from_the_command_to_the_end(talk: Talk, fresh_days: FreshDays) -> None:
    """Plan, confirmation, live message, thread and record: each is there, and reads as it should."""
    (day,) = fresh_days(1)
    assert talk.command(f"raw {day}").ok
    talk.work(PLANS)
    (plan,) = talk.slack.history()
    assert {"review", "discard"} <= {button["action_id"] for button in buttons_of(plan)}
    assert talk.press(plan, "review").ok
    question = newest(talk.slack)
    assert talk.submit(question, "confirm", buttons_of(plan)[0]["value"], typed("typed", "raw")).ok
    talk.work(RUNS)
    settled, live = talk.slack.history()[:2]
    assert (settled["ts"], buttons_of(settled)) == (plan["ts"], [])
    assert f"<@{PERSON}>" in text_of(settled)
    assert "completed" in text_of(live)
    assert str(day) in " ".join(map(text_of, talk.slack.thread(live["ts"])))
    assert {message["user"] for message in talk.slack.history()} == {BOT_USER}


def newest(slack: Emulator) -> str:
    """The id of the modal that was opened last: its page shows that one first. It may come after the answer."""
    wait_until(lambda: bool(slack.modals()), "a modal", 30)
    return next(iter(slack.modals()))


def test_a_form_is_opened_and_answered_in_place(talk: Talk, fresh_days: FreshDays) -> None:
    """The form opens by its trigger, and when the plan is there it says so by an update."""
    (day,) = fresh_days(1)
    assert talk.command("").ok
    form = newest(talk.slack)
    assert form in talk.slack.modals()
    dates = {field: {field: {"type": "datepicker", "selected_date": str(day)}} for field in ("startDate", "endDate")}
    chosen = {
        "type": "static_select",
        "selected_option": {"text": {"type": "plain_text", "text": "raw"}, "value": "raw"},
    }
    kept = json.dumps({"channel": CHANNEL, "more": False, "mark": "", "topic": "", "delete": True})
    fields = {"source": "static_select", "startDate": "datepicker", "endDate": "datepicker"}
    ack = talk.submit(form, "request", kept, {"source": {"source": chosen}, **dates}, **fields)
    assert (ack.ok, ack.body["response_action"]) == (True, "update")
    talk.work(PLANS)
    assert len(talk.slack.history()) == 1
    assert (list(talk.slack.modals()), "The plan is in" in talk.slack.modals()[form]) == ([form], True)


def test_a_refusal_is_whispered(talk: Talk) -> None:
    """Only its asker sees it: the emulator takes it, and the channel's history does not have it."""
    assert talk.command("raw 2019-12-30 topic=never.there").ok
    talk.work(PLANS)
    assert talk.slack.history() == []
    assert "No plan: " in talk.slack.whispers()


def test_the_bots_client_finds_itself(talk: Talk) -> None:
    assert web_client(settings.load()).auth_test()["user_id"] == BOT_USER


def test_what_was_sent_is_what_is_there(talk: Talk) -> None:
    """Blocks come back as they went, after a post and after an edit; an edit without blocks removes them."""
    client = web_client(settings.load())
    block: Json = {"type": "section", "text": {"type": "mrkdwn", "text": "a & <b>"}}
    ts = client.chat_postMessage(channel=CHANNEL, text="x", blocks=[block])["ts"]
    assert without_defaults(talk.slack.history()[0]["blocks"]) == [block]
    client.chat_update(channel=CHANNEL, ts=ts, text="y", blocks=[block, {"type": "divider"}])
    assert without_defaults(talk.slack.history()[0]["blocks"]) == [block, {"type": "divider"}]
    client.chat_update(channel=CHANNEL, ts=ts, text="z")
    (there,) = talk.slack.history()
    assert (there["text"], there.get("blocks"), there["edited"]["user"]) == ("z", None, BOT_USER)


REFUSED: list[tuple[str, Json, str]] = [
    ("chat.postMessage", {"channel": "C0UNKNOWN", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": CHANNEL}, "no_text"),
    ("chat.update", {"channel": CHANNEL, "ts": "1.1", "text": "x"}, "message_not_found"),
    ("chat.postEphemeral", {"channel": CHANNEL, "user": "U0UNKNOWN", "text": "x"}, "user_not_found"),
    ("views.open", {"trigger_id": "1.1.x", "view": {}}, "invalid_view"),  # Slack says invalid_arguments
    ("views.update", {"view_id": "V0UNKNOWN", "view": {}}, "not_found"),
    ("reactions.add", {"channel": CHANNEL, "timestamp": "1.1", "name": "tada"}, "missing_scope"),
]


@pytest.mark.parametrize(("method", "arguments", "error"), REFUSED)
def test_errors_are_the_ones_that_the_bot_knows(talk: Talk, method: str, arguments: Json, error: str) -> None:
    """Slack's own words, as the bot's code and the stand-in have them."""
    client = web_client(settings.load())
    with pytest.raises(SlackApiError) as caught:
        client.api_call(method, json=arguments)
    assert caught.value.response["error"] == error


def test_a_method_that_the_emulator_lacks_is_not_found(talk: Talk) -> None:
    """It has no user groups at all: their methods are tried on the stand-in alone."""
    with pytest.raises(SlackApiError) as caught:
        web_client(settings.load()).usergroups_users_list(usergroup="S0OPERATORS")
    assert caught.value.response.status_code == 404
