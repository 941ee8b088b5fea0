"""What a person hears when a listener fails: one place for all of them, instead of a try in each.

The error goes to the log. Nothing is started twice by trying again, so the person may.
"""

import threading
from typing import Any

import structlog
from redis.exceptions import RedisError
from slack_bolt import App, BoltContext, BoltResponse, Respond
from slack_sdk.errors import SlackClientError

from bot.render.confirmation import notice

_SEEN_SECONDS = 0.1

log = structlog.get_logger()


def register(app: App) -> None:
    """Listen to failures."""

    @app.error
    def failed(
        error: Exception, body: dict[str, Any], context: BoltContext, respond: Respond, response: BoltResponse | None
    ) -> BoltResponse | None:
        log.error("a listener failed", error=repr(error), exc_info=error)
        if context.authorize_result is None:
            # Not known to be Slack's: nothing in it may be answered to, least of all the address it names.
            return BoltResponse(status=500)
        if response is None:
            # It was acknowledged. Bolt takes that back when this returns, and looks for it only every 10 ms.
            threading.Event().wait(_SEEN_SECONDS)
        words = _words(error)
        # A click in a form or in Home has no place to answer in; it does nothing, and may be tried again.
        clicked = body.get("type") == "block_actions" or (response is None and "command" in body)
        if clicked and context.response_url:
            respond(text=words, response_type="ephemeral", replace_original=False)
            words = ""
        # Slack has its answer already where there is no response to give.
        return None if response is None else BoltResponse(status=200, body=_answer(body, words))


def _answer(body: dict[str, Any], words: str) -> str | dict[str, Any]:
    if body.get("type") != "view_submission":
        return words
    inputs = [block["block_id"] for block in body["view"]["blocks"] if block["type"] == "input"]
    if inputs:  # keeps everything that was typed
        return {"response_action": "errors", "errors": {inputs[0]: words}}
    return {"response_action": "update", "view": notice(words).to_dict()}


def _words(error: Exception) -> str:
    if isinstance(error, RedisError):
        return "The queue does not answer now. Try again in a moment; nothing starts twice."
    if isinstance(error, SlackClientError):
        return "Slack did not take the answer. Try again in a moment; nothing starts twice."
    return "Something broke here, and the bot's log says what. Try again; nothing starts twice."
