"""Posts and edits one replay's messages at Slack's pace, and finds those whose answer was lost.

Every message carries what it is as metadata, which only apps see. If the process dies between a post and its
answer, whoever tells on looks for that before it posts again.
"""

from collections.abc import Sequence
from typing import Any

import structlog
from slack_sdk import WebClient
from slack_sdk.errors import SlackApiError
from slack_sdk.http_retry import HttpResponse, RetryState
from slack_sdk.http_retry.builtin_handlers import RateLimitErrorRetryHandler
from slack_sdk.models.blocks import Block
from slack_sdk.models.metadata import Metadata

from bot.messages.slack_rate_limit import SlackRateLimit, edit_turns, post_turns, read_turns

_EVENT = "replay_message"
_MOST_IN_A_CHANNEL, _MOST_IN_A_THREAD = 200, 1000
#: The bot may not look here, which is no reason not to tell.
_CANNOT_LOOK = {"missing_scope", "not_in_channel", "not_allowed_token_type", "thread_not_found"}
#: Slack's words for "something broke here", of which it says itself that a part may have succeeded.
_MAYBE_DONE = {"fatal_error", "internal_error", "service_unavailable", "request_timeout"}

log = structlog.get_logger()


class Poster:
    """One replay's way into its channel."""

    def __init__(self, client: WebClient, pace: SlackRateLimit, channel: str, replay_id: str) -> None:
        """Nothing is posted yet; ``client`` is to retry as `patient` says."""
        self._client, self._pace, self._channel, self._replay_id = client, pace, channel, replay_id

    def post(
        self, message_key: str, text: str, blocks: Sequence[Block] | None = None, thread_ts: str | None = None
    ) -> str:
        """The id of the new message. Raises what the SDK raises; then it may be there all the same."""
        self._pace.wait(post_turns(self._channel))
        metadata = Metadata(_EVENT, {"replay": self._replay_id, "what": message_key})
        answer = self._client.chat_postMessage(
            channel=self._channel, text=text, blocks=blocks, thread_ts=thread_ts, metadata=metadata
        )
        return str(answer["ts"])

    def edit(self, ts: str, text: str, blocks: Sequence[Block]) -> None:
        """Make a message say this."""
        self._pace.wait(edit_turns(ts))
        self._client.chat_update(channel=self._channel, ts=ts, text=text, blocks=blocks)

    def find(self, *, after: str | None = None, thread_ts: str | None = None) -> dict[str, str]:
        """The ids of this replay's messages in a thread, or in the channel after another one, by what they are."""
        self._pace.wait(read_turns())
        look: dict[str, Any] = {"channel": self._channel, "include_all_metadata": True}
        try:
            answer = (
                self._client.conversations_replies(**look, ts=thread_ts, limit=_MOST_IN_A_THREAD)
                if thread_ts
                else self._client.conversations_history(**look, oldest=after, limit=_MOST_IN_A_CHANNEL)
            )
        except SlackApiError as error:
            if error.response.get("error") not in _CANNOT_LOOK:
                raise
            log.warning("cannot look for messages", replay=self._replay_id, error=error.response["error"])
            return {}
        found: list[dict[str, Any]] = answer["messages"]
        payloads = [(one.get("metadata") or {}, str(one["ts"])) for one in found]
        return {
            metadata["event_payload"]["what"]: ts
            for metadata, ts in payloads
            if metadata.get("event_type") == _EVENT and metadata["event_payload"].get("replay") == self._replay_id
        }


class _Resting(RateLimitErrorRetryHandler):
    """Waits as long as Slack says, and has everybody else wait too."""

    def __init__(self, pace: SlackRateLimit) -> None:
        super().__init__(max_retry_count=5)
        self._pace = pace

    def prepare_for_next_attempt(
        self,
        *,
        state: RetryState,
        response: HttpResponse | None = None,
        **_others: Any,
    ) -> None:
        headers = {name.lower(): values for name, values in (response.headers if response else {}).items()}
        retry_after = (headers.get("retry-after") or ["1"])[0]
        self._pace.rest(float(retry_after) if retry_after.isdecimal() else 1.0)
        self._pace.wait(())
        state.increment_current_attempt()
        state.next_attempt_requested = True


def patient(client: WebClient, pace: SlackRateLimit) -> WebClient:
    """The same client, for threads that may wait. A lost answer is not asked for again: the message may be there."""
    client.retry_handlers = [_Resting(pace)]
    return client


def surely_not_done(error: Exception) -> bool:
    """Whether Slack said no; anything else may have been done all the same."""
    if not isinstance(error, SlackApiError):
        return False
    code = error.response.get("error")
    return bool(code) and code not in _MAYBE_DONE
