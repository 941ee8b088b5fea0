"""Who is not an operator, and requests that Slack did not send, achieve nothing."""

import json
import time
from urllib.parse import urlencode

import pytest
import requests

from sandbox.slack import Person
from sandbox.slack.delivery.transport import sign
from tests.helpers.conversation import Conversation, replay_id, serve_bot

REFUSAL = "You may not ask for a replay. Ask one of @Asha."


@pytest.fixture
def chen(conversation: Conversation) -> Person:
    """Somebody whom nobody has allowed anything."""
    return conversation.slack.person("stranger")


def test_a_strangers_command_is_refused(conversation: Conversation, chen: Person) -> None:
    """Whatever it says, with whom to ask; nothing is opened, planned or looked up."""
    commands = ("", "help", "raw 2019-12-30", "nonsense", "accept r20191210-101500-0a1b2c 2019-12-30")
    for text in commands:
        chen.slash("/replay", text)
    conversation.make_plans()
    looking = "You may not look at a replay. Ask one of @Ben, @Asha."
    assert conversation.whispered(chen) == [looking if text == "help" else REFUSAL for text in commands]
    assert (chen.views, conversation.slack.messages()) == ((), [])


def test_a_strangers_click_is_refused(conversation: Conversation, chen: Person) -> None:
    """The plan stays as it is, for those who may."""
    plan = conversation.plan("raw 2019-12-30")
    for button in ("review", "discard"):
        chen.click(plan, button)
    conversation.hears("You may not confirm a replay. Ask one of @Ben, @Asha.", chen)
    conversation.hears("You may not stop a replay. Ask one of @Ben, @Asha.", chen)
    assert len(conversation.whispered(chen)) == 2
    assert chen.views == ()
    assert conversation.slack.message(plan.ts).buttons == ("Review and start", "Discard")
    assert conversation.records.decision(replay_id(plan)) is None


def test_a_strangers_submissions_are_refused(conversation: Conversation, chen: Person) -> None:
    """A form that reached somebody all the same, as when they ceased to be an operator: it says whom to ask."""
    plan = conversation.plan("raw 2019-12-30")
    question = conversation.review(plan)
    question.fill({"typed": "anything"})
    form = conversation.form()
    conversation.choose_source(form, "raw")
    form.fill({"startDate": "2019-12-30", "endDate": "2019-12-30"})
    for view, callback in ((form, "request"), (question, "confirm")):
        answer = conversation.requests.send("interactive", submission_by(chen, view.id, callback, plan.text))
        assert answer.body["response_action"] == "update"
        refusal = "You may not confirm a replay" if callback == "confirm" else "You may not ask for a replay"
        assert refusal in json.dumps(answer.body)
    conversation.make_plans()
    assert conversation.slack.messages() == [conversation.slack.message(plan.ts)]
    assert conversation.records.decision(replay_id(plan)) is None


#: What the form keeps of itself.
OPENED = {"channel": "C0DATAREPLAY", "more": False, "mark": "", "topic": "", "delete": True}


def submission_by(who: Person, view_id: str, callback: str, plan_text: str) -> dict[str, object]:
    """What Slack would send if this person submitted the form."""
    state = {"typed": {"typed": {"type": "plain_text_input", "value": "raw"}}}
    metadata = plan_text.removeprefix("Plan ").partition(":")[0] if callback == "confirm" else json.dumps(OPENED)
    view = {
        "id": view_id,
        "type": "modal",
        "callback_id": callback,
        "private_metadata": metadata,
        "state": {"values": state},
        "blocks": [],
    }
    return {"type": "view_submission", "user": {"id": who.id}, "team": {"id": "T00SANDBOX"}, "view": view}


def test_a_channel_that_is_not_allowed_is_refused(conversation: Conversation) -> None:
    """Even an operator hears where to go; nothing is planned."""
    said = conversation.asha.slash("/replay", "raw 2019-12-30", channel="random").text
    assert said == "This bot does not listen here. Go to <#C0DATAREPLAY>."
    conversation.make_plans()
    assert conversation.slack.messages() == []


def test_an_approver_may_confirm_and_stop_but_not_ask(conversation: Conversation) -> None:
    """What Asha asked for, Ben starts; his own request is refused."""
    ben = conversation.slack.person("approver")
    ben.slash("/replay", "raw 2019-12-30")
    assert conversation.whispered(ben) == [REFUSAL]
    plan = conversation.plan("raw 2019-12-30")
    question = conversation.review(plan, ben)
    question.fill({"typed": "raw"})
    assert question.submit().outcome == "closed"
    assert conversation.records.decision(replay_id(plan)) == ("confirmed", ben.id)


def test_two_persons_are_two(conversation: Conversation, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever asked cannot confirm, not even by a question that was open before."""
    plan = conversation.plan("raw 2019-12-30")
    question = conversation.review(plan)
    question.fill({"typed": "raw"})
    monkeypatch.setenv("REPLAY_TWO_PERSON", "true")
    with serve_bot() as url:
        conversation.slack.use_http(url)
        conversation.asha.click(plan, "review")
        conversation.hears("You may not confirm a replay. Ask one of @Ben.")
        assert question.submit().outcome == "updated"
        assert "You may not confirm a replay. Ask one of @Ben." in conversation.says(question)
        assert conversation.records.decision(replay_id(plan)) is None
        bens = conversation.review(plan, conversation.slack.person("approver"))
        bens.fill({"typed": "raw"})
        assert bens.submit().outcome == "closed"


COMMAND = urlencode({"command": "/replay", "text": "raw 2019-12-30", "user_id": "U00OPERATOR", "channel_id": "C1"})


def test_a_request_that_slack_did_not_sign_is_rejected(conversation: Conversation) -> None:
    """401 and nothing else, whatever is in it; no plan is made."""
    for body in (COMMAND, urlencode({"payload": json.dumps({"type": "block_actions"})}), "", "{}"):
        now = str(int(time.time()))
        for signature in (sign("not the secret", now, body), "v0=", "nonsense"):
            assert conversation.requests.post(body, signature=signature, timestamp=now).status_code == 401
    unsigned = requests.post(conversation.request_url, COMMAND, timeout=5)
    assert unsigned.status_code == 401
    conversation.make_plans()
    assert conversation.slack.messages() == []


def test_a_request_that_is_sent_again_makes_one_plan(conversation: Conversation) -> None:
    """Truly signed and not old: somebody has caught it on its way."""
    caught = urlencode(
        {
            "command": "/replay",
            "text": "raw 2019-12-30",
            "user_id": "U00OPERATOR",
            "channel_id": "C0DATAREPLAY",
            "trigger_id": "1.2.3",
        }
    )
    for _ in range(3):
        assert conversation.requests.post(caught).status_code == 200
    conversation.make_plans()
    assert conversation.requests.post(caught).status_code == 200
    conversation.make_plans()
    assert len(conversation.slack.messages()) == 1


def test_an_old_request_is_rejected(conversation: Conversation) -> None:
    """A request that was truly signed cannot be sent again later, nor with a time that is none."""
    for sent_at in (str(int(time.time()) - 6 * 60), "0", "nonsense", "-1", "1e9"):
        assert conversation.requests.post(COMMAND, timestamp=sent_at).status_code == 401
    conversation.make_plans()
    assert conversation.slack.messages() == []


def test_what_is_not_even_text_is_rejected(conversation: Conversation) -> None:
    sent_at = {"X-Slack-Request-Timestamp": str(int(time.time())), "X-Slack-Signature": "v0=00"}
    assert requests.post(conversation.request_url, b"\xff\xfe", headers=sent_at, timeout=5).status_code == 400
