"""Three opinions on everything that an app has said: Slack's types, slackblocks, slack_sdk's models.

Equal messages are judged once a run, so that a test which says the same again costs nothing.
"""

import json
from collections.abc import Iterable
from functools import lru_cache
from typing import Any

from sandbox.slack.sent import Sent
from tests.slack_rules import schemas
from tests.slack_rules.opinions import sdk as sdk_opinion
from tests.slack_rules.opinions import slackblocks as slackblocks_opinion

Json = dict[str, Any]
#: Arguments that say where a message goes and how it is shown there.
_WHERE = {"channel", "ts", "thread_ts", "user", "reply_broadcast", "unfurl_links", "unfurl_media", "parse", "mrkdwn"}
_POSTING = {"chat.postMessage", "chat.postEphemeral", "chat.update", "rendered"}
_MODALS = {"views.open", "views.push", "views.update"}


def problems_of(said: Iterable[Sent]) -> list[str]:
    """What anybody finds wrong with it, in order, each with how it was said."""
    return [problem for sent in said for problem in judged(sent)]


def judged(sent: Sent) -> list[str]:
    """What anybody finds wrong with one thing that was said; only messages and views are judged."""
    found = _judged(sent.how, json.dumps(sent.body, sort_keys=True))
    return [f"{sent.how}: {problem}" for problem in found]


@lru_cache(maxsize=2048)
def _judged(how: str, body_json: str) -> tuple[str, ...]:
    body: Json = json.loads(body_json)
    if how in _POSTING:
        return _message("Message", {name: value for name, value in body.items() if name not in _WHERE})
    if how == "answer":
        return _message("ResponseUrlMessage", body)
    if how in _MODALS:
        return _view("ModalView", body["view"])
    if how == "views.publish":
        return _view("HomeView", body["view"])
    if how == "submission answer":
        own = schemas.problems("SubmissionAnswer", body)
        return (*own, *(_view("ModalView", body["view"]) if "view" in body else ()))
    return ()


def _message(kind: str, body: Json) -> tuple[str, ...]:
    opinions = (
        schemas.problems(kind, body),
        slackblocks_opinion.message_problems(body),
        sdk_opinion.message_problems(body),
    )
    return tuple(problem for opinion in opinions for problem in opinion)


def _view(kind: str, view: Json) -> tuple[str, ...]:
    opinions = (schemas.problems(kind, view), slackblocks_opinion.view_problems(view), sdk_opinion.view_problems(view))
    return tuple(problem for opinion in opinions for problem in opinion)
