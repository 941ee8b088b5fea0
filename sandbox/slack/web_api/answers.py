"""Messages that come as an answer: an acknowledgement's body, and what an app posts to a ``response_url``."""

import json

from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response

from sandbox.slack.errors import SlackRefusalError
from sandbox.slack.sent import say
from sandbox.slack.web_api.chat_methods import LONGEST_POST, content
from sandbox.slack.workspace.model import Json
from sandbox.slack.workspace.state import BOT, Workspace
from sandbox.slack.workspace.tickets import AnswerUrl, Tickets


class Answers:
    """Turns answers into messages, under the rules of the URL that they came to."""

    def __init__(self, workspace: Workspace, tickets: Tickets) -> None:
        self._workspace = workspace
        self._tickets = tickets

    async def handle(self, request: Request) -> Response:
        """``POST /actions/<team>/<id>``: a use of a ``response_url``."""
        if self._workspace.away:
            return PlainTextResponse("upstream connect error", status_code=503)
        answer = await run_in_threadpool(self._answer, request.path_params["ident"], await request.body())
        await self._workspace.slowness.wait()
        return answer

    def _answer(self, ident: str, raw: bytes) -> Response:
        with self._workspace.changed:
            try:
                self.put(self._tickets.answer(ident), _decoded(raw))
            except SlackRefusalError as refusal:
                self._workspace.tell("refused", BOT, text="; ".join(("response_url", refusal.code, *refusal.details)))
                return JSONResponse(refusal.body(), status_code=404 if "url" in refusal.code else 400)
        return PlainTextResponse("ok")

    def put(self, given: AnswerUrl, body: Json) -> None:
        """Post, replace or delete a message. Only the asker sees it unless ``in_channel`` is said."""
        original = self._workspace.messages.get((given.channel, given.message_ts))
        here = original if original and not original.deleted else None
        if body.get("delete_original") and here:
            self._workspace.delete(here, BOT)
            return
        text, blocks = content(self._workspace, body, LONGEST_POST)
        say("answer", body)
        if body.get("replace_original") and here:
            self._workspace.edit(here, text, blocks, here.metadata)
            return
        only_for = "" if body.get("response_type") == "in_channel" else given.user
        thread_ts = str(body.get("thread_ts") or "")
        self._workspace.post(given.channel, BOT, text, blocks, thread_ts=thread_ts, only_for=only_for)


def _decoded(raw: bytes) -> Json:
    try:
        body = json.loads(raw)
    except ValueError:
        body = None
    if not isinstance(body, dict):
        raise SlackRefusalError("invalid_payload")
    return body
