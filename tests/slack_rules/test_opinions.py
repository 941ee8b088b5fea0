"""That each opinion can say no, in its own right, and that nothing which is said escapes them."""

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from slack_sdk import WebClient

from sandbox.slack import Sent, SlackStandIn, heard, slack_stand_in
from tests.slack_rules import schemas
from tests.slack_rules.opinions import sdk as sdk_opinion
from tests.slack_rules.opinions import slackblocks as slackblocks_opinion
from tests.slack_rules.said import judged, problems_of
from tests.slack_rules.samples import BARS, BUTTON, CHART, HOME, MESSAGE, MODAL, TASK, marked, plain

Json = dict[str, Any]
Opinion = Callable[[Json], list[str]]
OPINIONS: dict[str, Opinion] = {
    "types": lambda message: schemas.problems("Message", message),
    "slackblocks": slackblocks_opinion.message_problems,
    "slack_sdk": sdk_opinion.message_problems,
}
GOOD_PLAN = {"type": "plan", "title": "2 days", "tasks": [TASK]}
#: A block that Slack would not take, and who is known to say so.
WRONG: list[tuple[str, Json, set[str]]] = [
    ("unknown kind", {"type": "plam", "title": "x"}, {"types", "slackblocks", "slack_sdk"}),
    ("unknown field", {"type": "header", "text": plain("x"), "level": 2}, {"types", "slackblocks", "slack_sdk"}),
    ("long header", {"type": "header", "text": plain("x" * 151)}, {"slackblocks", "slack_sdk"}),
    ("long section", {"type": "section", "text": marked("x" * 3001)}, {"slackblocks", "slack_sdk"}),
    ("header in mrkdwn", {"type": "header", "text": marked("x")}, {"types", "slackblocks"}),
    (
        "long button",
        {"type": "actions", "elements": [{**BUTTON, "text": plain("x" * 76)}]},
        {"slackblocks", "slack_sdk"},
    ),
    ("odd style", {"type": "actions", "elements": [{**BUTTON, "style": "warm"}]}, {"types", "slack_sdk"}),
    ("too many buttons", {"type": "actions", "elements": [BUTTON] * 26}, {"slackblocks", "slack_sdk"}),
    ("odd status", {**GOOD_PLAN, "tasks": [{**TASK, "status": "done"}]}, {"types", "slackblocks"}),
    ("too many tasks", {**GOOD_PLAN, "tasks": [{**TASK, "task_id": str(n)} for n in range(51)]}, {"slackblocks"}),
    ("one task twice", {**GOOD_PLAN, "tasks": [TASK, TASK]}, {"slackblocks"}),
    ("waiting alone", {**TASK, "status": "pending"}, {"slackblocks"}),
    ("long chart title", {**CHART, "title": "x" * 51}, {"slackblocks"}),
    ("odd chart", {**CHART, "chart": {**BARS, "type": "radar"}}, {"types", "slackblocks"}),
    (
        "amount as text",
        {**CHART, "chart": {**BARS, "series": [{"name": "n", "data": [{"label": "a", "value": "1"}]}]}},
        {"types", "slackblocks"},
    ),
    (
        "other points than categories",
        {**CHART, "chart": {**BARS, "axis_config": {"categories": ["12-01"]}}},
        {"slackblocks"},
    ),
]


@pytest.mark.parametrize(("name", "block", "by"), WRONG, ids=[name for name, _, _ in WRONG])
def test_what_slack_would_not_take_is_refused(name: str, block: Json, by: set[str]) -> None:
    """By everybody who is known to, so that an opinion which stopped looking is noticed."""
    assert by <= {who for who, opinion in OPINIONS.items() if opinion({"blocks": [block]})}


def test_more_blocks_and_charts_than_a_message_holds_are_refused() -> None:
    divider = {"type": "divider"}
    assert slackblocks_opinion.message_problems({"blocks": [divider] * 51}) != []
    assert slackblocks_opinion.message_problems({"blocks": [CHART] * 3}) != []


@pytest.mark.parametrize(
    "change", [{"title": plain("x" * 25)}, {"private_metadata": "x" * 3001}, {"blocks": [GOOD_PLAN]}]
)
def test_views_that_slack_would_not_take_are_refused(change: Json) -> None:
    assert slackblocks_opinion.view_problems({**MODAL, **change}) != []


def test_all_three_take_what_is_good() -> None:
    good = [("chat.postMessage", MESSAGE), ("views.open", {"view": MODAL}), ("views.publish", {"view": HOME})]
    assert problems_of(Sent(how, body) for how, body in good) == []


@pytest.mark.parametrize(
    ("how", "body"),
    [
        ("chat.postMessage", {"text": "x", "attachment": []}),
        ("chat.update", {"channel": "C1", "ts": "1.1", "blocks": [{"type": "header"}]}),
        ("chat.postEphemeral", {"text": 7}),
        ("answer", {"text": "x", "replace_orignal": True}),
        ("views.open", {"view": {**MODAL, "title": "Replay"}}),
        ("views.push", {"view": {**MODAL, "sumbit": plain("x")}}),
        ("views.update", {"view": HOME}),
        ("views.publish", {"view": MODAL}),
        ("submission answer", {"response_action": "update"}),
        ("submission answer", {"response_action": "errors", "errors": ["x"]}),
    ],
)
def test_every_way_to_say_something_is_judged(how: str, body: Json) -> None:
    assert judged(Sent(how, body)) != []


@pytest.fixture
def slack() -> Iterator[SlackStandIn]:
    with slack_stand_in(limits=False) as running:
        yield running


def test_what_is_said_to_a_stand_in_is_heard(slack: SlackStandIn) -> None:
    """As it was said: without the ids that Slack would add, and with JSON inside forms read."""
    client = WebClient(token=slack.workspace.bot_token, base_url=f"{slack.url}/api/")
    block = {"type": "section", "text": marked("hello")}
    with heard() as said:
        client.chat_postMessage(channel="C0DATAREPLAY", text="x", blocks=[block])
        client.views_publish(user_id="U00OPERATOR", view=HOME)
    client.chat_postMessage(channel="C0DATAREPLAY", text="not heard any more")
    assert [(sent.how, sent.body.get("blocks") or sent.body["view"]) for sent in said] == [
        ("chat.postMessage", [block]),
        ("views.publish", HOME),
    ]
