"""The Web API as the Slack SDK meets it: messages, threads, errors, and rate limits on a clock that the test moves."""

from collections.abc import Iterator
from typing import Any

import pytest
import requests
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError

from sandbox.slack import SlackStandIn, slack_stand_in
from tests.sandbox.slack.bots import Clock, Json, actions, button, modal, refusal_of, section, web_client

HERE = "C0DATAREPLAY"


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def slack(clock: Clock) -> Iterator[SlackStandIn]:
    with slack_stand_in(clock=clock) as slack:
        yield slack


@pytest.fixture
def client(slack: SlackStandIn) -> WebClient:
    return web_client(slack)


def test_the_environment_is_all_that_a_bot_needs(slack: SlackStandIn) -> None:
    """The settings that the stand-in gives out work as they are."""
    settings = slack.environment()
    client = WebClient(token=settings["SLACK_BOT_TOKEN"], base_url=settings["SLACK_API_URL"])
    me = client.auth_test()
    assert (me["user_id"], me["bot_id"], me["team_id"]) == ("U0REPLAYBOT", "B0REPLAYBOT", "T00SANDBOX")
    assert client.apps_connections_open(app_token=settings["SLACK_APP_TOKEN"])["url"].startswith("ws://127.0.0.1")
    assert settings["REPLAY_SLACK_OPERATORS"] == slack.person("operator").id
    assert settings["SLACK_SIGNING_SECRET"]


def test_messages_are_posted_edited_and_deleted(slack: SlackStandIn, client: WebClient, clock: Clock) -> None:
    """Every version of a message is remembered with its time, and a deleted one stays on record."""
    posted = client.chat_postMessage(channel="#data-replay", text="one", blocks=[section("*one*")])
    started = clock.now
    clock.now += 5
    answer = client.chat_update(channel=HERE, ts=posted["ts"], text="two", blocks=[section("*two*")])
    assert answer["message"]["edited"]["user"] == "U0REPLAYBOT"
    clock.now += 5
    client.chat_update(channel=HERE, ts=posted["ts"], text="three")
    history = [(v.at - started, v.text, len(v.blocks)) for v in slack.history_of(posted["ts"])]
    assert history == [(0, "one", 1), (5, "two", 1), (10, "three", 0)]
    client.chat_delete(channel=HERE, ts=posted["ts"])
    assert slack.messages() == []
    assert slack.message(posted["ts"]).deleted


def test_threads_hold_replies(slack: SlackStandIn, client: WebClient) -> None:
    """A reply is in its thread and not in the channel, for people and for the API alike."""
    parent = client.chat_postMessage(channel=HERE, text="parent")["ts"]
    reply = client.chat_postMessage(channel=HERE, text="reply", thread_ts=parent)["ts"]
    assert [m.ts for m in slack.messages()] == [parent]
    assert [m.ts for m in slack.thread(parent)] == [reply]
    assert [m["ts"] for m in client.conversations_replies(channel=HERE, ts=parent)["messages"]] == [parent, reply]
    [shown] = client.conversations_history(channel=HERE)["messages"]
    assert (shown["reply_count"], shown["latest_reply"]) == (1, reply)


def test_metadata_stays_with_a_message(client: WebClient) -> None:
    """Metadata survives an edit that does not mention it, and is shown to who asks for it."""
    metadata: Json = {"event_type": "replay", "event_payload": {"id": "r1"}}
    ts = client.chat_postMessage(channel=HERE, text="one", metadata=metadata)["ts"]
    client.chat_update(channel=HERE, ts=ts, text="two")
    [shown] = client.conversations_history(channel=HERE, include_all_metadata=True)["messages"]
    assert shown["metadata"] == metadata
    assert "metadata" not in client.conversations_history(channel=HERE)["messages"][0]


def test_history_is_bounded_as_asked(client: WebClient) -> None:
    """``oldest``, ``latest``, ``inclusive`` and ``limit`` work as in Slack, newest first."""
    first, second, third = (client.chat_postMessage(channel=HERE, text=word)["ts"] for word in "abc")

    def seen(**bounds: Any) -> list[str]:
        return [m["ts"] for m in client.conversations_history(channel=HERE, **bounds)["messages"]]

    assert seen() == [third, second, first]
    assert seen(oldest=first) == [third, second]
    assert seen(oldest=first, latest=second, inclusive=True) == [second, first]
    assert seen(limit=1) == [third]


def test_a_user_id_names_the_direct_message(slack: SlackStandIn, client: WebClient) -> None:
    """Posting to a user's id writes to them alone."""
    client.chat_postMessage(channel="U00OPERATOR", text="just you")
    assert [m.text for m in slack.messages("U00OPERATOR")] == ["just you"]
    assert slack.messages() == []


def test_people_and_channels_are_described(client: WebClient) -> None:
    """The small look-ups of the API."""
    assert client.users_info(user="U00OPERATOR")["user"]["real_name"] == "Asha"
    assert client.usergroups_users_list(usergroup="S0APPROVERS")["users"] == ["U00APPROVER", "U00OPERATOR"]
    channel = client.conversations_info(channel=HERE)["channel"]
    assert (channel["name"], channel["is_member"], channel["is_archived"]) == ("data-replay", True, False)
    ts = client.chat_postMessage(channel=HERE, text="x")["ts"]
    link = client.chat_getPermalink(channel=HERE, message_ts=ts)["permalink"]
    assert link == f"https://sandbox.slack.com/archives/{HERE}/p{ts.replace('.', '')}"
    client.reactions_add(channel=HERE, timestamp=ts, name="eyes")
    [shown] = client.conversations_history(channel=HERE)["messages"]
    assert shown["reactions"] == [{"name": "eyes", "users": ["U0REPLAYBOT"], "count": 1}]
    assert refusal_of(client.reactions_add, channel=HERE, timestamp=ts, name="eyes")[0] == "already_reacted"


REFUSED: list[tuple[str, Json, str]] = [
    ("chat.postMessage", {"channel": "C404", "text": "x"}, "channel_not_found"),
    ("chat.postMessage", {"channel": "#random", "text": "x"}, "not_in_channel"),
    ("chat.postMessage", {"channel": HERE}, "no_text"),
    ("chat.postMessage", {"channel": HERE, "text": " "}, "no_text"),
    ("chat.postMessage", {"channel": HERE, "text": "x" * 40_001}, "msg_too_long"),
    ("chat.postMessage", {"channel": HERE, "text": "x", "blocks": "[{"}, "invalid_blocks_format"),
    ("chat.postMessage", {"channel": HERE, "text": "x", "metadata": {"a": 1}}, "invalid_metadata_format"),
    ("chat.postMessage", {"channel": HERE, "text": "x", "metadata": "[1]"}, "invalid_metadata_format"),
    ("chat.postEphemeral", {"channel": HERE, "user": "U404", "text": "x"}, "user_not_in_channel"),
    ("chat.update", {"channel": HERE, "ts": "1.2", "text": "x"}, "message_not_found"),
    ("chat.delete", {"channel": HERE, "ts": "1.2"}, "message_not_found"),
    ("conversations.history", {"channel": "#random"}, "not_in_channel"),
    ("conversations.replies", {"channel": HERE, "ts": "1.2"}, "thread_not_found"),
    ("users.info", {"user": "U404"}, "user_not_found"),
    ("usergroups.users.list", {"usergroup": "S404"}, "no_such_subteam"),
    ("views.open", {"trigger_id": "x"}, "invalid_arguments"),
    ("views.publish", {"user_id": "U404", "view": {}}, "invalid_arguments"),
    ("api.test", {"error": "my_error"}, "my_error"),
    ("chat.shout", {}, "unknown_method"),
]


@pytest.mark.parametrize("form", [False, True])
def test_a_call_that_cannot_be_done_says_why(client: WebClient, clock: Clock, form: bool) -> None:
    """Slack's error codes, for JSON bodies and forms alike."""
    for method, arguments, code in REFUSED:
        clock.now += 1
        way = {"params": arguments} if form else {"json": arguments}
        assert refusal_of(client.api_call, api_method=method, **way)[0] == code, method


def test_only_the_bots_own_messages_can_be_changed(slack: SlackStandIn, client: WebClient) -> None:
    """A person's message is not the bot's to edit or delete; a whisper is nobody's."""
    said = slack.person("operator").say("mine")
    assert refusal_of(client.chat_update, channel=HERE, ts=said.ts, text="x")[0] == "cant_update_message"
    assert refusal_of(client.chat_delete, channel=HERE, ts=said.ts)[0] == "cant_delete_message"
    whispered = client.chat_postEphemeral(channel=HERE, user="U00OPERATOR", text="psst")["message_ts"]
    assert refusal_of(client.chat_update, channel=HERE, ts=whispered, text="x")[0] == "message_not_found"


def test_a_message_that_people_take_away_is_gone(slack: SlackStandIn, client: WebClient) -> None:
    """A deleted message cannot be edited, and an archived channel takes nothing more."""
    ts = client.chat_postMessage(channel=HERE, text="x", blocks=[actions(button())])["ts"]
    other = client.chat_postMessage(channel=HERE, text="y")["ts"]
    slack.person("operator").delete(slack.message(ts))
    assert refusal_of(client.chat_update, channel=HERE, ts=ts, text="x")[0] == "message_not_found"
    with pytest.raises(LookupError, match="deleted"):
        slack.person("operator").click(slack.message(ts), "Cancel")
    slack.archive()
    assert refusal_of(client.chat_postMessage, channel=HERE, text="x")[0] == "is_archived"
    assert refusal_of(client.chat_update, channel=HERE, ts=other, text="x")[0] == "is_inactive"


def test_an_edit_may_be_shorter_than_a_post(client: WebClient) -> None:
    """``chat.update`` takes a tenth of the text that ``chat.postMessage`` takes."""
    ts = client.chat_postMessage(channel=HERE, text="x" * 40_000)["ts"]
    assert refusal_of(client.chat_update, channel=HERE, ts=ts, text="x" * 4001)[0] == "msg_too_long"


def test_tokens_are_checked(slack: SlackStandIn) -> None:
    """No token, a wrong one, and one of the wrong kind each have their own error."""
    url = f"{slack.url}/api/auth.test"
    assert requests.post(url, timeout=5).json()["error"] == "not_authed"
    assert requests.post(url, data={"token": "xoxb-wrong"}, timeout=5).json()["error"] == "invalid_auth"
    assert requests.post(url, data={"token": slack.workspace.bot_token}, timeout=5).json()["ok"]
    wrong_kind = {"token": slack.workspace.app_token}
    assert requests.post(url, data=wrong_kind, timeout=5).json()["error"] == "not_allowed_token_type"


@pytest.mark.parametrize(("body", "code"), [("{", "invalid_json"), ("[]", "json_not_object")])
def test_a_body_that_is_no_json_object_is_refused(slack: SlackStandIn, body: str, code: str) -> None:
    """Broken JSON is answered, not choked on."""
    headers = {"Content-Type": "application/json"}
    answer = requests.post(f"{slack.url}/api/chat.postMessage", data=body, headers=headers, timeout=5)
    assert answer.json() == {"ok": False, "error": code}


def retry_after(client: WebClient, method: str, **arguments: Any) -> int:
    """How long Slack says to wait; 0 when it accepted the call."""
    try:
        client.api_call(method, json=arguments)
    except SlackApiError as error:
        assert (error.response.status_code, error.response["error"]) == (429, "ratelimited")
        return int(error.response.headers["Retry-After"])
    return 0


def test_posts_are_one_a_second_a_channel(slack: SlackStandIn, client: WebClient, clock: Clock) -> None:
    """Five at once, then one a second; other channels are counted apart, other names of the channel are not."""
    post = {"method": "chat.postMessage", "channel": HERE, "text": "x"}
    assert [retry_after(client, **post) for _ in range(6)] == [0, 0, 0, 0, 0, 1]
    assert retry_after(client, **{**post, "channel": "#data-replay"}) == 1
    assert retry_after(client, **{**post, "channel": "U00OPERATOR"}) == 0
    clock.now += 1
    assert [retry_after(client, **post) for _ in range(2)] == [0, 1]
    assert slack.rate_limited == 3
    assert len(slack.messages()) == 6


def test_a_message_is_edited_every_three_seconds(client: WebClient, clock: Clock) -> None:
    """Two edits at once, then one every three seconds; another message has its own count."""
    first, second = (client.chat_postMessage(channel=HERE, text=word)["ts"] for word in "ab")
    edit = {"method": "chat.update", "channel": HERE, "text": "x"}
    assert [retry_after(client, **edit, ts=first) for _ in range(3)] == [0, 0, 3]
    assert retry_after(client, **edit, ts=second) == 0
    clock.now += 2
    assert retry_after(client, **edit, ts=first) == 1
    clock.now += 1
    assert retry_after(client, **edit, ts=first) == 0


def test_views_are_hardly_limited(slack: SlackStandIn, client: WebClient) -> None:
    """A hundred forms a minute open without a wait."""
    for _ in range(100):
        trigger = slack.desk.tickets.trigger("U00OPERATOR")
        assert retry_after(client, "views.open", trigger_id=trigger, view=modal()) == 0
    assert retry_after(client, "views.open", trigger_id="any", view=modal()) == 1


def test_limits_can_be_left_out() -> None:
    """``limits=False`` is for tests of other things."""
    with slack_stand_in(clock=Clock(), limits=False) as slack:
        client = web_client(slack)
        for _ in range(20):
            client.chat_postMessage(channel=HERE, text="x")
        assert slack.rate_limited == 0


def test_an_outage_answers_503(slack: SlackStandIn, client: WebClient) -> None:
    """While Slack is away a call fails without Slack's JSON, and afterwards works again."""
    with slack.away(), pytest.raises(SlackApiError, match="non-JSON") as caught:
        client.chat_postMessage(channel=HERE, text="x")
    assert caught.value.response.status_code == 503
    client.chat_postMessage(channel=HERE, text="x")
