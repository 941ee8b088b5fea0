"""The page's server side: what each person sees, what their hands do, and who is not answered at all."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import requests
from slack_bolt import Ack

from sandbox.slack import SlackStandIn, slack_stand_in
from tests.sandbox.slack.bots import (
    Json,
    actions,
    answering,
    bolt_app,
    button,
    by_socket,
    field,
    modal,
    opened,
    section,
    select,
    typed,
    web_client,
)

HOME = "C0DATAREPLAY"


class Browser:
    """Plain requests, as a browser on this machine sends them."""

    def __init__(self, slack: SlackStandIn) -> None:
        self.url = slack.url
        self.session = requests.Session()
        self.session.trust_env = False

    def get(self, path: str, **headers: str) -> requests.Response:
        return self.session.get(self.url + path, headers=headers, timeout=10)

    def see(self, person: str = "operator") -> Json:
        return dict(self.get(f"/see/{person}").json())

    def texts(self, person: str = "operator", channel: str = HOME) -> list[str]:
        return [message["text"] for message in self.see(person)["messages"][channel]]

    def do(self, act: str, person: str = "operator", **body: Any) -> Json:
        return dict(self.session.post(f"{self.url}/do/{person}/{act}", json=body, timeout=10).json())


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with slack_stand_in(limits=False, ack_seconds=1.0) as running:
        yield running


@pytest.fixture
def browser(slack: SlackStandIn) -> Iterator[Browser]:
    one = Browser(slack)
    with one.session:
        yield one


def test_the_page_comes_with_everything_it_needs(browser: Browser) -> None:
    """Page, styles and modules are served from here, and nothing may be loaded from elsewhere."""
    page = browser.get("/")
    assert page.status_code == 200
    assert "default-src 'none'" in page.headers["Content-Security-Policy"]
    for path, kind in (("/page/main.js", "javascript"), ("/page/styles/style.css", "text/css")):
        assert kind in browser.get(path).headers["Content-Type"]
    assert "http" not in page.text


def test_a_person_sees_their_channels_and_nobody_else_s_whispers(slack: SlackStandIn, browser: Browser) -> None:
    """Ephemeral messages, direct messages, modals and homes are each their reader's."""
    bot = web_client(slack)
    bot.chat_postMessage(channel=HOME, text="for all")
    bot.chat_postEphemeral(channel=HOME, user="U00APPROVER", text="for Ben")
    bot.chat_postMessage(channel="U00APPROVER", text="Ben's own")
    bot.views_publish(user_id="U00APPROVER", view={"type": "home", "blocks": [section("Ben's home")]})
    opened(slack, modal(title="Asha's form"))
    assert browser.texts("operator") == ["for all"]
    assert browser.texts("approver") == ["for all", "for Ben"]
    assert browser.texts("approver", "D00APPROVER") == ["Ben's own"]
    assert "D00APPROVER" not in browser.see("operator")["messages"]
    assert [view["title"]["text"] for view in browser.see("operator")["views"]] == ["Asha's form"]
    assert browser.see("approver")["views"] == []
    assert browser.see("operator")["home"] is None
    assert browser.see("approver")["home"]["blocks"][0]["text"]["text"] == "Ben's home"


def test_a_message_comes_with_what_the_page_shows_of_it(slack: SlackStandIn, browser: Browser) -> None:
    """Author, edits, replies and what this person chose in it; deleted ones not at all."""
    bot = web_client(slack)
    parent = bot.chat_postMessage(channel=HOME, text="x", blocks=[actions(select("pick", "a", "b"))])["ts"]
    gone = bot.chat_postMessage(channel=HOME, text="gone")["ts"]
    bot.chat_postMessage(channel=HOME, text="reply", thread_ts=parent)
    bot.chat_delete(channel=HOME, ts=gone)
    browser.do("use", channel=HOME, ts=parent, block_id="acts", action_id="pick", choice="b")
    first, reply = browser.see()["messages"][HOME]
    assert (first["author"]["name"], first["reply"], reply["reply"]) == ("Replay Bot", False, True)
    assert first["state"]["acts"]["pick"]["selected_option"]["value"] == "b"
    assert browser.see("approver")["messages"][HOME][0]["state"]["acts"]["pick"]["selected_option"] is None


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:80", ""])
def test_another_name_for_this_machine_is_refused(browser: Browser, host: str) -> None:
    """DNS rebinding: the page of a stranger whose name leads here gets nothing."""
    for path in ("/", "/see/operator", "/live", "/page/main.js", "/world"):
        assert browser.get(path, Host=host).status_code in (400, 403)


@pytest.mark.parametrize("origin", ["https://evil.example", "http://127.0.0.1:1", "null", "http://localhost"])
def test_the_page_of_another_site_is_refused(slack: SlackStandIn, browser: Browser, origin: str) -> None:
    """Also one that another program on this machine serves."""
    answer = browser.session.post(
        f"{slack.url}/do/operator/write",
        json={"channel": HOME, "text": "hello"},
        headers={"Origin": origin},
        timeout=10,
    )
    assert answer.status_code == 403
    assert browser.texts() == []


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", ""])
def test_what_a_form_of_another_site_could_send_is_refused(slack: SlackStandIn, browser: Browser, kind: str) -> None:
    """Only JSON is an act."""
    answer = browser.session.post(
        f"{slack.url}/do/operator/write",
        data=json.dumps({"channel": HOME, "text": "hello"}).encode(),
        headers={"Content-Type": kind},
        timeout=10,
    )
    assert answer.status_code == 415
    assert browser.texts() == []


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b'"text"'])
def test_a_body_that_is_no_object_is_refused(slack: SlackStandIn, browser: Browser, body: bytes) -> None:
    headers = {"Content-Type": "application/json"}
    url = f"{slack.url}/do/operator/write"
    assert browser.session.post(url, data=body, headers=headers, timeout=10).status_code == 415


def test_unknown_people_and_acts_are_not_there(slack: SlackStandIn, browser: Browser) -> None:
    """The bot is nobody whose hands one could borrow."""
    assert browser.get("/see/nobody").status_code == 404
    assert browser.get("/see/bot").status_code == 404
    for person, act in (("bot", "write"), ("operator", "shout")):
        assert browser.session.post(f"{slack.url}/do/{person}/{act}", json={}, timeout=10).status_code == 404


def test_words_are_escaped_and_commands_are_sent(slack: SlackStandIn, browser: Browser) -> None:
    """As Slack's client does it: a person cannot write a mention by hand."""
    app = bolt_app(slack)

    @app.command("/replay")
    def asked(ack: Ack, body: Json) -> None:
        ack(f"{body['user_name']} said {body['text']}")

    with by_socket(slack, app):
        browser.do("write", channel=HOME, text="<!channel> & all")
        browser.do("write", "approver", channel=HOME, text="/replay raw  yesterday ")
    assert browser.texts("operator") == ["&lt;!channel&gt; &amp; all"]
    assert browser.texts("approver")[-1] == "approver said raw  yesterday"
    assert "not supported in threads" in browser.do("write", channel=HOME, text="/replay", thread_ts="1.2")["failure"]


def test_a_form_is_filled_and_submitted(slack: SlackStandIn, browser: Browser) -> None:
    """What was typed goes along with whatever is done in the view; errors come back with the view."""
    app = answering(slack, lambda ack: ack(response_action="errors", errors={"folder": "no such folder"}))
    with by_socket(slack, app):
        opened(slack, modal(field("Folder", typed()), field("Source", select("s", "raw", "unique"))))
        (view,) = browser.see()["views"]
        browser.do("use", view=view["id"], block_id="source", action_id="s", choice="raw")
        done = browser.do("submit", view=view["id"], typed={"folder/typed": "x", "gone/away": "y"})
        assert done["outcome"] == "errors"
        (view,) = browser.see()["views"]
        assert view["errors"] == {"folder": "no such folder"}
        assert view["state"]["values"]["folder"]["typed"]["value"] == "x"
        browser.do("close", view=view["id"])
    assert browser.see()["views"] == []
    assert browser.do("submit", view=view["id"])["failure"] == "This is not open any more."


def test_nobody_uses_what_is_not_theirs(slack: SlackStandIn, browser: Browser) -> None:
    """Another's modal, another's whisper, a deleted message."""
    bot = web_client(slack)
    blocks = [actions(button())]
    opened(slack, modal())
    (view,) = browser.see()["views"]
    whisper = bot.chat_postEphemeral(channel=HOME, user="U00OPERATOR", text="x", blocks=blocks)["message_ts"]
    posted = bot.chat_postMessage(channel=HOME, text="x", blocks=blocks)["ts"]
    click: Json = {"channel": HOME, "block_id": "acts", "action_id": "cancel"}
    assert "not open" in browser.do("submit", "stranger", view=view["id"])["failure"]
    assert "not there" in browser.do("use", "stranger", ts=whisper, **click)["failure"]
    browser.do("delete", channel=HOME, ts=posted)
    assert "not there" in browser.do("use", "stranger", ts=posted, **click)["failure"]
    assert browser.do("use", ts=whisper, **click)["failure"] == "dispatch_failed"


@contextmanager
def living(browser: Browser) -> Iterator[Iterator[str]]:
    """The lines of the page's live connection."""
    with browser.session.get(f"{browser.url}/live", stream=True, timeout=10) as answer:
        yield (line for line in answer.iter_lines(decode_unicode=True) if line.startswith("data"))


def test_the_page_hears_of_every_change(slack: SlackStandIn, browser: Browser) -> None:
    """Once when it comes, as it may have missed something, and after every change."""
    with living(browser) as lines:
        assert next(lines) == "data: changed"
        slack.person("operator").say("hello")
        assert next(lines) == "data: changed"


def test_a_listening_page_does_not_hold_up_the_end(browser: Browser) -> None:
    """The stand-in lets go of it and is gone."""
    with slack_stand_in() as ending:
        answer = browser.session.get(f"{ending.url}/live", stream=True, timeout=10)
        lines = answer.iter_lines(decode_unicode=True)
        assert [next(lines), next(lines)] == ["retry: 500", "data: changed"]
    assert [line for line in lines if line] == []


class OneDay:
    def look(self) -> Json:
        return {"days": ["2019-12-01"], "tables": [], "topics": []}

    def damage(self, day: str) -> str:
        if day != "2019-12-01":
            raise LookupError("no such day")
        return "done"


def test_the_world_is_looked_at_through_the_stand_in(slack: SlackStandIn, browser: Browser) -> None:
    """Where there is one."""
    damage = f"{slack.url}/world/damage"
    assert browser.get("/world").status_code == 404
    assert browser.session.post(damage, json={"day": "x"}, timeout=10).status_code == 404
    assert browser.see()["world"] is False
    slack.page.world = OneDay()
    assert browser.get("/world").json()["days"] == ["2019-12-01"]
    assert browser.session.post(damage, json={"day": "2019-12-01"}, timeout=10).json() == {"done": "done"}
    assert browser.session.post(damage, json={"day": "x"}, timeout=10).json() == {"failure": "no such day"}
    assert browser.session.post(damage, data="day=x", timeout=10).status_code == 415
    assert browser.see()["world"] is True
